package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tempFiles lists what saves under way have left beside the vault.
func tempFiles(t testing.TB, p Place) []string {
	t.Helper()
	var found []string
	for _, dir := range []string{filepath.Dir(p.File), p.State} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.Contains(e.Name(), ".tmp") {
				found = append(found, e.Name())
			}
		}
	}
	return found
}

func TestFiveGenerations(t *testing.T) {
	v, _ := testVault(t)
	for n := range 8 {
		if err := v.SetOwner(fmt.Sprintf("ana%d@demo.test", n)); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := Inspect(v.Place())
	if err != nil || len(sum.Generations) != keptGenerations {
		t.Fatalf("generations = %+v, %v", sum.Generations, err)
	}
	for n, g := range sum.Generations {
		data, err := os.ReadFile(g.File)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseFrame(data)
		if err != nil {
			t.Fatal(err)
		}
		c, err := f.unseal(v.keys)
		if want := fmt.Sprintf("ana%d@demo.test", 6-n); err != nil || c.owner != want {
			t.Errorf("generation %d holds %q, want %q, %v", n+1, c.owner, want, err)
		}
	}
	if left := tempFiles(t, v.Place()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNextSaveSweepsWhatCrashesLeft(t *testing.T) {
	v, _ := testVault(t)
	for _, name := range []string{"AAAA", "BBBB"} {
		if err := os.WriteFile(v.site.tempPrefix()+name, []byte("half a save"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.SetOwner("ana@demo.test"); err != nil {
		t.Fatal(err)
	}
	if left := tempFiles(t, v.Place()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestFailedSaveChangesNothing makes the step after the read-back fail.
func TestFailedSaveChangesNothing(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	before, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	blocked := v.site.generation(keptGenerations) // a file can not take the place of a directory
	if err := os.MkdirAll(filepath.Join(blocked, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.site.generation(keptGenerations-1), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.Remove(a.ID); err == nil {
		t.Fatal("the save did not fail")
	}
	after, err := os.ReadFile(v.Place().File)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed, %v", err)
	}
	if _, err := v.Code(a.ID, time.Now()); err != nil {
		t.Errorf("memory has changed: %v", err)
	}
	if left := tempFiles(t, v.Place()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	if err := v.Remove(a.ID); err != nil {
		t.Errorf("the next save: %v", err)
	}
}

func TestSecondWriter(t *testing.T) {
	v, _ := testVault(t)
	patience(t, 10*time.Millisecond)
	l, err := lock(v.site.lockFile(), lockPatience, v.site.place.Ended)
	if err != nil {
		t.Fatal(err)
	}
	err = v.SetOwner("ana@demo.test")
	if busy, ok := errors.AsType[*BusyError](err); !ok || busy.PID != os.Getpid() {
		t.Errorf("a second writer: %v", err)
	}
	if err := l.unlock(); err != nil {
		t.Fatal(err)
	}
	patience(t, time.Minute)
	if err := v.SetOwner("ana@demo.test"); err != nil {
		t.Errorf("after the first writer: %v", err)
	}
}

func TestTwoUnlockedVaults(t *testing.T) {
	one, _ := testVault(t)
	two := reopen(t, one, PIN([]byte(testPIN)))
	a := mustAdd(t, one, testKey("HelpDesk", "ana"))
	b := mustAdd(t, two, testKey("HelpDesk", "ben"))
	if len(two.Accounts()) != 2 {
		t.Errorf("the second has %d accounts", len(two.Accounts()))
	}
	if _, err := one.Account(b.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the first knows what it has not read: %v", err)
	}
	if changed, err := one.Refresh(); err != nil || !changed {
		t.Errorf("refresh = %v, %v", changed, err)
	}
	if changed, err := one.Refresh(); err != nil || changed {
		t.Errorf("refresh again = %v, %v", changed, err)
	}
	if _, err := one.Account(b.ID); err != nil {
		t.Error(err)
	}
	if err := one.Remove(a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Edit(a.ID, func(*Account) {}); !errors.Is(err, ErrNotFound) {
		t.Errorf("edited a removed account: %v", err)
	}
}

func TestVaultThatIsGone(t *testing.T) {
	v, _ := testVault(t)
	if err := os.Remove(v.Place().File); err != nil {
		t.Fatal(err)
	}
	if err := v.SetOwner("ana@demo.test"); !errors.Is(err, ErrNoVault) {
		t.Errorf("saved: %v", err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !errors.Is(err, ErrNoVault) {
		t.Errorf("opened: %v", err)
	}
	if _, err := Inspect(v.Place()); !errors.Is(err, ErrNoVault) {
		t.Errorf("inspected: %v", err)
	}
}

func TestClosedVault(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	d, _, _ := pair(t, v)
	raw, keys := v.contents.accounts[0].raw, v.keys
	v.Close()
	v.Close()
	pin := PIN([]byte(testPIN))
	calls := map[string]func() error{
		"Account":      func() error { _, err := v.Account(a.ID); return err },
		"Add":          func() error { _, err := v.Add(false, testKey("x", "y")); return err },
		"Replace":      func() error { _, err := v.Replace(a.ID, testKey("x", "y")); return err },
		"Edit":         func() error { _, err := v.Edit(a.ID, func(*Account) {}); return err },
		"Remove":       func() error { return v.Remove(a.ID) },
		"Code":         func() error { _, err := v.Code(a.ID, time.Now()); return err },
		"MarkUsed":     func() error { return v.MarkUsed(a.ID, "copied", time.Now()) },
		"Reveal":       func() error { _, err := v.Reveal(a.ID, pin); return err },
		"Device":       func() error { _, err := v.Device(d.ID); return err },
		"AddDevice":    func() error { _, err := v.AddDevice(Device{}, NewKeys()); return err },
		"EditDevice":   func() error { _, err := v.EditDevice(d.ID, func(*Device) {}); return err },
		"RemoveDevice": func() error { return v.RemoveDevice(d.ID) },
		"Transport":    func() error { _, err := v.Transport(d.ID); return err },
		"Approve":      func() error { _, err := v.Approve(d.ID, pin); return err },
		"Note":         func() error { return v.Note(Event{}) },
		"SetOwner":     func() error { return v.SetOwner("x") },
		"Verify":       func() error { return v.Verify(pin) },
		"Change":       func() error { _, err := v.Change(pin, PIN([]byte("6190"))); return err },
		"Refresh":      func() error { _, err := v.Refresh(); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(v.Accounts())+len(v.Devices())+len(v.History()) != 0 || v.Owner() != "" {
		t.Error("a closed vault shows something")
	}
	for name, secret := range map[string][]byte{"account": raw, "header key": keys.header.Bytes(), "codes key": keys.codes.Bytes()} {
		if len(bytes.Trim(secret, "\x00")) != 0 {
			t.Errorf("%s was not wiped", name)
		}
	}
}

// TestFailedChangeWipes what it made and what another process had saved before,
// and leaves alone what the vault goes on using.
func TestFailedChangeWipes(t *testing.T) {
	v, _ := testVault(t)
	kept := mustAdd(t, v, testKey("Demo", "ana")).ID
	mustAdd(t, reopen(t, v, PIN([]byte(testPIN))), testKey("Demo", "ben")) // v has not read this one
	refused := errors.New("refused")
	gone := map[string][]byte{"account made": []byte("made")}
	err := v.change(func(c *contents) error {
		gone["account found"] = c.accounts[1].raw
		gone["tag key found"] = c.tags[0].Key
		c.accounts = append(c.accounts, accountEntry{raw: gone["account made"]})
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	_, err = v.rekey(PIN([]byte(testPIN)), func(r *rekeying) error {
		gone["tag key of the change"] = r.tags[0].Key
		return refused
	})
	if !errors.Is(err, refused) {
		t.Fatal(err)
	}
	for name, secret := range gone {
		if len(bytes.Trim(secret, "\x00")) > 0 {
			t.Errorf("the %s was not wiped", name)
		}
	}
	if _, err := v.Refresh(); err != nil {
		t.Fatal(err)
	}
	if err := v.change(func(*contents) error { return refused }); !errors.Is(err, refused) { // of what is in memory
		t.Fatal(err)
	}
	if _, err := v.Code(kept, time.Unix(59, 0)); err != nil {
		t.Error(err)
	}
	if len(bytes.Trim(v.contents.tags[0].Key, "\x00")) == 0 {
		t.Error("a tag key that is still used was wiped")
	}
	if _, err := v.AddSlot(PIN([]byte(testPIN)), PINOf("ben", []byte(benPIN)), ""); err != nil {
		t.Error(err)
	}
}
