package detect

// This file: from a symbol in a picture to its grid of modules.

import "nod/scan/symbol"

// A mapping says where on a level a place of the symbol is seen.
type mapping interface{ at(u, v float64) point }

// shades is the brightness of each module, row by row.
type shades struct {
	size int
	v    []float32
}

// read takes the brightness of each module at its middle and a little around.
func (v view) read(m mapping, size int) shades {
	s := shades{size, make([]float32, size*size)}
	spread := spread
	if m.at(1, 1).away(m.at(2, 1)) < 1.8 { // all around are other modules
		spread = 0
	}
	for y := range size {
		for x := range size {
			u, w := float64(x)+0.5, float64(y)+0.5
			c := m.at(u, w)
			sum := 2 * v.plane.at(c.x, c.y)
			for _, d := range [4]point{{-spread, 0}, {spread, 0}, {0, -spread}, {0, spread}} {
				p := m.at(u+d.x, w+d.y)
				sum += v.plane.at(p.x, p.y)
			}
			s.v[y*size+x] = float32(sum / 6)
		}
	}
	return s
}

// spread is how far from the middle of a module it is looked at, too, in modules.
const spread = 0.22

// decoded tries several ways to tell dark from light and returns the first text.
func (s shades) decoded(dark bool, ways []threshold) (symbol.Text, bool) {
	for _, way := range ways {
		if text, err := symbol.Read(way(s, dark)); err == nil {
			return text, true
		}
	}
	return symbol.Text{}, false
}

// A threshold tells dark modules from light ones.
type threshold func(s shades, dark bool) symbol.Grid

var (
	easyWays = []threshold{blended(0.7, 0), blended(0, 0)}
	hardWays = append(easyWays, blended(1, 0), blended(0.5, 0.6), shades.equalised)
)

// blended compares each module with a level that is part the mean of its
// surroundings and part the one level that separates all modules best. Before
// that each module is sharpened against its four neighbours, which undoes blur.
func blended(local, sharp float32) threshold {
	return func(s shades, dark bool) symbol.Grid {
		if sharp > 0 {
			s = s.sharpened(sharp)
		}
		whole := s.separating()
		means := s.means(3)
		g := symbol.NewGrid(s.size)
		for i, v := range s.v {
			g.Dark[i] = (v < local*means[i]+(1-local)*whole) == dark
		}
		return g
	}
}

func (s shades) sharpened(by float32) shades {
	out := shades{s.size, make([]float32, len(s.v))}
	for y := range s.size {
		for x := range s.size {
			i := y*s.size + x
			sum := s.v[y*s.size+max(x-1, 0)] + s.v[y*s.size+min(x+1, s.size-1)] +
				s.v[max(y-1, 0)*s.size+x] + s.v[min(y+1, s.size-1)*s.size+x]
			out.v[i] = s.v[i] + by*(s.v[i]-sum/4)
		}
	}
	return out
}

// means returns for each module the mean of the square that reaches radius
// modules to all sides.
func (s shades) means(radius int) []float32 {
	n := s.size + 1
	sums := make([]float32, n*n)
	for y := range s.size {
		row := float32(0)
		for x := range s.size {
			row += s.v[y*s.size+x]
			sums[(y+1)*n+x+1] = sums[y*n+x+1] + row
		}
	}
	out := make([]float32, len(s.v))
	for y := range s.size {
		y0, y1 := max(y-radius, 0), min(y+radius+1, s.size)
		for x := range s.size {
			x0, x1 := max(x-radius, 0), min(x+radius+1, s.size)
			sum := sums[y1*n+x1] - sums[y0*n+x1] - sums[y1*n+x0] + sums[y0*n+x0]
			out[y*s.size+x] = sum / float32((y1-y0)*(x1-x0))
		}
	}
	return out
}

// separating returns the level between the two groups of modules (Otsu 1979).
func (s shades) separating() float32 {
	var counts [256]int
	for _, v := range s.v {
		counts[min(max(int(v+0.5), 0), 255)]++
	}
	return float32(otsu(&counts)) + 0.5
}

// otsu returns the level up to which values are dark.
func otsu(counts *[256]int) int {
	all, sum := 0, 0
	for v, n := range counts {
		all += n
		sum += v * n
	}
	level, best := 0, 0.0
	dark, darkSum := 0, 0
	for v, n := range counts {
		dark += n
		darkSum += v * n
		light := all - dark
		if dark == 0 || light == 0 {
			continue
		}
		apart := float64(darkSum)/float64(dark) - float64(sum-darkSum)/float64(light)
		if between := float64(dark) * float64(light) * apart * apart; between > best {
			best, level = between, v
		}
	}
	return level
}
