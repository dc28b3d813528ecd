package detect

// This file: lines through finder patterns. Any through the middle of one crosses
// dark, light, dark, light and dark in the proportion 1:1:3:1:1 (ISO/IEC 18004,
// 6.3.3).

import "math"

// A cut is a line through a finder from its middle to both sides, in pixels.
type cut struct {
	runs   [5]float64 // lengths of dark and light
	shift  float64    // of the middle, along the line
	module float64    // length of a module along the line
}

// proportional reports whether runs are those of a finder, and the size of its
// modules. Ink that runs, blur and glowing screens make all dark runs longer by
// the same and all light ones shorter, which leaves pairs as they were.
func (s *sight) proportional(runs *[5]float64) (module float64, ok bool) {
	if m, ok := closed(runs); ok || !s.open {
		return m, ok
	}
	return opened(runs)
}

// closed is proportional for a finder with something light around it.
func closed(runs *[5]float64) (module float64, ok bool) {
	total := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
	m := total / 7
	if m < 0.8 {
		return m, false
	}
	small, large := 0.8*m+0.35, 1.1*m+0.35
	if math.Abs(runs[0]+runs[1]-2*m) > small || math.Abs(runs[3]+runs[4]-2*m) > small ||
		math.Abs(runs[1]+runs[2]-4*m) > large || math.Abs(runs[2]+runs[3]-4*m) > large {
		return m, false
	}
	least := 0.3 * m
	return m, runs[0] > least && runs[1] > 0.2*m && runs[2] > 1.5*m && runs[3] > 0.2*m && runs[4] > least &&
		runs[2] > runs[1] && runs[2] > runs[3]
}

// opened is proportional for a finder one side of which can not be told from what
// is beside it.
func opened(runs *[5]float64) (module float64, ok bool) {
	m := (runs[1] + 2*runs[2] + runs[3]) / 8
	if m < 0.8 || runs[2] < 2*m || math.Abs(runs[1]-runs[3]) > 0.6*m+0.35 || min(runs[1], runs[3]) < 0.4*m {
		return m, false
	}
	short, long := min(runs[0], runs[4]), max(runs[0], runs[4])
	return m, short > 0.4*m && short < 1.7*m+0.35 && long > 0.6*m
}

// cutThrough follows a line from a place to both sides. step is one pixel long
// or a little more; reach is the longest that each side may be, in steps.
func (l *level) cutThrough(at, step point, dark bool, reach int) (c cut, ok bool) {
	forth, ok1 := l.follow(at, step, dark, reach)
	if !ok1 {
		return c, false
	}
	back, ok2 := l.follow(at, step.times(-1), dark, reach)
	if !ok2 {
		return c, false
	}
	unit := step.length()
	c.runs = [5]float64{back[2] - back[1], back[1] - back[0], back[0] + forth[0], forth[1] - forth[0], forth[2] - forth[1]}
	m, ok := l.proportional(&c.runs)
	c.module = m * unit
	// The middle of the middle square is the surest; the outer edges may have
	// run into something.
	c.shift = ((forth[0]-back[0])*0.25 + (forth[1]-back[1])*0.25) * unit
	for i := range c.runs {
		c.runs[i] *= unit
	}
	return c, ok
}

// follow returns how many steps away the middle, the ring of the other colour
// and the outer ring end.
func (l *level) follow(at, step point, dark bool, reach int) (ends [3]float64, ok bool) {
	n, colour := 0, dark
	last, noise := 0.0, float64(l.noise)
	for i := 0; i <= reach; i++ {
		x, y := at.x+float64(i)*step.x, at.y+float64(i)*step.y
		if x < 0 || y < 0 || x >= float64(l.w) || y >= float64(l.h) {
			if n == 2 { // the outer ring ends with the picture
				ends[2] = float64(i) - 0.5
				return ends, true
			}
			return ends, false
		}
		limit := float64(l.limit(int(x), int(y)))
		v := l.at(x, y) - limit
		if colour && v > noise || !colour && v < -noise {
			if i == 0 {
				return ends, false
			}
			ends[n] = float64(i)
			if v != last {
				ends[n] = float64(i) - 1 + min(max(last/(last-v), 0), 1)
			}
			if n++; n == 3 {
				return ends, true
			}
			colour = !colour
		}
		last = v
	}
	if n == 2 && l.open {
		ends[2] = float64(reach)
		return ends, true
	}
	return ends, false
}
