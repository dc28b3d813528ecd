package tui

// unlock.go is the screen before everything else: PIN, passphrase or
// recovery code.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// unlock asks for what opens the vault.
type unlock struct {
	box     secretBox
	looking bool // the vault is not inspected yet
	until   time.Time
	off     bool   // the PIN is disabled
	broken  string // why nothing can be typed
	wrong   string // what was wrong with the last try
}

func (s *unlock) eats(m *Model) appetite {
	switch {
	case m.busy != "" || s.looking:
		return eatsAll
	case s.box.kind == vault.SlotPIN || s.broken != "":
		return eatsDigits
	}
	return eatsText
}

func (s *unlock) dirty() bool { return len(s.box.typed) > 0 }

func (s *unlock) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case inspectedMsg:
		return s.inspected(m, msg)
	case openedMsg:
		return s.tried(m, msg)
	case calmedMsg:
		s.box.wrong = false
	case tickMsg:
		if !s.until.IsZero() && !m.now.Before(s.until) {
			s.until, s.wrong = time.Time{}, ""
		}
	case tea.KeyPressMsg:
		return s.press(m, msg)
	case tea.PasteMsg:
		if !s.held(m) {
			s.box.update(msg)
		}
	}
	return nil
}

// held tells whether the box takes nothing now.
func (s *unlock) held(m *Model) bool {
	pin := s.box.kind == vault.SlotPIN
	return s.looking || m.busy != "" || s.broken != "" || pin && (s.off || m.now.Before(s.until))
}

func (s *unlock) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.busy != "" || s.looking || s.broken != "" {
		return nil
	}
	switch {
	case key.Matches(msg, keyPassphrase) && s.has(m, vault.SlotPassphrase):
		s.turn(vault.SlotPassphrase)
	case key.Matches(msg, keyRecovery):
		s.turn(vault.SlotRecovery)
	case key.Matches(msg, keyBack):
		s.turn(usable(m.summary.Slots))
	case s.held(m):
	case key.Matches(msg, keyEnter):
		if s.box.complete() {
			s.wrong = ""
			return m.work("Unlocking", openVault(m.config.Place, s.box.take()))
		}
	default:
		s.box.update(msg)
	}
	return nil
}

// turn changes what is asked; the same key again goes back to the PIN.
func (s *unlock) turn(kind vault.SlotType) {
	if s.box.kind == kind {
		kind = vault.SlotPIN
	}
	s.box.wipe()
	s.box = secretBox{kind: kind}
	s.wrong = ""
}

func (s *unlock) has(m *Model, kind vault.SlotType) bool {
	return slices.Contains(m.summary.Slots, kind)
}

// inspected takes what can be known of the locked vault.
func (s *unlock) inspected(m *Model, msg inspectedMsg) tea.Cmd {
	s.looking = false
	switch {
	case errors.Is(msg.err, vault.ErrNoVault):
		return m.show(newFirstRun(m))
	case msg.err != nil:
		s.broken = explain(m.now, msg.err)
		return nil
	}
	s.off, s.until = msg.summary.PINDisabled, msg.summary.WaitUntil
	if len(s.box.typed) == 0 && s.wrong == "" {
		s.box.kind = usable(msg.summary.Slots)
	}
	return nil
}

// tried takes the answer to a try.
func (s *unlock) tried(m *Model, msg openedMsg) tea.Cmd {
	m.done()
	if msg.err == nil {
		cmd := m.begin(msg.vault)
		if msg.kind == vault.SlotRecovery {
			return tea.Batch(cmd, m.show(newSecretScreen(m)))
		}
		return cmd
	}
	s.wrong = explain(m.now, msg.err)
	s.box.wrong = true
	if wait, ok := errors.AsType[*vault.WaitError](msg.err); ok {
		s.until = wait.Until
	}
	if e, ok := errors.AsType[*vault.DamagedError](msg.err); ok {
		s.broken = damaged(e)
	}
	return tea.Batch(calmAfter(), inspect(m.config.Place))
}

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
		return m.styles.danger.Render("The PIN is switched off.")
	case s.box.kind == vault.SlotPIN && m.now.Before(s.until):
		return m.styles.warn.Render("Too many wrong PINs. Try again in " + clockLeft(s.until.Sub(m.now)))
	case s.box.kind == vault.SlotPIN:
		return "PIN  " + s.box.box(m, 0, true)
	}
	label := capital(string(s.box.kind)) + "  "
	return label + s.box.box(m, min(52, w-len(label)), true)
}

// message is what was wrong, or what to do.
func (s *unlock) message(m *Model) string {
	switch {
	case s.wrong != "" && !m.now.Before(s.until):
		return m.styles.danger.Render("! " + s.wrong)
	case s.off && s.box.kind == vault.SlotPIN:
		return "Ten wrong PINs in a row. Press F3 and type the recovery code; then choose a new PIN."
	case s.box.kind == vault.SlotRecovery:
		return m.styles.dim.Render("Spaces, dashes and lower case are fine.")
	case m.summary.TriesLeft > 0 && m.summary.TriesLeft < 10 && s.box.kind == vault.SlotPIN:
		return m.styles.dim.Render(fmt.Sprintf("%s left.", count(m.summary.TriesLeft, "try", "tries")))
	}
	return ""
}

func (s *unlock) viewBroken(m *Model, w, h int) string {
	lines := []string{
		m.centre(m.styles.strong.Render("n o d"), w), "",
		m.centre(m.styles.dim.Render("vault ")+shortPath(m.config.Place.File, m.config.Home), w), "",
	}
	for _, l := range wrap("! "+s.broken, min(w, 64)) {
		lines = append(lines, m.centre(m.styles.danger.Render(l), w))
	}
	if top := (h - len(lines)) / 3; top > 0 {
		lines = append(make([]string, top), lines...)
	}
	return strings.Join(lines, "\n")
}

func (s *unlock) keys(m *Model) []key.Binding {
	if s.broken != "" {
		return []key.Binding{keyQuitNow}
	}
	if s.box.kind == vault.SlotPIN && !s.held(m) {
		all := []key.Binding{meaning(keyEnter, "unlock"), bind("0-9", "type")}
		if s.has(m, vault.SlotPassphrase) {
			all = append(all, keyPassphrase)
		}
		return append(all, keyRecovery, keyQuitNow)
	}
	if s.box.kind == vault.SlotPIN {
		all := []key.Binding{keyRecovery}
		if s.has(m, vault.SlotPassphrase) {
			all = append(all, keyPassphrase)
		}
		return append(all, keyQuitNow)
	}
	return []key.Binding{meaning(keyEnter, "unlock"), meaning(keyBack, "PIN"), keyQuitNow}
}
