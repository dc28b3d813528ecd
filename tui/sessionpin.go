package tui

// This file offers a PIN for as long as the program runs, where the vault opens
// with a passphrase and has no PIN.

import (
	"bytes"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// sessionPIN asks for the PIN twice.
type sessionPIN struct {
	held      vault.Credential // what has opened the vault; wiped when the screen goes
	pin, pin2 secretBox
	focus     int
	wrong     string
}

// offerPIN offers it, if held and the vault call for it, and else wipes held.
func (m *Model) offerPIN(held vault.Credential) tea.Cmd {
	if held.Kind() == "" || m.pinned() || m.noPIN || m.has(vault.SlotPIN) {
		held.Wipe()
		return nil
	}
	box := secretBox{kind: vault.SlotPIN, session: true}
	return m.show(&sessionPIN{held: held, pin: box, pin2: box})
}

// pinnedBy is what keeps a session PIN, and ends it by ending.
func (m *Model) pinnedBy() string {
	if m.session.kept != nil {
		return "nod's agent"
	}
	return "nod"
}

func (s *sessionPIN) boxes() []*secretBox { return []*secretBox{&s.pin, &s.pin2} }

func (s *sessionPIN) eats(m *Model) appetite {
	if m.busy != "" {
		return eatsAll
	}
	return eatsDigits
}

func (s *sessionPIN) dirty() bool { return len(s.pin.typed) > 0 }

func (s *sessionPIN) wipe() {
	s.held.Wipe()
	s.pin.wipe()
	s.pin2.wipe()
}

func (s *sessionPIN) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pinnedMsg:
		m.done()
		if msg.err != nil {
			s.wrong, s.focus = explain(m.now, msg.err), 0
			return nil
		}
		m.session.pinned = m.session.kept == nil // the agent tells by itself
		m.tell(noticeGood, "The session PIN is set. It is forgotten when "+m.pinnedBy()+" ends.")
		return m.show(m.session.codes)
	case tea.PasteMsg:
		s.boxes()[s.focus].update(msg)
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *sessionPIN) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case key.Matches(msg, keyBack):
		m.noPIN = true
		m.tell(noticeInfo, "No session PIN: every approval and every unlock asks for the "+string(s.held.Kind())+".")
		return m.show(m.session.codes)
	case key.Matches(msg, keyNextBox), key.Matches(msg, keyPrevBox):
		s.focus = 1 - s.focus
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	default:
		s.boxes()[s.focus].update(msg)
		s.wrong = ""
	}
	return nil
}

func (s *sessionPIN) enter(m *Model) tea.Cmd {
	if wrong := checkSecret(&s.pin); wrong != "" {
		s.wrong, s.focus = wrong, 0
		s.pin2.wipe()
		return nil
	}
	switch {
	case s.focus == 0:
		s.focus = 1
	case !bytes.Equal(s.pin.typed, s.pin2.typed):
		s.wrong, s.focus = "The two PINs are not the same. Type both again.", 0
		s.pin.wipe()
		s.pin2.wipe()
	default:
		s.wrong = ""
		s.pin2.wipe()
		return m.work("Setting the PIN", setSessionPIN(m.session.vault, s.held, s.pin.take()))
	}
	return nil
}

func (s *sessionPIN) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Choose a PIN for as long as " + m.pinnedBy() + " runs"))
	p.gap()
	p.secret("New PIN", &s.pin, s.focus == 0)
	p.secret("Again", &s.pin2, s.focus == 1)
	p.tail(s.wrong)
	p.gap()
	p.text("It opens nod after a lock and is typed for every approval. It is in no file: it ends with " + m.pinnedBy() + ", or with ten wrong tries in a row.")
	p.gap()
	p.text("Esc: no PIN. Every approval and every unlock asks for the " + string(s.held.Kind()) + " then.")
	return p.fit(h)
}

func (s *sessionPIN) status(m *Model) string { return m.spinner() }

func (s *sessionPIN) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "next"), meaning(keyBack, "no PIN"), keyNextBox}
}
