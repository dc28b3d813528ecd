package vault

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// This file damages copies of the vault and looks whether the checks see it.

// vaultWithCopies returns a vault with a paired device, two accounts and three
// generations.
func vaultWithCopies(t *testing.T) (*Vault, string) {
	t.Helper()
	v, code := testVault(t)
	pair(t, v)
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	mustAdd(t, v, testKey("HelpDesk", "ben"))
	return v, code
}

func TestCheckCopies(t *testing.T) {
	v, _ := vaultWithCopies(t)
	locked, err := CheckCopies(v.Place())
	if err != nil || len(locked) != 4 {
		t.Fatalf("%d copies, %v", len(locked), err)
	}
	for _, c := range locked {
		if c.Err != nil || c.Opened || c.Size == 0 || c.Saved.IsZero() {
			t.Errorf("locked: %+v", c)
		}
	}
	list, err := v.CheckCopies()
	if err != nil || len(list) != 4 {
		t.Fatalf("%d copies, %v", len(list), err)
	}
	for i, c := range list {
		accounts, devices := max(2-i, 0), min(1, 3-i)
		if c.Err != nil || !c.Opened || c.Epoch != uint64(4-i) || c.Accounts != accounts || c.Devices != devices || c.Odd != 0 {
			t.Errorf("copy %d: %+v", i, c)
		}
	}
	v.Close()
	if _, err := v.CheckCopies(); !errors.Is(err, ErrLocked) {
		t.Errorf("a closed vault: %v", err)
	}
}

func TestCheckCopiesSeesDamage(t *testing.T) {
	v, _ := vaultWithCopies(t)
	other, _ := testVault(t)
	file := v.Place().File
	foreign, err := os.ReadFile(other.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct {
		data  []byte // nil: the copy is gone
		names string // in the error
		key   bool   // seen only with the keys
	}{
		"cut":         {whole[:1000], "bak-2", false},
		"empty":       {[]byte{}, "bak-2", false},
		"flipped":     {flipped, "bak-2", false},
		"repaired":    {repair(bytes.Clone(flipped)), "bak-2", true},
		"of another":  {foreign, "other keys", true},
		"not a vault": {[]byte(strings.Repeat("no vault ", 3000)), "bak-2", false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(file+".bak-2", c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			locked, err := CheckCopies(v.Place())
			if err != nil {
				t.Fatal(err)
			}
			if seen := locked[2].Err != nil; seen == c.key {
				t.Errorf("without the keys: %v", locked[2].Err)
			}
			list, err := v.CheckCopies()
			if err != nil {
				t.Fatal(err)
			}
			if got := list[2]; got.Err == nil || got.Opened || !strings.Contains(got.Err.Error(), c.names) {
				t.Errorf("with the keys: %+v", got)
			}
			for _, i := range []int{0, 1, 3} {
				if list[i].Err != nil || !list[i].Opened {
					t.Errorf("copy %d, which is whole: %+v", i, list[i])
				}
			}
		})
	}
}

func TestCheckCopiesOfAVaultThatIsGone(t *testing.T) {
	v, _ := vaultWithCopies(t)
	if err := os.Remove(v.Place().File); err != nil {
		t.Fatal(err)
	}
	list, err := CheckCopies(v.Place())
	if err != nil || len(list) != 4 || !errors.Is(list[0].Err, ErrNoVault) || list[1].Err != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestDrill opens copies with all that the person may have, and changes nothing.
func TestDrill(t *testing.T) {
	v, code := vaultWithCopies(t)
	file := v.Place().File
	before := snapshot(t, v.Place())
	for name, c := range map[string]struct {
		file     string
		accounts int
	}{"the newest": {"", 1}, "the oldest": {file + ".bak-3", 0}, "the vault itself": {file, 2}} {
		for _, own := range []Credential{PIN([]byte(testPIN)), RecoveryCode([]byte(code))} {
			got, err := Drill(v.Place(), c.file, own)
			if err != nil || !got.Opened || got.Accounts != c.accounts {
				t.Errorf("%s with the %s: %+v, %v", name, own.Kind(), got, err)
			}
		}
	}
	after := snapshot(t, v.Place())
	for name, data := range before {
		if after[name] != data && !strings.HasSuffix(name, ".tries") {
			t.Errorf("%s was changed", name)
		}
	}
	if _, err := Drill(v.Place(), "", PIN(wrongPIN)); !isPINError(err, SlotPIN) {
		t.Errorf("a wrong PIN: %v", err)
	}
	if sum, err := Inspect(v.Place()); err != nil || sum.Slots[0].TriesLeft != mostTries-1 {
		t.Errorf("the wrong PIN of a drill was not counted: %+v, %v", sum.Slots, err)
	}
}

func TestDrillRefuses(t *testing.T) {
	v, _ := testVault(t)
	pin := PIN([]byte(testPIN))
	if _, err := Drill(v.Place(), "", pin); !errors.Is(err, ErrNoCopy) {
		t.Errorf("no copy: %v", err)
	}
	if _, err := Drill(v.Place(), v.Place().File+".gone", pin); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	newest := v.Place().File + ".bak-1"
	data, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(newest, data[:len(data)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Drill(v.Place(), "", pin)
	if d, ok := errors.AsType[*DamagedError](err); !ok || d.File != newest {
		t.Errorf("a copy that is cut: %v", err)
	}
}
