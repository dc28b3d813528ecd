package tui

// addsecret_view.go draws the form of a typed key.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"

	"nod/vault/otp"
)

func (s *addSecret) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Type the secret key"))
	p.gap()
	p.field(&s.issuer, s.focus == atIssuer)
	p.field(&s.name, s.focus == atName)
	p.field(&s.secret, s.focus == atSecret)
	k, wrong := s.key()
	if wrong != "" && s.wrong == "" && len(s.secret.value()) > 0 {
		p.line(m.styles.danger.Render("! " + wrong))
	}
	p.gap()
	s.choices(p, "Type", typeNames, s.typ, s.focus == atType)
	s.choices(p, "Digits", digitNames, s.digits, s.focus == atDigits)
	s.choices(p, "Algorithm", algorithmNames, s.algorithm, s.focus == atAlgorithm)
	if s.typ == 1 {
		p.field(&s.counter, s.focus == atPeriod)
	} else {
		p.mark(s.focus == atPeriod)
		p.line(p.label("Period") + s.period.box(m, 10, s.focus == atPeriod) + " seconds" +
			m.styles.dim.Render("   most sites use 30"))
	}
	s.viewCode(p, k)
	if s.twice {
		p.line(m.styles.warn.Render("! You already have this account."))
		s.choices(p, "", dupNames, s.duplicate, s.focus == atDuplicate)
	}
	p.buttons(s.focus-atSave, []string{"Save"}, []bool{k != nil})
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *addSecret) viewCode(p *page, k *otp.Key) {
	if k == nil {
		return
	}
	if text := s.warning(k); text != "" {
		p.line(p.m.styles.warn.Render("! " + text))
	}
	if k.Type == otp.HOTP {
		return
	}
	code, err := k.Code(p.m.now)
	if err != nil {
		return
	}
	p.gap()
	p.fact("Code now", p.m.styles.focus.Render(spaced(code))+fmt.Sprintf("   %d s left", seconds(k.Left(p.m.now))))
}

// choices draws a row of radio buttons.
func (s *addSecret) choices(p *page, label string, names []string, chosen int, focused bool) {
	p.mark(focused)
	line := p.label(label)
	for i, name := range names {
		if p.width < 60 {
			name, _, _ = strings.Cut(name, ",")
		}
		line += p.m.radio(i == chosen, focused, name) + "  "
	}
	p.line(line)
}

func (s *addSecret) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("spaces, lower case and = are fine; nothing is saved until you press Enter")
}

func (s *addSecret) keys(*Model) []key.Binding {
	all := []key.Binding{meaning(keyEnter, "save"), keyNextBox}
	if s.box() == nil {
		all = append(all, keySpace, meaning(keyCopy, "copy code"))
	} else {
		all = append(all, meaning(keyShow, "hide key"))
	}
	return append(all, meaning(keyBack, "cancel"))
}
