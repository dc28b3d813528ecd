package vault

// This file changes all keys of a vault at once and seals them to the slots.

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"fmt"
	"slices"
	"time"

	"nod/vault/memory"
	"nod/vault/protect"
)

// rekeying is a change of keys under way.
type rekeying struct {
	site    *site
	cost    Cost            // of new slots
	from    hpke.PrivateKey // approvals key pair until now; nil for a new vault
	master  masterKeys      // the new keys
	file    *frame          // the new file; its slots are not sealed yet
	fresh   []*opener       // of slots whose secret is at hand
	tags    []tagMap        // of all slots that stay
	dropped []Slot
}

// wipe forgets the secrets of r but for the tag keys, which contents hold.
func (r *rekeying) wipe() {
	r.master.wipe()
	for _, o := range r.fresh {
		o.wipe()
	}
	r.from = nil
}

// rekey gives the vault new keys: edit says what becomes of the slots, all of
// which are kept otherwise. c opens the vault; the older generations go before
// the new file comes: once a new PIN is in force nothing opens with the old one.
// dropped are the slots that nobody asked to remove and that can not be sealed
// to, because their secret is not at hand: first slots, disabled and unknown ones.
func (v *Vault) rekey(c Credential, edit func(*rekeying) error) (dropped []Slot, err error) {
	memory.Do(func() { dropped, err = v.newKeys(c, edit) })
	return dropped, err
}

func (v *Vault) newKeys(c Credential, edit func(*rekeying) error) (dropped []Slot, err error) {
	from, err := v.approvalsPair(c)
	if err != nil {
		return nil, err
	}
	v.saving.Lock()
	defer v.saving.Unlock()
	keys, saved, held, err := v.keep()
	if err != nil {
		return nil, err
	}
	defer keys.wipe()
	l, err := lock(v.site.lockFile(), lockPatience, v.site.place.Ended)
	if err != nil {
		return nil, err
	}
	defer l.unlock()
	f, found, err := v.newest(keys, saved, held)
	if err != nil {
		return nil, err
	}
	r := &rekeying{site: v.site, cost: f.usualCost(), from: from, master: newMasterKeys(), file: f.withoutSlots()}
	defer r.wipe()
	kept := held
	defer func() { forgetRest(kept, found, &contents{tags: r.tags}) }()
	if err := r.rebuild(f, found, c, edit); err != nil {
		v.site.forgetParts(f)
		return nil, err
	}
	next, err := r.contents(found)
	if err != nil {
		v.site.forgetParts(f)
		return nil, err
	}
	if err := v.saveRekeyed(r, next); err != nil {
		next.wipe(held)
		v.site.forgetFailed(f)
		return nil, err
	}
	kept = next
	v.site.forgetParts(r.file)
	return r.dropped, nil
}

// withoutSlots returns the frame of the next file.
func (f *frame) withoutSlots() *frame { return &frame{vaultID: f.vaultID} }

// usualCost returns the cost of the slots of f, or what suits this machine.
func (f *frame) usualCost() Cost {
	for i := range f.slots {
		if c := f.slots[i].in.cost; c.writable() {
			return c
		}
	}
	return Calibrate()
}

// rebuild keeps the slots of f, edits them and sees that a person can still open
// the vault.
func (r *rekeying) rebuild(f *frame, held *contents, c Credential, edit func(*rekeying) error) error {
	for i := range f.slots {
		s := f.slots[i]
		if key := held.tagKey(s.id); key != nil {
			r.tags = append(r.tags, tagMap{Slot: bytes.Clone(s.id[:]), Key: bytes.Clone(key)})
		}
		r.file.slots = append(r.file.slots, s)
	}
	if err := edit(r); err != nil {
		return err
	}
	if err := r.renew(c); err != nil {
		return err
	}
	for i := 0; i < len(r.file.slots); {
		s := &r.file.slots[i]
		if s.in.seals.public != nil && (s.firstRecovery() || r.tagKey(s.id) != nil) {
			i++
			continue
		}
		r.dropped = append(r.dropped, r.site.describe(f, s))
		r.remove(s.id)
	}
	for i := range r.file.slots {
		if r.file.slots[i].kind != typeRecovery {
			return nil
		}
	}
	return ErrLastSlot
}

// tagKey returns the tag key of a slot, nil when there is none.
func (r *rekeying) tagKey(id [idLen]byte) []byte { return (&contents{tags: r.tags}).tagKey(id) }

// renew gives the slot of c a key pair, when it is a first slot that stays.
func (r *rekeying) renew(c Credential) error {
	s, err := r.file.slot(c)
	if err != nil || s.disabled() || s.in.wraps == nil {
		return nil
	}
	return r.add(c, protect.KindOf(s.need), s)
}

// add makes the slot of c, in the place of another unless that is nil.
func (r *rekeying) add(c Credential, k protect.Kind, instead *slot) error {
	o, err := r.site.newSlot(r.file.vaultID, c, r.cost, k)
	if err != nil {
		return err
	}
	return r.adopt(o, instead)
}

// addRecovery makes a recovery slot, as add does, and returns its code.
func (r *rekeying) addRecovery(instead *slot) (string, error) {
	o, code, err := newRecoverySlot(r.file.vaultID)
	if err != nil {
		return "", err
	}
	return code, r.adopt(o, instead)
}

func (r *rekeying) adopt(o *opener, instead *slot) error {
	r.fresh = append(r.fresh, o)
	r.tags = append(r.tags, tagMap{Slot: bytes.Clone(o.slot.id[:]), Key: bytes.Clone(o.tagKey)})
	if instead != nil {
		*instead = *o.slot
		return nil
	}
	if len(r.file.slots) >= maxSlots {
		return fmt.Errorf("a vault has at most %d ways to open it: remove one first", maxSlots)
	}
	r.file.slots = append(r.file.slots, *o.slot)
	return nil
}

// remove drops a slot.
func (r *rekeying) remove(id [idLen]byte) {
	for i := range r.file.slots {
		if r.file.slots[i].id == id {
			r.file.slots = slices.Delete(r.file.slots, i, i+1)
			return
		}
	}
}

// seal seals the new keys to all slots and puts the tag keys into held, the
// contents to be saved.
func (r *rekeying) seal(held *contents) error {
	var err error
	if r.file.approvals, err = approvalsPublic(r.master.amk, r.file.vaultID); err != nil {
		return err
	}
	held.tags = nil
	for i := range r.file.slots {
		s := &r.file.slots[i]
		key := r.tagKey(s.id)
		if key != nil {
			held.tags = append(held.tags, tagMap{Slot: bytes.Clone(s.id[:]), Key: key})
		}
		if err := s.seal(r.file.vaultID, r.master, key); err != nil {
			return err
		}
	}
	for _, o := range r.fresh {
		if o.slot = r.file.byID(o.slot.id); o.slot == nil {
			continue // removed again
		}
		if err := opensTo(o, r.master); err != nil {
			return err
		}
	}
	return nil
}

// contents returns found with every approval key sealed to the new key, and
// seals the slots.
func (r *rekeying) contents(found *contents) (*contents, error) {
	next := found.clone()
	if err := r.seal(next); err != nil {
		return nil, err
	}
	for i, d := range next.devices {
		if d.shown.Odd != "" {
			continue
		}
		e, err := r.reseal(d)
		if err != nil {
			return nil, err
		}
		next.devices[i] = e
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

// reseal seals a device's approval key to the new key.
func (r *rekeying) reseal(d deviceEntry) (deviceEntry, error) {
	m, err := decodeDevice(d.raw)
	if err != nil {
		return d, err
	}
	defer m.wipe()
	seed, err := openWith(r.from, approvalInfo(r.file.vaultID, m.ID), m.ApprovalSeed)
	if err != nil || len(seed) != ed25519.SeedSize {
		return d, fmt.Errorf("the approval key of %s at %s does not open: remove that pairing first", m.Name, m.Server)
	}
	defer clear(seed)
	if m.ApprovalSeed, err = sealTo(r.file.approvals[:], approvalInfo(r.file.vaultID, m.ID), seed); err != nil {
		return d, err
	}
	return m.entry()
}

// saveRekeyed makes the new file the vault.
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
	v.sessionPIN().reseal(v.vaultID, r.master)
	v.saveDone(r.file, held)
	return nil
}
