package tui

// history.go lists what has happened in the last 90 days.

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// history is a plain list, newest first, with the selected event in full below.
type history struct {
	events []vault.Event
	at     int
}

func (s *history) opened(m *Model) tea.Cmd {
	s.events = m.session.vault.History()
	s.at = max(0, min(s.at, len(s.events)-1))
	return nil
}

func (s *history) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case eventMsg:
		return s.opened(m)
	case tea.KeyPressMsg:
		_, height := m.room()
		if to, ok := move(msg, s.at, len(s.events), height); ok {
			s.at = to
		}
	}
	return nil
}

func (s *history) view(m *Model) string {
	w, h := m.room()
	if len(s.events) == 0 {
		return strings.Join(append(make([]string, h/4), m.centre("Nothing has happened yet.", w)), "\n")
	}
	detail := s.detail(m, s.events[s.at], w)
	if !m.tall() {
		detail = detail[:min(1, len(detail))]
	}
	var lines []string
	for i, e := range s.events {
		lines = append(lines, s.row(m, e, i == s.at, w))
	}
	lines = scroll(lines, s.at, h-len(detail)-1)
	return strings.Join(append(append(lines, ""), detail...), "\n")
}

func (s *history) row(m *Model, e vault.Event, selected bool, w int) string {
	mark := "  "
	if selected {
		mark = m.styles.focus.Render(m.glyphs.bar) + " "
	}
	kind, style := string(e.Kind), m.styles.text
	switch e.Kind {
	case vault.EventReported:
		kind, style = "REPORTED", m.styles.danger
	case vault.EventWrongPIN, vault.EventMismatch:
		style = m.styles.warn
	}
	line := m.styles.dim.Render(m.pad(when(m.now, e.At), 12)) + style.Render(m.pad(kind, 13)) + m.styles.strong.Render(m.pad(clean(e.Subject), 16))
	if w >= 60 {
		line += " " + clean(e.Account)
		if e.IP != "" {
			line += "  " + clean(e.IP)
		}
		if e.Place != "" {
			line += "  " + clean(e.Place)
		}
	}
	return mark + m.cut(line, w-2)
}

// detail tells everything of one event.
func (s *history) detail(m *Model, e vault.Event, w int) []string {
	var parts []string
	for _, p := range []string{string(e.Kind), e.Subject, e.Account, e.IP, e.Place, e.Detail} {
		if p = clean(p); p != "" {
			parts = append(parts, p)
		}
	}
	if e.Request != "" {
		parts = append(parts, "request "+clean(e.Request))
	}
	lines := wrap(e.At.Local().Format("2006-01-02 15:04:05")+"  "+strings.Join(parts, m.glyphs.sep), w)
	for i := range lines {
		lines[i] = m.styles.dim.Render(lines[i])
	}
	return lines
}

func (s *history) status(m *Model) string {
	return m.styles.dim.Render("kept 90 days in the encrypted vault")
}

func (s *history) keys(*Model) []key.Binding {
	return []key.Binding{keyMove, keyFirst, keyLast, keyTabs, keyLock, keyQuit}
}
