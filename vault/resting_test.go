package vault

// This file tests the PIN that is in no file.

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// restingVault makes a vault with a passphrase, a device and the session PIN benPIN.
func restingVault(t testing.TB) (*Vault, Device, ed25519.PublicKey) {
	t.Helper()
	cheap(t)
	v, _, err := Create(testPlace(t), Options{Passphrase: []byte(testPhrase), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	d, _, approval := pair(t, v)
	if err := v.SetSessionPIN(Passphrase([]byte(testPhrase)), PIN([]byte(benPIN))); err != nil {
		t.Fatal(err)
	}
	if !v.HasSessionPIN() {
		t.Fatal("there is no session PIN")
	}
	return v, d, approval
}

// approves signs with the approval key of d.
func approves(t testing.TB, v *Vault, d Device, c Credential, public ed25519.PublicKey) {
	t.Helper()
	k, err := v.Approve(d.ID, c)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if sig, err := k.Sign([]byte("yes")); err != nil || !ed25519.Verify(public, []byte("yes"), sig) {
		t.Errorf("approval: %v", err)
	}
}

func TestSessionPINOpensAfterRest(t *testing.T) {
	v, d, approval := restingVault(t)
	pin := PIN([]byte(benPIN))
	for range 3 {
		approves(t, v, d, pin, approval)
		approves(t, v, d, Passphrase([]byte(testPhrase)), approval)
		rest := v.Rest()
		if rest == nil {
			t.Fatal("it does not rest")
		}
		if err := v.Verify(pin); !errors.Is(err, ErrLocked) {
			t.Errorf("while it rests: %v", err)
		}
		if _, err := rest.Open(PIN(wrongPIN)); !isPINError(err, SlotPIN) || rest.TriesLeft() != mostTries-1 {
			t.Errorf("a wrong PIN: %v, %d left", err, rest.TriesLeft())
		}
		again, err := rest.Open(pin)
		if err != nil {
			t.Fatal(err)
		}
		if rest.TriesLeft() != mostTries || !again.HasSessionPIN() {
			t.Errorf("after the right one %d tries are left", rest.TriesLeft())
		}
		if err := again.SetOwner("ana@demo.test"); err != nil {
			t.Fatal(err)
		}
		v = again
	}
	v.Close()
	if v.HasSessionPIN() {
		t.Error("the session PIN outlives the vault")
	}
}

// A vault that is open can be opened once more; the session PIN stays with the new one.
func TestReopen(t *testing.T) {
	v, d, approval := restingVault(t)
	pin := PIN([]byte(benPIN))
	if _, err := v.Reopen(PIN(wrongPIN)); !isPINError(err, SlotPIN) || !v.HasSessionPIN() {
		t.Errorf("a wrong PIN: %v", err)
	}
	again, err := v.Reopen(pin)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if v.Detach() == nil || !again.HasSessionPIN() {
		t.Error("one of them does not have it")
	}
	if _, err := v.Reopen(pin); !errors.Is(err, ErrPINDisabled) {
		t.Errorf("without it: %v", err)
	}
	v.Close()
	approves(t, again, d, pin, approval)
}

// Who takes the session PIN from a vault leaves it open.
func TestDetach(t *testing.T) {
	v, _, _ := restingVault(t)
	r := v.Detach()
	if r == nil || v.HasSessionPIN() || v.Detach() != nil {
		t.Fatal("it is still there")
	}
	if err := v.Verify(Passphrase([]byte(testPhrase))); err != nil {
		t.Errorf("what is left: %v", err)
	}
	v.Close()
	again, err := r.Open(PIN([]byte(benPIN)))
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	if r.TriesLeft() != 0 {
		t.Error("it outlives the vault")
	}
}

func TestRestWithoutSessionPIN(t *testing.T) {
	v, _ := testVault(t)
	if rest := v.Rest(); rest != nil {
		t.Error("it rests")
	}
	if err := v.Verify(PIN([]byte(testPIN))); !errors.Is(err, ErrLocked) {
		t.Errorf("it is not closed: %v", err)
	}
}

// TestTenWrongSessionPINs wipe it, whether the vault is open or rests.
func TestTenWrongSessionPINs(t *testing.T) {
	for name, resting := range map[string]bool{"open": false, "resting": true} {
		t.Run(name, func(t *testing.T) {
			v, d, approval := restingVault(t)
			n := v.sessionPIN()
			held := map[string][]byte{"secret": n.secret.Bytes(), "body": n.slot.body}
			var rest *Resting
			if resting {
				rest = v.Rest()
			}
			try := func(pin []byte) error {
				if !resting {
					return v.Verify(PIN(pin))
				}
				u, err := rest.Open(PIN(pin))
				if err == nil {
					u.Close()
				}
				return err
			}
			for n := 1; n <= mostTries; n++ {
				err := try(wrongPIN)
				e, ok := errors.AsType[*PINError](err)
				if !ok || e.Left != mostTries-n || (n == mostTries) != errors.Is(err, ErrPINDisabled) {
					t.Fatalf("try %d: %v", n, err)
				}
			}
			for name, secret := range held {
				if len(bytes.Trim(secret, "\x00")) > 0 {
					t.Errorf("its %s is not wiped", name)
				}
			}
			if resting {
				if err := try([]byte(benPIN)); !errors.Is(err, ErrPINDisabled) || rest.TriesLeft() != 0 {
					t.Errorf("the right PIN after ten wrong ones: %v", err)
				}
				v = reopen(t, v, Passphrase([]byte(testPhrase)))
			} else if err := try([]byte(benPIN)); err == nil || v.HasSessionPIN() || v.Rest() != nil {
				t.Errorf("the right PIN after ten wrong ones: %v", err)
			} else {
				v = reopen(t, v, Passphrase([]byte(testPhrase)))
			}
			approves(t, v, d, Passphrase([]byte(testPhrase)), approval)
		})
	}
}

// TestSessionPINIsInNoFile compares the files before and after, and searches them.
func TestSessionPINIsInNoFile(t *testing.T) {
	cheap(t)
	v, _, err := Create(testPlace(t), Options{Passphrase: []byte(testPhrase), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	before := snapshot(t, v.Place())
	const sessionPIN = "730548216093" // four digits may be anywhere in what is encrypted
	if err := v.SetSessionPIN(Passphrase([]byte(testPhrase)), PIN([]byte(sessionPIN))); err != nil {
		t.Fatal(err)
	}
	if err := v.Verify(PIN(wrongPIN)); !isPINError(err, SlotPIN) {
		t.Fatal(err)
	}
	if after := snapshot(t, v.Place()); !maps.Equal(after, before) {
		t.Errorf("files have changed: %v, were %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
	if err := v.SetOwner("ana@demo.test"); err != nil {
		t.Fatal(err)
	}
	n := v.sessionPIN()
	for name, data := range snapshot(t, v.Place()) {
		for what, secret := range map[string][]byte{
			"secret": n.secret.Bytes(), "public key": n.slot.in.seals.public, "salt": n.slot.in.salt, "id": n.slot.id[:], "PIN": []byte(sessionPIN),
		} {
			if strings.Contains(data, string(secret)) {
				t.Errorf("%s holds its %s", name, what)
			}
		}
	}
	if _, err := Open(v.Place(), PIN([]byte(sessionPIN))); !errors.Is(err, ErrNoSlot) {
		t.Errorf("another process: %v", err)
	}
	plain, err := v.contents.encode()
	if err != nil || bytes.Contains(plain, n.secret.Bytes()) {
		t.Errorf("the payload holds its secret, %v", err)
	}
}

// snapshot reads all files of a vault and its state.
func snapshot(t testing.TB, p Place) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, dir := range []string{filepath.Dir(p.File), p.State} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(data)
		}
	}
	return files
}

// TestStaleSessionPIN: another process gives the vault new keys meanwhile.
func TestStaleSessionPIN(t *testing.T) {
	v, d, approval := restingVault(t)
	phrase, pin := Passphrase([]byte(testPhrase)), PIN([]byte(benPIN))
	other := reopen(t, v, phrase)
	rest := v.Rest()
	if _, err := other.Rekey(phrase); err != nil {
		t.Fatal(err)
	}
	if _, err := rest.Open(pin); !errors.Is(err, ErrStale) {
		t.Errorf("after new keys: %v", err)
	}
	if _, err := rest.Open(PIN(wrongPIN)); !isPINError(err, SlotPIN) {
		t.Errorf("a wrong PIN after new keys: %v", err)
	}
	rest.Close()
	if _, err := rest.Open(pin); !errors.Is(err, ErrPINDisabled) || rest.TriesLeft() != 0 {
		t.Errorf("after Close: %v", err)
	}
	approves(t, reopen(t, other, phrase), d, phrase, approval)
}

// TestSessionPINAfterOwnChange: it goes on when the vault itself changes its keys.
func TestSessionPINAfterOwnChange(t *testing.T) {
	v, d, approval := restingVault(t)
	phrase, pin := Passphrase([]byte(testPhrase)), PIN([]byte(benPIN))
	if _, err := v.Rekey(phrase); err != nil {
		t.Fatal(err)
	}
	approves(t, v, d, pin, approval)
	if _, err := v.Change(pin, Passphrase([]byte("another horse in the battery"))); err != nil {
		t.Fatal(err)
	}
	again, err := v.Rest().Open(pin)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	approves(t, again, d, pin, approval)
}

// TestSetSessionPINRefuses checks the credential and the PIN.
func TestSetSessionPINRefuses(t *testing.T) {
	v, _, _ := restingVault(t)
	phrase := Passphrase([]byte(testPhrase))
	if err := v.SetSessionPIN(Passphrase([]byte("another horse in the battery")), PIN([]byte("6190"))); !isPINError(err, SlotPassphrase) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if err := v.SetSessionPIN(phrase, PIN([]byte("1234"))); !isWeak(err) {
		t.Errorf("a weak PIN: %v", err)
	}
	if err := v.Verify(PIN([]byte(benPIN))); err != nil {
		t.Errorf("the session PIN from before: %v", err)
	}
	if err := v.SetSessionPIN(PIN([]byte(benPIN)), PIN([]byte("6190"))); err != nil {
		t.Errorf("a new one by the old one: %v", err)
	}
	if err := v.Verify(PIN([]byte(benPIN))); !isPINError(err, SlotPIN) {
		t.Errorf("the old one: %v", err)
	}
}

// TestNoMemoryIsNoWrongPIN: what can not be tried is not counted.
func TestNoMemoryIsNoWrongPIN(t *testing.T) {
	v, _, _ := restingVault(t)
	n := v.sessionPIN()
	cost := n.slot.in.cost
	n.slot.in.cost.Memory = 1 << 31 // KiB: no machine has that
	for range mostTries + 1 {
		if err := v.Verify(PIN([]byte(benPIN))); err == nil || isPINError(err, SlotPIN) {
			t.Fatalf("tried with 2 TiB of memory: %v", err)
		}
	}
	n.slot.in.cost = cost
	if err := v.Verify(PIN([]byte(benPIN))); err != nil {
		t.Error(err)
	}
}
