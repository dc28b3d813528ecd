package vault

// This file looks at locked vaults.

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"time"

	"nod/vault/protect"
)

// Slot is one way to open a vault, as it shows without opening it.
type Slot struct {
	ID        string // hex of the first 4 bytes of the slot's id
	Type      SlotType
	Name      string       // PIN: whose; ssh key: its SHA256 fingerprint
	Kind      protect.Kind // PIN: where its second half is; else ""
	Cost      Cost         // PIN, passphrase: of one guess
	Disabled  bool         // its keys are overwritten
	TriesLeft int          // PIN: wrong ones until it is disabled
	WaitUntil time.Time    // PIN: zero, or when the next one may be tried
}

// String names the slot as people do: "PIN of ana".
func (s Slot) String() string {
	switch {
	case s.Name == "" && s.Type == SlotPIN:
		return "PIN"
	case s.Name == "":
		return string(s.Type)
	case s.Type == SlotPIN:
		return "PIN of " + s.Name
	}
	return string(s.Type) + " " + s.Name
}

// Summary is what a locked vault shows.
type Summary struct {
	ID          string        // hex of the vault id
	Version     int           // of the format
	Size        int64         // bytes of the file
	Saved       time.Time     // when the file was last written
	Slots       []Slot        // in the order of the file
	Grade       protect.Grade // of the weakest PIN, as its slot says; see Protection
	Protection  string        // one sentence on what a thief can do against that PIN
	Generations []Generation  // older copies, newest first
	Newest      Record        // of the newest state seen, by which an older file is noticed
	Tries       Record        // of wrong PINs
	Given       Record        // of codes handed out
}

// Record is the state of something that this machine has on record about a vault.
// What is missing or damaged is made anew: by opening the vault, by trying a PIN, by
// handing out a code.
type Record int

// The states of a record.
const (
	RecordMissing Record = iota // as on a machine that is new to the vault
	RecordWhole
	RecordDamaged // it is there and not what this machine wrote
)

// Has reports whether a slot of that type is there, disabled or not.
func (s Summary) Has(t SlotType) bool {
	return slices.ContainsFunc(s.Slots, func(w Slot) bool { return w.Type == t })
}

// PINs returns the PIN slots.
func (s Summary) PINs() []Slot {
	var list []Slot
	for _, w := range s.Slots {
		if w.Type == SlotPIN {
			list = append(list, w)
		}
	}
	return list
}

// PIN returns the slot that a PIN with that name would be tried on: with "" the
// only one or the one without a name. ok is false when there is none.
func (s Summary) PIN(name string) (pin Slot, ok bool) {
	pins := s.PINs()
	for _, w := range pins {
		if w.Name == name && (!w.Disabled || len(pins) == 1) {
			return w, true
		}
	}
	if name == "" && len(pins) == 1 {
		return pins[0], true
	}
	return Slot{}, false
}

// Inspect tells what can be known of the vault at p without unlocking it. It
// asks neither TPM nor keyring. Errors: ErrNoVault, *DamagedError, ErrNewer.
func Inspect(p Place) (Summary, error) {
	s, err := inspect(p)
	if err != nil {
		return Summary{}, fmt.Errorf("inspect vault: %w", err)
	}
	return s, nil
}

func inspect(p Place) (Summary, error) {
	st, err := locate(p)
	if err != nil {
		return Summary{}, err
	}
	f, err := st.load()
	if err != nil {
		return Summary{}, err
	}
	info, err := os.Stat(st.file)
	if err != nil {
		return Summary{}, err
	}
	sum := Summary{
		ID: hex.EncodeToString(f.vaultID[:]), Version: formatVersion, Size: info.Size(), Saved: info.ModTime(),
		Generations: st.generations(),
	}
	sum.Newest, sum.Tries, sum.Given = st.checkRecords(f.vaultID)
	for i := range f.slots {
		sum.Slots = append(sum.Slots, st.describe(f, &f.slots[i]))
	}
	weakest, machine := protect.KindNone, false
	guess := time.Duration(0)
	for i, s := range sum.Slots {
		if s.Type != SlotPIN || s.Disabled {
			continue
		}
		bound := f.slots[i].need&protect.MachineID != 0
		if weakest == protect.KindNone || s.Kind.Weaker(weakest) || s.Kind == weakest && machine && !bound {
			weakest, machine, guess = s.Kind, bound, s.Cost.Guess()
		}
	}
	sum.Grade, sum.Protection = weakest.Grade(), weakest.Sentence(guess, machine)
	return sum, nil
}

// describe returns what shows of a slot.
func (st *site) describe(f *frame, s *slot) Slot {
	w := Slot{ID: s.shortID(), Type: s.typ(), Name: s.in.name, Cost: s.in.cost, Disabled: s.disabled()}
	switch {
	case s.kind == typePIN:
		w.Kind = protect.KindOf(s.need)
		w.TriesLeft = s.mostTries()
		st.describeTries(&w, f.vaultID, s)
	case s.kind == typeSSH && !w.Disabled:
		w.Name = fingerprint(s.in.blob)
	}
	return w
}

// shortID is what people call a slot by.
func (s *slot) shortID() string { return hex.EncodeToString(s.id[:4]) }

// describeTries fills in what is on record about a PIN.
func (st *site) describeTries(w *Slot, vaultID [idLen]byte, s *slot) {
	device, err := st.device().Secret()
	if err != nil {
		return
	}
	defer clear(device)
	t := st.readTries(vaultID, s, device)
	w.TriesLeft, w.Disabled = t.left(), w.Disabled || t.left() == 0
	if w.Disabled {
		w.TriesLeft = 0
	}
	if now := time.Now(); w.TriesLeft > 0 && !now.Before(t.last) {
		w.WaitUntil = t.until(now)
	}
}

// fingerprint names an SSH key as ssh-add -l does.
func fingerprint(blob []byte) string {
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
