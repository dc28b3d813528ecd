package detect

// This file: finding alignment patterns, the small squares within a symbol.

import "math"

// clear is the agreement from which an alignment pattern counts as found.
const clear = 0.62

// A mark is an alignment pattern that was found.
type mark struct {
	at        point // middle in modules of the symbol
	seen      point // in pixels of the level
	agreement float64
}

// findMark looks for the alignment pattern whose middle should be at a place of
// the symbol, up to reach modules away. The nearer one wins over one that is
// hardly better.
func (v view) findMark(m *projection, at point, reach float64) mark {
	middle := m.at(at.x, at.y)
	right := m.at(at.x+0.5, at.y).minus(m.at(at.x-0.5, at.y))
	down := m.at(at.x, at.y+0.5).minus(m.at(at.x, at.y-0.5))
	best := mark{at: at, agreement: -1}
	bestRank := -1.0
	bx, by := 0.0, 0.0
	try := func(x, y float64) {
		seen := middle.plus(right.times(x)).plus(down.times(y))
		if !v.contains(seen) {
			return
		}
		var t tally
		for i := range aroundMark {
			f := &aroundMark[i]
			p := seen.plus(right.times(f.x)).plus(down.times(f.y))
			t.add(v.plane.at(p.x, p.y), f.dark == v.dark)
		}
		a := t.agreement()
		if rank := a - 0.02*math.Hypot(x, y); rank > bestRank {
			bestRank, bx, by = rank, x, y
			best.seen, best.agreement = seen, a
		}
	}
	for y := -reach; y <= reach; y += 0.5 {
		for x := -reach; x <= reach; x += 0.5 {
			try(x, y)
		}
	}
	for step := 0.25; step > 0.06; step /= 2 {
		cx, cy := bx, by
		for _, d := range eight {
			try(cx+d.x*step, cy+d.y*step)
		}
	}
	return best
}

// eight are the neighbours of a place.
var eight = [8]point{{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}}
