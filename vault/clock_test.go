package vault

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nod/vault/otp"
)

// TestShift: the vault's shift and an account's are added; counters know no time.
func TestShift(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	counter := testKey("Router", "admin")
	counter.Key.Type, counter.Key.Period = otp.HOTP, 0
	h := mustAdd(t, v, counter)
	code := func(v *Vault, at int64) Code {
		t.Helper()
		c, err := v.Code(a.ID, time.Unix(at, 0))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	plain := code(v, 59+42)
	if err := v.SetShift(42 * time.Second); err != nil {
		t.Fatal(err)
	}
	if got := code(v, 59); got != plain {
		t.Errorf("code %+v, want %+v", got, plain)
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	if again.Shift() != 42*time.Second || code(again, 59) != plain {
		t.Errorf("after opening again the shift is %s", again.Shift())
	}
	if _, err := v.Edit(a.ID, func(a *Account) { a.Shift = -1500 * time.Millisecond }); err != nil {
		t.Fatal(err)
	}
	if got := code(v, 60).Left; got != 19500*time.Millisecond { // 60 + 42 - 1.5 = 100.5
		t.Errorf("with both shifts %s are left", got)
	}
	if c, err := v.Code(h.ID, time.Unix(0, 0)); err != nil || c.Value != "84755224" {
		t.Errorf("HOTP code %+v, %v", c, err)
	}
	for _, d := range []time.Duration{MaxShift + time.Millisecond, -MaxShift - time.Second, 1500 * time.Microsecond, -1 << 63} {
		if err := v.SetShift(d); !errors.Is(err, ErrShift) {
			t.Errorf("vault's shift %s: %v", d, err)
		}
		if _, err := v.Edit(a.ID, func(a *Account) { a.Shift = d }); !errors.Is(err, ErrShift) {
			t.Errorf("account's shift %s: %v", d, err)
		}
	}
	for _, d := range []time.Duration{MaxShift, -MaxShift, 0} {
		if err := v.SetShift(d); err != nil || v.Shift() != d {
			t.Errorf("shift %s is %s, %v", d, v.Shift(), err)
		}
	}
}

// TestShiftOnDisk: a vault without a shift has no field of it, so that older nods
// read it; a shift that is too large is not taken from a file.
func TestShiftOnDisk(t *testing.T) {
	older := map[int]any{1: uint64(1)}
	padded, err := (&contents{epoch: 1}).encode()
	if err != nil {
		t.Fatal(err)
	}
	want, err := pad(record(t, older))
	if err != nil || string(want) != string(padded) {
		t.Errorf("a vault without a shift is another one than before, %v", err)
	}
	for _, ms := range []int64{MaxShift.Milliseconds() + 1, -MaxShift.Milliseconds() - 1, -1 << 63} {
		padded, err := pad(record(t, map[int]any{1: uint64(1), 7: ms}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeContents(padded); err == nil {
			t.Errorf("a shift of %d ms was taken", ms)
		}
	}
}

// TestDifferences: what servers' clocks were is remembered for a day, for those that
// are still paired, and believed only if nobody has changed it.
func TestDifferences(t *testing.T) {
	v, _ := testVault(t)
	first, _, _ := pair(t, v)
	second, _, _ := pair(t, v)
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	if got := v.Differences(now); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
	note := func(id string, offset time.Duration, at time.Time, trusted bool) Difference {
		t.Helper()
		d := Difference{id, offset, at, trusted}
		if err := v.NoteDifference(d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	note(first.ID, time.Second, now.Add(-2*time.Hour), false)
	early := note(second.ID, 300*time.Millisecond, now.Add(-time.Hour), true)
	late := note(first.ID, -42*time.Second, now, false)
	check := func(at time.Time, want ...Difference) {
		t.Helper()
		got := v.Differences(at)
		if len(got) != len(want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%+v, want %+v", got[i], want[i])
			}
		}
	}
	check(now, early, late)
	check(now.Add(23*time.Hour+time.Minute), late) // the other one is a day old
	check(now.Add(25 * time.Hour))
	check(now.Add(-time.Minute), early) // the clock was set back since
	if again := reopen(t, v, PIN([]byte(testPIN))); len(again.Differences(now)) != 2 {
		t.Error("after opening again they are forgotten")
	}
	if err := v.NoteDifference(Difference{Device: "d-1", At: now}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an id of another length: %v", err)
	}
	if err := v.RemoveDevice(second.ID); err != nil {
		t.Fatal(err)
	}
	check(now, late)
	files, err := filepath.Glob(filepath.Join(v.Place().State, "*."+recordClock))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[9] ^= 1
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	check(now)
}
