package tui

// preview_view.go draws the preview.

import (
	"fmt"
	"path/filepath"
	"strings"

	"charm.land/bubbles/v2/key"

	"nod/vault/otp"
)

func (s *preview) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(s.headLine(m))
	p.gap()
	at := s.at()
	for i, it := range s.items {
		focused := at == stop{"item", i}
		p.mark(focused)
		p.line(s.itemLine(m, i, it, focused, w))
	}
	s.viewParts(p, at.kind == "next")
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
	if n := len(s.files); n > 0 {
		what := clean(filepath.Base(s.files[0]))
		if n > 1 {
			what = fmt.Sprintf("these %d pictures", n)
		}
		p.gap()
		p.mark(at.kind == "shred")
		p.line(m.check(s.shred, at.kind == "shred", "delete "+what+" after saving"))
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
	if it.link != "" {
		line := "    " + number + it.about + "  "
		if focused {
			return m.styles.focus.Render(line + "Enter pairs")
		}
		return line + m.styles.dim.Render("Enter pairs")
	}
	if !it.usable {
		return m.styles.dim.Render("    " + number + it.about)
	}
	state := s.state(m, i)
	line := number + m.styles.strong.Render(m.pad(orNone(it.key.Issuer), min(20, w/3))) + " "
	if w >= 72 {
		line += m.pad(clean(it.key.Name), 20) + " " + m.pad(keyFacts(it.key), 20) + " "
	} else {
		line += m.pad(clean(it.key.Name), max(4, w-min(20, w/3)-18)) + " "
	}
	return m.check(it.chosen, focused, "") + line + state
}

// state says in a word or two what will become of a line.
func (s *preview) state(m *Model, i int) string {
	it := s.items[i]
	switch {
	case it.known && !it.chosen:
		return m.styles.dim.Render("have it")
	case s.twice(i) && it.answer == dupReplace:
		return m.styles.warn.Render("replace")
	case s.twice(i) && it.answer == dupSkip:
		return m.styles.dim.Render("skip")
	case s.twice(i) && len(s.items) > 1:
		return m.styles.warn.Render("keep both")
	case it.existing != "":
		return m.styles.warn.Render("have it")
	}
	return m.styles.good.Render("new")
}

// viewParts says which parts of an export are missing, and what else there is to
// say.
func (s *preview) viewParts(p *page, focused bool) {
	m := p.m
	for _, note := range s.notes {
		for _, l := range wrap("! "+capital(clean(note))+".", p.width) {
			p.line(m.styles.warn.Render(l))
		}
	}
	if s.allKnown() {
		p.line(m.styles.dim.Render("    already there, with the same key"))
	}
	gaps := s.parts.Gaps()
	if len(gaps) == 0 {
		return
	}
	p.gap()
	for _, gap := range gaps {
		for _, l := range wrap("! "+capital(gap.Have())+". Show "+gap.Want()+".", p.width) {
			p.line(m.styles.warn.Render(l))
		}
	}
	focus := -1
	if focused {
		focus = 0
	}
	p.buttons(focus, []string{"Scan the next part"}, []bool{true})
}

func (s *preview) viewCode(p *page, one found) {
	m := p.m
	if one.half != "" {
		p.fact("Your half", m.styles.focus.Render(otp.InFours(one.half)))
		p.text("This key was only half a key. Type your half at the site once; it is not shown again.")
	}
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
	if one := s.twin(); one != nil {
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
	labels := [dupAnswers]string{"keep both", "replace it", "skip it"}
	switch {
	case p.width < 60:
		labels = [dupAnswers]string{"keep both", "replace", "skip"}
	case s.twin() == nil:
		labels = [dupAnswers]string{"keep both", "replace all", "skip all"}
	}
	line, common := " ", s.common()
	for i, l := range labels {
		line += " " + m.radio(common == i, focused, l)
	}
	p.line(line)
}

func (s *preview) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	if len(s.files) > 0 {
		return m.styles.dim.Render("the picture holds the secret, too: delete it unless it is your backup")
	}
	return m.styles.dim.Render("nothing is saved until you press Enter")
}

func (s *preview) keys(*Model) []key.Binding {
	at, enter := s.at(), "save"
	switch {
	case at.kind == "next":
		enter = "scan"
	case at.kind == "item" && s.items[at.index].link != "":
		enter = "pair"
	}
	all := []key.Binding{meaning(keyEnter, enter), keyNextBox}
	if at.kind != "box" {
		all = append(all, keySpace, meaning(keyCopy, "copy code"))
	}
	if at.kind == "duplicate" || at.kind == "item" && s.twice(at.index) {
		all = append(all, bind("Left/Right", "what to do", "left", "right"))
	}
	return append(all, meaning(keyBack, "cancel"))
}

// headLine says where the codes come from, and how many there are.
func (s *preview) headLine(m *Model) string {
	line := m.styles.strong.Render(clean(s.title))
	if name, ok := strings.CutPrefix(s.title, "Image  "); ok {
		line = m.styles.strong.Render("Image  ") + clean(name)
	}
	if s.source == "link" {
		return line
	}
	right := "found " + count(len(s.texts), "QR code", "QR codes")
	if m.width >= 60 && s.width > 0 && len(s.files) <= 1 {
		right = fmt.Sprintf("%d x %d   ", s.width, s.height) + right
	}
	return m.spread(line, m.styles.dim.Render(right), m.width-2)
}
