package terminal

// This file: the squares in the corners of a code (ISO/IEC 18004, 6.3.3), which
// tell where it is, how large its modules are and whether they are the light or
// the dark ones.

import "slices"

const (
	finderSize = 7 // modules a side
	// maxWrong is how many of a corner's 49 modules may be wrong.
	maxWrong = 5
	// maxFinders ends the search: a screen of codes has some dozens.
	maxFinders = 20000
	// maxWide is the largest module, in columns.
	maxWide = 8
	// maxFlat and maxTall are the most that the sides of modules, in columns and
	// rows, differ: a row is usually as high as two columns are wide.
	maxFlat = 8
	maxTall = 2
)

// finder is one corner's square: its upper left part and the size of its modules.
type finder struct {
	x, y       int
	wide, high int  // parts of cells
	light      bool // the modules of the symbol's dark are light here
}

// finders returns all squares, in order of rows, each once.
func (b *bits) finders() []finder {
	var all []finder
	seen := map[finder]bool{}
	var ends []int
	for y, r := range b.rows {
		if y > 0 && b.tails[y] == b.tails[y-1] && slices.Equal(r, b.rows[y-1]) {
			continue
		}
		ends = b.runs(ends[:0], r, b.tails[y])
		for i := 1; i+3 < len(ends); i++ {
			f, ok := b.finderAt(y, ends[i-1:i+4])
			if !ok || seen[f] {
				continue
			}
			seen[f] = true
			if all = append(all, f); len(all) == maxFinders {
				return all
			}
		}
	}
	return all
}

// runs appends where each run of equal parts ends. The last one has no end and
// is left as far to the right as matters.
func (b *bits) runs(ends []int, r []uint8, tail uint8) []int {
	for x := 1; x < len(r); x++ {
		if (r[x] > b.threshold) != (r[x-1] > b.threshold) {
			ends = append(ends, x)
		}
	}
	if n := len(r); n > 0 && (r[n-1] > b.threshold) != (tail > b.threshold) {
		ends = append(ends, n)
	}
	return append(ends, len(r)+2*maxWide)
}

// finderAt looks whether a run, those beside it and those beside these are the
// middle of a square. ends are the ends of the first four, and of the last. The
// outer ones may be longer: what is around a code may have the colour of its edge.
func (b *bits) finderAt(y int, ends []int) (finder, bool) {
	wide := ends[1] - ends[0]
	if ends[2]-ends[1] != 3*wide || ends[3]-ends[2] != wide || ends[4]-ends[3] < wide ||
		ends[0] < wide || wide > maxWide*b.cols*b.unit() {
		return finder{}, false
	}
	middle := ends[1] + wide + wide/2
	light := b.light(middle, y)
	limit := 3 * max(1, wide*b.high*maxTall/b.cols)
	top := b.same(middle, y, -1, light, limit)
	height := y - top + b.same(middle, y, 1, light, limit) - y + 1
	high := height / 3
	if height%3 != 0 || wide*b.high > maxFlat*b.cols*high {
		return finder{}, false
	}
	f := finder{ends[0] - wide, top - 2*high, wide, high, light}
	return f, b.wrong(f) <= maxWrong
}

// unit is 1 for cells. Pixels of a picture may be more to a module.
func (g *grid) unit() int {
	if g.cols == 1 && g.high == 1 {
		return 4
	}
	return 1
}

// same returns the last row, from y up or down, that is like row y in column x,
// at most limit rows away.
func (b *bits) same(x, y, step int, light bool, limit int) int {
	for range limit {
		if b.light(x, y+step) != light {
			break
		}
		y += step
	}
	return y
}

// wrong counts the modules of a square that are not as they should be.
func (b *bits) wrong(f finder) int {
	n := 0
	for my := range finderSize {
		for mx := range finderSize {
			ring := max(abs(mx-3), abs(my-3))
			if b.module(f, mx, my) == (ring == 2) {
				n++
			}
		}
	}
	return n
}

// module reports whether the module in column mx and row my, counted from a
// square's corner, is one of the symbol's dark ones.
func (b *bits) module(f finder, mx, my int) bool {
	return b.light(f.x+mx*f.wide+f.wide/2, f.y+my*f.high+f.high/2) == f.light
}

func abs(n int) int { return max(n, -n) }
