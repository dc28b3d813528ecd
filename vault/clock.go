package vault

// This file is what the vault knows of clocks: its shift for all codes, and how far
// the servers' clocks were from this machine's when they were last asked.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// MaxShift is the largest shift, to either side.
const MaxShift = 24 * time.Hour

// differenceAge is how long a measured difference says something of now.
const differenceAge = 24 * time.Hour

// ErrShift is the error for a shift that can not be stored.
var ErrShift = errors.New("a shift is at most 24 hours and whole milliseconds")

// CheckShift reports whether d can be a shift, of the vault or of an account: whole
// milliseconds, at most MaxShift to either side. Error: ErrShift.
func CheckShift(d time.Duration) error {
	if d.Abs() > MaxShift || d%time.Millisecond != 0 {
		return ErrShift
	}
	return nil
}

// Shift returns what is added to the clock for all time-based codes, beside the
// accounts' own; whole milliseconds.
func (v *Vault) Shift() time.Duration {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.contents.shift
}

// SetShift stores another shift for all time-based codes; 0 for none. A vault that
// has one is not opened by nods that do not know of it: their codes would be
// wrong. Error: ErrShift, those of saving.
func (v *Vault) SetShift(d time.Duration) error {
	err := CheckShift(d)
	if err == nil {
		err = v.change(func(c *contents) error {
			c.shift = d
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("set shift: %w", err)
	}
	return nil
}

// Difference is how far a server's clock was from this machine's.
type Difference struct {
	Device  string        // id of the pairing
	Offset  time.Duration // server minus this machine; whole milliseconds
	At      time.Time     // when it was measured, by this machine's clock
	Trusted bool          // by a server that has proved who it is; else a hint only
}

// differenceLen is the length of one difference in the record.
const differenceLen = 8 + 8 + 8 + 1

// Differences returns what was last measured of the clocks of paired servers, but
// nothing that is older than a day or, since the clock was set back, from later
// than now. It needs no network.
func (v *Vault) Differences(now time.Time) []Difference {
	devices := v.Devices()
	return slices.DeleteFunc(v.site.readDifferences(v.vaultID), func(d Difference) bool {
		age := now.Sub(d.At)
		return age > differenceAge || age < -time.Second ||
			!slices.ContainsFunc(devices, func(p Device) bool { return p.ID == d.Device })
	})
}

// NoteDifference remembers d, on this machine and not in the vault. It replaces
// what was known of that server; differences that say nothing any more go.
func (v *Vault) NoteDifference(d Difference) error {
	if len(d.Device) != 8 {
		return fmt.Errorf("note clock: device %s: %w", d.Device, ErrNotFound)
	}
	l, err := lock(v.site.lockFile(), lockPatience, v.site.place.Ended)
	if err != nil {
		return fmt.Errorf("note clock: %w", err)
	}
	defer l.unlock()
	kept := slices.DeleteFunc(v.Differences(d.At), func(old Difference) bool { return old.Device == d.Device })
	if err := v.site.writeDifferences(v.vaultID, append(kept, d)); err != nil {
		return fmt.Errorf("note clock: %w", err)
	}
	return nil
}

func (st *site) readDifferences(vaultID [idLen]byte) []Difference {
	device, err := st.device().Secret()
	if err != nil {
		return nil
	}
	defer clear(device)
	b := st.readRecord(vaultID, recordClock, device)
	if len(b)%differenceLen != 0 {
		return nil
	}
	var list []Difference
	for e := range slices.Chunk(b, differenceLen) {
		list = append(list, Difference{
			Device:  string(e[:8]),
			Offset:  time.Duration(int64(binary.BigEndian.Uint64(e[8:]))) * time.Millisecond,
			At:      fromMillis(int64(binary.BigEndian.Uint64(e[16:]))),
			Trusted: e[24] == 1,
		})
	}
	return list
}

// writeDifferences stores the record; the vault's lock is held. It is not forced to
// the disk: a lost one leaves out a warning.
func (st *site) writeDifferences(vaultID [idLen]byte, list []Difference) error {
	device, err := st.device().Make()
	if err != nil {
		return err
	}
	defer clear(device)
	var b []byte
	for _, d := range list {
		b = append(b, d.Device...)
		b = binary.BigEndian.AppendUint64(b, uint64(d.Offset.Milliseconds()))
		b = binary.BigEndian.AppendUint64(b, uint64(toMillis(d.At)))
		trusted := byte(0)
		if d.Trusted {
			trusted = 1
		}
		b = append(b, trusted)
	}
	return st.writeRecord(vaultID, recordClock, b, device, false)
}
