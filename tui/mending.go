package tui

// This file offers to put the newest good copy in the place of a damaged vault.

import (
	"errors"
	"path/filepath"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// mending asks for a typed yes and for what opens the copy.
type mending struct {
	copy   vault.Copy
	found  bool
	bad    map[string]bool // copies that turned out to be damaged, too
	yes    field
	secret secretBox
	focus  int
	wrong  string
}

func newMending() *mending {
	return &mending{bad: map[string]bool{}, yes: newField("Answer", "", 8)}
}

func (s *mending) opened(m *Model) tea.Cmd {
	if s.found {
		return nil
	}
	return m.do(findCopy(m.config.Place, s.bad))
}

func (s *mending) eats(m *Model) appetite {
	switch {
	case m.busy != "":
		return eatsAll
	case s.focus == 0:
		return eatsText
	}
	return s.secret.appetite()
}

func (s *mending) dirty() bool { return len(s.secret.typed) > 0 }

func (s *mending) wipe() { s.secret.wipe() }

func (s *mending) idle(m *Model) tea.Cmd { return s.back(m) }

func (s *mending) back(m *Model) tea.Cmd {
	return tea.Batch(m.toUnlock(), m.inspect())
}

func (s *mending) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case foundMsg:
		s.foundCopy(m, msg)
	case openedMsg:
		return s.tried(m, msg)
	case calmedMsg:
		s.secret.wrong = false
	case tea.PasteMsg:
		s.wrong = s.typed(msg)
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *mending) foundCopy(m *Model, msg foundMsg) {
	s.found = msg.err == nil
	if !s.found {
		s.wrong = "No copy can be read any more. Use a backup: nod vault restore takes any file."
		return
	}
	m.summary = msg.summary
	s.copy, s.secret = msg.copy, m.askedOfFile()
}

// tried takes the answer to an attempt.
func (s *mending) tried(m *Model, msg openedMsg) tea.Cmd {
	if msg.err == nil {
		text := "The copy is the vault now."
		if msg.kept != "" {
			text += " What stood there is kept as " + filepath.Base(msg.kept) + "."
		}
		cmd := m.unlocked(msg)
		m.tell(noticeGood, text)
		return tea.Batch(cmd, m.inspect())
	}
	m.done()
	if _, damaged := errors.AsType[*vault.DamagedError](msg.err); damaged {
		s.bad[s.copy.File], s.found = true, false
		s.wrong = "That copy is damaged, too. This is the one before it."
		return s.opened(m)
	}
	s.wrong, s.secret.wrong = explain(m.now, msg.err), true
	return calmAfter()
}

// typed hands a key or a paste to the box that has the focus, and returns what to
// say about it.
func (s *mending) typed(msg tea.Msg) (hint string) {
	if s.focus == 0 {
		return typeYes(&s.yes, msg)
	}
	s.secret.update(msg)
	return ""
}

func (s *mending) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case key.Matches(msg, keyBack):
		return s.back(m)
	case !s.found:
	case key.Matches(msg, keyNextBox), key.Matches(msg, keyPrevBox):
		s.focus = 1 - s.focus
	case key.Matches(msg, keyPassphrase):
		s.secret.swap(m)
	case key.Matches(msg, keyRecovery):
		s.secret.wipe()
		s.secret = secretBox{kind: vault.SlotRecovery}
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	default:
		s.wrong = s.typed(msg)
	}
	return nil
}

func (s *mending) enter(m *Model) tea.Cmd {
	switch {
	case !isYes(&s.yes):
		s.wrong, s.focus = notYes, 0
	case s.focus == 0 || !s.secret.complete():
		s.focus = 1
	default:
		s.wrong = ""
		return m.work("Restoring", restore(m.config.Place, s.copy.File, s.secret.take(), !m.has(vault.SlotPIN)))
	}
	return nil
}

func (s *mending) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: 17}
	p.line(m.styles.danger.Render("! The vault file is damaged or gone"))
	if s.found {
		p.gap()
		p.text("The newest good copy is " + filepath.Base(s.copy.File) + ", saved " + when(m.now, s.copy.Saved) +
			". What was changed after that is not in it.")
		if m.tall() {
			p.gap()
			p.text("With yes it takes the vault's place. The damaged file stays beside it under another name.")
		}
		p.gap()
		p.field(&s.yes, s.focus == 0)
		p.secret(s.secret.label(), &s.secret, s.focus == 1)
	}
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *mending) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("vault ") + shortPath(m.config.Place.File, m.config.Home)
}

func (s *mending) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "restore"), meaning(keyBack, "leave it"), keyNextBox, keyRecovery, keyQuitNow}
}
