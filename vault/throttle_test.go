package vault

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var wrongPIN = []byte("9073")

func TestWaitsGrow(t *testing.T) {
	want := []time.Duration{0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60}
	for n, w := range want {
		if got := wait(n); got != w*time.Second {
			t.Errorf("wait(%d) = %v, want %v", n, got, w*time.Second)
		}
	}
}

// TestWrongPINsAreCounted goes all the way to the tenth, opening again each time.
func TestWrongPINsAreCounted(t *testing.T) {
	cheap(t)
	p := testPlace(t)
	v, code, err := Create(p, Options{PIN: []byte(testPIN), Passphrase: []byte("correct horse battery staple"), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	synctest.Test(t, func(t *testing.T) {
		for n := 1; n <= mostTries; n++ {
			_, err := Open(p, PIN(wrongPIN))
			e, ok := errors.AsType[*PINError](err)
			if !ok || e.Left != mostTries-n {
				t.Fatalf("try %d: %v", n, err)
			}
			if n < mostTries && errors.Is(err, ErrPINDisabled) {
				t.Fatalf("try %d disabled the PIN", n)
			}
			if e.Wait > 0 {
				if _, err := Open(p, PIN([]byte(testPIN))); !isWait(err, time.Now().Add(e.Wait)) {
					t.Fatalf("after %d: the right PIN was tried before the wait was over: %v", n, err)
				}
			}
			time.Sleep(e.Wait)
		}
		_, err := Open(p, PIN([]byte(testPIN)))
		if !errors.Is(err, ErrPINDisabled) {
			t.Errorf("the right PIN after ten wrong ones: %v", err)
		}
	})
	sum, err := Inspect(p)
	if err != nil || !onlyPIN(t, sum).Disabled || onlyPIN(t, sum).TriesLeft != 0 {
		t.Errorf("summary = %+v, %v", sum, err)
	}
	for _, g := range append(sum.Generations, Generation{File: p.File}) {
		data, err := os.ReadFile(g.File)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseFrame(data)
		if err != nil || !pinSlot(t, f).disabled() {
			t.Errorf("%s: the PIN slot is not overwritten, %v", g.File, err)
		}
	}
	if len(sum.Generations) == 0 {
		t.Error("there was no generation to overwrite")
	}
	again := reopen(t, v, RecoveryCode([]byte(code)))
	if _, err := again.Code(a.ID, time.Now()); err != nil {
		t.Error(err)
	}
	if _, err := again.Change(RecoveryCode([]byte(code)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	reopen(t, v, PIN([]byte("6190")))
	reopen(t, v, RecoveryCode([]byte(code)))
}

func isWait(err error, until time.Time) bool {
	e, ok := errors.AsType[*WaitError](err)
	return ok && e.Until.Equal(until)
}

func TestRightPINStartsTheCountAgain(t *testing.T) {
	v, _ := testVault(t)
	p := v.Place()
	for range freeTries {
		if _, err := Open(p, PIN(wrongPIN)); !isPINError(err, SlotPIN) {
			t.Fatal(err)
		}
	}
	if sum, err := Inspect(p); err != nil || onlyPIN(t, sum).TriesLeft != mostTries-freeTries {
		t.Errorf("summary = %+v, %v", sum, err)
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	if sum, err := Inspect(p); err != nil || onlyPIN(t, sum).TriesLeft != mostTries {
		t.Errorf("summary = %+v, %v", sum, err)
	}
	h := again.History()
	if len(h) == 0 || h[0].Kind != EventWrongPIN || h[0].Detail != "3 wrong PINs before the right one" {
		t.Errorf("history = %+v", h)
	}
}

// TestEveryUseOfThePINSharesTheCount tries a wrong PIN in each place that takes one.
func TestEveryUseOfThePINSharesTheCount(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	d, _, _ := pair(t, v)
	wrong := PIN(wrongPIN)
	uses := []func() error{
		func() error { return v.Verify(wrong) },
		func() error { _, err := v.Approve(d.ID, wrong); return err },
		func() error { _, err := v.Reveal(a.ID, wrong); return err },
		func() error { _, err := v.Change(wrong, PIN([]byte("6190"))); return err },
	}
	synctest.Test(t, func(t *testing.T) { // where the wait does not pass by itself
		for n, use := range uses {
			e, ok := errors.AsType[*PINError](use())
			if !ok || e.Left != mostTries-n-1 {
				t.Errorf("use %d: %+v", n, e)
			}
		}
		if _, ok := errors.AsType[*WaitError](v.Verify(PIN([]byte(testPIN)))); !ok {
			t.Error("no wait after the fourth")
		}
	})
}

func TestPassphraseDoesNotCount(t *testing.T) {
	v, code := testVault(t)
	for range mostTries + 1 {
		if err := v.Verify(RecoveryCode([]byte("not a code"))); !isPINError(err, SlotRecovery) {
			t.Fatal(err)
		}
		if err := v.Verify(Passphrase([]byte("x"))); !errors.Is(err, ErrNoSlot) {
			t.Fatal(err)
		}
	}
	if err := v.Verify(RecoveryCode([]byte(code))); err != nil {
		t.Error(err)
	}
	if sum, err := Inspect(v.Place()); err != nil || onlyPIN(t, sum).TriesLeft != mostTries {
		t.Errorf("summary = %+v, %v", sum, err)
	}
}

// TestNoPINIsNotCounted types things into the PIN box that can be no PIN.
func TestNoPINIsNotCounted(t *testing.T) {
	v, _ := testVault(t)
	for _, typed := range []string{"", "1", "correct horse battery staple", "48a1", "４８２１", strings.Repeat("7", 5000), "\x00\x00\x00\x00"} {
		if err := v.Verify(PIN([]byte(typed))); !isPINError(err, SlotPIN) {
			t.Errorf("%.10q: %v", typed, err)
		}
	}
	if sum, err := Inspect(v.Place()); err != nil || onlyPIN(t, sum).TriesLeft != mostTries {
		t.Errorf("summary = %+v, %v", sum, err)
	}
}

// TestInterruptedTryCounts stops after the count was stored, as a killed process does.
func TestInterruptedTryCounts(t *testing.T) {
	v, _ := testVault(t)
	st := v.site
	s := pinSlot(t, v.saved)
	device, err := st.device().Secret()
	if err != nil {
		t.Fatal(err)
	}
	for range freeTries {
		if _, _, err := st.beginTry(v.vaultID, s, device); err != nil {
			t.Fatal(err)
		}
	}
	if sum, err := Inspect(v.Place()); err != nil || onlyPIN(t, sum).TriesLeft != mostTries-freeTries {
		t.Errorf("summary = %+v, %v", sum, err)
	}
	if err := st.writeTries(v.vaultID, tries{slot: s.id, wrong: mostTries, last: time.Now()}, device); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !errors.Is(err, ErrPINDisabled) {
		t.Errorf("opened after ten tries: %v", err)
	}
	if f, err := st.load(); err != nil || !pinSlot(t, f).disabled() {
		t.Errorf("the slot is not overwritten: %v", err)
	}
	if err := v.SetOwner("ana@demo.test"); err != nil {
		t.Errorf("the vault that was unlocked can not save any more: %v", err)
	}
}

// TestClockSetBack must not make a wait endless.
func TestClockSetBack(t *testing.T) {
	v, _ := testVault(t)
	st, s := v.site, pinSlot(t, v.saved)
	device, err := st.device().Secret()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		future := tries{slot: s.id, wrong: freeTries + 1, last: time.Now().Add(24 * time.Hour)}
		if err := st.writeTries(v.vaultID, future, device); err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(PIN([]byte(testPIN))); !isWait(err, time.Now().Add(time.Second)) {
			t.Errorf("first: %v", err)
		}
		time.Sleep(time.Second)
		if err := v.Verify(PIN([]byte(testPIN))); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestCountThatCanNotBeStoredRefusesTheTry(t *testing.T) {
	v, _ := testVault(t)
	blocked := v.site.record(v.vaultID, recordTries) + ".tmp"
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(PIN([]byte(testPIN))); err == nil || isPINError(err, SlotPIN) {
		t.Errorf("the PIN was tried without being counted: %v", err)
	}
}
