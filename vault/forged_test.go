package vault

// This file is a thief who can write the vault file but has no secret: he seals
// keys of his own to the public keys in it, and wants the person to open that.

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"slices"
	"testing"

	"nod/vault/protect"
)

// forge returns a vault file that is right in everything that needs no secret of
// the person: the keys, the payload, the MAC and all digests are the thief's.
// reseal puts his keys into a slot.
func forge(t testing.TB, victim []byte, reseal func(s *slot, vaultID [idLen]byte, keys masterKeys)) []byte {
	t.Helper()
	f, err := parseFrame(victim)
	if err != nil {
		t.Fatal(err)
	}
	keys := newMasterKeys()
	held := &contents{epoch: 1000, owner: "thief@demo.test"}
	if f.approvals, err = approvalsPublic(keys.amk, f.vaultID); err != nil {
		t.Fatal(err)
	}
	for i := range f.slots {
		s := &f.slots[i]
		reseal(s, f.vaultID, keys)
		s.digest = sha256.Sum256(s.body)
	}
	padded, err := f.seal(held, newSessionKeys(keys.vmk, f.vaultID))
	if err != nil {
		t.Fatal(err)
	}
	file := f.marshal()
	if err := decrypts(newSessionKeys(keys.vmk, f.vaultID), padded)(file); err != nil {
		t.Fatalf("the thief has made a mistake: %v", err)
	}
	return file
}

// sealOwn seals keys to the public key of s, with a tag.
func sealOwn(t testing.TB, s *slot, vaultID [idLen]byte, keys masterKeys, tag func(s *slot) []byte) {
	t.Helper()
	old := bytes.Clone(s.in.seals.tag)
	if err := s.seal(vaultID, keys, make([]byte, keyLen)); err != nil {
		t.Fatal(err)
	}
	s.in.seals.tag = tag(s)
	if s.in.seals.tag == nil {
		s.in.seals.tag = old
	}
	s.body = s.in.appendBody(s.kind)
}

// TestForgedFileIsRefused: the thief's file must open with no credential of the
// person's, whatever he writes in place of the tag that he can not make.
func TestForgedFileIsRefused(t *testing.T) {
	m := newManySlots(t)
	victim := m.saved.marshal()
	other := m.saved.slots[0].in.seals.tag
	for name, tag := range map[string]func(vaultID [idLen]byte) func(s *slot) []byte{
		"the old tag":           func([idLen]byte) func(*slot) []byte { return func(*slot) []byte { return nil } },
		"the tag of a key of 0": func([idLen]byte) func(*slot) []byte { return func(s *slot) []byte { return s.in.seals.tag } },
		"zeros":                 func([idLen]byte) func(*slot) []byte { return func(*slot) []byte { return make([]byte, macLen) } },
		"another slot's tag":    func([idLen]byte) func(*slot) []byte { return func(*slot) []byte { return other } },
		"a tag by the public key": func(id [idLen]byte) func(*slot) []byte {
			return func(s *slot) []byte { return s.sealsTag(id, s.in.seals.public) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := forge(t, victim, func(s *slot, vaultID [idLen]byte, keys masterKeys) {
				sealOwn(t, s, vaultID, keys, tag(vaultID))
			})
			m.refuses(t, file, m.all()...)
			m.doesNotSaveOver(t, file)
		})
	}
}

// TestForgedSlotWithoutATag writes recovery slots as the first nods did, which
// had no tag.
func TestForgedSlotWithoutATag(t *testing.T) {
	m := newManySlots(t)
	file := forge(t, m.saved.marshal(), func(s *slot, vaultID [idLen]byte, keys masterKeys) {
		if s.kind != typeRecovery {
			return
		}
		s.body = slices.Concat(s.in.seals.public, make([]byte, 2*sealedLen)) // now it has the form of a first one
		for n, key := range [][]byte{keys.vmk, keys.amk} {
			info := s.sealInfo([]string{compCodes, compApprovals}[n], vaultID)
			sealed, err := sealTo(s.in.seals.public, info, key)
			if err != nil {
				t.Fatal(err)
			}
			copy(s.body[keyLen+n*sealedLen:], sealed)
		}
		if !s.readBody() || !s.firstRecovery() {
			t.Fatal("that is no first recovery slot")
		}
	})
	m.refuses(t, file, m.all()...)
}

// TestForgedFileOfThePINsOwner is the control: with the person's PIN the same
// file opens, so that it is the secret alone that the thief lacks.
func TestForgedFileOfThePINsOwner(t *testing.T) {
	m := newManySlots(t)
	_, o, vmk, err := m.check(m.phrase)
	if err != nil {
		t.Fatal(err)
	}
	clear(vmk)
	file := forge(t, m.saved.marshal(), func(s *slot, vaultID [idLen]byte, keys masterKeys) {
		if s.id == o.slot.id {
			sealOwn(t, s, vaultID, keys, func(s *slot) []byte { return s.sealsTag(vaultID, o.tagKey) })
		}
	})
	if err := os.WriteFile(m.Place().File, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := reopen(t, m.Vault, m.phrase); v.Owner() != "thief@demo.test" {
		t.Errorf("owner = %q", v.Owner())
	}
}

// refuses puts file in the vault's place and sees that no credential opens it.
func (m *manySlots) refuses(t testing.TB, file []byte, list ...Credential) {
	t.Helper()
	was, err := os.ReadFile(m.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.Place().File, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		v, err := Open(m.Place(), c)
		if err == nil {
			t.Errorf("%v of %q opens the forged vault of %s", c, c.name, v.Owner())
			v.Close()
		}
		_, damaged := errors.AsType[*DamagedError](err)
		_, which := errors.AsType[*WhichPINError](err)
		if !isPINError(err, c.kind) && !damaged && !which && !errors.Is(err, ErrNoSlot) && !errors.Is(err, ErrOtherMachine) {
			t.Errorf("%v of %q: %v", c, c.name, err)
		}
	}
	m.forgetTries(t)
	if err := os.WriteFile(m.Place().File, was, 0o600); err != nil {
		t.Fatal(err)
	}
}

// doesNotSaveOver sees that the unlocked vault does not take file for its own.
func (m *manySlots) doesNotSaveOver(t testing.TB, file []byte) {
	t.Helper()
	was := m.saved.marshal()
	if err := os.WriteFile(m.Place().File, file, 0o600); err != nil {
		t.Fatal(err)
	}
	_, refreshed := m.Refresh()
	_, changed := m.Change(m.phrase, PIN([]byte("6190")))
	for _, err := range []error{m.SetOwner("ana@demo.test"), m.Verify(m.phrase), refreshed, changed} {
		if !errors.Is(err, ErrStale) {
			t.Errorf("the unlocked vault on the forged file: %v", err)
		}
	}
	if err := os.WriteFile(m.Place().File, was, 0o600); err != nil {
		t.Fatal(err)
	}
}

// slotOf returns the slot of f that c opens.
func slotOf(t testing.TB, f *frame, c Credential) *slot {
	t.Helper()
	s, err := f.slot(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// forgery changes the slot s of f. other is another slot, of another vault with
// the same secrets, or of the same vault.
type forgery struct {
	name   string
	change func(f *frame, s, other, foreign *slot)
	kinds  []SlotType // nil: all
	inTag  bool       // the slot itself refuses it, even with the right header MAC
}

var forgeries = []forgery{
	{"seals of another slot", func(_ *frame, s, other, _ *slot) {
		s.in.seals.vmk, s.in.seals.amk = other.in.seals.vmk, other.in.seals.amk
	}, nil, true},
	{"all of another slot", func(_ *frame, s, other, _ *slot) { s.in.seals = other.in.seals }, nil, true},
	{"tag of another slot", func(_ *frame, s, other, _ *slot) { s.in.seals.tag = other.in.seals.tag }, nil, true},
	{"codes and approvals swapped", func(_ *frame, s, _, _ *slot) {
		s.in.seals.vmk, s.in.seals.amk = s.in.seals.amk, s.in.seals.vmk
	}, nil, true},
	{"seals of another vault", func(_ *frame, s, _, foreign *slot) {
		s.in.seals.vmk, s.in.seals.amk = foreign.in.seals.vmk, foreign.in.seals.amk
	}, nil, true},
	{"slot of another vault", func(_ *frame, s, _, foreign *slot) { s.in, s.id = foreign.in, foreign.id }, nil, true},
	{"another id", func(_ *frame, s, _, _ *slot) { s.id[5] ^= 1 }, nil, true},
	{"other seals of the same keys", func(f *frame, s, _, _ *slot) { s.in.seals.vmk = bytes.Clone(s.in.seals.amk) }, nil, true},
	{"another salt", func(_ *frame, s, _, _ *slot) {
		s.in.salt = slices.Clone(s.in.salt)
		s.in.salt[3] ^= 1
	}, []SlotType{SlotPIN, SlotPassphrase, SlotSSH}, true},
	{"another cost", func(_ *frame, s, _, _ *slot) { s.in.cost.Passes++ }, []SlotType{SlotPIN, SlotPassphrase}, true},
	{"no machine id", func(_ *frame, s, _, _ *slot) { s.need &^= protect.MachineID }, []SlotType{SlotPIN}, true},
	{"another name", func(_ *frame, s, _, _ *slot) { s.in.name = "cleo" }, []SlotType{SlotPIN}, false},
	{"a blob", func(_ *frame, s, _, _ *slot) { s.in.blob = []byte("here") }, []SlotType{SlotPIN}, false},
	{"another approvals key", func(f *frame, _, _, _ *slot) {
		f.approvals, _ = approvalsPublic(make([]byte, keyLen), f.vaultID)
	}, nil, false},
}

// TestChangedSlotIsRefused makes each forgery in each slot: with the digests and
// the checksum made right, as a thief does, and where the slot itself must tell,
// with the right header MAC, too.
func TestChangedSlotIsRefused(t *testing.T) {
	withParts(t)
	m, foreign := newManySlots(t), newManySlots(t)
	for _, g := range forgeries {
		for i, c := range m.all() {
			if g.kinds != nil && !slices.Contains(g.kinds, c.kind) {
				continue
			}
			t.Run(g.name+" in "+string(c.kind)+c.name, func(t *testing.T) {
				f, err := parseFrame(m.saved.marshal())
				if err != nil {
					t.Fatal(err)
				}
				s := slotOf(t, f, c)
				g.change(f, s, slotOf(t, f, m.all()[(i+1)%5]), slotOf(t, foreign.saved, foreign.all()[i]))
				s.body = s.in.appendBody(s.kind)
				s.digest = sha256.Sum256(s.body)
				m.refuses(t, f.marshal(), m.all()...) // the header MAC refuses it to all
				if !g.inTag {
					return
				}
				if _, err := f.seal(&contents{epoch: 1000}, m.keys); err != nil {
					t.Fatal(err)
				}
				m.refuses(t, f.marshal(), c)
			})
		}
	}
}

// forgetTries deletes the count of wrong PINs.
func (m *manySlots) forgetTries(t testing.TB) {
	t.Helper()
	if err := os.Remove(m.site.record(m.vaultID, recordTries)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}
