package vault

// This file keeps what this machine knows of a vault: small records in the state
// directory, authenticated with the device key.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"nod/vault/protect"
)

// recordKey derives the key of one kind of record.
func recordKey(device []byte, vaultID [idLen]byte, kind string) []byte {
	return derive(device, vaultID[:], labelRecord+kind)
}

// readRecord returns a record, nil when there is none that verifies.
func (st *site) readRecord(vaultID [idLen]byte, kind string, device []byte) []byte {
	data, err := os.ReadFile(st.record(vaultID, kind))
	if err != nil || len(data) < macLen {
		return nil
	}
	key := recordKey(device, vaultID, kind)
	defer clear(key)
	body, mac := data[:len(data)-macLen], data[len(data)-macLen:]
	if !equalSecret(mac256(key, body), mac) {
		return nil
	}
	return body
}

// writeRecord stores a record in one step; durable ones are on the disk when it
// returns. Only one process writes a kind at a time, so the name of the
// temporary file is fixed and a crash leaves one file at most.
func (st *site) writeRecord(vaultID [idLen]byte, kind string, body, device []byte, durable bool) error {
	key := recordKey(device, vaultID, kind)
	defer clear(key)
	data := append(append([]byte(nil), body...), mac256(key, body)...)
	name := st.record(vaultID, kind)
	temp := name + ".tmp"
	if !durable {
		if err := os.WriteFile(temp, data, 0o600); err != nil {
			return err
		}
		return os.Rename(temp, name)
	}
	if err := writeDurably(temp, data, os.O_TRUNC); err != nil {
		return err
	}
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// seen is the newest state of a vault that this machine knows.
type seen struct {
	epoch    uint64
	identity []byte
}

// readSeen returns the record, or the zero seen.
func (st *site) readSeen(vaultID [idLen]byte) seen {
	device, err := st.device().Secret()
	if err != nil {
		return seen{}
	}
	defer clear(device)
	b := st.readRecord(vaultID, recordState, device)
	if len(b) != 8+digestLen {
		return seen{}
	}
	return seen{binary.BigEndian.Uint64(b), b[8:]}
}

// writeSeen stores the record; the vault's lock is held. It is not forced to
// the disk: a lost record lets one older file pass and breaks nothing.
func (st *site) writeSeen(vaultID [idLen]byte, s seen) error {
	device, err := st.device().Make()
	if err != nil {
		return err
	}
	defer clear(device)
	b := binary.BigEndian.AppendUint64(nil, s.epoch)
	return st.writeRecord(vaultID, recordState, append(b, s.identity...), device, false)
}

// check refuses an older file than s, and another one of the same age: both
// come from a copy that was put back, or from another machine.
func (s seen) check(epoch uint64, identity []byte) error {
	if epoch < s.epoch || epoch == s.epoch && !equalSecret(identity, s.identity) {
		return ErrRollback
	}
	return nil
}

// machineParts returns the parts that slot s needs, for the caller to wipe.
// Errors: ErrOtherMachine, also when the parts are there but are others than
// when the slot was made; ErrNewer for parts of a newer nod.
func (st *site) machineParts(vaultID [idLen]byte, s *slot) (parts, error) {
	have := parts{}
	for _, p := range protectors(st.place.State) {
		if s.need&p.Part() == 0 {
			continue
		}
		secret, err := p.Secret()
		if errors.Is(err, protect.ErrAbsent) {
			have.wipe()
			return nil, fmt.Errorf("%w: %w", ErrOtherMachine, err)
		}
		if err != nil {
			have.wipe()
			return nil, err
		}
		have[p.Part()] = secret
	}
	var found protect.Part
	for part := range have {
		found |= part
	}
	if found != s.need {
		have.wipe()
		return nil, ErrNewer
	}
	if device := have[protect.DeviceFile]; device != nil {
		want := st.readRecord(vaultID, recordMachine, device)
		if !equalSecret(want, machineCheck(vaultID, have)) {
			have.wipe()
			return nil, ErrOtherMachine
		}
	}
	return have, nil
}

// bindMachine collects the parts for a new PIN slot, for the caller to wipe, and
// puts their check on record.
func (st *site) bindMachine(vaultID [idLen]byte) (parts, error) {
	device, err := st.device().Make()
	if err != nil {
		return nil, diskError(err)
	}
	defer clear(device)
	have := parts{}
	for _, p := range protectors(st.place.State) {
		secret, err := p.Secret()
		if errors.Is(err, protect.ErrAbsent) {
			continue
		}
		if err != nil {
			have.wipe()
			return nil, err
		}
		have[p.Part()] = secret
	}
	err = st.writeRecord(vaultID, recordMachine, machineCheck(vaultID, have), device, true)
	if err != nil {
		have.wipe()
		return nil, diskError(err)
	}
	return have, nil
}

// machineCheck names the parts without telling them to who lacks the device key.
func machineCheck(vaultID [idLen]byte, p parts) []byte {
	return mac256(p[protect.DeviceFile], []byte(labelMachineCheck), vaultID[:], lp(p[protect.MachineID]))
}
