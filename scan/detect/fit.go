package detect

// This file: moving a projection until known modules are seen best.

// An anchor is a place of the symbol and where it is seen on a level.
type anchors struct{ of, seen [4]point }

func (a *anchors) projection() (projection, bool) { return project(a.of, a.seen) }

// anchored takes three finders and the lower right as a projection has them; at
// is the place at the lower right, in modules.
func anchored(m *projection, size int, at point) anchors {
	far := float64(size) - 3.5
	a := anchors{of: [4]point{{3.5, 3.5}, {far, 3.5}, {3.5, far}, at}}
	for i, p := range a.of {
		a.seen[i] = m.at(p.x, p.y)
	}
	return a
}

// agreement tells how well all known modules are seen through m.
func (v view) agreement(m *projection, l *layout) float64 {
	var t tally
	v.tallied(m, l.finders, &t)
	v.tallied(m, l.timing, &t)
	for _, at := range l.marks {
		for i := range aroundMark {
			f := &aroundMark[i]
			p := m.at(at.x+f.x, at.y+f.y)
			t.add(v.plane.at(p.x, p.y), f.dark == v.dark)
		}
	}
	return t.agreement()
}

// climb moves one anchor after the other, in ever smaller steps, as long as that
// makes the agreement better. It returns the best projection and agreement.
func (v view) climb(a *anchors, size int, module float64) (projection, float64) {
	l := layoutOf(size)
	best, ok := a.projection()
	if !ok {
		return best, -1
	}
	score := v.agreement(&best, l)
	for step := 0.8 * module; step > 0.05*module; step /= 2 {
		for range 4 {
			better := false
			for i := range a.seen {
				if i < 3 && step > 0.5*module { // the finders are surer
					continue
				}
				home := a.seen[i]
				for _, d := range eight {
					a.seen[i] = home.plus(d.times(step))
					m, ok := a.projection()
					if ok && m.fits(float64(size)) {
						if s := v.agreement(&m, l); s > score {
							best, score, better, home = m, s, true, a.seen[i]
							break
						}
					}
				}
				a.seen[i] = home
			}
			if !better {
				break
			}
		}
	}
	return best, score
}
