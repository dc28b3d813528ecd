package vault

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/vault/otp"
)

func TestAccountKeepsEverything(t *testing.T) {
	v, _ := testVault(t)
	n := NewAccount{Key: otp.Key{
		Type: otp.TOTP, Issuer: "HelpDesk", Name: "ana", Secret: []byte("12345678901234567890"),
		Algorithm: otp.SHA256, Digits: 8, Period: 60,
	}, Tags: []string{"work"}, Note: "room 4", Source: "QR image setup.png", Device: "d-ABCDEF"}
	added := mustAdd(t, v, n)
	if !strings.HasPrefix(added.ID, "a-") || len(added.ID) != 8 || added.Added.IsZero() {
		t.Errorf("added = %+v", added)
	}
	got := reopen(t, v, PIN([]byte(testPIN))).Accounts()
	if len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(added) {
		t.Errorf("read %+v, stored %+v", got, added)
	}
	key, err := v.Reveal(added.ID, PIN([]byte(testPIN)))
	if err != nil || fmt.Sprint(key) != fmt.Sprint(n.Key) {
		t.Errorf("revealed %v", err)
	}
	if h := v.History(); h[0].Kind != EventShown || h[1].Kind != EventAdded || h[1].Detail != n.Source {
		t.Errorf("history = %+v", h)
	}
}

func TestDuplicates(t *testing.T) {
	v, _ := testVault(t)
	first := mustAdd(t, v, testKey("HelpDesk", "ana"))
	again := testKey(" helpdesk ", "ANA")
	_, err := v.Add(false, again)
	if d, ok := errors.AsType[*DuplicateError](err); !ok || d.Existing.ID != first.ID || !d.SameKey {
		t.Errorf("%v", err)
	}
	again.Key.Secret = []byte("another secret 12345")
	_, err = v.Add(false, testKey("Mail", "ana"), again)
	if d, ok := errors.AsType[*DuplicateError](err); !ok || d.SameKey {
		t.Errorf("%v", err)
	}
	if len(v.Accounts()) != 1 {
		t.Error("half of the accounts were added")
	}
	if _, err := v.Add(false, testKey("Mail", "ben"), testKey("mail", "Ben")); err == nil {
		t.Error("an account was added twice")
	}
	both, err := v.Add(true, testKey("HelpDesk", "ana"), testKey("HelpDesk", "ana"))
	if err != nil || both[0].Name != "ana 2" || both[1].Name != "ana 3" {
		t.Errorf("%+v, %v", both, err)
	}
	if _, err := v.Edit(both[0].ID, func(a *Account) { a.Name = "ana" }); err == nil {
		t.Error("a name was given twice")
	}
	if _, err := v.Replace(both[0].ID, testKey("HelpDesk", "ana")); err == nil {
		t.Error("a name was given twice")
	}
	empty := testKey("Mail", "")
	if _, err := v.Add(true, empty, empty); err != nil || v.Accounts()[4].Name != "2" {
		t.Errorf("%+v, %v", v.Accounts(), err)
	}
}

func TestBadAccountsAreRefused(t *testing.T) {
	v, _ := testVault(t)
	for name, spoil := range map[string]func(*otp.Key){
		"no secret": func(k *otp.Key) { k.Secret = nil },
		"type":      func(k *otp.Key) { k.Type = "magic" },
		"digits":    func(k *otp.Key) { k.Digits = 99 },
		"not UTF-8": func(k *otp.Key) { k.Name = "ana\xff" },
	} {
		n := testKey("HelpDesk", "ana")
		spoil(&n.Key)
		if _, err := v.Add(false, n); err == nil {
			t.Errorf("%s: added", name)
		} else if strings.Contains(err.Error(), "1234567890") {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
	if err := v.SetOwner("ana\xff"); err == nil {
		t.Error("an owner that is not UTF-8 was stored")
	}
	reopen(t, v, PIN([]byte(testPIN)))
}

func TestEditReplaceRemove(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, NewAccount{Key: testKey("HelpDesk", "ana").Key, Tags: []string{"work"}, Note: "room 4"})
	edited, err := v.Edit(a.ID, func(e *Account) {
		e.Issuer, e.Name, e.Tags, e.Note = "Desk", "ana b", []string{"home"}, "room 5"
		e.Shift, e.Digits, e.Period, e.Algorithm = 30*time.Second, 6, 60, otp.SHA512
		e.Confirm = true
		e.ID, e.Uses, e.Source, e.Type = "a-000000", 99, "elsewhere", otp.HOTP
	})
	if err != nil {
		t.Fatal(err)
	}
	want := a
	want.Issuer, want.Name, want.Tags, want.Note = "Desk", "ana b", []string{"home"}, "room 5"
	want.Shift, want.Digits, want.Period, want.Algorithm = 30*time.Second, 6, 60, otp.SHA512
	want.Confirm = true
	if fmt.Sprint(edited) != fmt.Sprint(want) {
		t.Errorf("edited %+v, want %+v", edited, want)
	}
	if _, err := v.Edit(a.ID, func(e *Account) { e.Digits = 99 }); err == nil {
		t.Error("99 digits were stored")
	}
	replaced, err := v.Replace(a.ID, testKey("HelpDesk", "ana"))
	if err != nil || replaced.ID != a.ID || replaced.Note != "room 5" || !slices.Equal(replaced.Tags, []string{"home"}) ||
		replaced.Digits != 8 || replaced.Shift != 0 || !replaced.Confirm {
		t.Errorf("replaced %+v, %v", replaced, err)
	}
	if err := v.Remove(a.ID); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		v.Remove(a.ID),
		func() error { _, err := v.Account(a.ID); return err }(),
		func() error { _, err := v.Code(a.ID, time.Now()); return err }(),
		func() error { _, err := v.Replace(a.ID, testKey("x", "y")); return err }(),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("after removal: %v", err)
		}
	}
}

func TestHOTPCounterIsStoredFirst(t *testing.T) {
	v, _ := testVault(t)
	n := testKey("HelpDesk", "ana")
	n.Key.Type, n.Key.Digits, n.Key.Period = otp.HOTP, 6, 0
	a := mustAdd(t, v, n)
	two := reopen(t, v, PIN([]byte(testPIN)))
	want := []string{"755224", "287082", "359152", "969429"} // RFC 4226, appendix D
	for i, value := range want {
		u := []*Vault{v, two}[i%2] // each takes over where the other was
		code, err := u.Code(a.ID, time.Now())
		if err != nil || code.Value != value || code.Counter != uint64(i) || code.Next != "" || code.Left != 0 || code.Period != 0 {
			t.Errorf("code %d = %+v, %v", i, code, err)
		}
		if got, err := reopen(t, v, PIN([]byte(testPIN))).Account(a.ID); err != nil || got.Counter != uint64(i)+1 {
			t.Errorf("stored counter = %d, %v", got.Counter, err)
		}
	}
	if err := os.Remove(v.Place().File); err != nil {
		t.Fatal(err)
	}
	if code, err := v.Code(a.ID, time.Now()); err == nil || code.Value != "" {
		t.Errorf("a code was given whose counter could not be stored: %v", err)
	}
}

func TestTOTPNeedsNoDisk(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	if _, err := v.Edit(a.ID, func(e *Account) { e.Shift = -30 * time.Second }); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(v.Place().State); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(v.Place().File); err != nil {
		t.Fatal(err)
	}
	code, err := v.Code(a.ID, time.Unix(59+30, 0))
	if err != nil || code.Value != "94287082" || code.Period != 30*time.Second || code.Left != time.Second {
		t.Errorf("code = %+v, %v", code, err)
	}
	next, err := v.Code(a.ID, time.Unix(60+30, 0))
	if err != nil || next.Value != code.Next {
		t.Errorf("next = %+v, want %s, %v", next, code.Next, err)
	}
}

func TestMarkUsed(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	when := time.Now().Truncate(time.Millisecond)
	for range 2 {
		if err := v.MarkUsed(a.ID, "copied", when); err != nil {
			t.Fatal(err)
		}
	}
	got, err := reopen(t, v, PIN([]byte(testPIN))).Account(a.ID)
	if err != nil || got.Uses != 2 || !got.Used.Equal(when) {
		t.Errorf("%+v, %v", got, err)
	}
	if h := v.History()[0]; h.Kind != EventUsed || h.Detail != "copied" || h.Subject != "HelpDesk" || !h.At.Equal(when) {
		t.Errorf("history = %+v", h)
	}
}
