package tui

// firstrun_secret.go has step 3 of the first run: the PIN or passphrase, and the
// recovery code.

import (
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// created goes on with the new vault.
func (s *firstRun) created(m *Model, msg createdMsg) tea.Cmd {
	m.done()
	s.vault, s.recovery = msg.vault, msg.recovery
	if s.failed(m, msg.err) && s.vault == nil {
		s.pin.wipe()
		s.pin2.wipe()
		return nil
	}
	s.turn(runRecovery)
	for i, n := range s.asked() {
		s.proof[i] = newField("Group "+string(rune('1'+n)), "", 12)
	}
	return inspect(m.config.Place)
}

// recoveryGroups splits the recovery code as it is shown.
func (s *firstRun) recoveryGroups() []string {
	return strings.FieldsFunc(s.recovery, func(r rune) bool { return r == '-' || r == ' ' })
}

// asked are the two groups that must be typed back.
func (s *firstRun) asked() [2]int {
	n := len(s.recoveryGroups())
	return [2]int{min(1, n-1), max(0, n-2)}
}

func (s *firstRun) pinBox() *secretBox {
	if s.focus == 1 {
		return &s.pin2
	}
	return &s.pin
}

// swapPIN changes between a PIN and a passphrase.
func (s *firstRun) swapPIN() {
	kind := vault.SlotPassphrase
	if s.pin.kind == kind {
		kind = vault.SlotPIN
	}
	s.pin.wipe()
	s.pin2.wipe()
	s.pin, s.pin2, s.focus, s.wrong = secretBox{kind: kind}, secretBox{kind: kind}, 0, ""
}

// enterPIN checks the two and makes the vault.
func (s *firstRun) enterPIN(m *Model) tea.Cmd {
	if wrong := checkSecret(&s.pin); wrong != "" {
		s.wrong, s.focus = wrong, 0
		s.pin2.wipe()
		return nil
	}
	if s.focus == 0 {
		s.focus, s.wrong = 1, ""
		return nil
	}
	if string(s.pin.typed) != string(s.pin2.typed) {
		s.wrong, s.focus = "The two are not the same. Type both again.", 0
		if s.pin.kind == vault.SlotPIN {
			s.wrong = "The two PINs are not the same. Type both again."
		}
		s.pin.wipe()
		s.pin2.wipe()
		return nil
	}
	s.pin2.wipe()
	secret, kind := s.pin.typed, s.pin.kind
	s.pin.typed = nil
	s.wrong = ""
	return m.work("Making your vault", createVault(m.config.Place, kind, secret, m.config.Cost, s.confirmed))
}

// checkSecret tells why a new PIN or passphrase is not good enough. It wipes a
// PIN that is too well known: that takes another one, not more digits.
func checkSecret(b *secretBox) string {
	check := vault.CheckPassphrase
	if b.kind == vault.SlotPIN {
		check = vault.CheckPIN
	}
	err := check(b.typed)
	if err == nil {
		return ""
	}
	if _, weak := errors.AsType[*vault.WeakPINError](err); weak {
		b.wipe()
	}
	return explain(time.Time{}, err)
}

// enterRecovery compares the two groups.
func (s *firstRun) enterRecovery(m *Model) tea.Cmd {
	if s.focus == 0 && s.proof[1].value() == "" {
		s.focus = 1
		return nil
	}
	groups := s.recoveryGroups()
	for i, n := range s.asked() {
		if !strings.EqualFold(s.proof[i].value(), groups[n]) {
			s.wrong, s.focus = s.proof[i].label+" is not the same. Compare it with what you wrote down.", i
			return nil
		}
	}
	s.recovery = ""
	s.turn(runAccount)
	return nil
}
