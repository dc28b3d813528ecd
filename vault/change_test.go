package vault

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"testing"
	"time"
)

const testPhrase = "correct horse battery staple"

func TestChangeReplacesAllKeys(t *testing.T) {
	v, code := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	d, transport, approval := pair(t, v)
	other := reopen(t, v, PIN([]byte(testPIN)))
	oldFile, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	oldKeys, oldApprovals := v.keys.clone(), v.saved.approvals

	newPIN := PIN([]byte("6190"))
	if dropped, err := v.Change(PIN([]byte(testPIN)), newPIN); err != nil || len(dropped) != 0 {
		t.Fatalf("dropped %v, %v", dropped, err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !isPINError(err, SlotPIN) {
		t.Errorf("the old PIN: %v", err)
	}
	f, err := v.site.load()
	if err != nil {
		t.Fatal(err)
	}
	if f.authentic(oldKeys) || f.approvals == oldApprovals {
		t.Error("the keys are the old ones")
	}
	if list := v.site.generations(); len(list) != 0 {
		t.Errorf("generations are left: %+v", list)
	}
	for _, u := range []*Vault{v, reopen(t, v, newPIN), reopen(t, v, RecoveryCode([]byte(code)))} {
		checkAccountAndDevice(t, u, a.ID, d.ID, newPIN, transport, approval)
	}
	for name, err := range map[string]error{
		"save":    other.SetOwner("ben@demo.test"),
		"verify":  other.Verify(newPIN),
		"refresh": func() error { _, err := other.Refresh(); return err }(),
	} {
		if !errors.Is(err, ErrStale) {
			t.Errorf("%s with the old keys: %v", name, err)
		}
	}
	if err := os.WriteFile(v.Place().File, oldFile, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !errors.Is(err, ErrRollback) {
		t.Errorf("the file from before the change: %v", err)
	}
}

// checkAccountAndDevice uses every key of an account and a device.
func checkAccountAndDevice(t *testing.T, v *Vault, account, device string, c Credential, transport, approval ed25519.PublicKey) {
	t.Helper()
	if code, err := v.Code(account, time.Unix(59, 0)); err != nil || code.Value != "94287082" {
		t.Errorf("code = %+v, %v", code, err)
	}
	s, err := v.Transport(device)
	if err != nil || !s.Public().Equal(transport) {
		t.Errorf("transport: %v", err)
	}
	k, err := v.Approve(device, c)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if sig, err := k.Sign([]byte("yes")); err != nil || !ed25519.Verify(approval, []byte("yes"), sig) {
		t.Errorf("approval: %v", err)
	}
}

func TestChangeOfKind(t *testing.T) {
	pin, pin2 := PIN([]byte(testPIN)), PIN([]byte("6190"))
	phrase, phrase2 := Passphrase([]byte(testPhrase)), Passphrase([]byte("another horse in the battery"))
	both := Options{PIN: []byte(testPIN), Passphrase: []byte(testPhrase)}
	for _, c := range []struct {
		name      string
		o         Options
		old, next Credential // the zero Credential is the recovery code
		opens     []Credential
		shut      []Credential
	}{
		{"PIN to PIN", Options{PIN: both.PIN}, pin, pin2, []Credential{pin2}, []Credential{pin}},
		{"PIN to passphrase", Options{PIN: both.PIN}, pin, phrase, []Credential{phrase}, []Credential{pin}},
		{"passphrase to PIN", Options{Passphrase: both.Passphrase}, phrase, pin, []Credential{pin}, []Credential{phrase}},
		{"PIN of both", both, pin, pin2, []Credential{pin2, phrase}, []Credential{pin}},
		{"PIN by passphrase", both, phrase, pin2, []Credential{pin2, phrase}, []Credential{pin}},
		{"passphrase by PIN", both, pin, phrase2, []Credential{pin, phrase2}, []Credential{phrase}},
		{"recovery", both, Credential{}, pin2, []Credential{pin2, phrase}, []Credential{pin}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cheap(t)
			c.o.Cost = cheapCost
			v, code, err := Create(testPlace(t), c.o)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			recovery := RecoveryCode([]byte(code))
			if c.old.Kind() == "" {
				c.old = recovery
			}
			dropped, err := v.Change(c.old, c.next)
			if err != nil || len(dropped) != 0 {
				t.Errorf("dropped %v, %v", dropped, err)
			}
			for _, cred := range append(c.opens, recovery) {
				reopen(t, v, cred)
			}
			for _, cred := range c.shut {
				if u, err := Open(v.Place(), cred); err == nil {
					u.Close()
					t.Errorf("%v still opens", cred)
				}
			}
		})
	}
}

func TestChangeRefuses(t *testing.T) {
	v, code := testVault(t)
	before := v.saved.marshal()
	if _, err := v.Change(PIN(wrongPIN), PIN([]byte("6190"))); !isPINError(err, SlotPIN) {
		t.Errorf("a wrong PIN: %v", err)
	}
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("1234"))); !isWeak(err) {
		t.Errorf("a weak PIN: %v", err)
	}
	if _, err := v.Change(PIN([]byte(testPIN)), Passphrase([]byte("short"))); err == nil {
		t.Error("a weak passphrase was taken")
	}
	if _, err := v.Change(PIN([]byte(testPIN)), RecoveryCode([]byte(code))); err == nil {
		t.Error("a recovery code was chosen")
	}
	if data, err := os.ReadFile(v.Place().File); err != nil || !bytes.Equal(data, before) {
		t.Errorf("the file has changed, %v", err)
	}
}

func isWeak(err error) bool {
	_, ok := errors.AsType[*WeakPINError](err)
	return ok
}

// TestFailedChangeKeepsTheOldPIN makes the rename fail.
func TestFailedChangeKeepsTheOldPIN(t *testing.T) {
	v, _ := testVault(t)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	blocked := v.site.generation(3)
	if err := os.MkdirAll(blocked+"/x", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err == nil {
		t.Fatal("the change did not fail")
	}
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	if err := v.SetOwner("ana@demo.test"); err != nil {
		t.Errorf("the unlocked vault has lost its keys: %v", err)
	}
	reopen(t, v, PIN([]byte(testPIN)))
}
