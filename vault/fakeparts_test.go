package vault

// This file is a keyring and a TPM for tests: what they keep is in a directory
// that is no part of the vault, so that other processes find it, and they note
// what they were asked.

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"nod/vault/protect"
)

// fakePart is a Protector. With a guarded part it counts wrong PINs.
type fakePart struct {
	dir  string // of the secrets, one file a slot
	part protect.Part

	asked []string                                   // "seal", "open", "forget" and the first bytes of the slot id
	fault func(what string, id protect.SlotID) error // returned instead of doing it; nil: none
	after func(what string, id protect.SlotID)       // called when it is done; nil: nothing
}

// fakeItem is what a file of a fakePart holds: 32 bytes of secret, the count of
// wrong PINs, and what the PIN was made to.
const fakeSecretLen = 32

func (p *fakePart) Part() protect.Part { return p.part }

func (p *fakePart) Ready() error { return p.begin("ready", protect.SlotID{}) }

func (p *fakePart) begin(what string, id protect.SlotID) error {
	if what != "ready" {
		p.asked = append(p.asked, fmt.Sprintf("%s %x", what, id[:4]))
	}
	if p.fault == nil {
		return nil
	}
	return p.fault(what, id)
}

func (p *fakePart) done(what string, id protect.SlotID) {
	if p.after != nil {
		p.after(what, id)
	}
}

func (p *fakePart) file(id protect.SlotID) string {
	return filepath.Join(p.dir, hex.EncodeToString(id[:]))
}

func (p *fakePart) Seal(id protect.SlotID, auth []byte) (secret, blob []byte, err error) {
	if err := p.begin("seal", id); err != nil {
		return nil, nil, err
	}
	secret = randomBytes(fakeSecretLen)
	if err := p.write(id, slices.Concat(secret, []byte{0}, auth)); err != nil {
		return nil, nil, err
	}
	if p.part&protect.Guarded != 0 {
		blob = []byte("a sealed blob")
	}
	p.done("seal", id)
	return secret, blob, nil
}

// write stores an item in one step, because the tests kill at any moment.
func (p *fakePart) write(id protect.SlotID, item []byte) error {
	temp := filepath.Join(p.dir, "new "+hex.EncodeToString(id[:]))
	if err := os.WriteFile(temp, item, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, p.file(id))
}

func (p *fakePart) Open(id protect.SlotID, blob, auth []byte) ([]byte, error) {
	if err := p.begin("open", id); err != nil {
		return nil, err
	}
	item, err := os.ReadFile(p.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open fake part: %w", protect.ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	if p.part&protect.Guarded == 0 {
		return item[:fakeSecretLen], nil
	}
	if string(blob) != "a sealed blob" {
		return nil, errors.New("this is not the blob that was sealed")
	}
	wrong, want := item[fakeSecretLen], item[fakeSecretLen+1:]
	switch {
	case wrong >= protect.MostTries:
		return nil, protect.ErrLimit
	case bytes.Equal(auth, want):
		item[fakeSecretLen] = 0
		return item[:fakeSecretLen], p.write(id, item)
	}
	item[fakeSecretLen]++
	if err := p.write(id, item); err != nil {
		return nil, err
	}
	return nil, &protect.WrongError{Left: protect.MostTries - int(item[fakeSecretLen])}
}

func (p *fakePart) Forget(id protect.SlotID) error {
	if err := p.begin("forget", id); err != nil {
		return err
	}
	if err := os.Remove(p.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p.done("forget", id)
	return nil
}

// kept lists the slot ids of the secrets that are there, in hex.
func (p *fakePart) kept(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	return ids
}

// withPart gives vaults a fake part beside the device key and a machine id.
func withPart(t testing.TB, part protect.Part) *fakePart {
	t.Helper()
	p := &fakePart{dir: t.TempDir(), part: part}
	withParts(t, p)
	return p
}

// withParts gives vaults these parts beside the device key and a machine id.
func withParts(t testing.TB, more ...protect.Protector) {
	t.Helper()
	root := testMachine(t, "0123456789abcdef0123456789abcdef")
	was := protectors
	protectors = func(p Place) []protect.Protector {
		return append([]protect.Protector{protect.Device{Dir: p.State}, protect.Machine{Root: root}}, more...)
	}
	t.Cleanup(func() { protectors = was })
}

// testMachine returns a root directory with that machine id.
func testMachine(t testing.TB, id string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "etc", "machine-id"), []byte(id+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}
