package vault

// This file tests the committed vaults, which open for ever. Slots of the first
// nods have no key pairs; a change gives them slots that have.

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// firstVault copies the committed vault and returns its place and recovery code.
func firstVault(t testing.TB) (Place, Credential) {
	t.Helper()
	return committedVault(t, "testdata/v1")
}

// committedVault copies a vault of testdata and takes over its machine.
func committedVault(t testing.TB, from string) (Place, Credential) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Join(dir, "state")} {
		if err := os.Chmod(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	onMachine(t, filepath.Join(dir, "machine"))
	code, err := os.ReadFile(filepath.Join(dir, "recovery.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return Place{File: filepath.Join(dir, "vault.nod"), State: filepath.Join(dir, "state")}, RecoveryCode(code)
}

// TestVersion1OpensForEver opens a vault that an earlier nod has written.
func TestVersion1OpensForEver(t *testing.T) {
	p, recovery := firstVault(t)
	for _, c := range []Credential{PIN([]byte(testPIN)), Passphrase([]byte(testPhrase)), recovery} {
		v, err := Open(p, c)
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		checkFirstVault(t, v, c)
		v.Close()
	}
}

// TestVersion1WithKeyPairsOpensForEver opens a vault of the same format with
// slots of the present form: two PINs, one of them with a name, a passphrase and
// a recovery code.
func TestVersion1WithKeyPairsOpensForEver(t *testing.T) {
	p, recovery := committedVault(t, "testdata/v1-slots")
	for _, c := range []Credential{
		PIN([]byte(testPIN)), PINOf("noc", []byte("6190")), Passphrase([]byte(testPhrase)), recovery,
	} {
		v, err := Open(p, c)
		if err != nil {
			t.Fatalf("%v: %v", c, err)
		}
		checkFirstVault(t, v, c)
		v.Close()
	}
	if sum, err := Inspect(p); err != nil || len(sum.Slots) != 4 {
		t.Errorf("%+v, %v", sum.Slots, err)
	}
}

// checkFirstVault uses what the committed vault holds.
func checkFirstVault(t testing.TB, v *Vault, c Credential) {
	t.Helper()
	list, devices := v.Accounts(), v.Devices()
	if len(list) != 2 || len(devices) != 1 || v.Owner() != "ana@demo.test" {
		t.Fatalf("%d accounts, %d devices, owner %s", len(list), len(devices), v.Owner())
	}
	if got, err := v.Code(list[0].ID, time.Unix(59, 0)); err != nil || got.Value != "94287082" {
		t.Errorf("code = %+v, %v", got, err)
	}
	k, err := v.Approve(devices[0].ID, c)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if _, err := k.Sign([]byte("yes")); err != nil {
		t.Error(err)
	}
}

// TestFirstVaultChanges: the slot whose secret is at hand gets a key pair, the
// recovery code stays, and the other one, to which nothing can be sealed, goes.
func TestFirstVaultChanges(t *testing.T) {
	pin, phrase := PIN([]byte(testPIN)), Passphrase([]byte(testPhrase))
	newPIN, newPhrase := PIN([]byte("6190")), Passphrase([]byte("another horse in the battery"))
	for _, c := range []struct {
		name    string
		change  func(v *Vault, recovery Credential) ([]Slot, error)
		dropped string
		opens   []Credential
		shut    []Credential
	}{
		{
			"PIN", func(v *Vault, _ Credential) ([]Slot, error) { return v.Change(pin, newPIN) },
			"[passphrase]",
			[]Credential{newPIN},
			[]Credential{pin, phrase},
		},
		{
			"passphrase by PIN", func(v *Vault, _ Credential) ([]Slot, error) { return v.Change(pin, newPhrase) },
			"[]",
			[]Credential{pin, newPhrase},
			[]Credential{phrase},
		},
		{
			"PIN by recovery code", func(v *Vault, r Credential) ([]Slot, error) { return v.Change(r, newPIN) },
			"[passphrase]",
			[]Credential{newPIN},
			[]Credential{pin, phrase},
		},
		{
			"new keys by PIN", func(v *Vault, _ Credential) ([]Slot, error) { return v.Rekey(pin) },
			"[passphrase]",
			[]Credential{pin},
			[]Credential{phrase},
		},
		{
			"new keys by passphrase", func(v *Vault, _ Credential) ([]Slot, error) { return v.Rekey(phrase) },
			"[PIN]",
			[]Credential{phrase},
			[]Credential{pin},
		},
		{
			"another PIN", func(v *Vault, _ Credential) ([]Slot, error) { return v.AddSlot(pin, PINOf("ben", []byte(benPIN)), "") },
			"[passphrase]",
			[]Credential{pin, PINOf("ben", []byte(benPIN))},
			[]Credential{phrase},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, recovery := firstVault(t)
			cheap(t)
			v, err := Open(p, c.shut[len(c.shut)-1])
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			dropped, err := c.change(v, recovery)
			if err != nil || fmt.Sprint(dropped) != c.dropped {
				t.Fatalf("dropped %v, %v, want %s", dropped, err, c.dropped)
			}
			for _, cred := range append(c.opens, recovery) {
				checkFirstVault(t, reopen(t, v, cred), cred)
			}
			for _, cred := range c.shut {
				if u, err := Open(p, cred); err == nil {
					u.Close()
					t.Errorf("%v still opens", cred)
				}
			}
			// From here on the key pairs work: the next change drops nothing.
			dropped, err = v.AddSlot(c.opens[0], PINOf("cleo", []byte("6192")), "")
			if err != nil || len(dropped) != 0 {
				t.Errorf("the change after it dropped %v, %v", dropped, err)
			}
			for _, cred := range append(c.opens, recovery, PINOf("cleo", []byte("6192"))) {
				reopen(t, v, cred)
			}
		})
	}
}

// TestFirstVaultNeedsAPersonsSlot: with the recovery code alone nothing else
// could be kept.
func TestFirstVaultNeedsAPersonsSlot(t *testing.T) {
	p, recovery := firstVault(t)
	v, err := Open(p, recovery)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if dropped, err := v.Rekey(recovery); err == nil {
		t.Errorf("only the recovery code is left: dropped %v", dropped)
	}
	checkFirstVault(t, reopen(t, v, PIN([]byte(testPIN))), PIN([]byte(testPIN)))
}

// TestFirstVaultGetsANewRecoveryCode, and with it one that has a tag.
func TestFirstVaultGetsANewRecoveryCode(t *testing.T) {
	p, recovery := firstVault(t)
	cheap(t)
	v, err := Open(p, PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	code, err := v.NewRecoveryCode(PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	checkFirstVault(t, reopen(t, v, RecoveryCode([]byte(code))), RecoveryCode([]byte(code)))
	if _, err := Open(p, recovery); !isPINError(err, SlotRecovery) {
		t.Errorf("the old code: %v", err)
	}
	for _, s := range v.saved.slots {
		if s.in.seals.tag == nil {
			t.Errorf("the %s has no tag", s.typ())
		}
	}
}
