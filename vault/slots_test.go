package vault

// This file tests what a change of one secret does to those beside it, and to
// what a thief has from before.

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestEveryOtherSlotSurvivesAChange is what the key pairs of slots are for.
func TestEveryOtherSlotSurvivesAChange(t *testing.T) {
	newPIN, newBen := PIN([]byte("6190")), PINOf("ben", []byte("6191"))
	newPhrase := Passphrase([]byte("another horse in the battery"))
	cleo := PINOf("cleo", []byte("6192"))
	type change func(t *testing.T, m *manySlots) (dropped []Slot, err error)
	changeTo := func(old func(*manySlots) Credential, next Credential) change {
		return func(_ *testing.T, m *manySlots) ([]Slot, error) { return m.Change(old(m), next) }
	}
	remove := func(which func(*manySlots) Credential) change {
		return func(t *testing.T, m *manySlots) ([]Slot, error) {
			by := m.pin
			if which(m).kind == SlotPIN && which(m).name == "" {
				by = m.ben
			}
			return m.RemoveSlot(by, m.slotID(t, which(m)))
		}
	}
	pin := func(m *manySlots) Credential { return m.pin }
	ben := func(m *manySlots) Credential { return m.ben }
	phrase := func(m *manySlots) Credential { return m.phrase }
	key := func(m *manySlots) Credential { return m.key }
	recovery := func(m *manySlots) Credential { return m.recovery }
	for _, c := range []struct {
		name   string
		change change
		gone   []func(*manySlots) Credential
		fresh  []Credential
	}{
		{"PIN", changeTo(pin, newPIN), []func(*manySlots) Credential{pin}, []Credential{newPIN}},
		{"ben's PIN by his own", changeTo(ben, newBen), []func(*manySlots) Credential{ben}, []Credential{newBen}},
		{"ben's PIN by ana", changeTo(pin, newBen), []func(*manySlots) Credential{ben}, []Credential{newBen}},
		{"PIN by recovery code", changeTo(recovery, newPIN), []func(*manySlots) Credential{pin}, []Credential{newPIN}},
		{"PIN by ssh key", changeTo(key, newPIN), []func(*manySlots) Credential{pin}, []Credential{newPIN}},
		{"passphrase", changeTo(phrase, newPhrase), []func(*manySlots) Credential{phrase}, []Credential{newPhrase}},
		{"ben to cleo", changeTo(ben, cleo), []func(*manySlots) Credential{ben}, []Credential{cleo}},
		{"remove PIN", remove(pin), []func(*manySlots) Credential{pin}, nil},
		{"remove ben", remove(ben), []func(*manySlots) Credential{ben}, nil},
		{"remove passphrase", remove(phrase), []func(*manySlots) Credential{phrase}, nil},
		{"remove ssh key", remove(key), []func(*manySlots) Credential{key}, nil},
		{"remove recovery code", remove(recovery), []func(*manySlots) Credential{recovery}, nil},
		{"rekey", func(_ *testing.T, m *manySlots) ([]Slot, error) { return m.Rekey(m.key) }, nil, nil},
		{"add", func(_ *testing.T, m *manySlots) ([]Slot, error) { return m.AddSlot(m.ben, cleo, "") }, nil, []Credential{cleo}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newManySlots(t)
			before := m.remember(t)
			dropped, err := c.change(t, m)
			if err != nil || len(dropped) != 0 {
				t.Fatalf("dropped %v, %v", dropped, err)
			}
			var gone []Credential
			for _, g := range c.gone {
				gone = append(gone, g(m))
			}
			m.checkKeys(t, m.Vault, append(m.without(gone...), c.fresh...)[0])
			m.checkOpens(t, append(m.without(gone...), c.fresh...)...)
			m.checkShut(t, gone...)
			before.check(t, m)
		})
	}
}

func TestNewRecoveryCode(t *testing.T) {
	m := newManySlots(t)
	before := m.remember(t)
	code, err := m.NewRecoveryCode(m.ben)
	if err != nil {
		t.Fatal(err)
	}
	m.checkOpens(t, append(m.without(m.recovery), RecoveryCode([]byte(code)))...)
	m.checkShut(t, m.recovery)
	before.check(t, m)
}

// oldState is what a thief may have from before a change.
type oldState struct {
	file      []byte
	keys      sessionKeys
	master    masterKeys
	approvals [keyLen]byte
}

// remember opens the vault and takes all keys.
func (m *manySlots) remember(t testing.TB) oldState {
	t.Helper()
	_, o, vmk, err := m.check(m.phrase)
	if err != nil {
		t.Fatal(err)
	}
	amk, err := o.unwrap(compApprovals)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(m.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	return oldState{data, m.keys.clone(), masterKeys{vmk, amk}, m.saved.approvals}
}

// check tries what is known from before on the file of now, and sees that the
// older copies are gone.
func (o oldState) check(t testing.TB, m *manySlots) {
	t.Helper()
	f, err := m.site.load()
	if err != nil {
		t.Fatal(err)
	}
	if f.authentic(o.keys) || f.approvals == o.approvals {
		t.Error("the keys are the old ones")
	}
	if _, err := f.decrypt(o.keys); err == nil {
		t.Error("the old key decrypts the new payload")
	}
	device, err := m.deviceRecord(m.device)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := approvalsKey(o.master.amk, m.vaultID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openWith(pair, approvalInfo(m.vaultID, m.device), device.ApprovalSeed); err == nil {
		t.Error("the old key opens the approval key")
	}
	if list := m.site.generations(); len(list) != 0 {
		t.Errorf("generations are left: %+v", list)
	}
	now, err := os.ReadFile(m.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.Place().File, o.file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m.Place(), m.phrase); !errors.Is(err, ErrRollback) && !isPINError(err, SlotPassphrase) {
		t.Errorf("the file from before: %v", err)
	}
	if err := os.WriteFile(m.Place().File, now, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLastSlotStays(t *testing.T) {
	v, code := testVault(t)
	before := v.saved.marshal()
	recovery := RecoveryCode([]byte(code))
	for _, c := range []Credential{PIN([]byte(testPIN)), recovery} {
		if dropped, err := v.RemoveSlot(c, pinSlot(t, v.saved).shortID()); err == nil || len(dropped) != 0 {
			t.Errorf("the last slot was removed by %v", c)
		}
	}
	if _, err := v.RemoveSlot(recovery, "00000000"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such slot: %v", err)
	}
	if data, err := os.ReadFile(v.Place().File); err != nil || !bytes.Equal(data, before) {
		t.Errorf("the file has changed, %v", err)
	}
	reopen(t, v, PIN([]byte(testPIN)))
}

func TestSixteenSlots(t *testing.T) {
	v, code := testVault(t)
	pin := PIN([]byte(testPIN))
	for n := 2; n < maxSlots; n++ { // with the PIN and the recovery code
		if _, err := v.AddSlot(pin, PINOf(fmt.Sprintf("person %d", n), []byte(benPIN)), ""); err != nil {
			t.Fatalf("slot %d: %v", n+1, err)
		}
	}
	before := v.saved.marshal()
	if _, err := v.AddSlot(pin, PINOf("one more", []byte(benPIN)), ""); err == nil {
		t.Error("a slot too many was added")
	}
	if data, err := os.ReadFile(v.Place().File); err != nil || !bytes.Equal(data, before) {
		t.Errorf("the file has changed, %v", err)
	}
	if _, err := v.Change(pin, PIN([]byte("6190"))); err != nil {
		t.Errorf("a change in a full vault: %v", err)
	}
	if _, err := v.NewRecoveryCode(PINOf("person 15", []byte(benPIN))); err != nil {
		t.Errorf("a new recovery code in a full vault: %v", err)
	}
	if _, err := Open(v.Place(), RecoveryCode([]byte(code))); err == nil {
		t.Error("the old recovery code opens")
	}
	reopen(t, v, PINOf("person 2", []byte(benPIN)))
}

func TestAddSlotRefuses(t *testing.T) {
	m := newManySlots(t)
	before := m.saved.marshal()
	for name, c := range map[string]struct {
		by, next Credential
		want     func(error) bool
	}{
		"the PIN again":        {m.pin, m.pin, func(err error) bool { return errors.Is(err, ErrSlotExists) }},
		"ben's PIN again":      {m.pin, m.ben, func(err error) bool { return errors.Is(err, ErrSlotExists) }},
		"the passphrase again": {m.pin, m.phrase, func(err error) bool { return errors.Is(err, ErrSlotExists) }},
		"the ssh key again":    {m.pin, m.key, func(err error) bool { return errors.Is(err, ErrSlotExists) }},
		"a weak PIN":           {m.pin, PINOf("cleo", []byte("1234")), isWeak},
		"a long name":          {m.pin, PINOf(strings.Repeat("x", longestName+1), []byte("6190")), func(err error) bool { return err != nil }},
		"a name of two lines":  {m.pin, PINOf("cleo\n", []byte("6190")), func(err error) bool { return err != nil }},
		"a recovery code":      {m.pin, m.recovery, func(err error) bool { return err != nil }},
	} {
		if _, err := m.AddSlot(c.by, c.next, ""); !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if data, err := os.ReadFile(m.Place().File); err != nil || !bytes.Equal(data, before) {
		t.Errorf("the file has changed, %v", err)
	}
	if _, err := m.AddSlot(PIN(wrongPIN), PINOf("cleo", []byte("6190")), ""); !isPINError(err, SlotPIN) {
		t.Errorf("a wrong PIN: %v", err)
	}
}

// TestSecondSSHKey adds another key of an agent beside the first.
func TestSecondSSHKey(t *testing.T) {
	m := newManySlots(t)
	other := testSSHKey(t)
	m.checkShut(t, other)
	if _, err := m.AddSlot(m.key, other, ""); err != nil {
		t.Fatal(err)
	}
	m.checkOpens(t, append(m.all(), other)...)
}
