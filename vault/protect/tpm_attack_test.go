package protect

// This file tests what somebody can do who may use the TPM and has the blob, but
// not the PIN.

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

// owner authorizes with the owner's empty password.
func owner() tpm2.AuthHandle {
	return tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}
}

// exhaust uses up the tries of a slot.
func exhaust(t *testing.T, c Chip, id SlotID, blob []byte) {
	t.Helper()
	for left := tries - 1; left >= 0; left-- {
		wrong(t, c, id, blob, left)
	}
}

func TestTPMIndexDefinedAgainDoesNotOpen(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	_, blob := seal(t, c, id, rightAuth)
	exhaust(t, c, id, blob)
	s, err := parseSealed(blob)
	if err != nil {
		t.Fatal(err)
	}
	p.raw(func(l *link) {
		key, err := chooseStorage(l)
		if err != nil {
			t.Fatal(err)
		}
		defer key.release(l)
		again, err := readCounter(l, indexOf(id))
		if err != nil || again == nil {
			t.Fatal(err)
		}
		if err := again.undefine(l); err != nil {
			t.Fatal(err)
		}
		if err := again.define(l, key, []byte("thief")); err != nil {
			t.Fatal(err)
		}
		item, err := loadObject(l, key, s.public(), s.private)
		if err != nil {
			t.Fatal(err)
		}
		defer flush(l, item.Handle)
		if _, _, err := key.authorize(l, again.NamedHandle(), []byte("thief")); !errors.Is(err, tpm2.TPMRCAuthUnavailable) {
			t.Errorf("an index that was never written authorizes: %v", err)
		}
		writes(t, l, key, again, []byte("thief"))
	})
	for _, auth := range []string{"thief", rightAuth} {
		if _, err := c.Open(id, blob, []byte(auth)); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v, want %v", auth, err, ErrAbsent)
		}
	}
}

func TestTPMNobodyWritesTheCounter(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth)
	p.raw(func(l *link) {
		key, err := chooseStorage(l)
		if err != nil {
			t.Fatal(err)
		}
		defer key.release(l)
		count, err := readCounter(l, indexOf(id))
		if err != nil || count == nil {
			t.Fatal(err)
		}
		writes(t, l, key, count, []byte(rightAuth))
	})
	opens(t, c, id, blob, secret)
	exhaust(t, c, id, blob)
	shut(t, c, id, blob)
}

// writes tries every way to write the index, which must all fail. auth is its password.
func writes(t *testing.T, l *link, key *storage, c *counter, auth []byte) {
	t.Helper()
	write := func(by tpm2.AuthHandle) error {
		_, err := tpm2.NVWrite{
			AuthHandle: by, NVIndex: c.NamedHandle(), Data: tpm2.TPM2BMaxNVBuffer{Buffer: []byte{0, 0, 0, 0, 0, 0, 1, 0}},
		}.Execute(l)
		return err
	}
	by := func(session tpm2.Session) tpm2.AuthHandle {
		return tpm2.AuthHandle{Handle: c.handle, Name: c.name, Auth: session}
	}
	platform := tpm2.AuthHandle{Handle: tpm2.TPMRHPlatform, Auth: tpm2.PasswordAuth(nil)}
	for who, handle := range map[string]tpm2.AuthHandle{
		"owner": owner(), "platform": platform, "its password": by(tpm2.PasswordAuth(auth)),
	} {
		if err := write(handle); !errors.Is(err, tpm2.TPMRCNVAuthorization) && !errors.Is(err, tpm2.TPMRCAuthUnavailable) {
			t.Errorf("%s writes: %v", who, err)
		}
	}
	writer, err := newWriter(l, key) // as nod has, but another one
	if err != nil {
		t.Fatal(err)
	}
	defer flush(l, writer.object.Handle)
	if err := writer.write(l, key, c, 255); !errors.Is(err, tpm2.TPMRCPolicyFail) {
		t.Errorf("another policy writes: %v", err)
	}
	policy, closePolicy, err := tpm2.PolicySession(l, tpm2.TPMAlgSHA256, nonceLen)
	if err != nil {
		t.Fatal(err)
	}
	defer closePolicy()
	if err := write(by(policy)); !errors.Is(err, tpm2.TPMRCPolicyFail) {
		t.Errorf("an empty policy writes: %v", err)
	}
	_, err = tpm2.NVIncrement{AuthHandle: owner(), NVIndex: c.NamedHandle()}.Execute(l)
	if err == nil {
		t.Error("the owner increments")
	}
}

func TestTPMObjectOpensByItsPolicyOnly(t *testing.T) {
	p := startTPM(t)
	_, blob := seal(t, Chip{Device: p.socket}, slotID(1), rightAuth)
	s, err := parseSealed(blob)
	if err != nil {
		t.Fatal(err)
	}
	p.raw(func(l *link) {
		key, err := chooseStorage(l)
		if err != nil {
			t.Fatal(err)
		}
		defer key.release(l)
		item, err := loadObject(l, key, s.public(), s.private)
		if err != nil {
			t.Fatal(err)
		}
		defer flush(l, item.Handle)
		for _, auth := range []string{"", rightAuth} {
			if _, err := take(l, item, tpm2.PasswordAuth([]byte(auth))); !errors.Is(err, tpm2.TPMRCAuthUnavailable) {
				t.Errorf("password %q: %v", auth, err)
			}
		}
		foreign := &counter{handle: indexOf(slotID(2)), policy: make([]byte, digestLen)}
		w, err := newWriter(l, key)
		if err != nil {
			t.Fatal(err)
		}
		foreign.policy = w.policy
		if err := foreign.define(l, key, []byte("thief")); err != nil {
			t.Fatal(err)
		}
		if err := w.write(l, key, foreign, tries); err != nil {
			t.Fatal(err)
		}
		flush(l, w.object.Handle)
		session, closeSession, err := key.authorize(l, foreign.NamedHandle(), []byte("thief"), encryptOut)
		if err != nil {
			t.Fatal(err)
		}
		defer closeSession()
		if _, err := take(l, item, session); !errors.Is(err, tpm2.TPMRCPolicyFail) {
			t.Errorf("the index of another slot opens: %v", err)
		}
	})
}

func TestTPMBlobOfAnotherTPM(t *testing.T) {
	one, two := startTPM(t), startTPM(t)
	id := slotID(1)
	_, blob := seal(t, Chip{Device: one.socket}, id, rightAuth)
	other := Chip{Device: two.socket}
	if _, err := other.Open(id, blob, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
		t.Errorf("another TPM: %v, want %v", err, ErrAbsent)
	}
	two.persist()
	if _, err := other.Open(id, blob, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
		t.Errorf("another TPM with a persistent key: %v, want %v", err, ErrAbsent)
	}
	// The same place, and a key and a Name of the other TPM: the object does not load.
	_, local := seal(t, other, id, rightAuth)
	mixed := slices.Concat(local[:blobFixed], blob[blobFixed:])
	if _, err := other.Open(id, mixed, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
		t.Errorf("mixed: %v, want %v", err, ErrAbsent)
	}
	if _, err := other.Open(slotID(2), local, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
		t.Errorf("another slot: %v, want %v", err, ErrAbsent)
	}
	for i := range local { // no changed byte opens, none counts as a try
		changed := slices.Clone(local)
		changed[i] ^= 1
		var w *WrongError
		if got, err := other.Open(id, changed, []byte(rightAuth)); err == nil || errors.As(err, &w) || got != nil {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
	wrong(t, other, id, local, tries-1)
}

func TestTPMWireShowsNoSecret(t *testing.T) {
	p := startTPM(t)
	var (
		mu   sync.Mutex
		seen []byte
	)
	c, id := Chip{Device: p.between(func(command []byte, pass func([]byte) []byte) []byte {
		answer := pass(command)
		mu.Lock()
		defer mu.Unlock()
		seen = slices.Concat(seen, command, answer)
		return answer
	})}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth)
	opens(t, c, id, blob, secret)
	wrong(t, c, id, blob, tries-1)
	p.persist()
	p.setAuth(tpm2.TPMRHOwner)
	shared, blob, err := c.Seal(slotID(2), []byte(rightAuth)) // the other way to count
	if err != nil {
		t.Fatal(err)
	}
	opens(t, c, slotID(2), blob, shared)
	mu.Lock()
	defer mu.Unlock()
	for name, hidden := range map[string][]byte{
		"secret": secret, "shared secret": shared, "right PIN": []byte(rightAuth), "wrong PIN": []byte(wrongAuth),
	} {
		if bytes.Contains(seen, hidden) {
			t.Errorf("the wire shows the %s", name)
		}
	}
	if !bytes.Contains(seen, blob[66:blobFixed]) {
		t.Error("the wire does not show the public part: the test looks at nothing")
	}
}
