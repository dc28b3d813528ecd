package tui

// This file hides what is secret while the program is suspended, by Ctrl+Z or by
// a signal, and looks at the clock before anything is drawn again.

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// stopMsg tells that another program asks this one to stop (SIGTSTP).
type stopMsg struct{}

// resumedMsg tells the time after the program was stopped.
type resumedMsg time.Time

// suspend hands the terminal back and stops the process. Codes are hidden from
// then on, and a secret that was shown is put away.
func (m *Model) suspend() tea.Cmd {
	if m.away {
		return nil
	}
	m.away = true
	if m.session.codes != nil {
		m.session.codes.hidden = true
	}
	var cmd tea.Cmd
	for _, s := range stack(m.screen) {
		if r, ok := s.(*revelation); ok {
			cmd = m.show(r.back)
		}
	}
	return tea.Sequence(cmd, m.stops.release, tea.Suspend)
}

// resumed goes on after a suspension.
func (m *Model) resumed(now time.Time) tea.Cmd {
	m.away = false
	return m.tick(now)
}
