package vault

// This file tries a credential on a slot, under the limits on guessing.

import (
	"errors"
	"fmt"
	"time"

	"nod/vault/protect"
)

// unlock opens c's slot of f and returns the opener and VMK, for the caller to
// wipe, and the number of wrong PINs before this one. The header of f is
// authentic then. Errors are those of Open.
func (st *site) unlock(f *frame, c Credential) (o *opener, vmk []byte, wrong int, err error) {
	s := f.slot(c.kind)
	if s == nil || s.disabled() && s.kind != typePIN {
		return nil, nil, 0, ErrNoSlot
	}
	if s.kind == typePIN {
		o, vmk, wrong, err = st.unlockPIN(f, s, c)
	} else {
		o, vmk, err = try(f, s, c, nil)
		if errors.Is(err, errWrongSecret) {
			err = &PINError{Kind: c.kind}
		}
	}
	if err != nil {
		return nil, nil, 0, err
	}
	o.approvals = f.approvals[:]
	keys := newSessionKeys(vmk, f.vaultID)
	defer keys.wipe()
	if !f.authentic(keys) {
		o.wipe()
		clear(vmk)
		return nil, nil, 0, st.explain(damaged("header", -1))
	}
	return o, vmk, wrong, nil
}

// try runs the key derivation and unwraps VMK, or returns errWrongSecret.
func try(f *frame, s *slot, c Credential, p parts) (*opener, []byte, error) {
	if len(c.secret) > longestPassphrase {
		return nil, nil, errWrongSecret
	}
	if s.kind != typeRecovery {
		if err := s.cost().affordable(); err != nil {
			return nil, nil, err
		}
	}
	o, err := s.open(f.vaultID, c, p)
	if err != nil {
		return nil, nil, err
	}
	vmk, err := o.unwrap(compCodes)
	if err != nil {
		o.wipe()
		return nil, nil, err
	}
	return o, vmk, nil
}

// unlockPIN tries a PIN. What can not be right without trying, or can not be
// tried at all, is not counted.
func (st *site) unlockPIN(f *frame, s *slot, c Credential) (o *opener, vmk []byte, wrong int, err error) {
	if s.disabled() {
		return nil, nil, 0, ErrPINDisabled
	}
	p, err := st.machineParts(f.vaultID, s)
	if err != nil {
		return nil, nil, 0, err
	}
	defer p.wipe()
	device := p[protect.DeviceFile]
	if !isPIN(c.secret) {
		t := st.readTries(f.vaultID, s, device)
		return nil, nil, 0, &PINError{Kind: SlotPIN, Left: max(t.left(), 1), Wait: remaining(t)}
	}
	if err := s.cost().affordable(); err != nil {
		return nil, nil, 0, err
	}
	l, err := st.lockTries(f.vaultID)
	if err != nil {
		return nil, nil, 0, err
	}
	defer l.unlock()
	before, after, err := st.beginTry(f.vaultID, s, device)
	if errors.Is(err, ErrPINDisabled) {
		return nil, nil, 0, st.disablePIN(f, s)
	}
	if err != nil {
		return nil, nil, 0, err
	}
	o, vmk, err = try(f, s, c, p)
	if errors.Is(err, errWrongSecret) {
		return nil, nil, 0, st.wrongPIN(f, s, after)
	}
	if err != nil {
		return nil, nil, 0, err
	}
	if err := st.rightPIN(f.vaultID, s, device); err != nil {
		o.wipe()
		clear(vmk)
		return nil, nil, 0, err
	}
	return o, vmk, before.wrong, nil
}

// remaining returns how long the next try has to wait.
func remaining(t tries) time.Duration {
	now := time.Now()
	if end := t.until(now); !end.IsZero() {
		return end.Sub(now)
	}
	return 0
}

// wrongPIN returns the error of a wrong PIN and disables the slot after the last.
func (st *site) wrongPIN(f *frame, s *slot, t tries) error {
	wrong := &PINError{Kind: SlotPIN, Left: t.left(), Wait: wait(t.wrong)}
	if wrong.Left > 0 {
		return wrong
	}
	wrong.Wait = 0
	if err := st.disablePIN(f, s); !errors.Is(err, ErrPINDisabled) {
		return err
	}
	return wrong
}

// disablePIN overwrites the PIN slot everywhere and returns ErrPINDisabled. Even
// if the file can not be written now, the count on record keeps the PIN shut
// and the next try overwrites it.
func (st *site) disablePIN(f *frame, s *slot) error {
	if err := st.disableSlot(f.vaultID, s.id); err != nil {
		return fmt.Errorf("%w; overwriting its keys failed: %w", ErrPINDisabled, err)
	}
	return ErrPINDisabled
}
