package tui

// preview_view.go draws the preview.

import (
	"fmt"
	"path/filepath"

	"charm.land/bubbles/v2/key"

	"nod/vault/otp"
)

func (s *preview) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(s.pictureLine(m))
	p.gap()
	at := s.at()
	for i, it := range s.items {
		focused := at == stop{"item", i}
		p.mark(focused)
		p.line(s.itemLine(m, i, it, focused, w))
	}
	p.gap()
	for i := range s.boxes {
		p.field(&s.boxes[i], at == stop{"box", i})
	}
	if one := s.single(); one != nil {
		p.gap()
		s.viewCode(p, *one)
	}
	if s.duplicates() > 0 {
		s.viewDuplicate(p, at.kind == "duplicate")
	}
	if s.path != "" {
		p.gap()
		p.mark(at.kind == "shred")
		p.line(m.check(s.shred, at.kind == "shred", "delete "+clean(filepath.Base(s.path))+" after saving"))
	}
	p.gap()
	p.mark(at.kind == "save")
	focus := -1
	if at.kind == "save" {
		focus = 0
	}
	p.buttons(focus, []string{"Save"}, []bool{true})
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *preview) itemLine(m *Model, i int, it found, focused bool, w int) string {
	number := fmt.Sprintf("%d  ", i+1)
	if !it.usable {
		return m.styles.dim.Render("    " + number + it.about)
	}
	state := m.styles.good.Render("new")
	if it.existing != "" {
		state = m.styles.warn.Render("have it")
	}
	line := number + m.styles.strong.Render(m.pad(orNone(it.key.Issuer), min(20, w/3))) + " "
	if w >= 70 {
		line += m.pad(clean(it.key.Name), 20) + " " + m.pad(keyFacts(it.key), 20) + " "
	} else {
		line += m.pad(clean(it.key.Name), max(4, w-min(20, w/3)-16)) + " "
	}
	return m.check(it.chosen, focused, "") + line + state
}

func (s *preview) viewCode(p *page, one found) {
	m := p.m
	if one.key.Type == otp.HOTP {
		p.fact("Code", fmt.Sprintf("counter %d: press Enter on the list to get it", one.key.Counter))
		return
	}
	code, err := one.key.Code(m.now)
	if err != nil {
		p.tail("This key makes no codes: " + clean(err.Error()) + ".")
		return
	}
	text := m.styles.focus.Render(spaced(code)) + "   "
	if p.width >= 60 {
		text += "type this one at the site   "
	}
	p.fact("Code now", text+fmt.Sprintf("%d s left", seconds(one.key.Left(m.now))))
}

func (s *preview) viewDuplicate(p *page, focused bool) {
	m := p.m
	p.gap()
	p.mark(focused)
	text := fmt.Sprintf("! You already have %s of these.", count(s.duplicates(), "account", "accounts"))
	if one := s.single(); one != nil {
		text = "! You already have " + orNone(one.key.Issuer) + " / " + orNone(one.key.Name) + "."
		if a, ok := m.account(one.existing); ok {
			text = "! You already have " + titleOf(a) + " (added " + a.Added.Local().Format("2006-01-02") + ")."
		}
	}
	for _, l := range wrap(text, p.width) {
		p.line(m.styles.warn.Render(l))
	}
	if focused {
		p.focus = len(p.lines)
	}
	labels := []string{"keep both", "replace it", "cancel"}
	line := "  "
	for i, l := range labels {
		line += m.radio(s.duplicate == i, focused, l) + "  "
	}
	p.line(line)
}

func (s *preview) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	if s.path != "" {
		return m.styles.dim.Render("the picture holds the secret, too: delete it unless it is your backup")
	}
	return m.styles.dim.Render("nothing is saved until you press Enter")
}

func (s *preview) keys(*Model) []key.Binding {
	all := []key.Binding{meaning(keyEnter, "save"), keyNextBox}
	if s.at().kind != "box" {
		all = append(all, keySpace, meaning(keyCopy, "copy code"))
	}
	return append(all, meaning(keyBack, "cancel"))
}
