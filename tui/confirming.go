package tui

// confirming.go asks for the PIN before a code of an account that is marked to be
// confirmed: the agent gives those against the PIN only, which may be its session PIN.

import (
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// confirming asks for the PIN and then copies the code.
type confirming struct {
	account vault.Account
	next    bool // the code after the present one
	back    screen
	secret  secretBox
	wrong   string
}

// guarded tells whether codes of an account take the PIN.
func (m *Model) guarded(a vault.Account) bool { return a.Confirm && m.session.kept != nil }

func newConfirming(m *Model, a vault.Account, next bool) *confirming {
	return &confirming{account: a, next: next, back: m.screen, secret: m.asked()}
}

// codeGivenMsg brings the code.
type codeGivenMsg struct {
	code vault.Code
	next bool
	err  error
}

// giveConfirmed hands out a code of an account; one that is about to end is left for the
// next.
func giveConfirmed(kept Kept, a vault.Account, c vault.Credential, now time.Time, next bool) tea.Cmd {
	return func() tea.Msg {
		defer c.Wipe()
		if a.Type != otp.HOTP {
			k := otp.Key{Type: a.Type, Period: a.Period}
			next = next || k.Left(now.Add(kept.Shift()+a.Shift)) <= minCopyLeft
		}
		code, err := kept.GiveConfirmed(c, a.ID, now, vault.Giving{Next: next})
		return codeGivenMsg{code, next, err}
	}
}

func (s *confirming) below() screen { return s.back }

func (s *confirming) eats(*Model) appetite { return s.secret.appetite() }

func (s *confirming) dirty() bool { return len(s.secret.typed) > 0 }

func (s *confirming) wipe() { s.secret.wipe() }

func (s *confirming) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case codeGivenMsg:
		return s.confirmed(m, msg)
	case calmedMsg:
		s.secret.wrong = false
	case tea.PasteMsg:
		s.secret.update(msg)
	case tea.KeyPressMsg:
		switch {
		case m.busy != "":
		case key.Matches(msg, keyBack):
			s.secret.wipe()
			return m.show(s.back)
		case key.Matches(msg, keyPassphrase):
			s.secret.swap(m)
		case key.Matches(msg, keyEnter):
			if s.secret.complete() {
				s.wrong = ""
				return m.work("Checking", giveConfirmed(m.session.kept, s.account, s.secret.take(), m.now, s.next))
			}
		default:
			s.secret.update(msg)
		}
	}
	return nil
}

// confirmed copies the code; one of a counter shows in the list, too.
func (s *confirming) confirmed(m *Model, msg codeGivenMsg) tea.Cmd {
	m.done()
	if msg.err != nil {
		s.wrong = s.secret.refused(m, msg.err)
		return calmAfter()
	}
	m.reload()
	what := spaced(msg.code.Value)
	if msg.next {
		what += ", the next code"
	}
	cmd := m.show(s.back)
	if s.account.Type == otp.HOTP {
		cmd = tea.Batch(cmd, m.session.codes.update(m, steppedMsg{s.account.ID, msg.code, nil}))
	}
	return tea.Batch(cmd, m.copy(msg.code.Value, what), m.do(markUsed(m.session.vault, s.account.ID, "copied", m.now)))
}

func (s *confirming) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: s.secret.labels()}
	p.line(m.styles.strong.Render("Code of " + titleOf(s.account)))
	p.gap()
	p.text("This account is marked to be confirmed: the " + s.secret.noun() + " gets its code onto the clipboard.")
	p.gap()
	p.secret(s.secret.label(), &s.secret, true)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *confirming) status(m *Model) string { return m.spinner() }

func (s *confirming) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "copy"), meaning(keyBack, "leave it")}
}
