package tui

// This file draws the unlock screen.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"nod/vault"
)

func (s *unlock) view(m *Model) string {
	w, h := m.room()
	if s.broken != "" {
		return s.viewBroken(m, w, h)
	}
	var lines []string
	add := func(line string) { lines = append(lines, m.centre(line, w)) }
	gap := func() {
		if m.tall() {
			lines = append(lines, "")
		}
	}
	add(m.styles.strong.Render("n o d"))
	add(m.styles.dim.Render("companion authenticator, locked"))
	gap()
	add(m.styles.dim.Render("vault ") + shortPath(m.config.Place.File, m.config.Home))
	gap()
	add(s.line(m, w))
	gap()
	for _, l := range wrap(s.message(m), min(w, 64)) {
		add(l)
	}
	gap()
	if n := m.count(); n > 0 {
		add(m.styles.warn.Render(count(n, "login request is waiting", "login requests are waiting") + ";"))
		add(m.styles.warn.Render("details show after unlock."))
	}
	if top := (h - len(lines)) / 3; top > 0 {
		lines = append(make([]string, top), lines...)
	}
	return strings.Join(lines, "\n")
}

// line is the box with its label, or what is there instead.
func (s *unlock) line(m *Model, w int) string {
	switch {
	case s.looking:
		return ""
	case m.spinner() != "":
		return m.spinner()
	case m.busy != "":
		return m.styles.dim.Render(m.busy)
	case s.box.kind == vault.SlotPIN && s.off:
		return m.styles.danger.Render("The " + s.box.label() + " is switched off.")
	case s.box.kind == vault.SlotPIN && m.now.Before(s.until):
		return m.styles.warn.Render("Too many wrong PINs. Try again in " + clockLeft(s.until.Sub(m.now)))
	case s.box.kind == vault.SlotPIN:
		cells := s.box.box(m, 0, true)
		return m.cut(s.box.label(), w-ansi.StringWidth(cells)-2) + "  " + cells
	}
	label := s.box.label() + "  "
	return label + s.box.box(m, min(52, w-len(label)), true)
}

// message is what was wrong, or what to do.
func (s *unlock) message(m *Model) string {
	switch {
	case s.open(m):
		return "nod's agent is unlocked now. Esc shows its codes."
	case s.wrong != "" && !m.now.Before(s.until):
		return m.styles.danger.Render("! " + s.wrong)
	case s.off && s.box.kind == vault.SlotPIN:
		return "Ten wrong PINs in a row. Press F3 and type the recovery code; then choose a new PIN."
	case s.box.kind == vault.SlotRecovery:
		return m.styles.dim.Render("Spaces, dashes and lower case are fine.")
	}
	if pin, _ := s.pin(m); s.box.kind == vault.SlotPIN && pin.TriesLeft > 0 && pin.TriesLeft < mostTries(pin) {
		return m.styles.dim.Render(fmt.Sprintf("%s left.", count(pin.TriesLeft, "try", "tries")))
	}
	return ""
}

// viewBroken says why nothing can be typed, and what may help.
func (s *unlock) viewBroken(m *Model, w, h int) string {
	var lines []string
	add := func(text string, style lipgloss.Style) {
		if m.tall() && len(lines) > 0 {
			lines = append(lines, "")
		}
		for _, l := range wrap(text, min(w, 64)) {
			lines = append(lines, m.centre(style.Render(l), w))
		}
	}
	add("n o d", m.styles.strong)
	add("vault "+shortPath(m.config.Place.File, m.config.Home), m.styles.text)
	add("! "+s.broken, m.styles.danger)
	if s.mends {
		add("There is a good copy of it. Enter shows it and asks before anything changes.", m.styles.text)
	}
	if top := (h - len(lines)) / 3; top > 0 {
		lines = append(make([]string, top), lines...)
	}
	return strings.Join(lines, "\n")
}

func (s *unlock) keys(m *Model) []key.Binding {
	if s.broken != "" && s.mends {
		return []key.Binding{keyRestore, keyQuitNow}
	}
	if s.broken != "" {
		return []key.Binding{keyQuitNow}
	}
	pin := s.box.kind == vault.SlotPIN
	var all []key.Binding
	if !pin || !s.held(m) {
		all = append(all, meaning(keyEnter, "unlock"))
	}
	several := len(pins(m.summary.Slots)) > 1 && !s.box.session
	switch {
	case pin && several:
		all = append(all, keyNextPIN)
	case pin && !s.held(m) && !s.box.session:
		all = append(all, bind("0-9", "type"))
	case !pin && m.asked().kind == vault.SlotPIN:
		all = append(all, meaning(keyBack, "PIN"))
	}
	if m.has(vault.SlotPassphrase) && s.box.kind != vault.SlotPassphrase {
		all = append(all, keyPassphrase)
	}
	if s.box.kind != vault.SlotRecovery {
		all = append(all, keyRecovery)
	}
	if s.agent(m) {
		all = append(all, keySSH)
	}
	return append(all, keyQuitNow)
}
