package terminal

// This file: from the corners of codes to their texts.

import (
	"slices"

	"nod/scan/symbol"
)

// drawn finds the codes in a layout.
func (w *work) drawn(l layout) []Found {
	t := l.traits()
	var found []Found
	for _, guess := range t.guesses() {
		for _, f := range w.codes(l.grid(t, guess)) {
			found = merged(found, []Found{l.place(f)})
		}
	}
	return found
}

// place moves a code's place from the layout to its page.
func (l layout) place(f Found) Found {
	if len(l.at) == 0 {
		return f
	}
	row := func(i int) int { return l.at[max(0, min(i, len(l.at)-1))] }
	last := row(f.Row + f.Rows - 1)
	f.Row = row(f.Row)
	f.Rows = last - f.Row + 1
	f.Column *= l.step
	f.Columns *= l.step
	return f
}

// codes finds the codes in a grid, with all thresholds. Places are in cells.
func (w *work) codes(g grid) []Found {
	var found []Found
	for _, threshold := range g.thresholds() {
		b := &bits{g, threshold}
		finders := b.finders()
		codes := w.exact(b, finders)
		if len(codes) == 0 && len(finders) > 0 && len(found) == 0 {
			codes = w.painted(b, finders)
		}
		found = merged(found, codes)
	}
	return found
}

// corners says which of its four corners a code shows as squares.
type corners [4]bool // upper left, upper right, lower left, lower right

// exact reads the codes that have three squares at the right distance.
func (w *work) exact(b *bits, all []finder) []Found {
	at := make(map[finder]bool, len(all))
	for _, f := range all {
		at[f] = true
	}
	var found []Found
	for _, f := range all {
		for size := symbol.MinSize; size <= symbol.MaxSize && w.reads > 0 && w.tries > 0; size += 4 {
			for _, from := range [...][2]int{{0, 0}, {1, 0}} { // f as the left or the right upper corner
				first := f
				first.x -= from[0] * (size - finderSize) * f.wide
				c := first.corners(at, size)
				if from[0] == 1 && c[0] || !c.three() {
					continue
				}
				if code, ok := w.read(b, first, size, c); ok {
					found = merged(found, []Found{code})
				}
			}
		}
	}
	return found
}

// corners looks for the squares of a code of that size with f at its upper left.
func (f finder) corners(at map[finder]bool, size int) (c corners) {
	for i := range c {
		g := f
		g.x += i % 2 * (size - finderSize) * f.wide
		g.y += i / 2 * (size - finderSize) * f.high
		c[i] = at[g]
	}
	return c
}

func (c corners) three() bool {
	n := 0
	for _, there := range c {
		if there {
			n++
		}
	}
	return n >= 3
}

// quarterTurns move the corner without a square to the lower right.
var quarterTurns = [4]int{2, 1, 3, 0}

// read decodes the modules from f's upper left corner on.
func (w *work) read(b *bits, f finder, size int, c corners) (Found, bool) {
	w.tries--
	g := symbol.NewGrid(size)
	for y := range size {
		for x := range size {
			g.Set(x, y, b.module(f, x, y))
		}
	}
	missing := slices.Index(c[:], false)
	if missing < 0 {
		missing = 3
	}
	for range quarterTurns[missing] {
		g = turned(g)
	}
	if !timed(g) {
		return Found{}, false
	}
	text, err := symbol.Read(g)
	if err != nil {
		w.reads--
		return Found{}, false
	}
	left, top := f.x/b.cols, f.y/b.high
	right := (f.x + size*f.wide + b.cols - 1) / b.cols
	bottom := (f.y + size*f.high + b.high - 1) / b.high
	return Found{text, top, left, bottom - top, right - left}, true
}

// turned is a grid rotated by 90 degrees to the right.
func turned(g symbol.Grid) symbol.Grid {
	out := symbol.NewGrid(g.Size)
	for y := range g.Size {
		for x := range g.Size {
			out.Set(g.Size-1-y, x, g.At(x, y))
		}
	}
	return out
}

// timed reports whether the line of modules between two squares, by turns dark
// and light, is there: a small part of it may be wrong.
func timed(g symbol.Grid) bool {
	right := 0
	for i := 8; i < g.Size-8; i++ {
		if g.At(i, 6) == (i%2 == 0) {
			right++
		}
		if g.At(6, i) == (i%2 == 0) {
			right++
		}
	}
	return 4*right >= 3*2*(g.Size-16)
}
