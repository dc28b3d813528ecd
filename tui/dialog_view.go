package tui

// dialog_view.go draws the dialog, and the frame that other dialogs share.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"nod/approve"
	"nod/vault"
)

// boxWidth is the widest dialog, border included.
const boxWidth = 68

// frameBox draws lines in a border with a title and a text at its right end. In
// a small window there is no border: every line is needed.
func (m *Model) frameBox(style lipgloss.Style, title, right string, lines []string) string {
	w, h := m.room()
	if h < len(lines)+2 || w < 50 {
		head := m.spread(style.Bold(true).Render(title), right, w)
		return strings.Join(append([]string{head}, lines...), "\n")
	}
	width := min(boxWidth, w)
	b := m.glyphs.border
	inner := width - 4
	head := " " + title + " "
	tail := ""
	if right != "" {
		tail = " " + right + " "
	}
	fill := max(0, width-4-ansi.StringWidth(head)-ansi.StringWidth(tail))
	out := []string{style.Render(b.TopLeft+b.Top) + style.Bold(true).Render(head) +
		style.Render(strings.Repeat(b.Top, fill)) + tail + style.Render(b.Top+b.TopRight)}
	for _, l := range lines {
		out = append(out, style.Render(b.Left)+" "+m.pad(l, inner)+" "+style.Render(b.Right))
	}
	out = append(out, style.Render(b.BottomLeft+strings.Repeat(b.Bottom, width-2)+b.BottomRight))
	indent := strings.Repeat(" ", max(0, (w-width)/2))
	for i := range out {
		out[i] = indent + out[i]
	}
	if h >= len(out)+1 {
		out = append([]string{""}, out...)
	}
	return strings.Join(out, "\n")
}

func (s *dialog) view(m *Model) string {
	r := s.request(m)
	w, h := m.room()
	right := ""
	if left := r.ExpiresAt.Sub(m.now); s.ended == "" {
		style := m.styles.accent
		if left <= 20*time.Second {
			style = m.styles.warn
		}
		right = style.Render(clockLeft(left) + " left")
	}
	style := m.styles.accented
	if s.ended != "" {
		style = m.styles.dimBox
	}
	facts, end := s.facts(m, r), s.end(m, r, false)
	if len(facts)+len(end)+2 > h {
		facts = facts[1:] // the empty line on top
	}
	if len(facts)+len(end)+2 > h || w < 50 {
		facts, end = s.compactFacts(m, r), s.end(m, r, true)
	}
	if over := len(facts) + len(end) + 1 - h; over > 0 && over < len(facts) {
		facts = facts[:len(facts)-over]
	}
	return m.frameBox(style, "Is it you signing in?", right, append(facts, end...))
}

// facts are the label and value pairs.
func (s *dialog) facts(m *Model, r request) []string {
	label := func(name, value string) string { return m.styles.dim.Render(fmt.Sprintf("%8s", name)) + "  " + value }
	lines := []string{
		"",
		label("App", m.styles.strong.Render(m.pad(clean(r.App), 24))+" "+m.styles.dim.Render(host(r.Server))),
		label("Account", clean(r.Account)),
		label("From", s.from(m, r, false)),
		label("Asked", r.AskedAt.Local().Format("15:04:05")+", "+ago(m.now, r.AskedAt)),
		label("For", clean(r.Action)),
	}
	if with := s.with(r); with != "" { // not every server says
		lines = slices.Insert(lines, 4, label("With", with))
	}
	if r.Message != "" { // the site shows it, too: the person compares
		name := "Message"
		for _, l := range wrap(clean(r.Message), min(boxWidth, m.width)-14) {
			lines = append(lines, label(name, m.styles.strong.Render(l)))
			name = ""
		}
		return lines
	}
	return append(lines, "")
}

func (s *dialog) from(m *Model, r request, compact bool) string {
	from, fresh := strings.TrimSpace(clean(r.IP)+"  "+place(r.Request)), "new place !"
	switch {
	case compact:
		fresh = "new !"
	case r.Place != "":
		from += " (about)"
	}
	if r.PlaceNew {
		from += "  " + m.styles.warn.Render(fresh)
	}
	return from
}

func (s *dialog) with(r request) string {
	with := clean(r.Browser)
	if r.OS != "" {
		with += " on " + clean(r.OS)
	}
	return with
}

// compactFacts are the same in as few lines as possible, most telling first.
func (s *dialog) compactFacts(m *Model, r request) []string {
	lines := []string{m.styles.strong.Render(clean(r.App)) + "  " + clean(r.Account), s.from(m, r, true)}
	if r.Message != "" {
		for _, l := range wrap(clean(r.Action)+": "+clean(r.Message), max(20, m.width-4)) {
			lines = append(lines, m.styles.strong.Render(l))
		}
		return lines
	}
	with := s.with(r)
	if with != "" {
		with += ", "
	}
	return append(lines, m.styles.dim.Render(with+clean(r.Action)+", "+ago(m.now, r.AskedAt)))
}

// end is what is below the facts: the boxes, or the result.
func (s *dialog) end(m *Model, r request, compact bool) []string {
	if s.ended != "" {
		style, sign := m.styles.danger, "! "
		if s.good {
			style, sign = m.styles.good, ""
		}
		var lines []string
		for _, l := range wrap(sign+s.ended, min(boxWidth-4, m.width-4)) {
			lines = append(lines, style.Render(l))
		}
		return append(lines, "", m.button("Back to the list", true, true))
	}
	lines := s.boxes(m, r, compact)
	if s.wrong != "" {
		text := "! " + s.wrong
		switch {
		case s.retry == nil:
		case s.retry.Act == approve.Accept:
			text += " Type the PIN to try again."
		default:
			text += " Enter tries again."
		}
		for _, l := range wrap(text, min(boxWidth-4, m.width-4)) {
			lines = append(lines, m.styles.danger.Render(l))
		}
	}
	if !compact {
		lines = append(lines, "")
	}
	lines = append(lines, s.buttons(m, compact))
	if !compact {
		never := "Nobody from support will ever ask you to type this number."
		if !s.has(m, onNumber) {
			never = "Nobody from support will ever ask you to accept a sign-in."
		}
		lines = append(lines, "", m.styles.dim.Render(never))
	}
	return lines
}

func (s *dialog) boxes(m *Model, r request, compact bool) []string {
	if s.working {
		line := m.spinner()
		if line == "" {
			line = m.styles.dim.Render("Answering")
		}
		if compact || !s.has(m, onNumber) {
			return []string{line}
		}
		return []string{line, ""}
	}
	warnings := s.warnings(m, r)
	if !s.has(m, onAccept) {
		return warnings
	}
	secret := s.secret.box(m, 20, s.focus == onSecret)
	number := s.numberBox(m, compact)
	if compact {
		line := secret
		if s.has(m, onNumber) {
			line = "Number " + number + "  " + line
		}
		label := s.secret.label()
		if ansi.StringWidth(line)+len(label)+3 > m.width && s.secret.kind == vault.SlotPIN {
			label = "PIN"
		}
		line = label + " " + secret
		if s.has(m, onNumber) {
			line = "Number " + number + "  " + line
		}
		return append(warnings, append(s.choices(m, r), line)...)
	}
	lines := []string{m.pad("  "+s.secret.label(), 46) + secret}
	if s.has(m, onNumber) {
		what := "  Type the number shown on the sign-in page"
		if s.words {
			what = "  Type what the sign-in page shows"
		}
		lines = append([]string{m.pad(what, 46) + number}, lines...)
	}
	return append(warnings, append(s.choices(m, r), lines...)...)
}

// warnings are what to read before answering.
func (s *dialog) warnings(m *Model, r request) (lines []string) {
	for _, text := range r.Warnings {
		for _, l := range wrap("! "+clean(text), min(boxWidth-4, m.width-4)) {
			lines = append(lines, m.styles.warn.Render(l))
		}
	}
	return lines
}

// choices are what the sign-in page shows one of.
func (s *dialog) choices(m *Model, r request) []string {
	if len(r.Choices) == 0 {
		return nil
	}
	var all []string
	for _, c := range r.Choices {
		all = append(all, clean(c))
	}
	var lines []string
	for _, l := range wrap("One of these: "+strings.Join(all, "  "), min(boxWidth-6, m.width-4)) {
		lines = append(lines, "  "+m.styles.info.Render(l))
	}
	return lines
}

// numberBox draws the two digits, or what else is typed from the sign-in page.
func (s *dialog) numberBox(m *Model, compact bool) string {
	if s.words {
		width := 18
		if compact {
			width = 8
		}
		return s.number.box(m, width, s.focus == onNumber)
	}
	cells := []string{"_", "_"}
	for i, d := range s.number.value() {
		cells[i] = string(d)
	}
	style := m.styles.dim
	if s.focus == onNumber {
		style = m.styles.focus
	}
	return style.Render("[ ") + m.styles.info.Render(strings.Join(cells, " ")) + style.Render(" ]")
}

func (s *dialog) buttons(m *Model, compact bool) string {
	labels := []string{"Accept", "Ignore", "Deny", "It's not me"}
	gap := "   "
	if compact {
		labels, gap = []string{"Accept", "Ignore", "Deny", "Not me"}, ""
	}
	if s.retry != nil && s.retry.Act == approve.Accept {
		labels[0] = "Retry"
	}
	line := ""
	if !compact {
		line = "  "
	}
	for i, l := range labels {
		ready := s.has(m, onAccept+i) && (i > 0 || s.ready(m))
		line += m.button(l, s.focus == onAccept+i, ready && !s.working) + gap
	}
	return line
}

func (s *dialog) status(m *Model) string {
	r := s.request(m)
	var parts []string
	open := m.session.requests.pending(m.now)
	for i, o := range open {
		if ref(o.Request) == s.id {
			parts = append(parts, fmt.Sprintf("request %d of %d", i+1, len(open)))
		}
	}
	parts = append(parts, "id "+clean(r.ID))
	if len(r.Devices) > 0 {
		var names []string
		for _, d := range r.Devices {
			names = append(names, clean(d))
		}
		parts = append(parts, "sent to "+count(len(names), "device", "devices")+": "+strings.Join(names, ", "))
	}
	return m.styles.dim.Render(strings.Join(parts, "    "))
}

func (s *dialog) keys(m *Model) []key.Binding {
	if s.ended != "" {
		return []key.Binding{meaning(keyEnter, "back"), keyMoveReq, keyLock}
	}
	enter := meaning(keyEnter, "next")
	if s.ready(m) && s.focus <= onAccept {
		enter = meaning(keyEnter, "accept")
	}
	all := []key.Binding{enter, keyIgnore, keyDeny, keyNotMe, meaning(keyNextTab, "field"), keyMoveReq, keyBack}
	all = slices.DeleteFunc(all, func(k key.Binding) bool {
		return k.Help() == keyDeny.Help() && !s.has(m, onDeny) || k.Help() == keyNotMe.Help() && !s.has(m, onNotMe)
	})
	if !s.letters() {
		all = []key.Binding{enter, meaning(keyNextTab, "field"), keyBack}
	}
	if s.secret.kind == vault.SlotPassphrase && s.focus == onSecret {
		all = append(all, keyUsePIN)
	}
	return all
}
