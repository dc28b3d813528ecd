package vault

// This file tests vaults with the PINs of several people.

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhosePIN(t *testing.T) {
	m := newManySlots(t)
	for _, c := range []struct {
		credential Credential
		names      []string // asked for, nil when it opens
	}{
		{m.pin, nil},
		{m.ben, nil},
		{PINOf("cleo", []byte(benPIN)), []string{"", "ben"}},
	} {
		v, err := Open(m.Place(), c.credential)
		which, ok := errors.AsType[*WhichPINError](err)
		if c.names == nil && err != nil || c.names != nil && (!ok || !slices.Equal(which.Names, c.names)) {
			t.Errorf("%q: %v", c.credential.name, err)
		}
		if err == nil {
			v.Close()
		}
	}
	if err := m.Verify(PINOf("ben", []byte(testPIN))); !isPINError(err, SlotPIN) {
		t.Errorf("ana's PIN opens as ben's: %v", err)
	}
	if _, err := m.RemoveSlot(m.phrase, m.slotID(t, m.pin)); err != nil {
		t.Fatal(err)
	}
	reopen(t, m.Vault, PIN([]byte(benPIN))) // ben's is the only one, so the name does not matter
	if _, err := m.AddSlot(m.phrase, PINOf("cleo", []byte("6192")), ""); err != nil {
		t.Fatal(err)
	}
	_, err := Open(m.Place(), PIN([]byte(benPIN)))
	if which, ok := errors.AsType[*WhichPINError](err); !ok || fmt.Sprint(which.Names) != "[ben cleo]" {
		t.Errorf("without a name: %v", err)
	}
}

// TestOnePINDisabledTheOtherWorks makes ten wrong tries of ben's PIN.
func TestOnePINDisabledTheOtherWorks(t *testing.T) {
	m := newManySlots(t)
	m.tryTenWrong(t, PINOf("ben", wrongPIN))
	m.checkOpens(t, m.without(m.ben)...)
	for range 2 {
		if err := m.Verify(m.ben); !errors.Is(err, ErrPINDisabled) {
			t.Errorf("ben's PIN: %v", err)
		}
	}
	for _, old := range []Credential{m.pin, m.recovery} { // ana changes hers: ben's stays away
		next := PIN([]byte("6190"))
		if old.kind == SlotRecovery {
			next = PIN([]byte(testPIN))
		}
		if _, err := m.Change(old, next); err != nil {
			t.Fatalf("change by %v: %v", old, err)
		}
		reopen(t, m.Vault, next)
	}
	if _, err := m.AddSlot(m.pin, m.ben, ""); err != nil {
		t.Fatalf("ben comes back: %v", err)
	}
	m.checkOpens(t, m.all()...)
}

// TestDisabledPINComesBack adds or changes it while the disabled slot is there.
func TestDisabledPINComesBack(t *testing.T) {
	for name, comeBack := range map[string]func(m *manySlots) ([]Slot, error){
		"add":    func(m *manySlots) ([]Slot, error) { return m.AddSlot(m.pin, m.ben, "") },
		"change": func(m *manySlots) ([]Slot, error) { return m.Change(m.recovery, m.ben) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newManySlots(t)
			m.tryTenWrong(t, PINOf("ben", wrongPIN))
			dropped, err := comeBack(m)
			if err != nil || len(dropped) > 1 || len(dropped) == 1 && !dropped[0].Disabled {
				t.Errorf("dropped %v, %v", dropped, err)
			}
			m.checkOpens(t, m.all()...)
			sum, err := Inspect(m.Place())
			if err != nil || len(sum.PINs()) != 2 {
				t.Errorf("%+v, %v", sum, err)
			}
		})
	}
}

// tryTenWrong tries a wrong PIN until it is disabled.
func (m *manySlots) tryTenWrong(t *testing.T, wrong Credential) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		for n := 1; n <= mostTries; n++ {
			err := m.Verify(wrong)
			e, ok := errors.AsType[*PINError](err)
			if !ok || e.Left != mostTries-n {
				t.Fatalf("try %d: %v", n, err)
			}
			time.Sleep(e.Wait)
		}
	})
}

// TestTriesAreCountedPerSlot, and stay when another slot changes.
func TestTriesAreCountedPerSlot(t *testing.T) {
	m := newManySlots(t)
	left := func(what string, ana, ben int) {
		t.Helper()
		sum, err := Inspect(m.Place())
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int{"": ana, "ben": ben} {
			if pin, ok := sum.PIN(name); !ok || pin.TriesLeft != want {
				t.Errorf("%s: %q has %d tries left, want %d", what, name, pin.TriesLeft, want)
			}
		}
	}
	wrong := func(c Credential) {
		t.Helper()
		if err := m.Verify(c); !isPINError(err, SlotPIN) {
			t.Fatal(err)
		}
	}
	left("fresh", 10, 10)
	wrong(PINOf("ben", wrongPIN))
	wrong(PINOf("ben", wrongPIN))
	wrong(PIN(wrongPIN))
	left("wrong ones of both", 9, 8)
	reopen(t, m.Vault, m.pin)
	left("ana's right one", 10, 8)
	if _, err := m.Change(m.pin, PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	left("ana's change", 10, 8)
	if _, err := m.Rekey(m.key); err != nil {
		t.Fatal(err)
	}
	left("new keys", 10, 8)
	if _, err := m.Change(m.recovery, PINOf("ben", []byte("6191"))); err != nil {
		t.Fatal(err)
	}
	left("ben's change", 10, 10)
}
