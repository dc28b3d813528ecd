package terminal

// This file: the screens that a program's output fills, as far as it writes on
// them. They have no lower and no right edge, but limits.

import "image"

const (
	maxRows    = 20000
	maxColumns = 1000
	// maxCells bounds the memory of all screens together: 8 bytes each. A row
	// counts as rowCells more, so that empty ones cost, too.
	maxCells = 2 << 20
	rowCells = 3
)

// shade is a colour as far as it matters: how light it is, from 0 to 255, or one
// of the two that a terminal's user chooses.
type shade uint16

const (
	usualText shade = 256 + iota // the terminal's colour of text
	usualBack                    // and of what is behind it
)

// cell is one place for a character.
type cell struct {
	glyph      rune
	text, back shade
}

// wideRest stands in the second cell of a character that is two cells wide.
const wideRest = -1

var blank = cell{' ', usualText, usualBack}

// page is what one screen shows. Rows end where nothing more is written.
type page struct {
	rows [][]cell
	// tails are the colours of what is behind the end of rows, where a line ended
	// in another than the usual one: tmux cuts coloured spaces off.
	tails  map[int]shade
	images []placed
}

// tail is the colour behind the end of a row.
func (p *page) tail(row int) shade {
	if c, ok := p.tails[row]; ok {
		return c
	}
	return usualBack
}

// placed is a picture within text and the cell of its upper left corner.
type placed struct {
	img         *image.NRGBA
	row, column int
}

// screen is where output goes.
type screen struct {
	pages     []*page
	now       *page // the last of pages
	row, col  int
	pen       cell // colours for what is written, and what is erased
	reverse   bool
	alternate bool // the one that programs fill as a whole
	cells     int  // still free
	full      bool // nothing more is taken
	last      rune // written, for its repetition
	saved     [2]int
	pictures  int
}

func newScreen() *screen {
	s := &screen{now: &page{}, pen: blank, cells: maxCells}
	s.pages = []*page{s.now}
	return s
}

// turn begins a new page unless nothing is on the present one. What a program
// wipes off was there to be seen.
func (s *screen) turn() {
	if len(s.now.rows) == 0 && len(s.now.images) == 0 {
		return
	}
	s.now = &page{}
	s.pages = append(s.pages, s.now)
	s.spend(16)
}

// spend takes n cells of what is free and reports whether there were as many.
func (s *screen) spend(n int) bool {
	if n > s.cells {
		s.full = true
		return false
	}
	s.cells -= n
	return true
}

// reach makes the row under the cursor at least width cells long.
func (s *screen) reach(width int) bool {
	if missing := s.row + 1 - len(s.now.rows); missing > 0 {
		if !s.spend(missing * rowCells) {
			return false
		}
		s.now.rows = append(s.now.rows, make([][]cell, missing)...)
	}
	r := s.now.rows[s.row]
	missing := width - len(r)
	if missing > 0 && !s.spend(missing) {
		return false
	}
	for range missing {
		r = append(r, blank)
	}
	s.now.rows[s.row] = r
	return true
}

// put writes a character and moves the cursor behind it.
func (s *screen) put(glyph rune) {
	width := columns(glyph)
	if width == 0 {
		s.widen(glyph)
		return
	}
	s.last = glyph
	if s.col+width > maxColumns {
		return
	}
	c := s.colours(glyph)
	if !s.reach(s.col + width) {
		return
	}
	r := s.now.rows[s.row]
	r[s.col] = c
	if width == 2 {
		c.glyph = wideRest
		r[s.col+1] = c
	}
	s.col += width
}

// widen makes a square before the cursor wide: U+FE0F asks for its picture.
func (s *screen) widen(glyph rune) {
	if glyph != emojiStyle || s.row >= len(s.now.rows) || s.col == 0 || s.col >= maxColumns {
		return
	}
	before := s.col - 1
	if r := s.now.rows[s.row]; before < len(r) && r[before].glyph >= 0x25aa && r[before].glyph <= 0x25fe && s.reach(s.col+1) {
		r = s.now.rows[s.row]
		r[s.col] = r[before]
		r[s.col].glyph = wideRest
		s.col++
	}
}

// colours is the glyph in the present colours.
func (s *screen) colours(glyph rune) cell {
	c := cell{glyph, s.pen.text, s.pen.back}
	if s.reverse {
		c.text, c.back = c.back, c.text
	}
	return c
}

// endLine keeps the colour that the cursor's row ends in.
func (s *screen) endLine() {
	c := s.colours(' ').back
	if _, there := s.now.tails[s.row]; !there && c == usualBack || !there && !s.spend(rowCells) {
		return
	}
	if s.now.tails == nil {
		s.now.tails = map[int]shade{}
	}
	s.now.tails[s.row] = c
}

// move puts the cursor somewhere within the limits.
func (s *screen) move(row, col int) {
	s.row = max(0, min(row, maxRows-1))
	s.col = max(0, min(col, maxColumns-1))
}

// erase wipes the columns from, up to but not to, of the cursor's row, in the
// present background.
func (s *screen) erase(from, to int) {
	if s.row >= len(s.now.rows) {
		if s.pen.back == usualBack {
			return
		}
	}
	c := cell{' ', usualText, s.pen.back}
	if s.pen.back == usualBack && s.row < len(s.now.rows) {
		to = min(to, len(s.now.rows[s.row]))
	}
	to = min(to, maxColumns)
	if from >= to || !s.reach(to) {
		return
	}
	r := s.now.rows[s.row]
	for i := from; i < to; i++ {
		r[i] = c
	}
}

// width is that of the widest row.
func (p *page) width() int {
	w := 0
	for _, r := range p.rows {
		w = max(w, len(r))
	}
	return w
}

// shift moves the rest of the cursor's row by n cells, to the left if n is
// negative.
func (s *screen) shift(n int) {
	if s.row >= len(s.now.rows) || s.col >= len(s.now.rows[s.row]) {
		return
	}
	r := s.now.rows[s.row]
	if n < 0 {
		s.now.rows[s.row] = append(r[:s.col], r[min(len(r), s.col-n):]...)
		return
	}
	n = min(n, maxColumns-len(r))
	if n <= 0 || !s.reach(len(r)+n) {
		return
	}
	r = s.now.rows[s.row]
	copy(r[s.col+n:], r[s.col:])
	for i := range n {
		r[s.col+i] = blank
	}
}
