package draw

// This file: a code in the cells of a terminal.

import "strings"

// Style is how a code is drawn in a terminal.
type Style struct {
	Margin int // modules of quiet zone
	// ASCII draws a module as two coloured spaces. Without it, half blocks put two
	// modules into a cell, one above the other, in a quarter of the room.
	ASCII bool
	// Bare sets no colours: what has ink is drawn in the terminal's own, and OnDark
	// tells which they are. Without it the code is black on white everywhere.
	Bare   bool
	OnDark bool // with Bare: the terminal's background is dark
}

// Colours are of the 256, as themes redefine the first 16 as they like.
const (
	blackOnWhite = "\x1b[38;5;16;48;5;231m"
	onBlack      = "\x1b[48;5;16m"
	onWhite      = "\x1b[48;5;231m"
	reversed     = "\x1b[7m"
	usual        = "\x1b[m"
)

// Cells is the size of the drawing.
func (c *Code) Cells(s Style) (width, height int) {
	side := c.Size() + 2*s.Margin
	if s.ASCII {
		return 2 * side, side
	}
	return side, (side + 1) / 2
}

// Lines draws the code, a string a line of the terminal. Each line sets its
// colours and ends them.
func (c *Code) Lines(s Style) []string {
	_, height := c.Cells(s)
	lines := make([]string, height)
	for row := range lines {
		if s.ASCII {
			lines[row] = c.spaces(s, row)
		} else {
			lines[row] = c.halfBlocks(s, row)
		}
	}
	return lines
}

// spaces draws a row of modules, two spaces each.
func (c *Code) spaces(s Style, row int) string {
	dark, light := onBlack, onWhite
	if s.Bare {
		dark, light = reversed, usual
		if s.OnDark {
			dark, light = light, dark
		}
	}
	var b strings.Builder
	var now string
	for x := range c.Size() + 2*s.Margin {
		want := light
		if c.Dark(x-s.Margin, row-s.Margin) {
			want = dark
		}
		if want != now {
			b.WriteString(want)
			now = want
		}
		b.WriteString("  ")
	}
	b.WriteString(usual)
	return b.String()
}

// halfBlocks draws two rows of modules. In the last line of an odd number of
// rows, the lower one belongs to the margin.
func (c *Code) halfBlocks(s Style, row int) string {
	ink := func(x, y int) bool { return c.Dark(x-s.Margin, y-s.Margin) }
	if s.Bare && s.OnDark {
		ink = func(x, y int) bool { return !c.Dark(x-s.Margin, y-s.Margin) }
	}
	var b strings.Builder
	if !s.Bare {
		b.WriteString(blackOnWhite)
	}
	for x := range c.Size() + 2*s.Margin {
		b.WriteRune(halfBlock(ink(x, 2*row), ink(x, 2*row+1)))
	}
	if !s.Bare {
		b.WriteString(usual)
	}
	return b.String()
}

func halfBlock(top, bottom bool) rune {
	switch {
	case top && bottom:
		return '█'
	case top:
		return '▀'
	case bottom:
		return '▄'
	}
	return ' '
}
