package detect

// This file: where a symbol lies, guessed from its three finder patterns.

import (
	"cmp"
	"math"
	"slices"

	"nod/scan/symbol"
)

// A guess is a size and place of the symbol that three finders belong to.
type guess struct {
	triple
	size      int
	lies      projection // onto the whole picture, seen in perspective
	module    float64    // pixels of the whole picture
	agreement float64    // of the timing patterns, then also of the finders
}

// A corner is one of the three finders, measured along the edges of the symbol.
type legs struct {
	a, b, c        point
	ab, ba, ac, ca float64 // size of modules at a towards b, and so on
}

// measure cuts through the three finders along the edges of the symbol.
func (p pyramid) measure(all []finder, t triple) legs {
	a, b, c := &all[t.corner], &all[t.right], &all[t.below]
	return legs{
		a: a.point, b: b.point, c: c.point,
		ab: p.along(a, b.point), ba: p.along(b, a.point),
		ac: p.along(a, c.point), ca: p.along(c, a.point),
	}
}

// along returns the size of a finder's modules in the direction of a place.
func (p pyramid) along(f *finder, to point) float64 {
	l := p[f.level]
	step := to.minus(f.point).unit()
	reach := int(3.5*2*f.module/l.scale) + 4
	if c, ok := l.cutThrough(f.times(1/l.scale), step, f.dark, reach); ok {
		return c.module * l.scale
	}
	return f.module
}

// seen returns the projection of a symbol of that size. In perspective a line is
// divided by its distance from the eye, which the finders' sizes give away.
func (l *legs) seen(size int, perspective bool) projection {
	span := float64(size - 7)
	wb, wc := 1.0, 1.0
	if perspective {
		wb, wc = math.Sqrt(l.ab/l.ba), math.Sqrt(l.ac/l.ca)
	}
	u := [3]float64{(wb*l.b.x - l.a.x) / span, (wb*l.b.y - l.a.y) / span, (wb - 1) / span}
	v := [3]float64{(wc*l.c.x - l.a.x) / span, (wc*l.c.y - l.a.y) / span, (wc - 1) / span}
	one := [3]float64{l.a.x, l.a.y, 1}
	var m projection
	for i := range 3 {
		m[3*i], m[3*i+1], m[3*i+2] = u[i], v[i], one[i]-3.5*(u[i]+v[i])
	}
	return m
}

// guesses returns the sizes that a symbol with these finders may have, the
// likeliest first, by the look of the timing patterns between them.
func (p pyramid) guesses(all []finder, t triple) []guess {
	l := p.measure(all, t)
	across := l.a.away(l.b)/math.Sqrt(l.ab*l.ba) + 7
	down := l.a.away(l.c)/math.Sqrt(l.ac*l.ca) + 7
	if across > 2*down || down > 2*across {
		return nil
	}
	size := math.Sqrt(across * down)
	module := (l.a.away(l.b) + l.a.away(l.c)) / 2 / (size - 7)
	near := 4.1 + 0.06*size + math.Abs(across-down)/2
	v := view{p.sampled(module), all[t.corner].dark}
	var found []guess
	for n := symbol.MinSize; n <= symbol.MaxSize; n += 4 {
		if math.Abs(float64(n)-size) > near {
			continue
		}
		for _, perspective := range [2]bool{true, false} {
			lies := l.seen(n, perspective)
			if !lies.fits(float64(n)) {
				continue
			}
			onLevel := lies.scaled(1 / v.scale)
			var timing tally
			v.tallied(&onLevel, layoutOf(n).timing, &timing)
			g := guess{t, n, lies, (l.a.away(l.b) + l.a.away(l.c)) / 2 / float64(n-7), timing.agreement()}
			found = append(found, g)
		}
	}
	slices.SortFunc(found, func(a, b guess) int { return cmp.Compare(b.agreement, a.agreement) })
	return v.surest(found)
}

// leastTiming is from where a row of modules may be a timing pattern: in standard
// deviations of the agreement that modules at random have.
const leastTiming = 1.2

// surest drops the guesses whose timing patterns are worse than chance, and looks
// at the finders of the others.
func (v view) surest(found []guess) []guess {
	var sure []guess
	for _, g := range found {
		if len(sure) == maxSizes || g.agreement*math.Sqrt(float64(g.size-16)) < leastTiming {
			break
		}
		onLevel := g.lies.scaled(1 / v.scale)
		known := layoutOf(g.size)
		var t tally
		v.tallied(&onLevel, known.timing, &t)
		v.tallied(&onLevel, known.finders, &t)
		g.agreement = t.agreement()
		sure = append(sure, g)
	}
	slices.SortFunc(sure, func(a, b guess) int { return cmp.Compare(b.agreement, a.agreement) })
	return sure
}

// maxSizes is how many sizes and views of one triple are followed.
const maxSizes = 4
