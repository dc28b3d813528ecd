package vault

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nod/vault/otp"
)

const testPIN = "4821"

// testPlace returns a fresh place.
func testPlace(t testing.TB) Place {
	t.Helper()
	dir := t.TempDir()
	return Place{File: filepath.Join(dir, "data", "vault.nod"), State: filepath.Join(dir, "state")}
}

// testVault returns a fresh unlocked vault with testPIN, at the cheapest cost.
func testVault(t testing.TB) (*Vault, string) {
	t.Helper()
	cheap(t)
	v, code, err := Create(testPlace(t), Options{PIN: []byte(testPIN), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v, code
}

// testKey returns a TOTP key with the secret of RFC 6238.
func testKey(issuer, name string) NewAccount {
	return NewAccount{Key: otp.Key{
		Type: otp.TOTP, Issuer: issuer, Name: name, Secret: []byte("12345678901234567890"),
		Algorithm: otp.SHA1, Digits: 8, Period: 30,
	}, Source: "typed"}
}

// mustAdd adds one account.
func mustAdd(t testing.TB, v *Vault, n NewAccount) Account {
	t.Helper()
	added, err := v.Add(false, n)
	if err != nil {
		t.Fatal(err)
	}
	return added[0]
}

// reopen opens the vault of v again.
func reopen(t testing.TB, v *Vault, c Credential) *Vault {
	t.Helper()
	again, err := Open(v.Place(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	return again
}

func TestCreateAndOpenWithEachKey(t *testing.T) {
	cheap(t)
	p := testPlace(t)
	phrase := "correct horse battery staple"
	v, code, err := Create(p, Options{PIN: []byte(testPIN), Passphrase: []byte(phrase), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	for _, c := range []Credential{PIN([]byte(testPIN)), Passphrase([]byte(phrase)), RecoveryCode([]byte(code))} {
		again := reopen(t, v, c)
		got, err := again.Code(a.ID, time.Unix(59, 0))
		if err != nil || got.Value != "94287082" || got.Left != time.Second || got.Next == "" {
			t.Errorf("opened with %v: code = %+v, %v", c, got, err)
		}
	}
	for _, c := range []Credential{PIN([]byte("4822")), Passphrase([]byte("correct horse battery stable")), RecoveryCode([]byte(testPIN))} {
		if _, err := Open(p, c); !isPINError(err, c.Kind()) {
			t.Errorf("opened with a wrong %v: %v", c, err)
		}
	}
	if _, _, err := Create(p, Options{PIN: []byte(testPIN), Cost: cheapCost}); !errors.Is(err, ErrExists) {
		t.Errorf("created twice: %v", err)
	}
}

func isPINError(err error, kind SlotType) bool {
	e, ok := errors.AsType[*PINError](err)
	return ok && e.Kind == kind
}

func TestNothingReadableInFile(t *testing.T) {
	cheap(t)
	const pin = "482159037164" // four digits may be anywhere in what is encrypted
	v, code, err := Create(testPlace(t), Options{PIN: []byte(pin), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	mustAdd(t, v, testKey("HelpDesk", "ana@demo.test"))
	data, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"HelpDesk", "ana@demo", "12345678901234567890", pin, code[:9]} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the file contains %q", secret)
		}
	}
	info, err := os.Stat(v.Place().File)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	for _, dir := range []string{filepath.Dir(v.Place().File), v.Place().State} {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("mode of %s = %v, %v", dir, info.Mode(), err)
		}
	}
}

// onlyPIN returns the only PIN of a summary.
func onlyPIN(t testing.TB, sum Summary) Slot {
	t.Helper()
	pins := sum.PINs()
	if len(pins) != 1 {
		t.Fatalf("there are %d PINs: %+v", len(pins), sum)
	}
	return pins[0]
}

// pinSlot returns the only PIN slot of f, disabled or not.
func pinSlot(t testing.TB, f *frame) *slot {
	t.Helper()
	s, err := f.slot(PIN(nil))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
