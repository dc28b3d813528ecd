package detect

// This file: which three finder patterns may be the corners of one symbol.

import (
	"cmp"
	"math"
	"slices"
)

const (
	maxSeparation = 190 // modules between two finders: 170 in the largest symbol
	minSeparation = 9   // 14 in the smallest, less for one that is seen from the side
	maxTriples    = 120 // whose timing patterns are looked at
	maxLegs       = 400 // modules of the sides that make a triple as odd as can be
)

// A triple is three finders that may be the corners of a symbol: corner is the
// upper left one, right the upper right one, below the lower left one, or these
// two changed over when the symbol is seen in a mirror.
type triple struct {
	corner, right, below int     // in the list of finders
	odd                  float64 // how far from a square seen from the front; 0 is one
}

// strongest returns the clear finders first, no more than maxFinders of each
// polarity.
func strongest(all []finder) []finder {
	slices.SortStableFunc(all, func(a, b finder) int { return cmp.Compare(b.clear, a.clear) })
	n := map[bool]int{}
	return slices.DeleteFunc(all, func(f finder) bool {
		n[f.dark]++
		return n[f.dark] > maxFinders
	})
}

// triples returns the likeliest triples first.
func triples(all []finder) []triple {
	var best []triple
	for i := range all {
		if all[i].used {
			continue
		}
		near := partners(all, i)
		for a, j := range near {
			for _, k := range near[:a] {
				t, ok := corners(all, i, j, k)
				if !ok || len(best) == maxTriples && t.odd >= best[len(best)-1].odd {
					continue
				}
				at, _ := slices.BinarySearchFunc(best, t.odd, func(t triple, odd float64) int { return cmp.Compare(t.odd, odd) })
				best = slices.Insert(best[:min(len(best), maxTriples-1)], at, t)
			}
		}
	}
	return best
}

// partners returns the finders that may belong to one symbol with finder i.
func partners(all []finder, i int) []int {
	var near []int
	f := &all[i]
	for j := range all {
		g := &all[j]
		if i == j || g.used || f.dark != g.dark || f.module > 3*g.module || g.module > 3*f.module {
			continue
		}
		apart := f.away(g.point)
		if apart < minSeparation*min(f.module, g.module) || apart > maxSeparation*max(f.module, g.module) {
			continue
		}
		near = append(near, j)
	}
	return near
}

// corners makes a triple with finder i as the corner between j and k.
func corners(all []finder, i, j, k int) (triple, bool) {
	a, b, c := &all[i], &all[j], &all[k]
	if b.module > 3*c.module || c.module > 3*b.module {
		return triple{}, false
	}
	ab, ac := b.minus(a.point), c.minus(a.point)
	lab, lac, cosine := ab.dot(ab), ac.dot(ac), ab.dot(ac) // the lengths squared
	if lab > 10*lac || lac > 10*lab || cosine*cosine > 0.64*lab*lac {
		return triple{}, false
	}
	lab, lac = math.Sqrt(lab), math.Sqrt(lac)
	largest, smallest := max(a.module, b.module, c.module), min(a.module, b.module, c.module)
	t := triple{corner: i, right: j, below: k}
	t.odd = math.Abs(cosine)/(lab*lac) + (max(lab, lac)/min(lab, lac) - 1) + (largest/smallest - 1)
	t.odd += (lab + lac) / largest / maxLegs // the finders of several symbols make large squares
	if ab.cross(ac) < 0 {
		t.right, t.below = k, j
	}
	for _, f := range [3]*finder{a, b, c} {
		t.odd += 0.4 * (1 - f.clear)
	}
	return t, true
}
