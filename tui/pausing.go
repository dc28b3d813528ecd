package tui

// pausing.go asks for how long servers shall send no requests.

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// pausing offers a few lengths, and to let requests come again.
type pausing struct {
	devices []vault.Device
	at      int
	back    screen
	tab     int // that it was called from
}

// pauses are the choices; the length of the last is 0.
var pauses = []struct {
	key    key.Binding
	length time.Duration
}{
	{keyPauseShort, 20 * time.Minute},
	{keyPauseHour, time.Hour},
	{keyPauseDay, 8 * time.Hour},
	{keyPauseWeek, 7 * 24 * time.Hour},
	{keyResume, 0},
}

// newPausing begins at what is most likely wanted: an hour, or the end of a pause.
func newPausing(m *Model, devices []vault.Device, tab int) *pausing {
	s := &pausing{devices: devices, at: 1, back: m.screen, tab: tab}
	for _, d := range devices {
		if m.state(d).Pause.On(m.now) {
			s.at = len(pauses) - 1
		}
	}
	return s
}

func (s *pausing) opened(m *Model) tea.Cmd {
	return m.do(askPauses(m.session.ctx, m.session.inbox, s.devices))
}

func (s *pausing) below() screen { return s.back }

func (s *pausing) eats(m *Model) appetite {
	if m.busy != "" {
		return eatsAll
	}
	return eatsDigits
}

func (s *pausing) update(m *Model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok || m.busy != "" {
		return nil
	}
	for i, p := range pauses {
		if key.Matches(press, p.key) {
			s.at = i
			return s.send(m)
		}
	}
	switch {
	case key.Matches(press, keyBack):
		return m.show(s.back)
	case key.Matches(press, keyUp):
		s.at = max(0, s.at-1)
	case key.Matches(press, keyDown):
		s.at = min(len(pauses)-1, s.at+1)
	case key.Matches(press, keyEnter):
		return s.send(m)
	}
	return nil
}

func (s *pausing) send(m *Model) tea.Cmd {
	what := "Pausing"
	if pauses[s.at].length == 0 {
		what = "Resuming"
	}
	return m.work(what, pauseFor(m.session.ctx, m.session.inbox, s.devices, pauses[s.at].length))
}

func (s *pausing) view(m *Model) string {
	w, h := m.room()
	compact := h < 16 || w < 50
	var lines []string
	gap := func() {
		if !compact {
			lines = append(lines, "")
		}
	}
	gap()
	lines = append(lines, m.cut(whose(s.devices), min(boxWidth-4, w)))
	gap()
	for i, p := range pauses {
		mark, style := "  ", m.styles.text
		if i == s.at {
			mark, style = m.styles.focus.Render(m.glyphs.bar)+" ", m.styles.strong
		}
		lines = append(lines, mark+m.styles.strong.Render(p.key.Help().Key)+"  "+style.Render(p.key.Help().Desc))
	}
	if !compact {
		gap()
		lines = append(lines, wrap("Sites then send requests to none of your devices, and say so on their pages. Codes (TOTP) keep working.", min(boxWidth-4, w))...)
		gap()
	}
	return m.frameBox(m.styles.accented, "Pause login requests for", "", lines)
}

func (s *pausing) status(m *Model) string {
	if line := m.spinner(); line != "" {
		return line
	}
	return m.styles.dim.Render(m.pauseText())
}

func (s *pausing) keys(*Model) []key.Binding {
	return []key.Binding{keyMove, keyEnter, keyBack}
}
