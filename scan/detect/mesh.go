package detect

// This file: symbols that are not flat. A mesh of places is laid over the symbol
// and each is moved to where the modules around it are seen best.

import "math"

// A mesh is a projection with a displacement at each crossing of some lines,
// interpolated between them.
type mesh struct {
	lies  projection
	lines []float64 // in modules, rising, the same in both directions
	cell  []uint8   // by whole modules: the line before it
	moved []point   // by crossings, row by row, in modules
}

func newMesh(lies projection, size int, lines []float64) *mesh {
	m := &mesh{lies: lies, lines: lines, cell: make([]uint8, size+1), moved: make([]point, len(lines)*len(lines))}
	for i := range m.cell {
		for int(m.cell[i]) < len(lines)-2 && float64(i)+0.5 > lines[m.cell[i]+1] {
			m.cell[i]++
		}
	}
	return m
}

func (m *mesh) crossing(i, j int) *point { return &m.moved[j*len(m.lines)+i] }

// where returns the cell of a coordinate and how far it is in it: 0 to 1, less
// or more beyond the outer lines.
func (m *mesh) where(u float64) (int, float64) {
	i := int(m.cell[min(max(int(u), 0), len(m.cell)-1)])
	f := (u - m.lines[i]) / (m.lines[i+1] - m.lines[i])
	return i, min(max(f, -1.5), 2.5)
}

func (m *mesh) at(u, v float64) point {
	i, fu := m.where(u)
	j, fv := m.where(v)
	a, b := m.crossing(i, j), m.crossing(i, j+1)
	n := m.crossing(i+1, j)
	o := m.crossing(i+1, j+1)
	x := (a.x*(1-fu)+n.x*fu)*(1-fv) + (b.x*(1-fu)+o.x*fu)*fv
	y := (a.y*(1-fu)+n.y*fu)*(1-fv) + (b.y*(1-fu)+o.y*fu)*fv
	return m.lies.at(u+x, v+y)
}

// meshLines returns lines through the alignment patterns, or three in a symbol
// that has few, each cell divided into parts.
func meshLines(l *layout, parts int) []float64 {
	coarse := []float64{3.5, float64(l.size) / 2, float64(l.size) - 3.5}
	if len(l.centers) > 2 {
		coarse = coarse[:0]
		for _, c := range l.centers {
			coarse = append(coarse, float64(c)+0.5)
		}
	}
	var lines []float64
	for i := range len(coarse) - 1 {
		for p := range parts {
			lines = append(lines, coarse[i]+(coarse[i+1]-coarse[i])*float64(p)/float64(parts))
		}
	}
	return append(lines, coarse[len(coarse)-1])
}

// refined returns a mesh of finer lines with the displacements of this one.
func (m *mesh) refined(lines []float64) *mesh {
	out := newMesh(m.lies, len(m.cell)-1, lines)
	for j, v := range lines {
		for i, u := range lines {
			ci, fu := m.where(u)
			cj, fv := m.where(v)
			mix := func(a, b, c, d float64) float64 { return (a*(1-fu)+b*fu)*(1-fv) + (c*(1-fu)+d*fu)*fv }
			a, b, c, d := m.crossing(ci, cj), m.crossing(ci+1, cj), m.crossing(ci, cj+1), m.crossing(ci+1, cj+1)
			*out.crossing(i, j) = point{mix(a.x, b.x, c.x, d.x), mix(a.y, b.y, c.y, d.y)}
		}
	}
	return out
}

// A sheet is a symbol that a mesh is being laid over.
type sheet struct {
	view
	*layout
	*mesh
	known  []int8    // by modules: 1 darker than the limit, -1 lighter, 0 not known
	limits []float32 // by modules: between dark and light there
}

func newSheet(v view, l *layout, m *mesh) *sheet {
	s := &sheet{view: v, layout: l, mesh: m, known: l.told()}
	if !v.dark {
		for i := range s.known {
			s.known[i] = -s.known[i]
		}
	}
	return s
}

// followMarks moves the crossings, from the upper left on, to where the alignment
// patterns are.
func (s *sheet) followMarks() {
	n := len(s.lines)
	for j := range n {
		for i := range n {
			here := point{s.lines[i], s.lines[j]}
			corner := (i == 0 || i == n-1) && j == 0 || i == 0 && j == n-1
			if corner {
				continue
			}
			var expected point
			switch { // goes on as the crossings before it
			case i > 0 && j > 0:
				a, b, c := s.crossing(i-1, j), s.crossing(i, j-1), s.crossing(i-1, j-1)
				expected = point{a.x + b.x - c.x, a.y + b.y - c.y}
			case i > 0:
				expected = *s.crossing(i-1, j)
			default:
				expected = *s.crossing(i, j-1)
			}
			*s.crossing(i, j) = expected
			found := s.findMark(&s.lies, here.plus(expected), 2.5)
			if found.agreement < clear {
				continue
			}
			if u, ok := s.lies.inverse(found.seen); ok {
				*s.crossing(i, j) = u.minus(here)
			}
		}
	}
}

// settle moves each crossing in steps as long as the modules around it stand out
// better.
func (s *sheet) settle(steps []float64) {
	for _, step := range steps {
		s.limits = s.view.read(s.mesh, s.size).means(4)
		for range 2 {
			better := false
			for j := range s.lines {
				for i := range s.lines {
					if s.settleOne(i, j, step) {
						better = true
					}
				}
			}
			if !better {
				break
			}
		}
	}
}

func (s *sheet) settleOne(i, j int, step float64) bool { return s.settleIn(i, j, step, s.around) }

// settleIn moves a crossing by a step to where the score is best.
func (s *sheet) settleIn(i, j int, step float64, score func(i, j int) float64) bool {
	c := s.crossing(i, j)
	start := *c
	home, best := start, score(i, j)
	for _, d := range eight {
		*c = start.plus(d.times(step))
		if v := score(i, j); v > best*1.002 {
			best, home = v, *c
		}
	}
	*c = home
	return home != start
}

// around tells how the modules near a crossing stand out.
func (s *sheet) around(i, j int) float64 {
	x0, x1 := s.reach(i)
	y0, y1 := s.reach(j)
	return s.score(x0, x1, y0, y1)
}

// score tells how far modules are from the limit between dark and light, those
// that are known with their sign.
func (s *sheet) score(x0, x1, y0, y1 int) float64 {
	sum := 0.0
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			p := s.mesh.at(float64(x)+0.5, float64(y)+0.5)
			k := y*s.size + x
			d := float64(s.limits[k]) - s.plane.at(p.x, p.y)
			switch known := s.known[k]; known {
			case 0:
				sum += math.Abs(d)
			default:
				sum += 2 * d * float64(known)
			}
		}
	}
	return sum
}

// reach returns the modules from the line before line i to the one after it.
func (s *sheet) reach(i int) (from, to int) {
	to = s.size
	if i > 0 {
		from = int(s.lines[i-1])
	}
	if i < len(s.lines)-1 {
		to = min(int(s.lines[i+1])+1, s.size)
	}
	return from, to
}
