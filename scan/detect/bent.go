package detect

// This file: from two edges of a bent symbol to a mesh over all of it.

import "math"

// bent follows a triple whose symbol is not flat.
func (l *look) bent(t triple) bool {
	legs := l.measure(l.finders, t)
	module := math.Sqrt(math.Sqrt(legs.ab * legs.ba * legs.ac * legs.ca))
	v := view{l.sampled(module), l.finders[t.corner].dark}
	f := 1 / v.scale
	across, down := legs.b.minus(legs.a).unit(), legs.c.minus(legs.a).unit()
	a, agreementA := v.framed(frame{legs.a.times(f), across.times(legs.ab * f), down.times(legs.ac * f)})
	b, agreementB := v.framed(frame{legs.b.times(f), across.times(legs.ba * f), down.times(legs.ac * f)})
	c, agreementC := v.framed(frame{legs.c.times(f), across.times(legs.ab * f), down.times(legs.ca * f)})
	if min(agreementA, agreementB, agreementC) < 0.6 {
		return false
	}
	top, ok := v.walk(a.at(4, 3), a.right, a.down, b.at(-4, 3), b.right, b.down)
	if !ok {
		return false
	}
	left, ok := v.walk(a.at(3, 4), a.down, a.right, c.at(3, -4), c.down, c.right)
	if !ok {
		return false
	}
	size := len(top) + 14
	if len(left) != len(top) || size%4 != 1 || size < 21 || size > 177 {
		return false
	}
	return l.unroll(v, size, a, b, c, top, left)
}

// unroll lays a mesh over a symbol whose upper and left edge are known, and lets
// it grow from there.
func (l *look) unroll(v view, size int, a, b, c frame, top, left path) bool {
	far := float64(size) - 3.5
	lies, ok := project(
		[4]point{{3.5, 3.5}, {far, 3.5}, {3.5, far}, {far, far}},
		[4]point{a.middle, b.middle, c.middle, b.middle.plus(c.middle).minus(a.middle)})
	if !ok {
		return false
	}
	lines := bentLines(size)
	m := newMesh(lies, size, lines)
	n := len(lines)
	put := func(i, j int, seen point) {
		if p, ok := lies.inverse(seen); ok {
			*m.crossing(i, j) = p.minus(point{lines[i], lines[j]})
		}
	}
	put(0, 0, a.middle)
	put(1, 0, a.at(3, 0))
	put(0, 1, a.at(0, 3))
	put(1, 1, a.at(3, 3))
	put(n-1, 0, b.middle)
	put(n-2, 0, b.at(-3, 0))
	put(n-1, 1, b.at(0, 3))
	put(n-2, 1, b.at(-3, 3))
	put(0, n-1, c.middle)
	put(0, n-2, c.at(0, -3))
	put(1, n-1, c.at(3, 0))
	put(1, n-2, c.at(3, -3))
	for i := 2; i < n-2; i++ {
		put(i, 1, top.at(lines[i]-7.5))
		put(1, i, left.at(lines[i]-7.5))
		m.level(i, 0, i, 1)
		m.level(0, i, 1, i)
	}
	s := newSheet(v, layoutOf(size), m)
	s.grow()
	if l.read(v, m, size, &lies, l.ways) {
		return true
	}
	s.settle([]float64{0.3, 0.15})
	return l.read(v, m, size, &lies, l.ways)
}

// bentLines are the lines of a mesh for a bent symbol: through the finders and,
// every eight modules or so, between them.
func bentLines(size int) []float64 {
	first, last := 6.5, float64(size)-6.5
	parts := max(2, int((last-first)/8+0.5))
	lines := []float64{3.5}
	for i := range parts + 1 {
		lines = append(lines, first+(last-first)*float64(i)/float64(parts))
	}
	return append(lines, float64(size)-3.5)
}

// level moves a crossing as another one is.
func (m *mesh) level(i, j, likeI, likeJ int) { *m.crossing(i, j) = *m.crossing(likeI, likeJ) }

// grow moves the crossings that are neither in a finder nor on a timing pattern,
// from the upper left on. Each is expected where the three before it point, and
// settles by the modules between them.
func (s *sheet) grow() {
	n := len(s.lines)
	s.limits = s.view.read(s.mesh, s.size).means(6)
	for sum := 4; sum <= 2*(n-1); sum++ {
		for j := max(2, sum-(n-1)); j <= min(n-1, sum-2); j++ {
			i := sum - j
			a, b, c := s.crossing(i-1, j), s.crossing(i, j-1), s.crossing(i-1, j-1)
			*s.crossing(i, j) = point{a.x + b.x - c.x, a.y + b.y - c.y}
			s.limitCell(i, j)
			for _, step := range [3]float64{0.4, 0.2, 0.1} {
				s.settleIn(i, j, step, s.cellScore)
			}
		}
	}
}

// limitCell takes the limit between dark and light anew before a crossing.
func (s *sheet) limitCell(i, j int) {
	x0, x1 := int(s.lines[i-1]), min(int(s.lines[i])+1, s.size)
	y0, y1 := int(s.lines[j-1]), min(int(s.lines[j])+1, s.size)
	low, high := 255.0, 0.0
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			p := s.mesh.at(float64(x)+0.5, float64(y)+0.5)
			v := s.plane.at(p.x, p.y)
			low, high = min(low, v), max(high, v)
		}
	}
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			s.limits[y*s.size+x] = float32(low+high) / 2
		}
	}
}

// cellScore is how well the modules of the cell before a crossing stand out.
func (s *sheet) cellScore(i, j int) float64 {
	return s.score(int(s.lines[i-1]), min(int(s.lines[i])+1, s.size), int(s.lines[j-1]), min(int(s.lines[j])+1, s.size))
}
