package vault

// This file tests that a PIN's part in a TPM or keyring comes and goes with its
// slot, whatever breaks in between.

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault/protect"
)

// fakeKinds are the fake parts that the tests go through.
var fakeKinds = []struct {
	kind protect.Kind
	part protect.Part
}{{protect.KindKeyring, protect.Keyring}, {protect.KindTPM, protect.TPM}, {protect.KindCredential, protect.Credential}}

// partVault makes a vault whose PIN has a part in fake.
func partVault(t testing.TB, kind protect.Kind) (*Vault, Credential) {
	t.Helper()
	cheap(t)
	v, code, err := Create(testPlace(t), Options{PIN: []byte(testPIN), Protect: kind, Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v, RecoveryCode([]byte(code))
}

// hexID is the name of a slot's part.
func hexID(s *slot) string { return hex.EncodeToString(s.id[:]) }

// wantParts compares the parts that are there and those on record with what
// they should be.
func wantParts(t testing.TB, v *Vault, fake *fakePart, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := fake.kept(t); !slices.Equal(got, want) {
		t.Errorf("parts of %v are kept, want %v", got, want)
	}
	noted := []string{}
	for _, n := range v.site.notedParts(v.vaultID) {
		if n.need != fake.part {
			t.Errorf("the record says part %d", n.need)
		}
		noted = append(noted, hex.EncodeToString(n.slot[:]))
	}
	slices.Sort(noted)
	if !slices.Equal(noted, want) {
		t.Errorf("parts of %v are on record, want %v", noted, want)
	}
}

func TestPartsComeAndGoWithSlots(t *testing.T) {
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, recovery := partVault(t, k.kind)
			first := hexID(pinSlot(t, v.saved))
			wantParts(t, v, fake, first)
			if s := pinSlot(t, v.saved); s.need != partsAlways|k.part {
				t.Errorf("need = %b", s.need)
			}
			reopen(t, v, PIN([]byte(testPIN)))
			if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
				t.Fatal(err)
			}
			second := hexID(pinSlot(t, v.saved))
			wantParts(t, v, fake, second)
			if _, err := v.AddSlot(PIN([]byte("6190")), PINOf("ben", []byte(benPIN)), ""); err != nil {
				t.Fatal(err)
			}
			ben := slotOf(t, v.saved, PINOf("ben", nil))
			if protect.KindOf(ben.need) != k.kind {
				t.Errorf("ben's PIN is protected by %s", protect.KindOf(ben.need))
			}
			wantParts(t, v, fake, second, hexID(ben))
			if _, err := v.Rekey(recovery); err != nil {
				t.Fatal(err)
			}
			wantParts(t, v, fake, second, hexID(ben))
			if _, err := v.Change(recovery, PINOf("ben", []byte("6191"))); err != nil {
				t.Fatal(err)
			}
			ben = slotOf(t, v.saved, PINOf("ben", nil))
			wantParts(t, v, fake, second, hexID(ben))
			if _, err := v.RemoveSlot(recovery, ben.shortID()); err != nil {
				t.Fatal(err)
			}
			wantParts(t, v, fake, second)
			if _, err := v.Protect(PIN([]byte("6190")), PIN([]byte("6191")), protect.KindFile); err != nil {
				t.Fatal(err)
			}
			wantParts(t, v, fake)
			if s := pinSlot(t, v.saved); s.need != partsAlways {
				t.Errorf("need = %b", s.need)
			}
			if _, err := v.Protect(PIN([]byte("6191")), PIN([]byte(testPIN)), k.kind); err != nil {
				t.Fatal(err)
			}
			wantParts(t, v, fake, hexID(pinSlot(t, v.saved)))
			reopen(t, v, PIN([]byte(testPIN)))
		})
	}
}

// TestProtectRefusesTheSamePIN: copies from before can be tried.
func TestProtectRefusesTheSamePIN(t *testing.T) {
	fake := withPart(t, protect.TPM)
	v, _ := partVault(t, protect.KindFile)
	if _, err := v.Protect(PIN([]byte(testPIN)), PIN([]byte(testPIN)), protect.KindTPM); !errors.Is(err, ErrSamePIN) {
		t.Errorf("the same PIN: %v", err)
	}
	fake.fault = func(string, protect.SlotID) error { return errors.New("the TPM is away") }
	if _, err := v.Protect(PIN([]byte(testPIN)), PIN([]byte("6190")), protect.KindTPM); err == nil {
		t.Error("a TPM that is away protects")
	}
	if _, err := v.Protect(PIN([]byte(testPIN)), Passphrase([]byte(testPhrase)), protect.KindTPM); err == nil {
		t.Error("a TPM protects a passphrase")
	}
	fake.fault = nil
	wantParts(t, v, fake)
	reopen(t, v, PIN([]byte(testPIN)))
}

// TestDisabledPINForgetsItsPart makes the last wrong try.
func TestDisabledPINForgetsItsPart(t *testing.T) {
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, recovery := partVault(t, k.kind)
			if _, err := v.AddSlot(PIN([]byte(testPIN)), PINOf("ben", []byte(benPIN)), k.kind); err != nil {
				t.Fatal(err)
			}
			ben := slotOf(t, v.saved, PINOf("ben", nil))
			want := mostTries
			if k.part&protect.Guarded != 0 {
				want = protect.MostTries
			}
			if n := wrongUntilDisabled(t, v, PIN(wrongPIN)); n != want {
				t.Errorf("disabled after %d tries, want %d", n, want)
			}
			wantParts(t, v, fake, hexID(ben))
			reopen(t, v, PINOf("ben", []byte(benPIN)))
			reopen(t, v, recovery)
		})
	}
}

// wrongUntilDisabled tries c until it is disabled, counts the tries and checks
// that the errors count down.
func wrongUntilDisabled(t *testing.T, v *Vault, c Credential) int {
	t.Helper()
	n, before := 0, 0
	synctest.Test(t, func(t *testing.T) {
		for ; n < 20; n++ {
			err := v.Verify(c)
			e, ok := errors.AsType[*PINError](err)
			if !ok || n > 0 && e.Left != before-1 || (e.Left == 0) != errors.Is(err, ErrPINDisabled) {
				t.Errorf("try %d: %v", n+1, err)
				break
			}
			if before = e.Left; before == 0 {
				n++
				break
			}
			time.Sleep(e.Wait)
		}
	})
	return n
}

// TestPartsOfAnotherProgramsTries: the TPM has counted tries that nod has not.
func TestPartsOfAnotherProgramsTries(t *testing.T) {
	fake := withPart(t, protect.TPM)
	v, _ := partVault(t, protect.KindTPM)
	id := protect.SlotID(pinSlot(t, v.saved).id)
	for range 5 {
		if _, err := fake.Open(id, []byte("a sealed blob"), []byte("guess")); err == nil {
			t.Fatal("a guess opens")
		}
	}
	err := v.Verify(PIN(wrongPIN))
	if e, ok := errors.AsType[*PINError](err); !ok || e.Left != 2 {
		t.Errorf("%v, want two tries left", err)
	}
	reopen(t, v, PIN([]byte(testPIN)))
	for range protect.MostTries {
		_, _ = fake.Open(id, []byte("a sealed blob"), []byte("guess"))
	}
	if err := v.Verify(PIN([]byte(testPIN))); !errors.Is(err, ErrPINDisabled) {
		t.Errorf("the right PIN when the TPM is shut: %v", err)
	}
	if s := pinSlot(t, mustLoad(t, v)); !s.disabled() {
		t.Error("the slot is not overwritten")
	}
	wantParts(t, v, fake)
}

func mustLoad(t testing.TB, v *Vault) *frame {
	t.Helper()
	f, err := v.site.load()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBusyPartCostsNoTry: what is no answer to the PIN is not counted.
func TestBusyPartCostsNoTry(t *testing.T) {
	busy := errors.New("busy")
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, _ := partVault(t, k.kind)
			for name, c := range map[string]struct{ fault, want error }{
				"busy":   {busy, busy},
				"absent": {fmt.Errorf("open: %w", protect.ErrAbsent), ErrOtherMachine},
			} {
				fake.fault = func(what string, _ protect.SlotID) error {
					if what == "open" {
						return c.fault
					}
					return nil
				}
				for range mostTries + 2 {
					for _, pin := range [][]byte{[]byte(testPIN), wrongPIN} {
						err := v.Verify(PIN(pin))
						if !errors.Is(err, c.want) || errors.Is(err, ErrUnready) != (name == "busy") || isPINError(err, SlotPIN) {
							t.Fatalf("%s: %v", name, err)
						}
					}
				}
			}
			fake.fault = nil
			sum, err := Inspect(v.Place())
			if err != nil || onlyPIN(t, sum).TriesLeft != v.saved.slots[0].mostTries() {
				t.Errorf("%+v, %v", sum, err)
			}
			reopen(t, v, PIN([]byte(testPIN)))
		})
	}
}

// TestInspectShowsEightTries of a PIN in a TPM.
func TestInspectShowsEightTries(t *testing.T) {
	withPart(t, protect.TPM)
	v, _ := partVault(t, protect.KindTPM)
	sum, err := Inspect(v.Place())
	if err != nil || onlyPIN(t, sum).TriesLeft != 8 || onlyPIN(t, sum).Kind != protect.KindTPM || sum.Grade != protect.GradeA {
		t.Errorf("%+v, %v", sum, err)
	}
	if err := v.Verify(PIN(wrongPIN)); err == nil {
		t.Fatal("a wrong PIN was right")
	}
	if sum, err := Inspect(v.Place()); err != nil || onlyPIN(t, sum).TriesLeft != 7 {
		t.Errorf("%+v, %v", sum, err)
	}
}

// TestBestIsNeverWorse moves a PIN that a credential protects to the best of this
// machine, where "best" would choose the device file by itself.
func TestBestIsNeverWorse(t *testing.T) {
	withPart(t, protect.Credential)
	v, recovery := partVault(t, protect.KindCredential)
	for i, c := range []Credential{PIN([]byte(testPIN)), recovery} {
		if _, err := v.Protect(c, PIN(fmt.Appendf(nil, "619%d", i)), ""); err != nil {
			t.Fatal(err)
		}
		if got := protect.KindOf(pinSlot(t, v.saved).need); got != protect.KindCredential {
			t.Errorf("with the %s: protected by %s", c.Kind(), got)
		}
	}
}
