package terminal

// This file: from cells to parts of cells that are light or dark. Which colours
// the user's terminal has is not known, nor where dark ends: each likely guess
// is one view.

import "slices"

// grid is an area of parts of cells, each with a lightness. Above, below and to
// the left of it all is as light as the background.
type grid struct {
	rows       [][]uint8
	tails      []uint8 // behind the end of each row
	back       uint8
	cols, high int // parts of a cell, side by side and one above the other
}

// guess says how colours that are not known are taken.
type guess struct {
	text, back uint8 // the terminal's own colours
	letters    bool  // characters cover what is behind them
}

// traits are what the characters of a layout need a view to have.
type traits struct {
	cols, high int
	coloured   bool // not all in the terminal's own colours
	lettered   bool // characters for reading on a background of another colour
}

func (l layout) traits() traits {
	t := traits{cols: 1, high: 2}
	fourths, thirds := false, false
	for _, r := range l.rows {
		for _, c := range r {
			coloured := c.text != usualText || c.back != usualBack
			t.coloured = t.coloured || coloured
			if c.glyph < 0x2580 {
				t.lettered = t.lettered || coloured && c.glyph > ' ' && c.glyph != 0xa0
				continue
			}
			s := shapeOf(c.glyph)
			t.coloured = t.coloured || s.light >= 0
			if s.cols == 2 {
				t.cols = 2
			}
			fourths = fourths || s.rows == 4
			thirds = thirds || s.rows == 3
		}
	}
	if fourths {
		t.high *= 2
	}
	if thirds {
		t.high *= 3
	}
	return t
}

// guesses returns all that make a difference.
func (t traits) guesses() []guess {
	all := []guess{{255, 0, true}}
	if t.coloured {
		all = append(all, guess{0, 255, true})
	}
	if t.lettered {
		for _, g := range slices.Clone(all) {
			all = append(all, guess{g.text, g.back, false})
		}
	}
	return all
}

// grid paints the rows as a guess has them.
func (l layout) grid(t traits, g guess) grid {
	out := grid{make([][]uint8, 0, len(l.rows)*t.high), make([]uint8, 0, len(l.rows)*t.high), g.back, t.cols, t.high}
	for i, r := range l.rows {
		first := len(out.rows)
		all := make([]uint8, len(r)*t.cols*t.high)
		for y := range t.high {
			out.rows = append(out.rows, all[y*len(r)*t.cols:][:len(r)*t.cols])
			out.tails = append(out.tails, uint8(g.lightness(l.tails[i])))
		}
		var s shape
		for x, c := range r {
			if c.glyph != wideRest {
				s = shapeOf(c.glyph)
			}
			g.paint(out.rows[first:], x, c, s, t)
		}
	}
	return out
}

// paint paints one cell.
func (g guess) paint(rows [][]uint8, x int, c cell, s shape, t traits) {
	back := g.lightness(c.back)
	text := back
	if !s.letter || g.letters || c.back == usualBack {
		text = g.lightness(c.text)
		if s.light >= 0 {
			text = s.light
		}
		text = back + (text-back)*int(s.ink)/255
	}
	for y := range t.high {
		for i := range t.cols {
			part := (2*y+1)*s.rows/(2*t.high)*s.cols + (2*i+1)*s.cols/(2*t.cols)
			light := back
			if s.bits>>part&1 != 0 {
				light = text
			}
			rows[y][x*t.cols+i] = uint8(light)
		}
	}
}

func (g guess) lightness(c shade) int {
	switch c {
	case usualText:
		return int(g.text)
	case usualBack:
		return int(g.back)
	}
	return int(c)
}

// maxLevels is how many of the lightnesses in a grid are told apart: the most
// frequent. Two are usual.
const maxLevels = 5

// thresholds returns where dark may end.
func (g grid) thresholds() []uint8 {
	var count [256]int
	for _, r := range g.rows {
		for _, v := range r {
			count[v]++
		}
	}
	for _, v := range g.tails {
		count[v]++
	}
	var levels []int
	for v, n := range count {
		if n > 0 {
			levels = append(levels, v)
		}
	}
	slices.SortStableFunc(levels, func(a, b int) int { return count[b] - count[a] })
	levels = levels[:min(len(levels), maxLevels)]
	slices.Sort(levels)
	var all []uint8
	for i := 1; i < len(levels); i++ {
		all = append(all, uint8((levels[i-1]+levels[i])/2))
	}
	return all
}

// bits is a grid in which all above a threshold is light.
type bits struct {
	grid
	threshold uint8
}

// light reports whether a part is light.
func (b *bits) light(x, y int) bool {
	v := b.back
	if y >= 0 && y < len(b.rows) && x >= 0 {
		v = b.tails[y]
		if x < len(b.rows[y]) {
			v = b.rows[y][x]
		}
	}
	return v > b.threshold
}
