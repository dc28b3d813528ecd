package tui

// newsecret.go chooses a new PIN, or a new passphrase where the vault has no PIN,
// after the vault was opened with the recovery code.

import (
	"bytes"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// newSecret asks for the new PIN twice and for the recovery code once more.
type newSecret struct {
	held                vault.Credential // for the session PIN afterwards; wiped when the screen goes
	recovery, pin, pin2 secretBox
	focus               int
	wrong               string
}

func newSecretScreen(m *Model, held vault.Credential) *newSecret {
	box := secretBox{kind: vault.SlotPassphrase}
	if m.has(vault.SlotPIN) || !m.has(vault.SlotPassphrase) {
		box = secretBox{kind: vault.SlotPIN, name: m.whose}
	}
	return &newSecret{held: held, recovery: secretBox{kind: vault.SlotRecovery}, pin: box, pin2: box}
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
			return s.leave(m)
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

// leave goes on to the codes, or to the session PIN.
func (s *newSecret) leave(m *Model) tea.Cmd {
	held := s.held
	s.held = vault.Credential{}
	return tea.Batch(m.show(m.session.codes), m.offerPIN(held))
}

func (s *newSecret) wipe() {
	s.held.Wipe()
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
	case !bytes.Equal(s.pin.typed, s.pin2.typed):
		s.wrong, s.focus = notTheSame(s.pin.kind), 0
		s.pin.wipe()
		s.pin2.wipe()
	case len(s.recovery.typed) == 0:
		s.wrong = "Type the recovery code once more."
	default:
		s.wrong = ""
		s.pin2.wipe()
		return m.work("Changing the "+s.word(), recoverSecret(m.session.vault, s.recovery.take(), s.pin.take()))
	}
	return nil
}

func (s *newSecret) changed(m *Model, msg changedMsg) tea.Cmd {
	m.done()
	if msg.err != nil {
		s.wrong, s.focus = explain(m.now, msg.err), 0
		return nil
	}
	text := "The " + s.word() + " is changed."
	if len(msg.dropped) > 0 {
		var names []string
		for _, d := range msg.dropped {
			names = append(names, clean(d.String()))
		}
		text += " No longer opens the vault: " + strings.Join(names, ", ") + "."
	}
	if msg.now != "" {
		text += fmt.Sprintf(" Until now it was protected by %s, which is better than %s.", msg.was, msg.now)
	}
	m.tell(noticeGood, text)
	return tea.Batch(m.inspect(), s.leave(m))
}

func (s *newSecret) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: 16}
	title := "Choose a new " + s.word()
	if s.pin.name != "" {
		title = "Choose a new " + s.pin.label()
	}
	p.line(m.styles.strong.Render(title))
	p.gap()
	p.text("The vault was opened with the recovery code. A new " + s.word() + " opens it from now on.")
	p.gap()
	p.secret(map[vault.SlotType]string{vault.SlotPIN: "New PIN", vault.SlotPassphrase: "Passphrase"}[s.pin.kind], &s.pin, s.focus == 0)
	p.secret("Again", &s.pin2, s.focus == 1)
	p.secret("Recovery code", &s.recovery, s.focus == 2)
	p.tail(s.wrong)
	return p.fit(h)
}

// word is what is chosen: "PIN" or "passphrase".
func (s *newSecret) word() string {
	if s.pin.kind == vault.SlotPIN {
		return "PIN"
	}
	return "passphrase"
}

func (s *newSecret) status(m *Model) string { return m.spinner() }

func (s *newSecret) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "next"), keyNextBox, meaning(keyBack, "later")}
}
