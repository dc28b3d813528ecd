package vault

// This file limits guessing: it counts wrong PINs, on the disk and before a PIN
// is tried, makes the next one wait, and disables the PIN after ten.

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"nod/vault/protect"
)

const (
	mostTries = 10 // wrong PINs in a row (NIST SP 800-63B, 5.2.2)
	freeTries = 3  // without a wait
	longWait  = time.Minute
)

// The kinds of records in the state directory.
const (
	recordTries   = "tries"
	recordMachine = "machine"
	recordState   = "state"
	recordParts   = "parts"
	recordClock   = "clock"
	recordLock    = "lock"
)

// tries is the record of wrong PINs in a row.
type tries struct {
	slot  [idLen]byte // another PIN slot starts from 0
	most  int         // wrong PINs in a row that the slot stands
	wrong int
	last  time.Time
}

// wait returns how long the next try waits after n wrong ones: 0, 0, 0, then
// 1, 2, 4, ... 60 s.
func wait(n int) time.Duration {
	if n <= freeTries {
		return 0
	}
	return min(time.Second<<min(n-freeTries-1, 10), longWait)
}

// until returns when the next try is taken; zero when it is taken now.
func (t tries) until(now time.Time) time.Time {
	w := wait(t.wrong)
	if end := t.last.Add(w); w > 0 && now.Before(end) {
		return end
	}
	return time.Time{}
}

// left returns how many wrong PINs are left.
func (t tries) left() int { return max(t.most-t.wrong, 0) }

// mostTries returns how many wrong PINs in a row s stands: ten, or where the TPM
// counts, too, what it stands.
func (s *slot) mostTries() int {
	if s.need&protect.Guarded != 0 {
		return protect.MostTries
	}
	return mostTries
}

// triesLen is the length of one slot's entry in the record.
const triesLen = idLen + 4 + 8

// readTries returns what is on record for PIN slot s.
func (st *site) readTries(vaultID [idLen]byte, s *slot, device []byte) tries {
	for entry := range slices.Chunk(st.readRecord(vaultID, recordTries, device), triesLen) {
		if len(entry) == triesLen && [idLen]byte(entry[:idLen]) == s.id {
			return tries{
				slot: s.id, most: s.mostTries(),
				wrong: int(min(binary.BigEndian.Uint32(entry[idLen:]), mostTries)),
				last:  fromMillis(int64(binary.BigEndian.Uint64(entry[idLen+4:]))),
			}
		}
	}
	return tries{slot: s.id, most: s.mostTries()}
}

// writeTries puts t on record, before those of the other slots; lockTries is held.
func (st *site) writeTries(vaultID [idLen]byte, t tries, device []byte) error {
	b := append([]byte(nil), t.slot[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(t.wrong))
	b = binary.BigEndian.AppendUint64(b, uint64(toMillis(t.last)))
	for entry := range slices.Chunk(st.readRecord(vaultID, recordTries, device), triesLen) {
		if len(entry) == triesLen && [idLen]byte(entry[:idLen]) != t.slot && len(b) < maxSlots*triesLen {
			b = append(b, entry...)
		}
	}
	if err := st.writeRecord(vaultID, recordTries, b, device, true); err != nil {
		return fmt.Errorf("count the try: %w", diskError(err))
	}
	return nil
}

// lockTries lets one try of the PIN be made at a time. Were they made side by
// side, ten programs with the right PIN would look like ten wrong PINs to the
// last of them, and they would take memory ten times.
func (st *site) lockTries(vaultID [idLen]byte) (*fileLock, error) {
	return lock(st.record(vaultID, recordLock), tryPatience, st.place.Ended)
}

// beginTry counts a try of the PIN as wrong before it is made; lockTries is
// held. It returns the record as it was and as it is. Errors: *WaitError,
// ErrPINDisabled.
func (st *site) beginTry(vaultID [idLen]byte, s *slot, device []byte) (before, after tries, err error) {
	now := time.Now()
	before = st.readTries(vaultID, s, device)
	if before.left() == 0 { // the last was interrupted before it could disable the slot
		return before, before, ErrPINDisabled
	}
	if now.Before(before.last) { // the clock was set back: a wait must still end
		before.last = now
		if err := st.writeTries(vaultID, before, device); err != nil {
			return before, before, err
		}
	}
	if until := before.until(now); !until.IsZero() {
		return before, before, &WaitError{Until: until}
	}
	after = before
	after.wrong, after.last = before.wrong+1, now
	return before, after, st.writeTries(vaultID, after, device)
}

// takeBack puts the record as it was before a try that told nothing about the
// PIN; lockTries is held.
func (st *site) takeBack(vaultID [idLen]byte, before tries, device []byte) error {
	return st.writeTries(vaultID, before, device)
}

// rightPIN starts the count again; lockTries is held.
func (st *site) rightPIN(vaultID [idLen]byte, s *slot, device []byte) error {
	return st.writeTries(vaultID, tries{slot: s.id}, device)
}
