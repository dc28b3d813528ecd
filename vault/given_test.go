package vault

// This file tests what is handed out; givenfile_test.go tests how it is remembered.

import (
	"errors"
	"testing"
	"time"

	"nod/vault/otp"
)

// givenAt is 20 seconds before the end of a step of 30 seconds.
var givenAt = time.Unix(1_800_000_010, 0)

func mustGive(t testing.TB, v *Vault, id string, now time.Time, g Giving) Code {
	t.Helper()
	c, err := v.Give(id, now, g)
	if err != nil || c.Value == "" {
		t.Fatalf("give %+v at %s: %+v, %v", g, now, c, err)
	}
	return c
}

// mustRefuse checks that there is no fresh code, and that one may come in left.
func mustRefuse(t testing.TB, v *Vault, id string, now time.Time, g Giving, left time.Duration) {
	t.Helper()
	c, err := v.Give(id, now, g)
	if !errors.Is(err, ErrGiven) || c != (Code{Left: left}) {
		t.Errorf("give %+v at %s: %+v, %v; want ErrGiven and %s left", g, now, c, err, left)
	}
}

func TestGive(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	fresh := Giving{Fresh: true}
	want, err := v.Code(a.ID, givenAt)
	if err != nil {
		t.Fatal(err)
	}
	epoch := v.contents.epoch
	c := mustGive(t, v, a.ID, givenAt, fresh)
	if c.Value != want.Value || c.Left != 20*time.Second || c.Period != 30*time.Second || c.Next != "" {
		t.Errorf("%+v, want %+v without the next code", c, want)
	}
	mustRefuse(t, v, a.ID, givenAt.Add(time.Second), fresh, 19*time.Second)
	if again := mustGive(t, v, a.ID, givenAt, Giving{}); again != c {
		t.Errorf("%+v, want %+v again", again, c)
	}
	mustRefuse(t, reopen(t, v, PIN([]byte(testPIN))), a.ID, givenAt, fresh, 20*time.Second)
	if c := mustGive(t, v, a.ID, givenAt.Add(20*time.Second), fresh); c.Value != want.Next {
		t.Errorf("the code after it is %q, want %q", c.Value, want.Next)
	}
	if v.contents.epoch != epoch {
		t.Error("a code costs a save of the vault")
	}
	if _, err := v.Give("a-000000", givenAt, Giving{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("no account: %v", err)
	}
	v.Close()
	if _, err := v.Give(a.ID, givenAt, Giving{}); !errors.Is(err, ErrLocked) {
		t.Errorf("closed: %v", err)
	}
}

func TestGiveNext(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	want, _ := v.Code(a.ID, givenAt)
	c := mustGive(t, v, a.ID, givenAt, Giving{Next: true, Fresh: true})
	if c.Value != want.Next || c.Left != 50*time.Second {
		t.Errorf("%+v, want %s for 50 s", c, want.Next)
	}
	mustRefuse(t, v, a.ID, givenAt, Giving{Next: true, Fresh: true}, 20*time.Second)
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true}) // the present one is still there
	mustRefuse(t, v, a.ID, givenAt.Add(30*time.Second), Giving{Fresh: true}, 20*time.Second)

	b := mustAdd(t, v, withSecret("Router", "98765432109876543210"))
	if c := mustGive(t, v, b.ID, givenAt, Giving{Ahead: true}); c.Next == "" {
		t.Error("no next code")
	}
	mustRefuse(t, v, b.ID, givenAt.Add(30*time.Second), Giving{Fresh: true}, 20*time.Second)
}

func withSecret(issuer, secret string) NewAccount {
	n := testKey(issuer, "ana")
	n.Key.Secret = []byte(secret)
	return n
}

// TestGiveAt: a code for another time counts when that time comes.
func TestGiveAt(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	hour := givenAt.Add(time.Hour)
	c := mustGive(t, v, a.ID, givenAt, Giving{At: hour})
	mustRefuse(t, v, a.ID, hour, Giving{Fresh: true}, 20*time.Second)
	if want, _ := v.Code(a.ID, hour); c.Value != want.Value {
		t.Errorf("%q, want %q", c.Value, want.Value)
	}
	marks := len(v.given.marks)
	mustGive(t, v, a.ID, givenAt, Giving{At: givenAt.Add(-time.Hour)})
	mustGive(t, v, a.ID, givenAt, Giving{At: givenAt.Add(25 * time.Hour)})
	if len(v.given.marks) != marks {
		t.Error("codes of times that do not matter are remembered")
	}
}

// TestGiveLong: a step may be longer than what is remembered of other times.
func TestGiveLong(t *testing.T) {
	v, _ := testVault(t)
	n := testKey("HelpDesk", "ana")
	n.Key.Period = 1 << 30
	a := mustAdd(t, v, n)
	left := time.Duration(2<<30-givenAt.Unix()) * time.Second
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true, Next: true})
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
	mustRefuse(t, v, a.ID, givenAt, Giving{Fresh: true}, left)
	mustRefuse(t, v, a.ID, givenAt, Giving{Fresh: true, Next: true}, left)
}

// TestGiveSameKey: one key under two names, or added again, has one code.
func TestGiveSameKey(t *testing.T) {
	v, _ := testVault(t)
	a, b := mustAdd(t, v, testKey("HelpDesk", "ana")), mustAdd(t, v, testKey("Help Desk", "ana"))
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
	mustRefuse(t, v, b.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
	if err := v.Remove(a.ID); err != nil {
		t.Fatal(err)
	}
	a = mustAdd(t, v, testKey("HelpDesk", "ana"))
	mustRefuse(t, v, a.ID, givenAt, Giving{Fresh: true}, 20*time.Second)
	other := mustAdd(t, v, withSecret("Router", "98765432109876543210"))
	mustGive(t, v, other.ID, givenAt, Giving{Fresh: true})
}

// TestGiveShift: a shifted account has its own beginning of a step.
func TestGiveShift(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	if _, err := v.Edit(a.ID, func(a *Account) { a.Shift = 15 * time.Second }); err != nil {
		t.Fatal(err)
	}
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
	mustRefuse(t, v, a.ID, givenAt.Add(4*time.Second), Giving{Fresh: true}, time.Second)
	mustGive(t, v, a.ID, givenAt.Add(5*time.Second), Giving{Fresh: true})
}

func TestGiveHOTP(t *testing.T) {
	v, _ := testVault(t)
	n := testKey("Router", "admin")
	n.Key.Type, n.Key.Period = otp.HOTP, 0
	a := mustAdd(t, v, n)
	for counter := range uint64(3) {
		if c := mustGive(t, v, a.ID, givenAt, Giving{Fresh: true}); c.Counter != counter {
			t.Errorf("counter %d, want %d", c.Counter, counter)
		}
	}
	if _, err := v.Give(a.ID, givenAt, Giving{Next: true}); err == nil {
		t.Error("an HOTP account has a next code")
	}
}

// TestGiveAll: with one code that was handed out, none of the others is.
func TestGiveAll(t *testing.T) {
	v, _ := testVault(t)
	a, b := mustAdd(t, v, testKey("HelpDesk", "ana")), mustAdd(t, v, withSecret("Router", "98765432109876543210"))
	mustGive(t, v, b.ID, givenAt, Giving{})
	if _, err := v.GiveAll([]string{a.ID, b.ID}, givenAt, Giving{Fresh: true}); !errors.Is(err, ErrGiven) {
		t.Errorf("%v, want ErrGiven", err)
	}
	mustGive(t, v, a.ID, givenAt, Giving{Fresh: true})
	codes, err := v.GiveAll([]string{a.ID, b.ID}, givenAt, Giving{})
	if err != nil || len(codes) != 2 || codes[0].Value == codes[1].Value {
		t.Errorf("%+v, %v", codes, err)
	}
}

func BenchmarkGive10000(b *testing.B) {
	v, _ := testVault(b)
	added, err := v.Add(false, manyAccounts()...)
	if err != nil {
		b.Fatal(err)
	}
	now := givenAt
	b.Run("Give", func(b *testing.B) {
		for b.Loop() {
			mustGive(b, v, added[5000].ID, now, Giving{Fresh: true})
			now = now.Add(30 * time.Second)
		}
	})
	ids := make([]string, len(added))
	for i, a := range added {
		ids[i] = a.ID
	}
	b.Run("GiveAll", func(b *testing.B) {
		for b.Loop() {
			if _, err := v.GiveAll(ids, now, Giving{}); err != nil {
				b.Fatal(err)
			}
			now = now.Add(30 * time.Second)
		}
	})
}
