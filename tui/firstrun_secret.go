package tui

// firstrun_secret.go has step 3 of the first run: the PIN or passphrase, and the
// recovery code.

import (
	"bytes"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// created goes on with the new vault.
func (s *firstRun) created(m *Model, msg createdMsg) tea.Cmd {
	m.done()
	s.vault = msg.vault
	if s.failed(m, msg.err) && s.vault == nil {
		s.pin.wipe()
		s.pin2.wipe()
		return nil
	}
	s.turn(runRecovery)
	s.proof = newProof(msg.recovery, msg.order)
	return m.inspect()
}

// wipe overwrites what was typed; the vault, if there is one, is closed elsewhere.
func (s *firstRun) wipe() {
	s.pin.wipe()
	s.pin2.wipe()
	s.proof.wipe()
}

// idle locks a vault that was made, and else forgets the PIN that was typed.
func (s *firstRun) idle(m *Model) tea.Cmd {
	after := " after " + span(m.config.IdleLock) + " without a key."
	if v := s.vault; v != nil {
		s.vault = nil
		m.unproven = s.step == runRecovery
		cmd := m.toUnlock()
		text := "Locked" + after
		if m.unproven {
			text = "Locked. Recovery code not typed back: unlock, and nod makes a new one."
		}
		m.tell(noticeWarn, text)
		return tea.Batch(cmd, closeVault(v), m.inspect())
	}
	if len(s.pin.typed)+len(s.pin2.typed) > 0 {
		s.wipe()
		s.focus, s.wrong = 0, "What was typed is gone"+after
	}
	return nil
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
	if !bytes.Equal(s.pin.typed, s.pin2.typed) {
		s.wrong, s.focus = notTheSame(s.pin.kind), 0
		s.pin.wipe()
		s.pin2.wipe()
		return nil
	}
	s.pin2.wipe()
	secret, kind := s.pin.typed, s.pin.kind
	s.pin.typed = nil
	s.wrong = ""
	return m.work("Making your vault", createVault(m.config.Place, kind, secret, m.config.Cost, s.confirmed, m.random))
}

func notTheSame(kind vault.SlotType) string {
	if kind == vault.SlotPIN {
		return "The two PINs are not the same. Type both again."
	}
	return "The two are not the same. Type both again."
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
