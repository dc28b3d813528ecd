package vault

// This file collects the parts of this machine that a PIN slot's key is made of,
// and destroys those that no slot needs any more.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"nod/vault/protect"
)

// protectors are the parts that this machine may have. Tests give other machines.
var protectors = func(p Place) []protect.Protector { return p.Host.Protectors(p.State) }

// partsAlways are in every PIN slot, where the machine has them.
const partsAlways = protect.DeviceFile | protect.MachineID

// machineParts returns the parts that slot s needs, for the caller to wipe.
// Errors: ErrOtherMachine, also when the parts are there but are others than
// when the slot was made; ErrUnready; ErrNewer for parts of a newer nod.
func (st *site) machineParts(vaultID [idLen]byte, s *slot) (parts, error) {
	have := parts{secrets: map[protect.Part][]byte{}}
	found := protect.Part(0)
	for _, p := range protectors(st.place) {
		if s.need&p.Part() == 0 {
			continue
		}
		found |= p.Part()
		if p.Part()&protect.Guarded != 0 {
			have.guarded = func(auth []byte) ([]byte, error) {
				return p.Open(protect.SlotID(s.id), s.in.blob, auth)
			}
			continue
		}
		secret, err := p.Open(protect.SlotID(s.id), nil, nil)
		if err != nil {
			have.wipe()
			return parts{}, partError(err)
		}
		have.secrets[p.Part()] = secret
	}
	if found != s.need {
		have.wipe()
		if s.need&^protect.Known != 0 {
			return parts{}, ErrNewer
		}
		return parts{}, fmt.Errorf("%w: its %s is not used here", ErrOtherMachine, protect.KindOf(s.need&^found))
	}
	if !st.sameMachine(vaultID, s, have) {
		have.wipe()
		return parts{}, ErrOtherMachine
	}
	return have, nil
}

// sameMachine compares the parts that are always there with those on record. The
// record is of the PIN that was made last. A machine id that was not there then, or
// that is no part of s, does not count: it comes to some systems late.
func (st *site) sameMachine(vaultID [idLen]byte, s *slot, have parts) bool {
	device := have.secrets[protect.DeviceFile]
	want := st.readRecord(vaultID, recordMachine, device)
	if s.need&protect.MachineID == 0 {
		return want != nil
	}
	bare := parts{secrets: map[protect.Part][]byte{protect.DeviceFile: device}}
	return equalSecret(want, machineCheck(vaultID, have)) || equalSecret(want, machineCheck(vaultID, bare))
}

// partError names what it means that a part does not come.
func partError(err error) error {
	if errors.Is(err, protect.ErrAbsent) {
		return fmt.Errorf("%w: %w", ErrOtherMachine, err)
	}
	return fmt.Errorf("%w: %w", ErrUnready, err)
}

// bind makes the parts of kind k for the new PIN slot s, for the caller to wipe,
// and puts their check on record.
func (st *site) bind(vaultID [idLen]byte, s *slot, k protect.Kind) (parts, error) {
	device, err := st.device().Make()
	if err != nil {
		return parts{}, diskError(err)
	}
	defer clear(device)
	have := parts{secrets: map[protect.Part][]byte{}}
	list := protectors(st.place)
	if extra := k.Extra(); extra != 0 && protect.Find(list, extra) == nil {
		return parts{}, fmt.Errorf("protect the PIN by %s: %w", k, protect.ErrAbsent)
	}
	for _, p := range list {
		if p.Part()&(partsAlways|k.Extra()) == 0 {
			continue
		}
		if err := st.bindPart(vaultID, s, p, &have); err != nil {
			have.wipe()
			return parts{}, err
		}
	}
	err = st.writeRecord(vaultID, recordMachine, machineCheck(vaultID, have), device, true)
	if err != nil {
		have.wipe()
		return parts{}, diskError(err)
	}
	return have, nil
}

// bindPart adds the part of p. Only what is always there may be absent. The
// guarded part is made when the PIN is stretched.
func (st *site) bindPart(vaultID [idLen]byte, s *slot, p protect.Protector, have *parts) error {
	if p.Part()&partsAlways == 0 {
		if err := st.notePart(vaultID, notedPart{s.id, p.Part()}); err != nil {
			return err
		}
	}
	if p.Part()&protect.Guarded != 0 {
		s.need |= p.Part()
		have.guarded = func(auth []byte) (secret []byte, err error) {
			secret, s.in.blob, err = p.Seal(protect.SlotID(s.id), auth)
			if errors.Is(err, protect.ErrTaken) { // what is there belongs to another slot
				err = errors.Join(err, st.unnotePart(vaultID, s.id))
			}
			return secret, err
		}
		return nil
	}
	secret, _, err := p.Seal(protect.SlotID(s.id), nil)
	if errors.Is(err, protect.ErrAbsent) && p.Part()&partsAlways != 0 {
		return nil
	}
	if err != nil {
		return err
	}
	s.need |= p.Part()
	have.secrets[p.Part()] = secret
	return nil
}

// machineCheck names the parts without telling them to who lacks the device key.
func machineCheck(vaultID [idLen]byte, p parts) []byte {
	machine := lp(p.secrets[protect.MachineID])
	defer clear(machine)
	return mac256(p.secrets[protect.DeviceFile], []byte(labelMachineCheck), vaultID[:], machine)
}

// notedPart is a slot that may have parts in a TPM or keyring.
type notedPart struct {
	slot [idLen]byte
	need protect.Part
}

// notedLen is the length of one entry in the record.
const notedLen = idLen + 2

// notedParts returns what is on record.
func (st *site) notedParts(vaultID [idLen]byte) (list []notedPart) {
	device, err := st.device().Secret()
	if err != nil {
		return nil
	}
	defer clear(device)
	for b := range slices.Chunk(st.readRecord(vaultID, recordParts, device), notedLen) {
		if len(b) == notedLen {
			list = append(list, notedPart{[idLen]byte(b[:idLen]), protect.Part(binary.BigEndian.Uint16(b[idLen:]))})
		}
	}
	return list
}

// notePart puts on record that a slot is going to have such a part.
func (st *site) notePart(vaultID [idLen]byte, n notedPart) error {
	return st.writeParts(vaultID, append(st.notedParts(vaultID), n))
}

// unnotePart takes off record what notePart put there.
func (st *site) unnotePart(vaultID, id [idLen]byte) error {
	return st.writeParts(vaultID, slices.DeleteFunc(st.notedParts(vaultID), func(n notedPart) bool { return n.slot == id }))
}

func (st *site) writeParts(vaultID [idLen]byte, list []notedPart) error {
	device, err := st.device().Secret()
	if err != nil {
		return err
	}
	defer clear(device)
	var b []byte
	for _, n := range list {
		b = append(b, n.slot[:]...)
		b = binary.BigEndian.AppendUint16(b, uint16(n.need))
	}
	return diskError(st.writeRecord(vaultID, recordParts, b, device, true))
}

// forgetParts destroys the parts of slots that f does not hold; the vault's lock
// is held. What can not be destroyed now stays on record for the next time.
func (st *site) forgetParts(f *frame) {
	noted := st.notedParts(f.vaultID)
	stay := slices.DeleteFunc(slices.Clone(noted), func(n notedPart) bool {
		s := f.byID(n.slot)
		return (s == nil || s.disabled()) && st.forget(n) == nil
	})
	if len(stay) < len(noted) {
		_ = st.writeParts(f.vaultID, stay) // it is tried again with the next change
	}
}

// forgetFailed is forgetParts after a change that failed; f is the file from
// before it. Nothing is destroyed when the new file is there all the same, because
// only its last fsync failed: after a power cut the disk may have either.
func (st *site) forgetFailed(f *frame) {
	now, err := st.load()
	if errors.Is(err, ErrNoVault) || err == nil && now.mac == f.mac {
		st.forgetParts(f)
	}
}

// forget destroys the part of one slot.
func (st *site) forget(n notedPart) error {
	p := protect.Find(protectors(st.place), n.need)
	if p == nil {
		return protect.ErrAbsent
	}
	return p.Forget(protect.SlotID(n.slot))
}
