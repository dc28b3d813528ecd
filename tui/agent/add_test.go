package agent

// This file tests bringing accounts in.

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

// newKey is a key with a secret of its own.
func newKey(issuer string) otp.Key {
	return otp.Key{
		Type: otp.TOTP, Issuer: issuer, Name: "ana@demo.test", Secret: []byte("the secret of " + issuer),
		Algorithm: otp.SHA1, Digits: 6, Period: 30,
	}
}

func TestAdd(t *testing.T) {
	_, c, accounts := unlocked(t)
	now := time.Now()
	motp := newKey("Card")
	motp.Type, motp.Algorithm, motp.Period, motp.PIN = otp.MOTP, otp.MD5, 10, "2468"
	keys := []otp.Key{newKey("Keys"), motp, newKey("RMS")}
	if found := c.ExistingAll(keys); len(found) != 3 || found[0] != nil || found[1] != nil || found[2] == nil || found[2].Existing.ID != accounts[1].ID || found[2].SameKey {
		t.Errorf("existing: %+v", found)
	}
	added, err := c.Add(false, vault.NewAccount{Key: keys[0], Tags: []string{"work"}, Note: "daily", Source: "link"}, vault.NewAccount{Key: keys[1]})
	if err != nil || len(added) != 2 || added[0].Tags[0] != "work" || added[0].Note != "daily" || added[0].Source != "link" || added[1].Type != otp.MOTP {
		t.Fatalf("added %+v, %v", added, err)
	}
	if string(keys[0].Secret) != "the secret of Keys" {
		t.Error("the caller's key was wiped") // it may go on to use it
	}
	codes, err := c.GiveAll([]string{added[0].ID, added[1].ID}, now, vault.Giving{})
	for i := range added {
		if want, _ := keys[i].Code(now); err != nil || codes[i].Value != want {
			t.Errorf("code %d: %v, %v; want %s", i, codes, err, want)
		}
	}
	if twin := c.Existing(keys[1]); twin == nil || !twin.SameKey {
		t.Errorf("the key that was just added: %+v", twin)
	}
	_, err = c.Add(false, vault.NewAccount{Key: newKey("Other")}, vault.NewAccount{Key: newKey("RMS")})
	if d, ok := errors.AsType[*vault.DuplicateError](err); !ok || d.Existing.ID != accounts[1].ID {
		t.Errorf("one that is there: %v", err)
	}
	if c.Existing(newKey("Other")) != nil {
		t.Error("half of a refused call was stored")
	}
	if twice, err := c.Add(true, vault.NewAccount{Key: newKey("RMS")}); err != nil || twice[0].Name != "ana@demo.test 2" {
		t.Errorf("kept both: %+v, %v", twice, err)
	}
	replaced, err := c.Replace(accounts[1].ID, vault.NewAccount{Key: newKey("RMS")})
	if err != nil || replaced.ID != accounts[1].ID {
		t.Errorf("replace: %+v, %v", replaced, err)
	}
	want, _ := newKey("RMS").Code(now)
	if code, err := c.Give(replaced.ID, now, vault.Giving{}); err != nil || code.Value != want {
		t.Errorf("code of the replaced key: %s, %v; want %s", code.Value, err, want)
	}
	if _, err := c.Replace("a-000000", vault.NewAccount{Key: newKey("x")}); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("replace one that is not there: %v", err)
	}
	if _, err := c.Add(false, vault.NewAccount{Key: otp.Key{Type: otp.TOTP}}); err == nil {
		t.Error("a key without a secret was stored")
	}
	if c.Err() != nil {
		t.Error(c.Err())
	}
	if err := c.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := c.ExistingAll(keys); len(found) != 3 || !errors.Is(c.Err(), ErrLocked) {
		t.Errorf("locked: %+v, %v", found, c.Err())
	}
	if _, err := c.Add(false, vault.NewAccount{Key: newKey("Late")}); !errors.Is(err, ErrLocked) {
		t.Errorf("locked: %v", err)
	}
}

// A whole export fits into one call.
func TestAddMany(t *testing.T) {
	_, c, _ := unlocked(t)
	const n = 10_000
	accounts := make([]vault.NewAccount, n)
	keys := make([]otp.Key, n)
	ids := make([]string, n)
	for i := range accounts {
		accounts[i] = vault.NewAccount{Key: newKey(fmt.Sprintf("Service %d", i)), Tags: []string{"work"}, Source: "QR image export.png"}
		keys[i] = accounts[i].Key
	}
	added, err := c.Add(false, accounts...)
	if err != nil || len(added) != n {
		t.Fatalf("%d added, %v", len(added), err)
	}
	for i, x := range added {
		ids[i] = x.ID
	}
	if codes, err := c.GiveAll(ids, time.Now(), vault.Giving{}); err != nil || len(codes) != n {
		t.Errorf("%d codes, %v", len(codes), err)
	}
	for i, twin := range c.ExistingAll(keys) {
		if twin == nil || !twin.SameKey {
			t.Fatalf("account %d: %+v, %v", i, twin, c.Err())
		}
	}
}

// Two at once: each account is there once, and one of the two is told.
func TestAddAtOnce(t *testing.T) {
	_, c, _ := unlocked(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	stored := map[string]int{}
	for range 4 {
		wg.Go(func() {
			mine, _, err := Dial(t.Context(), c.path, c.Place())
			if err != nil {
				t.Error(err)
				return
			}
			defer mine.Close()
			for i := range 10 {
				issuer := fmt.Sprint("Service ", i)
				_, err := mine.Add(false, vault.NewAccount{Key: newKey(issuer)})
				if _, twice := errors.AsType[*vault.DuplicateError](err); err != nil && !twice {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					stored[issuer]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if got := c.Accounts(); len(got) != 12 {
		t.Errorf("%d accounts, want 2 and 10", len(got))
	}
	for issuer, n := range stored {
		if n != 1 {
			t.Errorf("%s was stored %d times", issuer, n)
		}
	}
}

func TestSetShift(t *testing.T) {
	_, c, _ := unlocked(t)
	if err := c.SetShift(42 * time.Second); err != nil || c.Shift() != 42*time.Second {
		t.Errorf("%s, %v, %v", c.Shift(), err, c.Err())
	}
	if err := c.SetShift(25 * time.Hour); !errors.Is(err, vault.ErrShift) {
		t.Errorf("25 hours: %v", err)
	}
}
