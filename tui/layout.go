package tui

// layout.go makes the window's lines: header, body, banner, note, status, keys.
// It is the only place that makes a tea.View.

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The smallest window that the screens are made for.
const (
	minWidth  = 40
	minHeight = 10
	// From here on there is room for the line below the tabs and for air.
	tallHeight = 16
)

// View draws the window.
func (m *Model) View() tea.View {
	v := tea.NewView(m.frame())
	v.AltScreen = true // nothing that is drawn gets into the scrollback
	v.ReportFocus = true
	v.WindowTitle = m.title()
	return v
}

// title names the window; it never tells who or where.
func (m *Model) title() string {
	if n := m.count(); n > 0 {
		return fmt.Sprintf("nod (%d)", n)
	}
	return "nod"
}

// count is the number of requests that wait, locked or not.
func (m *Model) count() int {
	if m.session.vault != nil {
		return len(m.session.requests.pending(m.now))
	}
	n := 0
	for _, end := range m.waiting {
		if m.now.Before(end) {
			n++
		}
	}
	return n
}

func (m *Model) tooSmall() bool { return m.width < minWidth || m.height < minHeight }

func (m *Model) tall() bool { return m.height >= tallHeight }

// frame draws all lines, exactly as many as the window has.
func (m *Model) frame() string {
	if m.width <= 0 || m.height <= 0 || m.now.IsZero() || m.away {
		return ""
	}
	if m.tooSmall() {
		text := fmt.Sprintf("Make the window larger: %dx%d needed, %dx%d now", minWidth, minHeight, m.width, m.height)
		lines := wrap(text, m.width)
		return strings.Join(lines[:min(len(lines), m.height)], "\n")
	}
	head, foot := m.header(), m.footer()
	body := strings.Split(m.screen.view(m), "\n")
	room := m.height - len(head) - len(foot)
	if len(body) > room {
		body = body[:room]
	}
	for len(body) < room {
		body = append(body, "")
	}
	var lines []string
	for _, l := range append(append(head, body...), foot...) {
		if l != "" {
			l = " " + m.cut(l, m.width-2)
		}
		lines = append(lines, l)
	}
	return strings.Join(lines, "\n")
}

// room is the size of the body.
func (m *Model) room() (width, height int) {
	return m.width - 2, m.height - len(m.header()) - len(m.footer())
}

// header names the program, its screens and the state of the servers. A screen
// outside a session says its own.
func (m *Model) header() []string {
	if m.session.vault == nil {
		if t, ok := m.screen.(interface{ heading(m *Model) string }); ok {
			if line := t.heading(m); line != "" {
				return []string{line, ""}[:m.airy()]
			}
		}
		return nil
	}
	if m.bare() {
		return nil
	}
	tabs, start, length := m.tabLine()
	line := m.spread(tabs, m.serverDot()+" "+m.now.Local().Format("15:04"), m.width-2)
	if !m.tall() {
		return []string{line}
	}
	rule := strings.Repeat(" ", start) + m.styles.accent.Render(strings.Repeat(m.glyphs.rule, length))
	return []string{line, rule}
}

// bare tells whether the screen needs every line for itself.
func (m *Model) bare() bool {
	s, ok := m.screen.(*revelation)
	return ok && s.shown
}

// airy is 2 when there is room for an empty line after a heading, else 1.
func (m *Model) airy() int {
	if m.tall() {
		return 2
	}
	return 1
}

// tabLine draws the tabs, and tells where the active one stands. In a narrow
// window the others keep only their numbers.
func (m *Model) tabLine() (line string, start, length int) {
	names := []string{"Codes", "Approvals", "Servers", "History"}
	active := m.activeTab()
	var b strings.Builder
	b.WriteString(m.styles.strong.Render("nod"))
	for i, name := range names {
		label := fmt.Sprint(i + 1)
		if i == active || m.width >= 72 {
			label += " " + name
		}
		b.WriteString("  ")
		at := ansi.StringWidth(b.String())
		style := m.styles.dim
		if i == active {
			style, start, length = m.styles.focus, at, ansi.StringWidth(label)
			if m.styles.colourless {
				label = "[" + label + "]"
				length += 2
			}
		}
		b.WriteString(style.Render(label))
		if n := m.count(); i == 1 && n > 0 {
			b.WriteString(" " + m.styles.badge.Render(fmt.Sprintf("(%d)", n)))
		}
	}
	return b.String(), start, length
}

// activeTab is the tab that the present screen belongs to.
func (m *Model) activeTab() int {
	switch s := m.screen.(type) {
	case *approvals, *dialog, *notMe:
		return 1
	case *servers, *pair, *unpair, *renaming:
		return 2
	case *history:
		return 3
	case *help:
		return s.tab
	case *pausing:
		return s.tab
	}
	return 0
}

// serverDot sums up the servers: one that answers, one that is waited for, none.
func (m *Model) serverDot() string {
	if len(m.session.devices) == 0 {
		return ""
	}
	live, polling := 0, 0
	for _, s := range m.session.servers {
		if s.Live {
			live++
		} else if s.Polling && s.Err == nil {
			polling++
		}
	}
	switch {
	case live > 0 && live == len(m.session.servers):
		return m.styles.good.Render(m.glyphs.dot)
	case live > 0 || polling > 0:
		return m.styles.warn.Render(m.glyphs.waiting)
	}
	return m.styles.danger.Render(m.glyphs.off)
}

// scroll cuts lines to a height so that the line at focus can be seen.
func scroll(lines []string, focus, height int) []string {
	if len(lines) <= height || height <= 0 {
		return lines
	}
	top := min(max(0, focus-height/2), len(lines)-height)
	return lines[top : top+height]
}
