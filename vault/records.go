package vault

// This file keeps what this machine knows of a vault: small records in the state
// directory, authenticated with the device key.

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"nod/vault/memory"
)

// recordKey derives the key of one kind of record.
func recordKey(device []byte, vaultID [idLen]byte, kind string) []byte {
	return derive(device, vaultID[:], labelRecord+kind)
}

// recordMAC authenticates a record.
func recordMAC(device []byte, vaultID [idLen]byte, kind string, body []byte) (mac []byte) {
	memory.Do(func() {
		key := recordKey(device, vaultID, kind)
		defer clear(key)
		mac = mac256(key, body)
	})
	return mac
}

// readRecord returns a record, nil when there is none that verifies.
func (st *site) readRecord(vaultID [idLen]byte, kind string, device []byte) []byte {
	data, err := readFile(st.record(vaultID, kind))
	if err != nil || len(data) < macLen {
		return nil
	}
	body, mac := data[:len(data)-macLen], data[len(data)-macLen:]
	if !equalSecret(recordMAC(device, vaultID, kind, body), mac) {
		return nil
	}
	return body
}

// checkRecords says whether the records of the newest state, of wrong PINs and of
// codes handed out verify. Without a device key nothing could tell, and PINs do not open then.
func (st *site) checkRecords(vaultID [idLen]byte) (newest, wrong, given Record) {
	device, err := st.device().Secret()
	if err != nil {
		return RecordMissing, RecordMissing, RecordMissing
	}
	defer clear(device)
	check := func(kind string, good func(length int) bool) Record {
		if _, err := os.Lstat(st.record(vaultID, kind)); errors.Is(err, fs.ErrNotExist) {
			return RecordMissing
		}
		if b := st.readRecord(vaultID, kind, device); b == nil || !good(len(b)) {
			return RecordDamaged
		}
		return RecordWhole
	}
	return check(recordState, func(n int) bool { return n == seenLen }),
		check(recordTries, func(n int) bool { return n%triesLen == 0 }),
		st.checkGiven(vaultID, device)
}

// writeRecord stores a record in one step; durable ones are on the disk when it
// returns. Only one process writes a kind at a time, so the name of the
// temporary file is fixed and a crash leaves one file at most.
func (st *site) writeRecord(vaultID [idLen]byte, kind string, body, device []byte, durable bool) error {
	data := slices.Concat(body, recordMAC(device, vaultID, kind, body))
	name := st.record(vaultID, kind)
	temp := name + ".tmp"
	if !durable {
		if err := os.WriteFile(temp, data, 0o600); err != nil {
			return err
		}
		return rename(temp, name)
	}
	if err := writeDurably(temp, data, os.O_TRUNC); err != nil {
		return err
	}
	if err := rename(temp, name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

// seen is the newest state of a vault that this machine knows.
type seen struct {
	epoch    uint64
	identity []byte
}

// seenLen is the length of its record.
const seenLen = 8 + digestLen

// readSeen returns the record, or the zero seen.
func (st *site) readSeen(vaultID [idLen]byte) seen {
	device, err := st.device().Secret()
	if err != nil {
		return seen{}
	}
	defer clear(device)
	b := st.readRecord(vaultID, recordState, device)
	if len(b) != seenLen {
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
