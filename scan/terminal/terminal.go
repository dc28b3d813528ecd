// Package terminal finds QR codes that a program drew with the characters of a
// terminal, in its raw output or in text copied from a window, and returns their
// texts. It looks at no window itself and knows nothing of what the texts mean.
package terminal

// This file: the way from printed bytes to texts.

import (
	"cmp"
	"slices"
	"strings"

	"nod/scan/symbol"
)

// MaxText is the largest text that Find and Lines look at, in bytes. Of a longer
// one, the rest is passed over.
const MaxText = 4 << 20

// Found is a code and the place of its symbol, without a margin, in rows and
// columns of characters from 0. Where a program cleared the screen, the rows go
// on counting. Of a code whose lines were broken or had something in front, the
// place is near.
type Found struct {
	symbol.Text
	Row, Column   int
	Rows, Columns int
}

// Find returns the codes drawn in what a program printed, screen after screen,
// each from top to bottom. A code that is drawn again on a later screen counts
// once, equal ones on one screen are several.
func Find(data []byte) []Found {
	return find(data, &work{maxTries, maxReads, maxPaints})
}

func find(data []byte, w *work) []Found {
	var all []Found
	row := 0
	for _, p := range parse(data).pages {
		for _, f := range w.page(p) {
			if !slices.ContainsFunc(all, func(a Found) bool { return a.Row < row && a.Text.Text == f.Text.Text }) {
				f.Row += row
				all = append(all, f)
			}
		}
		row += len(p.rows)
	}
	return all
}

// Lines returns the characters that a program printed as one sees them: without
// colours, with the cursor's moves made.
func Lines(data []byte) []string {
	var lines []string
	for _, p := range parse(data).pages {
		for _, r := range p.rows {
			var b strings.Builder
			for _, c := range r {
				if c.glyph != wideRest {
					b.WriteRune(c.glyph)
				}
			}
			lines = append(lines, strings.TrimRight(b.String(), " \u00a0"))
		}
	}
	return lines
}

// work is what one call of Find may still spend, however hostile its text is.
type work struct {
	tries  int // three squares that may be the corners of one code
	reads  int // grids given to the decoder without success
	paints int // pictures given to the detector
}

const (
	maxTries  = 5000
	maxReads  = 300
	maxPaints = 2
)

// page finds the codes of one screen. Ways of drawing that need a change of the
// screen first are for one where nothing is found as it is; blank lines between
// the rows of one code can hide it beside codes without any.
func (w *work) page(p *page) []Found {
	found := w.drawn(p.whole())
	if s, between := p.squeezed(); between {
		found = merged(found, w.drawn(s))
	}
	for _, img := range p.images {
		found = merged(found, w.image(img))
	}
	if len(found) == 0 && len(p.rows) >= 6 {
		for _, change := range changes {
			if found = w.drawn(change(p)); len(found) > 0 {
				break
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Column, b.Column))
	})
	return found
}

// merged adds those of more that found does not hold yet.
func merged(found, more []Found) []Found {
	for _, m := range more {
		if !slices.ContainsFunc(found, func(f Found) bool { return f.Text.Text == m.Text.Text && f.overlaps(m) }) {
			found = append(found, m)
		}
	}
	return found
}

func (f Found) overlaps(g Found) bool {
	return f.Row < g.Row+g.Rows && g.Row < f.Row+f.Rows && f.Column < g.Column+g.Columns && g.Column < f.Column+f.Columns
}
