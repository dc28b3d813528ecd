package tui

// unlock.go is the screen before everything else: PIN, passphrase, recovery code
// or ssh key. How it looks is in unlock_view.go.

import (
	"errors"
	"slices"
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
	mends   bool   // a copy may help
	wrong   string // what was wrong with the last try
}

func newUnlock() *unlock {
	return &unlock{box: secretBox{kind: vault.SlotPIN}, looking: true}
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

func (s *unlock) wipe() { s.box.wipe() }

// idle forgets what was typed and left.
func (s *unlock) idle(m *Model) tea.Cmd {
	if s.dirty() {
		s.ask(m, m.asked())
	}
	return nil
}

func (s *unlock) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case inspectedMsg:
		return s.inspected(m, msg)
	case restedMsg:
		return s.inspected(m, msg.inspectedMsg)
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
		if s.mends && key.Matches(msg, keyRestore) {
			return m.show(newMending())
		}
		return nil
	}
	pin := s.box.kind == vault.SlotPIN
	switch {
	case key.Matches(msg, keyPassphrase) && m.has(vault.SlotPassphrase):
		s.turn(m, vault.SlotPassphrase)
	case key.Matches(msg, keyRecovery):
		s.turn(m, vault.SlotRecovery)
	case key.Matches(msg, keySSH) && s.agent(m):
		s.wrong = ""
		return m.work("Asking the ssh-agent", openBySSH(m.config.Place, m.config.Agent, m.summary.Slots))
	case pin && key.Matches(msg, keyNextPIN):
		s.person(m, 1)
	case pin && key.Matches(msg, keyPrevPIN):
		s.person(m, -1)
	case key.Matches(msg, keyBack):
		s.ask(m, m.asked())
		return m.seek(true)
	case s.held(m):
	case key.Matches(msg, keyEnter):
		if s.box.complete() {
			s.wrong = ""
			return m.work("Unlocking", s.try(m))
		}
	default:
		s.box.update(msg)
	}
	return nil
}

// try takes what was typed to the vault.
func (s *unlock) try(m *Model) tea.Cmd {
	switch {
	case s.box.session && m.resting != nil:
		return openResting(m.resting, s.box.take())
	case s.box.session:
		return unlockPinned(m.ctx, m.config.Keeper, s.box.take())
	}
	hold := s.box.kind != vault.SlotPIN && !m.has(vault.SlotPIN)
	// A new recovery code, which one that is not proven calls for, changes the keys, and
	// the agent would lock before it was written down.
	if m.config.Keeper != nil && s.box.kind != vault.SlotRecovery && !m.unproven {
		return unlockKeeper(m.ctx, m.config.Keeper, m.config.Place, s.box.take(), hold)
	}
	return openVault(m.config.Place, s.box.take(), hold)
}

// turn changes what is asked; the same key again goes back to the PIN.
func (s *unlock) turn(m *Model, kind vault.SlotType) {
	next := secretBox{kind: kind}
	if s.box.kind == kind {
		next = m.asked()
	}
	s.ask(m, next)
}

// ask empties the box and asks for something else.
func (s *unlock) ask(m *Model, next secretBox) {
	s.box.wipe()
	s.box, s.wrong = next, ""
	s.look(m)
}

// person asks for the PIN of the next person, or of the one before.
func (s *unlock) person(m *Model, by int) {
	list := pins(m.summary.Slots)
	if len(list) < 2 || s.box.session {
		return
	}
	at := slices.IndexFunc(list, func(p vault.Slot) bool { return p.Name == s.box.name })
	m.whose = list[(max(at, 0)+by+len(list))%len(list)].Name
	s.ask(m, m.asked())
}

// look takes over what is known of the PIN that is asked for.
func (s *unlock) look(m *Model) {
	s.off, s.until = false, time.Time{}
	if s.box.kind != vault.SlotPIN {
		return
	}
	pin, ok := s.pin(m)
	s.off, s.until = !ok || pin.Disabled, pin.WaitUntil
}

// pin is the slot of the PIN that is asked for.
func (s *unlock) pin(m *Model) (pin vault.Slot, ok bool) {
	if s.box.session && m.resting == nil {
		return m.keeper.PIN, m.keeper.PIN.TriesLeft > 0
	}
	if s.box.session {
		return vault.Slot{Type: vault.SlotPIN, TriesLeft: m.restLeft}, m.resting != nil
	}
	for _, p := range pins(m.summary.Slots) {
		if p.Name == s.box.name {
			return p, true
		}
	}
	return vault.Slot{}, false
}

// agent tells whether a key of the ssh-agent may open the vault.
func (s *unlock) agent(m *Model) bool {
	return m.config.Agent.Socket != "" && m.has(vault.SlotSSH)
}

// inspected takes what can be known of the locked vault.
func (s *unlock) inspected(m *Model, msg inspectedMsg) tea.Cmd {
	s.looking = false
	switch {
	case errors.Is(msg.err, vault.ErrNoVault):
		return m.show(newFirstRun(m))
	case msg.err != nil:
		s.breaks(m, msg.err)
		return nil
	}
	if len(s.box.typed) == 0 && s.wrong == "" {
		s.box = m.asked()
	}
	s.look(m)
	if s.wrong == "" && s.box.kind == vault.SlotPIN && s.off {
		s.lead(m, "The "+s.box.label()+" is switched off after too many wrong tries.")
	}
	return nil
}

// breaks shows an error that nothing typed here can help with.
func (s *unlock) breaks(m *Model, err error) {
	s.broken = explain(m.now, err)
	if e, ok := errors.AsType[*vault.DamagedError](err); ok && e.Backup != "" {
		s.mends = true
		s.broken = whereDamaged(e)
	}
}

// lead asks for the recovery code, the way to a new PIN.
func (s *unlock) lead(m *Model, why string) {
	s.ask(m, secretBox{kind: vault.SlotRecovery})
	s.wrong = why + " Type the recovery code, then choose a new PIN."
	if m.has(vault.SlotPassphrase) {
		s.wrong += " F2 takes the passphrase."
	}
}

// tried takes the answer to a try.
func (s *unlock) tried(m *Model, msg openedMsg) tea.Cmd {
	if msg.err == nil {
		if msg.kind == vault.SlotPIN && !msg.session {
			m.whose = s.box.name
		}
		return m.unlocked(msg)
	}
	m.done()
	if msg.held != nil { // the file is older than the one last used
		return m.show(newOlder(*msg.held))
	}
	if msg.session {
		return s.triedSession(m, msg.err)
	}
	s.wrong, s.box.wrong = explain(m.now, msg.err), true
	if wait, ok := errors.AsType[*vault.WaitError](msg.err); ok {
		s.until = wait.Until
	}
	switch _, damaged := errors.AsType[*vault.DamagedError](msg.err); {
	case damaged:
		s.breaks(m, msg.err)
	case errors.Is(msg.err, vault.ErrPINDisabled):
		m.whose = s.box.name // whose new PIN it will be
		s.lead(m, "Too many wrong PINs: the "+s.box.label()+" is switched off.")
	case errors.Is(msg.err, vault.ErrOtherMachine) && s.box.kind == vault.SlotPIN:
		m.whose = s.box.name
		s.lead(m, "The "+s.box.label()+" belongs to another computer.")
	}
	return tea.Batch(calmAfter(), m.inspect())
}

// triedSession takes the answer to a try of the session PIN.
func (s *unlock) triedSession(m *Model, err error) tea.Cmd {
	e, wrong := errors.AsType[*vault.PINError](err)
	if wrong && e.Left > 0 {
		m.restLeft, m.keeper.PIN.TriesLeft = e.Left, e.Left
		s.wrong, s.box.wrong = explain(m.now, err), true
		return tea.Batch(calmAfter(), m.again())
	}
	gone := wrong || errors.Is(err, vault.ErrPINDisabled) || errors.Is(err, vault.ErrNoSlot)
	if !gone && !errors.Is(err, vault.ErrStale) && !errors.Is(err, vault.ErrRollback) {
		s.wrong = explain(m.now, err)
		return m.again()
	}
	cmd := m.inspect()
	if m.resting != nil {
		cmd = tea.Batch(cmd, closeResting(m.resting))
	}
	m.resting, m.keeper.PIN = nil, vault.Slot{}
	s.ask(m, m.asked())
	s.wrong = explain(m.now, err)
	if gone {
		s.wrong = pinGone(err)
	}
	return cmd
}

// again asks nod's agent how its session PIN stands; nothing where there is an own one.
func (m *Model) again() tea.Cmd {
	if m.resting != nil {
		return nil
	}
	return m.inspect()
}
