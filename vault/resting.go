package vault

// This file lets a PIN that is in no file open the vault again, for as long as
// the process lives: the vault is opened by its passphrase, or any other
// credential, and rests between uses.

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"nod/vault/memory"
	"nod/vault/protect"
)

// sessionPIN is a PIN slot that exists in memory only.
type sessionPIN struct {
	mu     sync.Mutex // held while a PIN is tried, so not by who only asks how it stands
	slot   *slot      // nil when it was wiped
	secret *memory.Buffer
	tag    *memory.Buffer // the slot's tag key
	wrong  atomic.Int32
	gone   atomic.Bool // slot was wiped
}

// sessionPart is the bit of a session PIN's own random part. It is in no file. The
// bit of the device file stands beside it, empty, because every PIN slot has that.
const sessionPart = protect.Part(1 << 15)

// SetSessionPIN lets pin open v's approvals, and v again after Rest, until the
// process ends or ten wrong PINs in a row have wiped it. It is in no file. c is
// checked first, with the limits of Open. Errors: those of Open and of CheckPIN.
func (v *Vault) SetSessionPIN(c, pin Credential) (err error) {
	memory.Do(func() { err = v.setSessionPIN(c, pin) })
	if err != nil {
		return fmt.Errorf("set session PIN: %w", err)
	}
	return nil
}

func (v *Vault) setSessionPIN(c, pin Credential) error {
	if err := CheckPIN(pin.secret); err != nil {
		return err
	}
	f, o, vmk, err := v.check(c)
	if err != nil {
		return err
	}
	defer o.wipe()
	keys := masterKeys{vmk: vmk}
	defer keys.wipe()
	if keys.amk, err = o.unwrap(compApprovals); err != nil {
		return err
	}
	n := &sessionPIN{secret: memory.Move(randomBytes(keyLen))}
	n.slot = &slot{kind: typePIN, need: protect.DeviceFile | sessionPart, id: [idLen]byte(randomBytes(idLen))}
	n.slot.in = slotBody{cost: f.usualCost(), salt: randomBytes(saltLen)}
	own, err := n.slot.open(v.vaultID, pin, n.parts())
	if err != nil {
		n.wipe()
		return err
	}
	defer own.wipe()
	n.tag = memory.Move(bytes.Clone(own.tagKey))
	n.slot.in.seals.public = own.private.PublicKey().Bytes()
	if err := n.slot.seal(v.vaultID, keys, own.tagKey); err != nil {
		n.wipe()
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		n.wipe()
		return ErrLocked
	}
	v.session.wipe()
	v.session = n
	return nil
}

// HasSessionPIN reports whether a session PIN is set.
func (v *Vault) HasSessionPIN() bool { return v.sessionPIN().usable() }

func (v *Vault) sessionPIN() *sessionPIN {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.session
}

func (n *sessionPIN) parts() parts {
	return parts{secrets: map[protect.Part][]byte{sessionPart: n.secret.Bytes()}}
}

func (n *sessionPIN) usable() bool { return n != nil && !n.gone.Load() }

// left is how many wrong PINs in a row it stands.
func (n *sessionPIN) left() int { return mostTries - int(n.wrong.Load()) }

// wipe ends the session PIN for good.
func (n *sessionPIN) wipe() {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget()
}

// reseal gives n the new keys of the vault, so that it goes on opening it. What it
// seals is in this process' memory only: who has once read the old keys there does
// not get the new ones from any file.
func (n *sessionPIN) reseal(vaultID [idLen]byte, keys masterKeys) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.slot != nil && n.slot.seal(vaultID, keys, n.tag.Bytes()) != nil {
		n.forget()
	}
}

func (n *sessionPIN) forget() {
	n.gone.Store(true)
	n.secret.Free()
	n.tag.Free()
	if n.slot != nil {
		clear(n.slot.body)
	}
	n.slot = nil
}

// try opens the slot in memory. Errors: ErrPINDisabled, *PINError.
func (n *sessionPIN) try(f *frame, c Credential) (*opener, []byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.slot == nil {
		return nil, nil, ErrPINDisabled
	}
	if !isPIN(c.secret) {
		return nil, nil, &PINError{Kind: SlotPIN, Left: n.left()}
	}
	s := *n.slot // a copy, because a change of keys or the tenth wrong PIN may come while it is used
	s.in.salt, s.in.seals = bytes.Clone(s.in.salt), s.in.seals.clone()
	o, vmk, err := try(f, &s, c, n.parts())
	if err == nil {
		n.wrong.Store(0)
		return o, vmk, nil
	}
	if !errors.Is(err, errWrongSecret) {
		return nil, nil, err // no answer to the PIN
	}
	n.wrong.Add(1)
	if n.left() <= 0 {
		n.forget()
	}
	return nil, nil, &PINError{Kind: SlotPIN, Left: n.left()}
}

// Resting is a vault that was closed but can be opened again by its session PIN.
type Resting struct {
	place Place
	pin   *sessionPIN
}

// Rest closes v. With a session PIN it returns what that opens again, for the
// caller to close; else nil.
func (v *Vault) Rest() *Resting {
	r := v.Detach()
	v.Close()
	return r
}

// Detach takes the session PIN from v, which stays open, and returns what it opens
// again, for the caller to close; nil when there is none.
func (v *Vault) Detach() *Resting {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.session.usable() {
		return nil
	}
	r := &Resting{v.site.place, v.session}
	v.session = nil // Close must not wipe it
	return r
}

// Reopen opens the vault once more with its session PIN, which both have then: who
// closes v and keeps the other calls Detach before. Errors: those of Resting.Open.
func (v *Vault) Reopen(pin Credential) (*Vault, error) {
	n := v.sessionPIN()
	if !n.usable() {
		return nil, fmt.Errorf("open vault: %w", ErrPINDisabled)
	}
	return (&Resting{v.site.place, n}).Open(pin)
}

// Open unlocks the vault again; r is used up then. Errors: *PINError,
// ErrPINDisabled (the session PIN was wiped: take the passphrase), ErrStale
// (another nod has changed the keys: take the passphrase), those of Open.
func (r *Resting) Open(pin Credential) (*Vault, error) {
	v, err := open(r.place, pin, openOptions{session: r.pin})
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	return v, nil
}

// TriesLeft returns how many wrong PINs are left; 0 when the session PIN is gone.
func (r *Resting) TriesLeft() int {
	if !r.pin.usable() {
		return 0
	}
	return r.pin.left()
}

// Close wipes the session PIN.
func (r *Resting) Close() { r.pin.wipe() }
