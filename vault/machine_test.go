package vault

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOtherMachine(t *testing.T) {
	root := t.TempDir()
	setMachine := func(id string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(root, "etc"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "etc", "machine-id"), []byte(id+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	onMachine(t, root)
	setMachine("0123456789abcdef0123456789abcdef")
	v, code := testVault(t)
	p := v.Place()
	check := func(name string, want error) {
		t.Helper()
		for _, pin := range [][]byte{[]byte(testPIN), wrongPIN} {
			if _, err := Open(p, PIN(pin)); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
		reopen(t, v, RecoveryCode([]byte(code)))
	}
	for _, id := range []string{"ffffffffffffffffffffffffffffffff", "", "uninitialized"} {
		setMachine(id)
		check("machine id "+id, ErrOtherMachine)
	}
	setMachine("0123456789abcdef0123456789abcdef")
	reopen(t, v, PIN([]byte(testPIN)))

	key := filepath.Join(p.State, "device.key")
	was, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	check("no device key", ErrOtherMachine)
	reopen(t, v, RecoveryCode([]byte(code))) // makes a new device key when it has something to record
	if err := os.WriteFile(key, []byte(strings.Repeat("k", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	check("another device key", ErrOtherMachine)
	if err := os.WriteFile(key, was, 0o600); err != nil {
		t.Fatal(err)
	}
	reopen(t, v, PIN([]byte(testPIN)))
	if sum, err := Inspect(p); err != nil || onlyPIN(t, sum).TriesLeft != mostTries {
		t.Errorf("tries were counted: %+v, %v", sum, err)
	}
}

// TestMoveToAnotherMachine binds a vault that was copied with the recovery code.
func TestMoveToAnotherMachine(t *testing.T) {
	v, code := testVault(t)
	data, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	p := testPlace(t)
	if err := os.MkdirAll(filepath.Dir(p.File), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.File, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(p, PIN([]byte(testPIN))); !errors.Is(err, ErrOtherMachine) {
		t.Errorf("opened with the PIN of another machine: %v", err)
	}
	moved, err := Open(p, RecoveryCode([]byte(code)))
	if err != nil {
		t.Fatal(err)
	}
	defer moved.Close()
	if _, err := moved.Change(RecoveryCode([]byte(code)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	reopen(t, moved, PIN([]byte("6190")))
}
