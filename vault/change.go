package vault

// This file changes a vault's PIN or passphrase, and with it all its keys.

import (
	"crypto/ed25519"
	"crypto/hpke"
	"errors"
	"fmt"
	"time"
)

// Change replaces the PIN or the passphrase and all vault keys, so that a copy
// of the old file opens neither later saves nor, with the old PIN, anything
// that is still here: the older generations are deleted. old is checked first,
// with the limits of Open.
//
// next takes the place of the slot of its kind. Where there is none it takes the
// place of old's, unless old is the recovery code, which stays as it is. Slots
// whose secret is not at hand are dropped. dropped names every kind of slot that
// is gone. Errors: those of Open, CheckPIN, CheckPassphrase and saving.
func (v *Vault) Change(old, next Credential) (dropped []SlotType, err error) {
	dropped, err = v.rekey(old, next)
	if err != nil {
		return nil, fmt.Errorf("change %s: %w", next.kind, err)
	}
	return dropped, nil
}

func (v *Vault) rekey(old, next Credential) ([]SlotType, error) {
	if err := next.fit(); err != nil {
		return nil, err
	}
	from, err := v.approvalsPair(old)
	if err != nil {
		return nil, err
	}
	v.saving.Lock()
	defer v.saving.Unlock()
	keys, saved, held, err := v.session()
	if err != nil {
		return nil, err
	}
	defer keys.wipe()
	l, err := lock(v.site.lockFile(), lockPatience)
	if err != nil {
		return nil, err
	}
	defer l.unlock()
	f, found, err := v.newest(keys, saved, held)
	if err != nil {
		return nil, err
	}
	r, err := v.site.newRekeying(f, from, old, next)
	if err != nil {
		return nil, err
	}
	defer r.master.wipe()
	held, err = r.contents(found)
	if err != nil {
		return nil, err
	}
	return r.dropped, v.saveRekeyed(r, held)
}

// fit checks that c may become a slot's secret.
func (c Credential) fit() error {
	switch c.kind {
	case SlotPIN:
		return CheckPIN(c.secret)
	case SlotPassphrase:
		return CheckPassphrase(c.secret)
	}
	return errors.New("only a PIN or a passphrase can be chosen")
}

// rekeying is a change of keys under way.
type rekeying struct {
	from    hpke.PrivateKey // approvals key pair until now
	master  masterKeys      // the new keys
	file    *frame          // the new file, not sealed yet
	dropped []SlotType
}

// newRekeying makes new keys and wraps them in the slots that stay.
func (st *site) newRekeying(f *frame, from hpke.PrivateKey, old, next Credential) (*rekeying, error) {
	r := &rekeying{from: from, master: newMasterKeys(), file: &frame{vaultID: f.vaultID}}
	if err := r.file.setApprovals(r.master.amk); err != nil {
		return nil, err
	}
	cost := f.usualCost()
	stays := old.kind != SlotRecovery && old.kind != next.kind && f.slot(next.kind) != nil
	for _, c := range []Credential{next, old} {
		if c.kind == old.kind && c.kind != next.kind && !stays {
			continue
		}
		if r.file.slot(c.kind) != nil {
			continue
		}
		s, err := st.passwordSlot(f.vaultID, c, cost, r.master)
		if err != nil {
			return nil, err
		}
		r.file.slots = append(r.file.slots, s)
	}
	if s := f.slot(SlotRecovery); s != nil && !s.disabled() {
		again, err := newRecoverySlot(f.vaultID, s.id, s.public(), r.master)
		if err != nil {
			return nil, err
		}
		r.file.slots = append(r.file.slots, again)
	}
	for i := range f.slots {
		if kind := f.slots[i].name(); r.file.slot(kind) == nil {
			r.dropped = append(r.dropped, kind)
		}
	}
	return r, nil
}

// usualCost returns the cost of the slots of f, or what suits this machine.
func (f *frame) usualCost() Cost {
	for _, kind := range []SlotType{SlotPIN, SlotPassphrase} {
		if s := f.slot(kind); s != nil && !s.disabled() && s.cost().writable() {
			return s.cost()
		}
	}
	return Calibrate()
}

// contents returns found with every approval key sealed to the new key.
func (r *rekeying) contents(found *contents) (*contents, error) {
	next := found.clone()
	for i, d := range next.devices {
		if d.shown.Odd != "" {
			continue
		}
		m, err := decodeDevice(d.raw)
		if err != nil {
			return nil, err
		}
		seed, err := openWith(r.from, approvalInfo(r.file.vaultID, m.ID), m.ApprovalSeed)
		if err != nil || len(seed) != ed25519.SeedSize {
			return nil, fmt.Errorf("the approval key of %s at %s does not open: remove that pairing first", m.Name, m.Server)
		}
		m.ApprovalSeed, err = sealTo(r.file.approvals[:], approvalInfo(r.file.vaultID, m.ID), seed)
		clear(seed)
		if err != nil {
			return nil, err
		}
		next.devices[i], err = m.entry()
		clear(m.Transport)
		if err != nil {
			return nil, err
		}
	}
	e, err := newEvent(Event{At: time.Now(), Kind: EventChanged})
	if err != nil {
		return nil, err
	}
	next.history = append(next.history, e)
	next.epoch++
	next.forget()
	return next, nil
}

// saveRekeyed makes the new file the vault. The generations go before it comes:
// once the new PIN is in force nothing opens with the old one.
func (v *Vault) saveRekeyed(r *rekeying, held *contents) error {
	keys := newSessionKeys(r.master.vmk, v.vaultID)
	padded, err := r.file.seal(held, keys)
	if err != nil {
		return err
	}
	defer clear(padded)
	check := func(back []byte) error {
		if err := decrypts(keys, padded)(back); err != nil {
			return err
		}
		return v.site.dropGenerations()
	}
	if err := v.site.replace(r.file.marshal(), check, false); err != nil {
		keys.wipe()
		return err
	}
	v.mu.Lock()
	v.keys.wipe()
	v.keys = keys
	v.mu.Unlock()
	v.saveDone(r.file, held)
	return nil
}
