package tui

// page.go lays out forms: labelled boxes, hints, buttons, and what went wrong,
// scrolled so that the box with the focus can be seen.

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// page collects the lines of a form.
type page struct {
	m      *Model
	width  int
	lines  []string
	focus  int // the line that must be seen
	labels int // width of the labels; 0 = 12, less in a narrow window
}

func (p *page) line(s string) { p.lines = append(p.lines, s) }

// gap is an empty line where there is room for air.
func (p *page) gap() {
	if p.m.tall() && len(p.lines) > 0 && p.lines[len(p.lines)-1] != "" {
		p.line("")
	}
}

// text adds a paragraph.
func (p *page) text(s string) {
	p.lines = append(p.lines, wrap(s, min(p.width, 78))...)
}

func (p *page) labelWidth() int {
	switch {
	case p.labels > 0 && p.width >= 60:
		return p.labels
	case p.labels > 0:
		return min(p.labels, 14)
	case p.width < 60:
		return 11
	}
	return 13
}

func (p *page) label(s string) string {
	return p.m.styles.dim.Render(p.m.pad(s, p.labelWidth()-1)) + " "
}

// field adds a labelled box.
func (p *page) field(f *field, focused bool) {
	p.mark(focused)
	p.line(p.label(f.label) + f.box(p.m, min(p.width-p.labelWidth(), 56), focused))
}

// secret adds a labelled box for a PIN or a passphrase.
func (p *page) secret(label string, b *secretBox, focused bool) {
	p.mark(focused)
	p.line(p.label(label) + b.box(p.m, min(p.width-p.labelWidth(), 56), focused))
}

// fact adds a label with its value.
func (p *page) fact(label, value string) {
	if value != "" {
		p.line(p.label(label) + value)
	}
}

// hint adds dim text below a box.
func (p *page) hint(s string) {
	if !p.m.tall() {
		return
	}
	indent := strings.Repeat(" ", p.labelWidth())
	for _, l := range wrap(s, min(p.width, 78)-p.labelWidth()) {
		p.line(indent + p.m.styles.dim.Render(l))
	}
}

// mark remembers that the next line has the focus.
func (p *page) mark(focused bool) {
	if focused {
		p.focus = len(p.lines)
	}
}

// buttons adds buttons in as many rows as they need. focus is the one chosen, or
// out of range.
func (p *page) buttons(focus int, labels []string, ready []bool) {
	var row string
	for i, l := range labels {
		p.mark(false)
		b := p.m.button(l, i == focus, ready[i])
		if row != "" && ansi.StringWidth(row)+2+ansi.StringWidth(b) > p.width {
			p.line(row)
			row = ""
		}
		if i == focus {
			p.focus = len(p.lines)
		}
		if row != "" {
			row += "  "
		}
		row += b
	}
	p.line(row)
}

// tail adds what went wrong, and makes sure that it can be seen.
func (p *page) tail(wrong string) {
	if wrong == "" {
		return
	}
	p.gap()
	for _, l := range wrap("! "+wrong, min(p.width, 78)) {
		p.line(p.m.styles.danger.Render(l))
	}
	if !p.m.tall() {
		p.focus = len(p.lines) - 1
	}
}

// fit returns the page in at most h lines.
func (p *page) fit(h int) string { return strings.Join(scroll(p.lines, p.focus, h), "\n") }
