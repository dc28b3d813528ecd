package detect

// This file: timing patterns of symbols that are bent so much that they are no straight
// lines. They are followed from one finder to the other, module by
// module, which also counts the modules.

import "math"

// A frame is a finder with the directions of its sides: one module to the right
// and one down, in pixels of a level.
type frame struct {
	middle, right, down point
}

// at returns a place so many modules from the middle.
func (f *frame) at(u, v float64) point { return f.middle.plus(f.right.times(u)).plus(f.down.times(v)) }

// aroundFinder is a finder with the light around it, from its middle.
var aroundFinder = func() (all []fixed) {
	for y := -1; y < 8; y++ {
		for x := -1; x < 8; x++ {
			all = append(all, fixed{float64(x) - 3, float64(y) - 3, darkInFinder(x, y)})
		}
	}
	return all
}()

func (v view) frameAgreement(f *frame) float64 {
	var t tally
	for i := range aroundFinder {
		m := &aroundFinder[i]
		p := f.at(m.x, m.y)
		t.add(v.plane.at(p.x, p.y), m.dark == v.dark)
	}
	return t.agreement()
}

// framed turns and stretches a frame until the finder is seen best in it.
func (v view) framed(f frame) (frame, float64) {
	best := v.frameAgreement(&f)
	size := f.right.length()
	for step := 0.2 * size; step > 0.02*size; step /= 2 {
		for better := true; better; {
			better = false
			for _, part := range [3]*point{&f.middle, &f.right, &f.down} {
				home := *part
				start := home
				for _, d := range eight {
					*part = start.plus(d.times(step))
					if a := v.frameAgreement(&f); a > best+1e-6 {
						best, home, better = a, *part, true
					}
				}
				*part = home
			}
		}
	}
	return f, best
}

// A path is the timing pattern between two finders: the middles of the modules
// from the light one after the first finder to the light one before the second.
type path []point

const (
	windowHalf = 3   // modules before and behind that are looked at, too
	maxPath    = 163 // modules, with a light one at both ends, in the largest symbol
)

// walk follows a timing pattern. from is its light module after the first finder,
// ahead one module on, aside the direction of the other modules; to is the light
// module before the second finder and arriving one module on there.
func (v view) walk(from, ahead, aside, to, arriving, asideThere point) (path, bool) {
	at, step := from, ahead
	all := path{at}
	apart := from.away(to)
	quality := 0.0
	for len(all) < maxPath {
		left := at.away(to)
		if left < 0.6*step.length() {
			break
		}
		done := min(max(1-left/apart, 0), 1)
		across := aside.times(1 - done).plus(asideThere.times(done))
		light := len(all)%2 == 0
		next, q := v.pace(at.plus(step), step, across, light == v.dark)
		quality += q
		moved := next.minus(at)
		step = step.times(0.7).plus(moved.times(0.3))
		at = next
		all = append(all, at)
		if at.minus(from).dot(to.minus(from)) > 1.1*apart*apart {
			return nil, false
		}
	}
	n := float64(len(all))
	return all, len(all) > 5 && at.away(to) < 0.8*arriving.length() && quality/n > 0.4
}

// pace returns the middle of the module that should be at a place, bright or not,
// and how clear it is, 1 at best.
func (v view) pace(at, step, across point, bright bool) (point, float64) {
	best, bestAt := -2.0, at
	for b := -0.4; b < 0.45; b += 0.2 {
		for a := -0.2; a < 0.25; a += 0.1 {
			here := at.plus(step.times(a)).plus(across.times(b))
			var t tally
			for k := -windowHalf; k <= windowHalf; k++ {
				p := here.plus(step.times(float64(k)))
				t.add(v.plane.at(p.x, p.y), (k%2 == 0) != bright)
			}
			if q := t.agreement() - 0.08*math.Hypot(a, b); q > best {
				best, bestAt = q, here
			}
		}
	}
	return at.plus(bestAt.minus(at).times(0.6)), best
}

// at returns the place so many modules along the path.
func (p path) at(n float64) point {
	i := min(max(int(n), 0), len(p)-2)
	return p[i].plus(p[i+1].minus(p[i]).times(n - float64(i)))
}
