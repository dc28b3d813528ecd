package detect

// This file: undoing blur. In a blurred picture each module shows a mix of itself
// and its neighbours. Which mix is learned from the modules that are known.

import (
	"math"

	"nod/scan/symbol"
)

// equalised returns the grid that is seen when the mix is undone, dark modules
// being the darker or the lighter ones. The weights of each module's neighbours
// are those that come nearest to the known modules, by least squares; then again,
// with wider surroundings, those that come nearest to all that was told so.
func (s shades) equalised(dark bool) symbol.Grid {
	means := s.means(4)
	flat := shades{s.size, make([]float32, len(s.v))}
	for i, v := range s.v {
		flat.v[i] = means[i] - v
		if !dark {
			flat.v[i] = -flat.v[i]
		}
	}
	told := layoutOf(s.size).told()
	var out []float64
	for _, radius := range [3]int{1, 2, 2} {
		weights, ok := flat.learned(told, radius)
		if !ok {
			break
		}
		out = flat.mixed(weights, radius)
		told = make([]int8, len(out))
		for i, v := range out {
			told[i] = -1
			if v > 0 {
				told[i] = 1
			}
		}
	}
	g := symbol.NewGrid(s.size)
	for i := range out {
		g.Dark[i] = out[i] > 0
	}
	return g
}

// told returns for each module 1 where it is always dark, -1 where it is always
// light and 0 elsewhere.
func (l *layout) told() []int8 {
	told := make([]int8, l.size*l.size)
	set := func(x, y float64, dark bool) {
		told[int(y)*l.size+int(x)] = -1
		if dark {
			told[int(y)*l.size+int(x)] = 1
		}
	}
	for _, all := range [2][]fixed{l.finders, l.timing} {
		for _, f := range all {
			set(f.x, f.y, f.dark)
		}
	}
	for _, at := range l.marks {
		for _, f := range aroundMark {
			set(at.x+f.x, at.y+f.y, f.dark)
		}
	}
	return told
}

// around appends the brightness of a module and its neighbours, and a constant.
func (s shades) around(x, y, radius int, to []float64) []float64 {
	for v := y - radius; v <= y+radius; v++ {
		for u := x - radius; u <= x+radius; u++ {
			to = append(to, float64(s.v[min(max(v, 0), s.size-1)*s.size+min(max(u, 0), s.size-1)]))
		}
	}
	return append(to, 16)
}

// learned solves the normal equations for the weights.
func (s shades) learned(told []int8, radius int) (weights []float64, ok bool) {
	n := (2*radius+1)*(2*radius+1) + 1
	sums := make([][]float64, n) // the last column is the right side
	for i := range sums {
		sums[i] = make([]float64, n+1)
		sums[i][i] = 200 // keeps weights small where the picture does not decide
	}
	row := make([]float64, 0, n)
	for i, t := range told {
		if t == 0 {
			continue
		}
		row = s.around(i%s.size, i/s.size, radius, row[:0])
		for a, v := range row {
			for b, w := range row[:a+1] {
				sums[a][b] += v * w
			}
			sums[a][n] += v * float64(t) * 64
		}
	}
	for a := range n {
		for b := range a {
			sums[b][a] = sums[a][b]
		}
	}
	return eliminate(sums)
}

func (s shades) mixed(weights []float64, radius int) []float64 {
	out := make([]float64, len(s.v))
	row := make([]float64, 0, len(weights))
	for i := range out {
		row = s.around(i%s.size, i/s.size, radius, row[:0])
		for k, w := range weights {
			out[i] += w * row[k]
		}
	}
	return out
}

// eliminate solves linear equations, one a row with its right side at the end, by
// Gauss and Jordan. ok is false when they do not decide.
func eliminate(a [][]float64) (x []float64, ok bool) {
	n := len(a)
	for col := range n {
		pivot := col
		for r := col + 1; r < n; r++ {
			if math.Abs(a[r][col]) > math.Abs(a[pivot][col]) {
				pivot = r
			}
		}
		if math.Abs(a[pivot][col]) < 1e-9 {
			return nil, false
		}
		a[col], a[pivot] = a[pivot], a[col]
		for r := range n {
			f := a[r][col] / a[col][col]
			if r == col || f == 0 {
				continue
			}
			for k := col; k <= n; k++ {
				a[r][k] -= f * a[col][k]
			}
		}
	}
	x = make([]float64, n)
	for i := range x {
		x[i] = a[i][n] / a[i][i]
	}
	return x, true
}
