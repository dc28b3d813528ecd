package tui

// newsecret.go chooses a new PIN after the vault was opened with the recovery code.

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// newSecret asks for the new PIN twice and for the recovery code once more.
type newSecret struct {
	recovery, pin, pin2 secretBox
	focus               int
	wrong               string
}

func newSecretScreen(*Model) *newSecret {
	return &newSecret{
		recovery: secretBox{kind: vault.SlotRecovery},
		pin:      secretBox{kind: vault.SlotPIN}, pin2: secretBox{kind: vault.SlotPIN},
	}
}

func (s *newSecret) boxes() []*secretBox { return []*secretBox{&s.pin, &s.pin2, &s.recovery} }

func (s *newSecret) eats(*Model) appetite { return s.boxes()[s.focus].appetite() }

func (s *newSecret) dirty() bool { return len(s.pin.typed) > 0 }

func (s *newSecret) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case changedMsg:
		return s.changed(m, msg)
	case tea.PasteMsg:
		s.boxes()[s.focus].update(msg)
	case tea.KeyPressMsg:
		n := len(s.boxes())
		switch {
		case m.busy != "":
		case key.Matches(msg, keyBack):
			s.wipe()
			return m.show(m.session.codes)
		case key.Matches(msg, keyNextBox):
			s.focus = (s.focus + 1) % n
		case key.Matches(msg, keyPrevBox):
			s.focus = (s.focus + n - 1) % n
		case key.Matches(msg, keyEnter):
			return s.enter(m)
		default:
			s.boxes()[s.focus].update(msg)
		}
	}
	return nil
}

func (s *newSecret) wipe() {
	for _, b := range s.boxes() {
		b.wipe()
	}
}

func (s *newSecret) enter(m *Model) tea.Cmd {
	if wrong := checkSecret(&s.pin); wrong != "" {
		s.wrong, s.focus = wrong, 0
		return nil
	}
	switch {
	case s.focus < 2:
		s.focus++
	case string(s.pin.typed) != string(s.pin2.typed):
		s.wrong, s.focus = "The two PINs are not the same. Type both again.", 0
		s.pin.wipe()
		s.pin2.wipe()
	case len(s.recovery.typed) == 0:
		s.wrong = "Type the recovery code once more."
	default:
		s.wrong = ""
		s.pin2.wipe()
		return m.work("Changing the PIN", changeSecret(m.session.vault, s.recovery.take(), s.pin.take()))
	}
	return nil
}

func (s *newSecret) changed(m *Model, msg changedMsg) tea.Cmd {
	m.done()
	if msg.err != nil {
		s.wrong, s.focus = explain(m.now, msg.err), 0
		return nil
	}
	text := "The PIN is changed."
	if len(msg.dropped) > 0 {
		var names []string
		for _, d := range msg.dropped {
			names = append(names, string(d))
		}
		text += " No longer opens the vault: " + strings.Join(names, ", ") + "."
	}
	m.tell(noticeGood, text)
	return tea.Batch(inspect(m.config.Place), m.show(m.session.codes))
}

func (s *newSecret) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: 16}
	p.line(m.styles.strong.Render("Choose a new PIN"))
	p.gap()
	p.text("The vault was opened with the recovery code. A new PIN opens it from now on.")
	p.gap()
	p.secret("New PIN", &s.pin, s.focus == 0)
	p.secret("Again", &s.pin2, s.focus == 1)
	p.secret("Recovery code", &s.recovery, s.focus == 2)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *newSecret) status(m *Model) string { return m.spinner() }

func (s *newSecret) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "next"), keyNextBox, meaning(keyBack, "later")}
}
