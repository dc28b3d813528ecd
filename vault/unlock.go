package vault

// This file tries a credential on a slot, under the limits on guessing.

import (
	"errors"
	"fmt"
	"time"

	"nod/vault/memory"
	"nod/vault/protect"
)

// unlock opens c's slot of f and returns the opener and VMK, for the caller to
// wipe, and the number of wrong PINs before this one. The header of f is
// authentic then. Errors are those of Open.
func (st *site) unlock(f *frame, c Credential) (o *opener, vmk []byte, wrong int, err error) {
	return st.unlockEither(f, c, nil)
}

// unlockEither is unlock, but tries a PIN on the session PIN n unless that is nil.
func (st *site) unlockEither(f *frame, c Credential, n *sessionPIN) (o *opener, vmk []byte, wrong int, err error) {
	memory.Do(func() { o, vmk, wrong, err = st.unlockWith(f, c, n) })
	return o, vmk, wrong, err
}

func (st *site) unlockWith(f *frame, c Credential, n *sessionPIN) (o *opener, vmk []byte, wrong int, err error) {
	if n != nil && c.kind == SlotPIN {
		o, vmk, err = n.try(f, c)
		return st.checked(f, o, vmk, 0, err, ErrStale)
	}
	s, err := f.slot(c)
	if err != nil {
		return nil, nil, 0, err
	}
	switch {
	case s.kind == typePIN:
		o, vmk, wrong, err = st.unlockPIN(f, s, c)
	case s.disabled():
		err = ErrNoSlot
	default:
		o, vmk, err = try(f, s, c, parts{})
		if errors.Is(err, errWrongSecret) {
			err = &PINError{Kind: c.kind}
		}
	}
	return st.checked(f, o, vmk, wrong, err, damaged("header", -1))
}

// checked passes on what a slot gave, if its VMK is that of f; else it returns
// other.
func (st *site) checked(f *frame, o *opener, vmk []byte, wrong int, err, other error) (*opener, []byte, int, error) {
	if err != nil {
		return nil, nil, 0, err
	}
	o.approvals = f.approvals[:]
	keys := newSessionKeys(vmk, f.vaultID)
	defer keys.wipe()
	if !f.authentic(keys) {
		o.wipe()
		clear(vmk)
		return nil, nil, 0, st.explain(other)
	}
	return o, vmk, wrong, nil
}

// try runs the key derivation and unwraps VMK, or returns errWrongSecret.
func try(f *frame, s *slot, c Credential, p parts) (*opener, []byte, error) {
	if len(c.secret) > longestPassphrase {
		return nil, nil, errWrongSecret
	}
	if s.kind == typePIN || s.kind == typePassphrase {
		if err := s.in.cost.affordable(); err != nil {
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
	device := p.secrets[protect.DeviceFile]
	if !isPIN(c.secret) {
		t := st.readTries(f.vaultID, s, device)
		return nil, nil, 0, &PINError{Kind: SlotPIN, Left: max(t.left(), 1), Wait: remaining(t)}
	}
	if err := s.in.cost.affordable(); err != nil {
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
	if err != nil {
		return nil, nil, 0, st.failedPIN(f, s, before, after, device, err)
	}
	if err := st.rightPIN(f.vaultID, s, device); err != nil {
		o.wipe()
		clear(vmk)
		return nil, nil, 0, err
	}
	return o, vmk, before.wrong, nil
}

// failedPIN ends a try that did not open the slot. What was no answer to the PIN
// (a TPM that is busy) is taken off the count again.
func (st *site) failedPIN(f *frame, s *slot, before, after tries, device []byte, err error) error {
	w, refused := errors.AsType[*protect.WrongError](err)
	switch {
	case refused && w.Left >= 0: // another program may have tried, too
		return st.wrongPIN(f, s, after, min(w.Left, after.left()))
	case refused, errors.Is(err, errWrongSecret):
		return st.wrongPIN(f, s, after, after.left())
	case errors.Is(err, protect.ErrLimit):
		return st.disablePIN(f, s)
	}
	return errors.Join(partError(err), st.takeBack(f.vaultID, before, device))
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
func (st *site) wrongPIN(f *frame, s *slot, t tries, left int) error {
	wrong := &PINError{Kind: SlotPIN, Left: left, Wait: wait(t.wrong)}
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
