package vault

// This file breaks changes of PINs that have a part in a TPM or keyring: no part
// may stay behind for good, and none may go that a vault file still needs.

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"nod/vault/protect"
)

// TestChangeKilledBeforeTheSave ends a change between the making of the part and
// the new file, as a kill does.
func TestChangeKilledBeforeTheSave(t *testing.T) {
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, _ := partVault(t, k.kind)
			kept := hexID(pinSlot(t, v.saved))
			killed := make(chan string)
			fake.after = func(what string, id protect.SlotID) {
				if what == "seal" {
					killed <- hex.EncodeToString(id[:])
					runtime.Goexit() // which releases the lock, as the kernel does for a dead process
				}
			}
			other := reopen(t, v, PIN([]byte(testPIN)))
			go func() {
				_, _ = other.Change(PIN([]byte(testPIN)), PIN([]byte("6190")))
			}()
			orphan := <-killed
			fake.after = nil
			wantParts(t, v, fake, kept, orphan)
			reopen(t, v, PIN([]byte(testPIN)))
			if _, err := v.AddSlot(PIN([]byte(testPIN)), Passphrase([]byte(testPhrase)), ""); err != nil {
				t.Fatal(err)
			}
			wantParts(t, v, fake, kept)
			reopen(t, v, PIN([]byte(testPIN)))
		})
	}
}

// TestFailedChangeForgetsItsPart lets the save fail.
func TestFailedChangeForgetsItsPart(t *testing.T) {
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, _ := partVault(t, k.kind)
			kept := hexID(pinSlot(t, v.saved))
			blocked := v.site.generation(3)
			if err := os.MkdirAll(filepath.Join(blocked, "x"), 0o700); err != nil {
				t.Fatal(err)
			}
			if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err == nil {
				t.Fatal("the change did not fail")
			}
			wantParts(t, v, fake, kept)
			reopen(t, v, PIN([]byte(testPIN)))
		})
	}
}

// TestFailedSealLeavesNothing lets the part's maker fail, also after it has made
// something.
func TestFailedSealLeavesNothing(t *testing.T) {
	for _, k := range fakeKinds {
		t.Run(string(k.kind), func(t *testing.T) {
			fake := withPart(t, k.part)
			v, _ := partVault(t, k.kind)
			kept := hexID(pinSlot(t, v.saved))
			fake.fault = func(what string, id protect.SlotID) error {
				if what != "seal" {
					return nil
				}
				if err := fake.write(id, []byte("half")); err != nil {
					t.Error(err)
				}
				return errors.New("no room")
			}
			if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err == nil {
				t.Fatal("the change did not fail")
			}
			fake.fault = nil
			wantParts(t, v, fake, kept)
			reopen(t, v, PIN([]byte(testPIN)))
		})
	}
}

// TestFailedCreateLeavesNothing makes a vault where it can not be saved.
func TestFailedCreateLeavesNothing(t *testing.T) {
	cheap(t)
	for _, k := range fakeKinds {
		fake := withPart(t, k.part)
		p := testPlace(t)
		fake.after = func(what string, _ protect.SlotID) {
			if what != "seal" {
				return
			}
			if err := os.RemoveAll(filepath.Dir(p.File)); err != nil {
				t.Error(err)
			}
		}
		if _, _, err := Create(p, Options{PIN: []byte(testPIN), Protect: k.kind, Cost: cheapCost}); err == nil {
			t.Fatal("created in a directory that is gone")
		}
		if kept := fake.kept(t); len(kept) > 0 {
			t.Errorf("%s: parts are left: %v", k.kind, kept)
		}
	}
}

// TestPartOfAFileThatIsThere: the save fails at its last step, after the new file
// is in place. Its part must stay, or the new PIN would be lost, and so must the
// old one's, because the disk may still have the old file.
func TestPartOfAFileThatIsThere(t *testing.T) {
	fake := withPart(t, protect.TPM)
	v, _ := partVault(t, protect.KindTPM)
	old := mustLoad(t, v)
	other := reopen(t, v, PIN([]byte(testPIN)))
	if _, err := other.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	fresh := hexID(pinSlot(t, mustLoad(t, v)))
	v.site.forgetFailed(old)
	wantParts(t, v, fake, fresh)
	reopen(t, v, PIN([]byte("6190")))
}

// TestAbsentPartStaysOnRecord: a keyring that is locked now is asked again later.
func TestAbsentPartStaysOnRecord(t *testing.T) {
	fake := withPart(t, protect.Keyring)
	v, recovery := partVault(t, protect.KindKeyring)
	old := hexID(pinSlot(t, v.saved))
	fake.fault = func(what string, _ protect.SlotID) error {
		if what == "ready" {
			return nil
		}
		return fmt.Errorf("the keyring: %w", protect.ErrAbsent)
	}
	if _, err := v.Protect(recovery, PIN([]byte("6190")), protect.KindFile); err != nil {
		t.Fatal(err)
	}
	wantParts(t, v, fake, old)
	fake.fault = nil
	if err := v.SetOwner("ana@demo.test"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Rekey(recovery); err != nil {
		t.Fatal(err)
	}
	wantParts(t, v, fake)
}

// TestPartThatIsNotHereStaysOnRecord: this machine has lost its TPM for now.
func TestPartThatIsNotHereStaysOnRecord(t *testing.T) {
	fake := withPart(t, protect.TPM)
	v, recovery := partVault(t, protect.KindTPM)
	old := hexID(pinSlot(t, v.saved))
	had := protectors
	protectors = func(p Place) []protect.Protector { return had(p)[:2] }
	if err := v.Verify(PIN([]byte(testPIN))); !errors.Is(err, ErrOtherMachine) {
		t.Errorf("without the TPM: %v", err)
	}
	if _, err := v.Protect(recovery, PIN([]byte("6190")), protect.KindFile); err != nil {
		t.Fatal(err)
	}
	wantParts(t, v, fake, old)
	protectors = had
	if _, err := v.Rekey(recovery); err != nil {
		t.Fatal(err)
	}
	wantParts(t, v, fake)
}

// TestTakenPlaceIsLeftAlone: the TPM has no room for this slot id, because
// another slot's part is there. That one must not be destroyed.
func TestTakenPlaceIsLeftAlone(t *testing.T) {
	fake := withPart(t, protect.TPM)
	v, _ := partVault(t, protect.KindTPM)
	var taken []string
	fake.fault = func(what string, id protect.SlotID) error {
		if what == "seal" && len(taken) < 2 {
			taken = append(taken, fmt.Sprintf("%x", id[:4]))
			return fmt.Errorf("seal: %w", protect.ErrTaken)
		}
		return nil
	}
	if _, err := v.Change(PIN([]byte(testPIN)), PIN([]byte("6190"))); err != nil {
		t.Fatal(err)
	}
	wantParts(t, v, fake, hexID(pinSlot(t, v.saved)))
	for _, id := range taken {
		if slices.Contains(fake.asked, "forget "+id) {
			t.Errorf("what is in the place of %s was destroyed", id)
		}
	}
	if len(taken) != 2 {
		t.Errorf("%d places were taken", len(taken))
	}
}
