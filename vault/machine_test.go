package vault

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nod/vault/protect"
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

// TestSentenceOfAMachineWithoutID: what is said goes by the parts of the PIN, and
// before there is one, by the machine.
func TestSentenceOfAMachineWithoutID(t *testing.T) {
	cheap(t)
	p := testPlace(t)
	file := func() string {
		t.Helper()
		all, err := Protections(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range all {
			if w.Kind == protect.KindFile {
				return w.Sentence
			}
		}
		return ""
	}
	const home, disk = "copies the home directory can try", "copies this whole disk can try"
	p.Host.Root = t.TempDir()
	if s := file(); !strings.Contains(s, home) {
		t.Errorf("before there is a vault: %q", s)
	}
	v, code, err := Create(p, Options{PIN: []byte(testPIN), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	p.Host.Root = testMachine(t, "0123456789abcdef0123456789abcdef") // it comes later, and is no part of this PIN
	if sum, err := Inspect(p); err != nil || !strings.Contains(sum.Protection, home) || !strings.Contains(file(), home) {
		t.Errorf("%q and %q, %v", sum.Protection, file(), err)
	}
	bound, err := Open(p, PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	defer bound.Close()
	if _, err := bound.AddSlot(PIN([]byte(testPIN)), PINOf("ben", []byte(benPIN)), protect.KindFile); err != nil {
		t.Fatal(err)
	}
	if sum, err := Inspect(p); err != nil || !strings.Contains(sum.Protection, home) || !strings.Contains(file(), home) {
		t.Errorf("with ben's PIN, too: %q and %q, %v", sum.Protection, file(), err)
	}
	if _, err := bound.RemoveSlot(PINOf("ben", []byte(benPIN)), pinSlot(t, mustLoad(t, bound)).shortID()); err != nil {
		t.Fatal(err)
	}
	if sum, err := Inspect(p); err != nil || !strings.Contains(sum.Protection, disk) || !strings.Contains(file(), disk) {
		t.Errorf("with ben's PIN alone %q and %q, %v", sum.Protection, file(), err)
	}
	p.Host.Root = t.TempDir()
	recovered, err := Open(p, RecoveryCode([]byte(code)))
	if err != nil {
		t.Fatal(err)
	}
	defer recovered.Close()
	if _, err := recovered.AddSlot(RecoveryCode([]byte(code)), PINOf("cleo", []byte("6190")), protect.KindFile); err != nil {
		t.Fatal(err)
	}
	if sum, err := Inspect(p); err != nil || !strings.Contains(sum.Protection, home) || !strings.Contains(file(), home) {
		t.Errorf("with cleo's PIN, too: %q and %q, %v", sum.Protection, file(), err)
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

// TestMachineIDThatComesAndGoes: the record of the machine is that of the PIN made
// last, which may have other parts than the PINs from before.
func TestMachineIDThatComesAndGoes(t *testing.T) {
	cheap(t)
	p, with, without := testPlace(t), testMachine(t, "0123456789abcdef0123456789abcdef"), t.TempDir()
	p.Host.Root = without
	v, code, err := Create(p, Options{PIN: []byte(testPIN), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	v.Close()
	ana, ben, cleo := PIN([]byte(testPIN)), PINOf("ben", []byte(benPIN)), PINOf("cleo", []byte("6190"))
	add := func(root string, by, next Credential) {
		t.Helper()
		p.Host.Root = root
		v, err := Open(p, by)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if _, err := v.AddSlot(by, next, protect.KindFile); err != nil {
			t.Fatal(err)
		}
	}
	opens := func(root string, want map[string]error) {
		t.Helper()
		p.Host.Root = root
		for _, c := range []Credential{ana, ben, cleo} {
			v, err := Open(p, c)
			if err == nil {
				v.Close()
			}
			if w, there := want[c.name]; there && !errors.Is(err, w) {
				t.Errorf("PIN %q: %v, want %v", c.name, err, w)
			}
		}
	}
	add(with, ana, ben)
	opens(with, map[string]error{"": nil, "ben": nil})
	opens(without, map[string]error{"": nil, "ben": ErrOtherMachine})
	add(without, ana, cleo)
	opens(without, map[string]error{"": nil, "ben": ErrOtherMachine, "cleo": nil})
	opens(with, map[string]error{"": nil, "ben": nil, "cleo": nil})
	add(with, RecoveryCode([]byte(code)), PINOf("cleo's laptop", []byte("6191")))
	opens(testMachine(t, "ffffffffffffffffffffffffffffffff"), map[string]error{"ben": ErrOtherMachine})
}
