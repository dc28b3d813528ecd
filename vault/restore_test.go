package vault

import (
	"bytes"
	"errors"
	"os"
	"testing"
)

// TestRestore loses the vault file in several ways and puts a generation back.
func TestRestore(t *testing.T) {
	for name, lose := range map[string]func(file string) error{
		"deleted": os.Remove,
		"cut off": func(file string) error { return os.Truncate(file, 1000) },
		"another file": func(file string) error {
			return os.WriteFile(file, []byte("shopping list"), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := testVault(t)
			a := mustAdd(t, v, testKey("HelpDesk", "ana"))
			mustAdd(t, v, testKey("RMS", "ana"))
			place, pin := v.Place(), PIN([]byte(testPIN))
			v.Close()
			if err := lose(place.File); err != nil {
				t.Fatal(err)
			}
			lost, readErr := os.ReadFile(place.File)
			damage, ok := errors.AsType[*DamagedError](second(Open(place, pin)))
			if !ok || damage.Backup != place.File+".bak-1" {
				t.Fatalf("open says %v, want damage and the newest copy", damage)
			}
			if _, _, err := Create(place, Options{PIN: []byte(testPIN)}); err == nil {
				t.Fatal("a new vault took the place of one that can be restored")
			}
			back, kept, err := Restore(place, damage.Backup, pin)
			if err != nil {
				t.Fatal(err)
			}
			defer back.Close()
			if list := back.Accounts(); len(list) != 1 || list[0].ID != a.ID {
				t.Errorf("accounts = %+v, want the first alone", list)
			}
			if readErr != nil && kept != "" {
				t.Errorf("kept %q of no file", kept)
			}
			if still, err := os.ReadFile(kept); readErr == nil && (err != nil || !bytes.Equal(still, lost)) {
				t.Errorf("what stood there is not kept: %v", err)
			}
			mustAdd(t, back, testKey("1Global", "ana")) // it saves as usual
			reopen(t, back, pin)
		})
	}
}

func second(_ *Vault, err error) error { return err }

func TestRestoreAcceptsTheFileItself(t *testing.T) {
	v, _ := testVault(t)
	old, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	if err := os.WriteFile(v.Place().File, old, 0o600); err != nil {
		t.Fatal(err)
	}
	pin := PIN([]byte(testPIN))
	if _, err := Open(v.Place(), pin); !errors.Is(err, ErrRollback) {
		t.Fatalf("open: %v, want ErrRollback", err)
	}
	back, kept, err := Restore(v.Place(), v.Place().File, pin)
	if err != nil || kept != "" {
		t.Fatalf("restore: %q, %v", kept, err)
	}
	back.Close()
	reopen(t, v, pin)
}

func TestRestoreRefuses(t *testing.T) {
	v, _ := testVault(t)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	other, _ := testVault(t)
	before, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	pin := PIN([]byte(testPIN))
	if _, _, err := Restore(v.Place(), other.Place().File, pin); !errors.Is(err, ErrOtherVault) {
		t.Errorf("another vault's file: %v", err)
	}
	if _, _, err := Restore(v.Place(), v.Place().File+".bak-1", PIN([]byte("9376"))); !isPINError(err, SlotPIN) {
		t.Errorf("a wrong PIN: %v", err)
	}
	if _, _, err := Restore(v.Place(), v.Place().File+".bak-5", pin); !errors.Is(err, ErrNoVault) {
		t.Errorf("no such copy: %v", err)
	}
	if after, err := os.ReadFile(v.Place().File); err != nil || !bytes.Equal(after, before) {
		t.Errorf("the vault changed: %v", err)
	}
	copies, err := Copies(v.Place())
	if err != nil || len(copies) != 1 {
		t.Errorf("copies = %v, %v, want one", copies, err)
	}
}
