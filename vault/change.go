package vault

// This file changes the ways to open a vault. Each change gives the vault new
// keys, so that a copy of the old file opens no later save.

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"nod/vault/memory"
	"nod/vault/protect"
)

// Change replaces a PIN or the passphrase and all vault keys, so that a copy
// of the old file opens neither later saves nor, with the old PIN, anything
// that is still here: the older generations are deleted. old is checked first,
// with the limits of Open.
//
// next takes the place of the slot of its kind and name. Where there is none it
// takes the place of old's, unless old is the recovery code, which stays as it
// is. A PIN stays protected as it was; see Protect. dropped are the slots that
// are gone beside those. Errors: those of Open, CheckPIN, CheckPassphrase,
// of the protector and of saving.
func (v *Vault) Change(old, next Credential) (dropped []Slot, err error) {
	if err := next.fit(); err != nil {
		return nil, changeError(next, err)
	}
	dropped, err = v.rekey(old, func(r *rekeying) error { return r.replace(old, next, "") })
	return dropped, changeError(next, err)
}

// Protect moves the second half of a PIN to another place of this machine. It
// takes a new PIN, because the old one can be guessed with copies of the vault
// from before. Whether it is new is tried where old is no PIN: on the vault file
// and its older copies, if the parts of the old PIN are there. Errors: ErrSamePIN,
// those of Change.
func (v *Vault) Protect(old, next Credential, k protect.Kind) (dropped []Slot, err error) {
	if next.kind != SlotPIN {
		return nil, changeError(next, errors.New("only a PIN has a second half"))
	}
	if err := next.fit(); err != nil {
		return nil, changeError(next, err)
	}
	same := false
	memory.Do(func() { same = old.kind == SlotPIN && bytes.Equal(old.secret, next.secret) })
	if same {
		return nil, changeError(next, ErrSamePIN)
	}
	if k, err = v.site.chooseKind(k, v.site.kindNow(next)); err != nil {
		return nil, changeError(next, err)
	}
	dropped, err = v.rekey(old, func(r *rekeying) error {
		if r.known(old, next) {
			return ErrSamePIN
		}
		return r.replace(old, next, k)
	})
	return dropped, changeError(next, err)
}

// AddSlot adds a way to open the vault: a PIN under a name of its own, the
// passphrase, or a key of an ssh-agent. A PIN is protected as k says; "" takes
// what c's PIN has, or else the best of this machine. c is checked first, with
// the limits of Open. Errors: ErrSlotExists, those of Change.
func (v *Vault) AddSlot(c, next Credential, k protect.Kind) (dropped []Slot, err error) {
	if err := next.fit(); err != nil {
		return nil, addError(next, err)
	}
	dropped, err = v.rekey(c, func(r *rekeying) error {
		if r.file.exact(next) {
			return ErrSlotExists
		}
		k, err := r.kindFor(c, next, k)
		if err != nil {
			return err
		}
		return r.add(next, k, nil)
	})
	return dropped, addError(next, err)
}

// RemoveSlot removes the slot with that ID (of Summary.Slots). c is checked
// first, with the limits of Open. The last slot that is not the recovery code
// stays. Errors: ErrNotFound, ErrLastSlot, those of Change.
func (v *Vault) RemoveSlot(c Credential, id string) (dropped []Slot, err error) {
	dropped, err = v.rekey(c, func(r *rekeying) error {
		for i := range r.file.slots {
			if s := &r.file.slots[i]; s.shortID() == id {
				r.remove(s.id)
				return nil
			}
		}
		return ErrNotFound
	})
	if err != nil {
		return nil, fmt.Errorf("remove slot %s: %w", id, err)
	}
	return dropped, nil
}

// NewRecoveryCode replaces the recovery code and returns the new one, which is
// stored nowhere. Errors: those of Change.
func (v *Vault) NewRecoveryCode(c Credential) (code string, err error) {
	_, err = v.rekey(c, func(r *rekeying) error {
		var old *slot
		for i := range r.file.slots {
			if s := &r.file.slots[i]; s.kind == typeRecovery {
				old = s
			}
		}
		var err error
		code, err = r.addRecovery(old)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make a new recovery code: %w", err)
	}
	return code, nil
}

// Rekey gives the vault new keys and leaves its credentials as they are, so that
// who has once read the keys out of a running program can not read later saves.
// Errors: those of Change.
func (v *Vault) Rekey(c Credential) (dropped []Slot, err error) {
	dropped, err = v.rekey(c, func(*rekeying) error { return nil })
	if err != nil {
		return nil, fmt.Errorf("change the vault's keys: %w", err)
	}
	return dropped, nil
}

// replace puts the slot of next in the place of the one that it replaces. k ""
// keeps what protected the PIN before.
func (r *rekeying) replace(old, next Credential, k protect.Kind) error {
	target, err := r.file.slot(next) // the only PIN, whatever its name, or a disabled one
	switch {
	case err == nil && next.kind == SlotPIN && next.name == "":
		next.name = target.in.name
	case err != nil && old.kind == SlotRecovery:
		target = nil
	case err != nil:
		if target, err = r.file.slot(old); err != nil {
			return err
		}
	}
	if k == "" && target != nil && target.kind == typePIN {
		k = protect.KindOf(target.need)
	}
	if k, err = r.kindFor(old, next, k); err != nil {
		return err
	}
	return r.add(next, k, target)
}

// kindFor returns where the second half of next goes: k, or what c's PIN has, or
// the best of this machine.
func (r *rekeying) kindFor(c, next Credential, k protect.Kind) (protect.Kind, error) {
	if next.kind != SlotPIN {
		return "", nil
	}
	if s, err := r.file.slot(c); k == "" && err == nil && s.kind == typePIN {
		k = protect.KindOf(s.need)
	}
	return r.site.chooseKind(k, "")
}

// kindNow returns what protects the PIN that c takes the place of, "" for none.
func (st *site) kindNow(c Credential) protect.Kind {
	f, err := st.load()
	if err != nil {
		return ""
	}
	s, err := f.slot(c)
	if err != nil || s.kind != typePIN {
		return ""
	}
	return protect.KindOf(s.need)
}

// exact reports whether f has a slot for the very credential c.
func (f *frame) exact(c Credential) bool {
	return slices.ContainsFunc(f.slots, func(s slot) bool {
		return s.typ() == c.kind && !s.disabled() && s.in.name == c.name &&
			(c.kind != SlotSSH || bytes.Equal(s.in.blob, c.key))
	})
}

// fit checks that c may become a slot's secret.
func (c Credential) fit() error {
	switch c.kind {
	case SlotPIN:
		return CheckPIN(c.secret)
	case SlotPassphrase:
		return CheckPassphrase(c.secret)
	case SlotSSH:
		return nil
	}
	return errors.New("only a PIN, a passphrase or an ssh key can be chosen")
}

func changeError(next Credential, err error) error {
	if err != nil {
		err = fmt.Errorf("change %s: %w", next.kind, err)
	}
	return err
}

func addError(next Credential, err error) error {
	if err != nil {
		err = fmt.Errorf("add %s: %w", next.kind, err)
	}
	return err
}
