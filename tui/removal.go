package tui

// removal.go deletes an account, after the warning, the account's name typed and
// the PIN.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// removal asks before an account is deleted.
type removal struct {
	account vault.Account
	back    screen
	name    field
	secret  secretBox
	focus   int
	wrong   string
}

func newRemoval(m *Model, a vault.Account, back screen) *removal {
	return &removal{account: a, back: back, name: newField("Account", "", 64), secret: m.asked()}
}

// wanted is the text that must be typed.
func (s *removal) wanted() string {
	for _, text := range []string{s.account.Name, s.account.Issuer} {
		if text = clean(text); text != "" {
			return text
		}
	}
	return clean(s.account.ID) // all that can be read of it
}

func (s *removal) eats(*Model) appetite {
	if s.focus == 0 {
		return eatsText
	}
	return s.secret.appetite()
}

func (s *removal) dirty() bool { return s.name.value() != "" || len(s.secret.typed) > 0 }

func (s *removal) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case accountsMsg:
		if msg.err != nil {
			s.wrong = s.secret.refused(m, msg.err)
			return calmAfter()
		}
		m.tell(noticeGood, "Deleted "+titleOf(s.account)+" here. At the site it is as before.")
		return m.show(s.back)
	case calmedMsg:
		s.secret.wrong = false
	case tea.PasteMsg:
		if s.focus == 0 {
			s.name.update(msg)
		} else {
			s.secret.update(msg)
		}
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *removal) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case key.Matches(msg, keyBack):
		s.secret.wipe()
		return m.show(s.back)
	case key.Matches(msg, keyNextBox), key.Matches(msg, keyPrevBox):
		s.focus = 1 - s.focus
	case key.Matches(msg, keyPassphrase):
		s.secret.swap(m)
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	case s.focus == 0:
		s.name.update(msg)
		s.wrong = ""
	default:
		s.secret.update(msg)
	}
	return nil
}

func (s *removal) enter(m *Model) tea.Cmd {
	switch {
	case s.name.value() != s.wanted():
		s.wrong, s.focus = "That is not the account's name. Type it as it is written above.", 0
	case s.focus == 0 || !s.secret.complete():
		s.focus = 1
	default:
		s.wrong = ""
		return m.work("Deleting", remove(m.session.vault, s.account.ID, s.secret.take()))
	}
	return nil
}

func (s *removal) wipe() { s.secret.wipe() }

func (s *removal) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: s.secret.labels()}
	p.line(m.styles.danger.Render("Delete " + titleOf(s.account) + "?"))
	p.gap()
	if m.tall() {
		p.text("Deleting this account here does NOT turn off two-factor at " + orThe(s.account.Issuer) +
			". Turn it off there first or you can be locked out.")
	} else {
		p.text("Two-factor at " + orThe(s.account.Issuer) + " stays ON: turn it off there first.")
	}
	p.gap()
	p.text("To delete it type  " + s.wanted() + "  and the " + s.secret.noun() + ".")
	p.gap()
	p.field(&s.name, s.focus == 0)
	p.secret(s.secret.label(), &s.secret, s.focus == 1)
	p.tail(s.wrong)
	return p.fit(h)
}

func orThe(issuer string) string {
	if issuer = clean(issuer); issuer == "" {
		return "the site"
	}
	return issuer
}

func (s *removal) status(m *Model) string { return m.spinner() }

func (s *removal) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyBack, "keep it"), keyNextBox, meaning(keyEnter, "delete")}
}
