package vault

// This file tests that a PIN which copies from before open with is not taken for a
// new one, whoever has opened the vault.

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"nod/vault/protect"
)

// TestProtectTriesTheOldPIN: who opens the vault by its recovery code has not typed
// the old PIN, which is no new one all the same.
func TestProtectTriesTheOldPIN(t *testing.T) {
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, recovery := partVault(t, k.kind)
			before := v.saved.marshal()
			for _, kind := range []protect.Kind{protect.KindFile, k.kind} {
				if _, err := v.Protect(recovery, PIN([]byte(testPIN)), kind); !errors.Is(err, ErrSamePIN) {
					t.Errorf("the same PIN, by %s: %v", kind, err)
				}
			}
			if !bytes.Equal(mustLoad(t, v).marshal(), before) {
				t.Error("the file has changed")
			}
			wantParts(t, v, fake, hexID(pinSlot(t, v.saved)))
			sum, err := Inspect(v.Place())
			if err != nil || onlyPIN(t, sum).TriesLeft != pinSlot(t, v.saved).mostTries() {
				t.Errorf("tries were counted: %+v, %v", sum, err)
			}
			if _, err := v.Protect(recovery, PIN([]byte("6190")), protect.KindFile); err != nil {
				t.Fatal(err)
			}
			wantParts(t, v, fake)
			if _, err := v.Protect(recovery, PIN([]byte("6190")), k.kind); !errors.Is(err, ErrSamePIN) {
				t.Errorf("the same PIN, from file: %v", err)
			}
			reopen(t, v, PIN([]byte("6190")))
		})
	}
}

// TestProtectTriesOlderCopies: a copy beside the vault opens with a PIN from before.
func TestProtectTriesOlderCopies(t *testing.T) {
	withPart(t, protect.Keyring)
	v, recovery := partVault(t, protect.KindFile)
	old := v.saved.marshal()
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.site.generation(2), old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Credential{recovery, PIN([]byte("6190"))} {
		if _, err := v.Protect(c, PIN([]byte(testPIN)), protect.KindKeyring); !errors.Is(err, ErrSamePIN) {
			t.Errorf("by the %s: %v", c.Kind(), err)
		}
	}
	if _, err := v.Protect(recovery, PIN([]byte("6191")), protect.KindKeyring); err != nil {
		t.Fatal(err)
	}
	if list := v.site.generations(); len(list) != 0 {
		t.Errorf("generations are left: %+v", list)
	}
}

// TestProtectWhereTheOldPINCanNotBeTried: its part is away, or one more wrong PIN
// would shut the TPM. The older copies go, which is what can be done.
func TestProtectWhereTheOldPINCanNotBeTried(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, v *Vault, fake *fakePart){
		"away": func(_ *testing.T, _ *Vault, fake *fakePart) {
			fake.fault = func(string, protect.SlotID) error { return protect.ErrAbsent }
		},
		"the last try": func(t *testing.T, v *Vault, _ *fakePart) {
			device, err := v.site.device().Secret()
			if err != nil {
				t.Fatal(err)
			}
			s := pinSlot(t, v.saved)
			if err := v.site.writeTries(v.vaultID, tries{slot: s.id, wrong: protect.MostTries - 1}, device); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			fake := withPart(t, protect.TPM)
			v, recovery := partVault(t, protect.KindTPM)
			if err := v.SetOwner("ana@demo.test"); err != nil { // makes an older copy
				t.Fatal(err)
			}
			prepare(t, v, fake)
			fake.asked = nil
			if _, err := v.Protect(recovery, PIN([]byte("6190")), protect.KindFile); err != nil {
				t.Fatal(err)
			}
			for _, asked := range fake.asked {
				if name == "the last try" && strings.HasPrefix(asked, "open") {
					t.Errorf("the TPM was asked: %q", fake.asked)
				}
			}
			if list := v.site.generations(); len(list) != 0 {
				t.Errorf("generations are left: %+v", list)
			}
			reopen(t, v, PIN([]byte("6190")))
		})
	}
}
