package detect

// This file: symbols with one finder pattern destroyed or covered.

import "math"

const maxPairs = 10 // clear finders that are paired with each other

// hidden returns triples of two finders and one that is only supposed. It adds
// the supposed ones to the finders.
func (l *look) hidden() []triple {
	var supposed []triple
	seen := l.finders[:min(len(l.finders), maxPairs)]
	for i := range seen {
		for j := range i {
			a, b := seen[i], seen[j]
			if a.dark != b.dark || a.module > 1.5*b.module || b.module > 1.5*a.module || min(a.clear, b.clear) < 0.4 {
				continue
			}
			across := b.minus(a.point)
			apart := across.length() / math.Sqrt(a.module*b.module)
			if apart < minSeparation || apart > maxSeparation*math.Sqrt2 {
				continue
			}
			side := point{-across.y, across.x}
			middle := a.plus(b.point).times(0.5)
			for _, way := range [2]float64{1, -1} {
				s := side.times(way)
				// The two are neighbours, and either is the corner ...
				if n, ok := l.suppose(a, b, a.plus(s)); ok {
					supposed = append(supposed, oriented(l.finders, i, j, n))
				}
				if n, ok := l.suppose(a, b, b.plus(s)); ok {
					supposed = append(supposed, oriented(l.finders, j, i, n))
				}
				// ... or they face each other and the corner is missing.
				if n, ok := l.suppose(a, b, middle.plus(s.times(0.5))); ok {
					supposed = append(supposed, oriented(l.finders, n, i, j))
				}
			}
		}
	}
	return supposed
}

// suppose adds a finder like a and b at a place in the picture.
func (l *look) suppose(a, b finder, at point) (int, bool) {
	if !l.pyramid[0].contains(at) {
		return 0, false
	}
	f := finder{point: at, module: math.Sqrt(a.module * b.module), dark: a.dark, level: max(a.level, b.level)}
	l.finders = append(l.finders, f)
	return len(l.finders) - 1, true
}

// oriented is the triple with that corner, the others in their order.
func oriented(all []finder, corner, j, k int) triple {
	t := triple{corner: corner, right: j, below: k, odd: 0.5}
	if all[j].minus(all[corner].point).cross(all[k].minus(all[corner].point)) < 0 {
		t.right, t.below = k, j
	}
	return t
}
