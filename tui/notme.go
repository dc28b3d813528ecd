package tui

// notme.go asks what "it's not me" shall do.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// notMe offers to report, to deny, or to let a request run out.
type notMe struct {
	id    string
	at    int
	back  screen
	ended string
	wrong string
}

// refusal is one of the choices.
type refusal struct {
	key   key.Binding
	lines []string
	short string
	d     approve.Decision
}

func refusals() []refusal {
	return []refusal{
		{keyReport, []string{
			"Report it: stop this sign-in, pause requests for",
			"20 minutes, tell the administrator",
		}, "Report it to the administrator", approve.Decision{Act: approve.Report, Reason: "not_me"}},
		{keyDeny, []string{"Just deny: I started it by mistake"}, "Just deny: my mistake", denial()},
		{keyIgnore, []string{"Ignore: let it run out, other devices can still answer"}, "Ignore: let it run out", approve.Decision{Act: approve.Ignore}},
	}
}

func (s *notMe) below() screen { return s.back }

func (s *notMe) eats(m *Model) appetite {
	if m.busy != "" {
		return eatsAll
	}
	return eatsDigits
}

func (s *notMe) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case answeredMsg:
		if msg.id == s.id {
			s.answered(m, msg)
		}
	case eventMsg, tickMsg:
		if r, ok := m.session.requests.find(s.id); s.ended == "" && m.busy == "" && (!ok || !r.open(m.now)) {
			s.ended = endedText(r.Request)
		}
	case tea.KeyPressMsg:
		if m.busy == "" {
			return s.press(m, msg)
		}
	}
	return nil
}

func (s *notMe) answered(m *Model, msg answeredMsg) {
	m.done()
	r, _ := m.session.requests.find(s.id)
	if msg.err != nil {
		s.wrong = explain(m.now, msg.err)
		return
	}
	m.session.requests.settle(s.id, stateAfter(msg), m.now)
	s.ended = result(msg, clean(r.App))
}

func (s *notMe) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	all := refusals()
	if s.ended != "" {
		if key.Matches(msg, keyEnter) || key.Matches(msg, keyBack) {
			return m.show(m.session.approvals)
		}
		return nil
	}
	for i, c := range all {
		if key.Matches(msg, c.key) {
			s.at = i
			return s.send(m, c.d)
		}
	}
	switch {
	case key.Matches(msg, keyBack):
		return m.show(s.back)
	case key.Matches(msg, keyUp):
		s.at = max(0, s.at-1)
	case key.Matches(msg, keyDown):
		s.at = min(len(all)-1, s.at+1)
	case key.Matches(msg, keyEnter):
		return s.send(m, all[s.at].d)
	}
	return nil
}

func (s *notMe) send(m *Model, d approve.Decision) tea.Cmd {
	s.wrong = ""
	return m.work("Answering", answer(m.session.ctx, m.session.inbox, s.id, d, vault.Credential{}))
}

func (s *notMe) view(m *Model) string {
	w, h := m.room()
	r, _ := m.session.requests.find(s.id)
	compact := h < 16 || w < 50
	inner := min(boxWidth-4, w-2)
	where := clean(r.App) + ", " + clean(r.Account) + ", from " + clean(r.IP) + " (" + place(r.Request) + ")"
	var lines []string
	gap := func() {
		if !compact {
			lines = append(lines, "")
		}
	}
	gap()
	lines = append(lines, wrap(where, inner)...)
	gap()
	if s.ended != "" {
		lines = append(lines, wrap(s.ended, inner)...)
		gap()
		lines = append(lines, m.button("Back to the list", true, true))
		gap()
		return m.frameBox(m.styles.dangerBox, "Someone else is signing in?", "", lines)
	}
	if s.wrong == "" || !compact {
		lines = append(lines, m.styles.danger.Render("Whoever did this knows your password."))
	}
	if s.wrong != "" && compact {
		lines = append(lines, m.styles.danger.Render("! "+s.wrong))
	}
	gap()
	for i, c := range refusals() {
		lines = append(lines, s.choice(m, c, i == s.at, compact)...)
	}
	gap()
	switch {
	case compact:
	case s.wrong != "":
		for _, l := range wrap("! "+s.wrong, inner) {
			lines = append(lines, m.styles.danger.Render(l))
		}
	default:
		lines = append(lines, wrap("Next: change your "+clean(r.App)+" password. Codes (TOTP) keep working while requests are paused.", inner)...)
	}
	gap()
	return m.frameBox(m.styles.dangerBox, "Someone else is signing in?", "", lines)
}

func (s *notMe) choice(m *Model, c refusal, focused, compact bool) []string {
	mark, style := "  ", m.styles.text
	if focused {
		mark, style = m.styles.focus.Render(m.glyphs.bar)+" ", m.styles.strong
	}
	head := mark + m.styles.strong.Render(c.key.Help().Key) + "  "
	if compact {
		return []string{head + style.Render(c.short)}
	}
	lines := []string{head + style.Render(c.lines[0])}
	for _, l := range c.lines[1:] {
		lines = append(lines, "     "+style.Render(l))
	}
	return lines
}

func (s *notMe) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("denying or reporting needs no PIN: refusing must be easier than accepting")
}

func (s *notMe) keys(*Model) []key.Binding {
	if s.ended != "" {
		return []key.Binding{meaning(keyEnter, "back")}
	}
	return []key.Binding{keyMove, keyEnter, meaning(keyBack, "back to the request")}
}
