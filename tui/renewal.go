package tui

// This file makes a new recovery code after the first one was on the screen but
// never typed back.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// renewal asks for the PIN and then shows the new code.
type renewal struct {
	held   vault.Credential // for the session PIN afterwards; wiped when the screen goes
	secret secretBox
	proof  proof
	shown  bool
	wrong  string
}

func newRenewal(m *Model, held vault.Credential) *renewal {
	return &renewal{held: held, secret: m.askedOfFile()}
}

func (s *renewal) eats(m *Model) appetite {
	switch {
	case m.busy != "":
		return eatsAll
	case s.shown:
		return eatsText
	}
	return s.secret.appetite()
}

func (s *renewal) dirty() bool { return s.shown || len(s.secret.typed) > 0 }

func (s *renewal) wipe() {
	s.held.Wipe()
	s.secret.wipe()
	s.proof.wipe()
}

func (s *renewal) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case recoveryMsg:
		m.done()
		if msg.err != nil {
			s.wrong = s.secret.refused(m, msg.err)
			return calmAfter()
		}
		s.proof, s.shown = newProof(msg.code, msg.order), true
	case calmedMsg:
		s.secret.wrong = false
	case tea.PasteMsg:
		if s.shown {
			s.proof.update(msg)
		} else {
			s.secret.update(msg)
		}
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *renewal) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case s.shown && (key.Matches(msg, keyNextBox) || key.Matches(msg, keyPrevBox)):
		s.proof.turn()
	case s.shown && key.Matches(msg, keyEnter):
		if s.proof.enter() {
			m.unproven = false
			return s.leave(m, "The new recovery code opens the vault from now on; the first one does not.")
		}
	case s.shown:
		s.proof.update(msg)
	case key.Matches(msg, keyBack):
		return s.leave(m, "")
	case key.Matches(msg, keyPassphrase):
		s.secret.swap(m)
	case key.Matches(msg, keyEnter):
		if s.secret.complete() {
			s.wrong = ""
			return m.work("Making a new code", renewRecovery(m.session.vault, s.secret.take(), m.random))
		}
	default:
		s.secret.update(msg)
	}
	return nil
}

// leave goes on to the codes, or to the session PIN.
func (s *renewal) leave(m *Model, text string) tea.Cmd {
	if text != "" {
		m.tell(noticeGood, text)
	}
	held := s.held
	s.held = vault.Credential{}
	return tea.Batch(m.show(m.session.codes), m.offerPIN(held))
}

func (s *renewal) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: s.secret.labels()}
	p.line(m.styles.strong.Render("A new recovery code"))
	p.gap()
	if s.shown {
		p.text("Write this down and keep it away from this computer. It shows only now; the first one opens nothing any more.")
		p.gap()
		s.proof.view(p)
		return p.fit(h)
	}
	p.text("Nobody has typed back the first recovery code. Without one, a lost PIN is a lost vault.")
	p.gap()
	p.secret(s.secret.label(), &s.secret, true)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *renewal) status(m *Model) string {
	if s.shown && m.busy == "" {
		return m.styles.dim.Render("nod stores this code nowhere.")
	}
	return m.spinner()
}

func (s *renewal) keys(*Model) []key.Binding {
	if s.shown {
		return []key.Binding{meaning(keyEnter, "next"), keyNextBox}
	}
	return []key.Binding{meaning(keyEnter, "make one"), meaning(keyBack, "later")}
}
