package terminal

// This file: the rows of a screen in the ways in which a code may lie on them:
// as they are, without blank lines, with broken lines joined.

import (
	"regexp"
	"slices"
	"sync"
)

// layout is the rows of a page to look at, and where they are on the page.
type layout struct {
	rows  [][]cell
	tails []shade // the colour behind each
	at    []int   // the row of the page that each came from
	step  int     // columns of the page that one of a row stands for
}

// whole is the page as it is.
func (p *page) whole() layout {
	l := layout{rows: p.rows, tails: make([]shade, len(p.rows)), at: make([]int, len(p.rows)), step: 1}
	for i := range l.at {
		l.at[i] = i
		l.tails[i] = p.tail(i)
	}
	return l
}

// squeezed leaves out blank rows. It reports whether that makes a difference for
// a code: whether in some place each second row is blank.
func (p *page) squeezed() (l layout, between bool) {
	l.step = 1
	alternate, last := 0, -1
	for i, r := range p.rows {
		if isBlank(r) {
			continue
		}
		if i == last+2 {
			alternate++
		} else if i == last+1 {
			alternate = 0
		}
		between = between || alternate >= 5
		last = i
		l.rows = append(l.rows, r)
		l.tails = append(l.tails, p.tail(i))
		l.at = append(l.at, i)
	}
	return l, between
}

func isBlank(r []cell) bool {
	return !slices.ContainsFunc(r, func(c cell) bool { return c.back != usualBack || shapeOf(c.glyph) != empty })
}

// changes are the ways in which codes were printed that are not to be read as
// they stand.
var changes = []func(*page) layout{
	(*page).promptless,
	func(p *page) layout { return p.everySecond(0) },
	func(p *page) layout { return p.everySecond(1) },
	func(p *page) layout { return p.joined(0) },
	func(p *page) layout { return p.joined(1) },
}

// prompt is what a shell asks with. Where the first line of a code comes behind
// it, that line stands too far to the right.
var prompt = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^█▀▄]{0,60}?[$#%>❯] `) })

// promptless leaves out prompts at the start of rows.
func (p *page) promptless() layout {
	l := p.whole()
	l.rows = slices.Clone(l.rows)
	for i, r := range l.rows {
		start := make([]rune, 0, 64)
		for _, c := range r[:min(len(r), 64)] {
			start = append(start, max(c.glyph, ' '))
		}
		if found := prompt().FindString(string(start)); found != "" {
			l.rows[i] = r[len([]rune(found)):]
		}
	}
	return l
}

// everySecond takes each second column, for modules with a space between.
func (p *page) everySecond(first int) layout {
	l := p.whole()
	l.step = 2
	l.rows = make([][]cell, len(p.rows))
	for i, r := range p.rows {
		half := make([]cell, 0, (len(r)+1)/2)
		for x := first; x < len(r); x += 2 {
			half = append(half, r[x])
		}
		l.rows[i] = half
	}
	return l
}

// maxJoined is the largest page with broken lines, in cells.
const maxJoined = 1 << 20

// joined puts pairs of rows together, from row first on: lines that were broken
// because the window was narrower than the code.
func (p *page) joined(first int) layout {
	l := layout{step: 1}
	width := p.width()
	if width*len(p.rows) > maxJoined {
		return l
	}
	for y := first; y+1 < len(p.rows); y += 2 {
		r := slices.Clone(p.rows[y])
		for len(r) < width {
			r = append(r, cell{' ', usualText, p.tail(y)})
		}
		l.rows = append(l.rows, append(r, p.rows[y+1]...))
		l.tails = append(l.tails, p.tail(y+1))
		l.at = append(l.at, y)
	}
	return l
}
