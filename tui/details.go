package tui

// details.go shows one account.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// details shows everything of an account but its secret.
type details struct {
	id   string
	back screen
	top  int // first line shown, in a small window
}

// account returns an account by its id.
func (m *Model) account(id string) (vault.Account, bool) {
	i, ok := m.session.index[id]
	if !ok {
		return vault.Account{}, false
	}
	return m.session.accounts[i], true
}

func (s *details) update(m *Model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		if _, used := msg.(usedMsg); used {
			m.reload()
		}
		if stepped, done := msg.(steppedMsg); done {
			return m.session.codes.update(m, stepped)
		}
		return nil
	}
	a, found := m.account(s.id)
	switch {
	case key.Matches(press, keyBack), key.Matches(press, keyLeft), !found:
		return m.show(s.back)
	case key.Matches(press, keyEdit), key.Matches(press, keySecret):
		return m.openForm(press, a, s)
	case key.Matches(press, keyDelete):
		return m.show(newRemoval(m, a, s.back))
	case key.Matches(press, keyCopy), key.Matches(press, keyCopyNext), key.Matches(press, keyNext):
		return m.session.codes.pressAccount(m, press, a)
	case key.Matches(press, keyEnter) && a.Type == otp.HOTP && a.Odd == "":
		return m.session.codes.pressAccount(m, press, a)
	case key.Matches(press, keyHide):
		m.session.codes.hide()
	case key.Matches(press, keyDown):
		s.top++
	case key.Matches(press, keyUp):
		s.top = max(0, s.top-1)
	}
	return nil
}

func (s *details) view(m *Model) string {
	w, h := m.room()
	a, ok := m.account(s.id)
	if !ok {
		return "This account is gone: another nod removed it. Esc goes back."
	}
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render(titleOf(a)))
	p.gap()
	if a.Odd != "" {
		p.tail("This version can not use the entry: " + clean(a.Odd) + ".")
		p.text("It is kept as it is, for a newer nod. D deletes it.")
		p.gap()
		p.fact("Entry", clean(a.ID))
		p.fact("Issuer", orNone(a.Issuer))
		p.fact("Account", orNone(a.Name))
		return p.fit(h)
	}
	s.viewCode(p, a)
	p.gap()
	p.pair("Issuer", orNone(a.Issuer), "Type", strings.ToUpper(string(a.Type)))
	p.pair("Account", orNone(a.Name), "Digits", fmt.Sprint(a.Digits))
	p.pair("Tags", orNone(strings.Join(a.Tags, ", ")), s.periodLabel(a), s.period(a))
	p.pair("Note", orNone(a.Note), "Algorithm", string(a.Algorithm))
	s.viewShift(p, a)
	p.gap()
	added := when(m.now, a.Added)
	if a.Source != "" {
		added += " from " + clean(a.Source)
	}
	p.fact("Added", added)
	used := when(m.now, a.Used)
	if a.Uses > 0 {
		used += ", " + count(a.Uses, "time", "times") + " in all"
	}
	p.fact("Last used", used)
	secret := m.askedOfFile()
	p.fact("Secret", m.styles.dim.Render("hidden: S and the "+secret.noun()+" show it or its QR"))
	return strings.Join(p.lines[max(0, min(s.top, len(p.lines)-h)):], "\n")
}

// viewCode is the code now and the next one.
func (s *details) viewCode(p *page, a vault.Account) {
	m := p.m
	code, bar, left, _ := m.session.codes.codeCells(m, a, true)
	p.fact("code", m.styles.focus.Render(m.pad(code, 11))+" "+bar+" "+left)
	if a.Type == otp.HOTP || m.session.codes.hidden {
		return
	}
	if c, err := m.session.vault.Code(a.ID, m.codeTime()); err == nil {
		p.fact("next", m.styles.info.Render(spaced(c.Next)))
	}
}

// viewShift tells for what other time than the clock's the codes are made.
func (s *details) viewShift(p *page, a vault.Account) {
	if a.Type == otp.HOTP {
		return
	}
	text := ""
	if a.Shift != 0 {
		text = fmt.Sprintf("%+g s", a.Shift.Seconds())
	}
	if all := p.m.session.vault.Shift(); all != 0 {
		text = strings.TrimPrefix(text+fmt.Sprintf(", %+g s for all codes", all.Seconds()), ", ")
	}
	if text != "" {
		p.fact("Time shift", text)
	}
}

func (s *details) periodLabel(a vault.Account) string {
	if a.Type == otp.HOTP {
		return "Counter"
	}
	return "Period"
}

func (s *details) period(a vault.Account) string {
	if a.Type == otp.HOTP {
		return fmt.Sprint(a.Counter)
	}
	return fmt.Sprintf("%d s", a.Period)
}

func orNone(s string) string {
	if s = clean(s); s == "" {
		return "(none)"
	}
	return s
}

// pair puts two facts side by side where there is room.
func (p *page) pair(label, value, label2, value2 string) {
	if p.width < 60 {
		p.fact(label, value)
		p.fact(label2, value2)
		return
	}
	left := p.label(label) + value
	p.line(p.m.pad(left, 47) + p.m.styles.dim.Render(p.m.pad(label2, 12)) + value2)
}

func (s *details) status(m *Model) string { return m.clockStatus() }

func (s *details) keys(m *Model) []key.Binding {
	all := []key.Binding{keyCopy, keyCopyNext, keyEdit, keySecret, keyDelete, keyBack}
	a, ok := m.account(s.id)
	if ok && a.Odd != "" {
		return []key.Binding{keyDelete, keyBack}
	}
	if ok && a.Type == otp.HOTP {
		all = append([]key.Binding{meaning(keyEnter, "next code")}, all...)
	}
	return all
}
