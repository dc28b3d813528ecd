package tui

// This file asks whether to go on with a vault file that is older than the one
// last used here.

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// older asks for a typed yes.
type older struct {
	held  vault.Credential // what opens the file; wiped when the screen goes
	yes   field
	wrong string
}

func newOlder(held vault.Credential) *older {
	return &older{held: held, yes: newField("Answer", "", 8)}
}

func (s *older) eats(m *Model) appetite {
	if m.busy != "" {
		return eatsAll
	}
	return eatsText
}

func (s *older) wipe() { s.held.Wipe() }

func (s *older) idle(m *Model) tea.Cmd { return s.back(m) }

// back asks for the PIN again.
func (s *older) back(m *Model) tea.Cmd {
	return tea.Batch(m.toUnlock(), m.inspect())
}

func (s *older) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case openedMsg:
		if msg.err == nil {
			return m.unlocked(msg)
		}
		m.done()
		cmd := s.back(m)
		m.fail(msg.err)
		return cmd
	case tea.PasteMsg:
		s.wrong = typeYes(&s.yes, msg)
	case tea.KeyPressMsg:
		switch {
		case m.busy != "":
		case key.Matches(msg, keyBack):
			return s.back(m)
		case key.Matches(msg, keyEnter):
			return s.enter(m)
		default:
			s.wrong = typeYes(&s.yes, msg)
		}
	}
	return nil
}

func (s *older) enter(m *Model) tea.Cmd {
	if !isYes(&s.yes) {
		s.wrong = notYes
		return nil
	}
	held := s.held
	s.held = vault.Credential{}
	return m.work("Unlocking", acceptOlder(m.config.Place, held, !m.has(vault.SlotPIN)))
}

const notYes = "Type the word yes to go on, or press Esc."

// typeYes hands a key or a paste to a field that takes the word yes and nothing
// else: a PIN that was meant for another box would be readable here. It returns
// what to say about it.
func typeYes(f *field, msg tea.Msg) (hint string) {
	before := f.input.text()
	f.update(msg)
	if now := f.value(); len(now) > len("yes") || !strings.EqualFold(now, "yes"[:len(now)]) {
		f.set(before)
		return notYes
	}
	return ""
}

// isYes tells whether the word yes was typed.
func isYes(f *field) bool { return strings.EqualFold(f.value(), "yes") }

func (s *older) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	title := "! This vault file is an older one"
	if w >= 60 {
		title = "! This vault file is older than the one last used here"
	}
	p.line(m.styles.warn.Render(title))
	p.gap()
	if m.tall() {
		p.text("It may be a copy that was put back, or that a sync has brought. Somebody may also have put it there, to bring back a PIN or a device that you have removed.")
		p.gap()
		p.text("What was added, changed or removed after it was saved is missing in it: accounts, paired servers, a new PIN. Counters of HOTP codes may be behind.")
		p.gap()
		p.text("With yes it is the newest from now on. With Esc nothing changes; put the newer file back then.")
	} else {
		p.text("A newer one was used here. Missing in it may be accounts, servers, a new PIN, HOTP counters. Type yes to use it.")
	}
	p.gap()
	p.field(&s.yes, true)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *older) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("vault ") + shortPath(m.config.Place.File, m.config.Home)
}

func (s *older) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "use it"), meaning(keyBack, "leave it"), keyQuitNow}
}
