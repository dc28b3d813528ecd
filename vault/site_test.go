package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRollback(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	old, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Remove(a.ID); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.Place().File, old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !errors.Is(err, ErrRollback) {
		t.Errorf("an older file: %v", err)
	}
	if err := v.SetOwner("ana@demo.test"); !errors.Is(err, ErrRollback) {
		t.Errorf("a save over an older file: %v", err)
	}
	back, err := AcceptRollback(v.Place(), PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if _, err := back.Account(a.ID); err != nil {
		t.Error(err)
	}
	again := reopen(t, v, PIN([]byte(testPIN)))
	if again.contents.epoch <= v.contents.epoch {
		t.Errorf("the accepted file has epoch %d, the newest before had %d", again.contents.epoch, v.contents.epoch)
	}
}

// TestForkIsRefused puts another file of the same age in place, as a sync
// program does when two machines have saved.
func TestForkIsRefused(t *testing.T) {
	v, _ := testVault(t)
	common, err := os.ReadFile(v.Place().File)
	if err != nil {
		t.Fatal(err)
	}
	mustAdd(t, v, testKey("HelpDesk", "ana"))
	theirs := testPlace(t)
	for _, dir := range []string{filepath.Dir(theirs.File), theirs.State} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(theirs.State, os.DirFS(v.Place().State)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove((&site{place: theirs}).record(v.vaultID, recordState)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(theirs.File, common, 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := Open(theirs, PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	mustAdd(t, other, testKey("HelpDesk", "ben"))
	if err := os.WriteFile(v.Place().File, other.saved.marshal(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(v.Place(), PIN([]byte(testPIN))); !errors.Is(err, ErrRollback) {
		t.Errorf("a fork: %v", err)
	}
}

func TestSymbolicLink(t *testing.T) {
	v, _ := testVault(t)
	link := Place{File: filepath.Join(t.TempDir(), "vault.nod"), State: v.Place().State}
	if err := os.Symlink(v.Place().File, link.File); err != nil {
		t.Fatal(err)
	}
	linked, err := Open(link, PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	defer linked.Close()
	if err := linked.SetOwner("ana@demo.test"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link.File); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info.Mode(), err)
	}
	if changed, err := v.Refresh(); err != nil || !changed || v.Owner() != "ana@demo.test" {
		t.Errorf("the target was not saved: %v", err)
	}
	if linked.Place() != link {
		t.Errorf("place = %+v", linked.Place())
	}
	loose := Place{File: filepath.Join(t.TempDir(), "vault.nod"), State: t.TempDir()}
	if err := os.Symlink(filepath.Join(t.TempDir(), "nowhere"), loose.File); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(loose, PIN([]byte(testPIN))); !errors.Is(err, ErrNoVault) {
		t.Errorf("a link that leads nowhere: %v", err)
	}
}

func TestUnsafePlaces(t *testing.T) {
	cheap(t)
	o := Options{PIN: []byte(testPIN), Cost: cheapCost}
	one := t.TempDir()
	if _, _, err := Create(Place{File: filepath.Join(one, "vault.nod"), State: one}, o); err == nil {
		t.Error("vault and device key may be in one directory")
	}
	v, _ := testVault(t)
	p := v.Place()
	for _, dir := range []string{filepath.Dir(p.File), p.State} {
		if err := os.Chmod(dir, 0o770); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(p, PIN([]byte(testPIN))); err == nil || !strings.Contains(err.Error(), "chmod go-w") {
			t.Errorf("opened with %s open to others: %v", dir, err)
		}
		if _, err := Inspect(p); err == nil {
			t.Errorf("inspected with %s open to others", dir)
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Dir(p.File), 1234, 1234); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(p, PIN([]byte(testPIN))); err == nil || !strings.Contains(err.Error(), "another user") {
			t.Errorf("opened in another user's directory: %v", err)
		}
	}
	if err := os.Mkdir(filepath.Join(one, "vault.nod"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Inspect(Place{File: filepath.Join(one, "vault.nod"), State: p.State}); err == nil {
		t.Error("a directory was inspected")
	}
}
