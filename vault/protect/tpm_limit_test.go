package protect

// This file tests that a slot's counter shuts at eight wrong PINs, whatever else
// is done to the TPM.

import (
	"bytes"
	"crypto/rand"
	"errors"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-tpm/tpm2"
)

const (
	tries     = 8 // that a slot has
	rightAuth = "3pWq0mY7sJ2vB8nK1xZ5cT9dF4gH6lR-"
	wrongAuth = "9aKq0mY7sJ2vB8nK1xZ5cT9dF4gH6lR-"
)

// opens checks that the right PIN gives the secret.
func opens(t *testing.T, c Chip, id SlotID, blob, secret []byte) {
	t.Helper()
	got, err := c.Open(id, blob, []byte(rightAuth))
	if err != nil || !bytes.Equal(got, secret) {
		t.Errorf("right PIN: %d bytes, %v", len(got), err)
	}
}

// wrong tries a wrong PIN, which must leave this many.
func wrong(t *testing.T, c Chip, id SlotID, blob []byte, left int) {
	t.Helper()
	got, err := c.Open(id, blob, []byte(wrongAuth))
	var w *WrongError
	if !errors.As(err, &w) || w.Left != left || got != nil {
		t.Fatalf("wrong PIN: %v, want %d left", err, left)
	}
}

// shut checks that not even the right PIN opens.
func shut(t *testing.T, c Chip, id SlotID, blob []byte) {
	t.Helper()
	for _, auth := range []string{rightAuth, wrongAuth} {
		if got, err := c.Open(id, blob, []byte(auth)); !errors.Is(err, ErrLimit) || got != nil {
			t.Errorf("shut slot: %v, want %v", err, ErrLimit)
		}
	}
}

func TestTPMLimit(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	if err := c.Ready(); err != nil {
		t.Fatal(err)
	}
	secret, blob := seal(t, c, id, rightAuth)
	if c.Part() != TPM || c.Caution(blob) != "" {
		t.Errorf("part %d, caution %q", c.Part(), c.Caution(blob))
	}
	opens(t, c, id, blob, secret)
	for left := tries - 1; left > 0; left-- {
		wrong(t, c, id, blob, left)
	}
	opens(t, c, id, blob, secret) // after seven: all eight are back
	for left := tries - 1; left >= 0; left-- {
		wrong(t, c, id, blob, left)
	}
	shut(t, c, id, blob)
	p.shutDown()
	p.start()
	shut(t, c, id, blob)
	if got := p.failures(); got != 0 {
		t.Errorf("the limit for all programs counted %d", got)
	}
	// A second slot is not concerned, and the recovery of the first is a new slot.
	if err := c.Forget(id); err != nil {
		t.Fatal(err)
	}
	secret, blob = seal(t, c, id, rightAuth)
	opens(t, c, id, blob, secret)
}

func TestTPMCountOutlivesPowerCuts(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth)
	for left := tries - 1; left >= 0; left-- {
		wrong(t, c, id, blob, left)
		if left%2 == 0 {
			p.end(syscall.SIGKILL)
		} else {
			p.shutDown()
		}
		p.start()
		if left == 3 {
			opens(t, c, id, blob, secret)
			for n := tries - 1; n >= left; n-- {
				wrong(t, c, id, blob, n)
			}
		}
	}
	shut(t, c, id, blob)
	p.end(syscall.SIGKILL)
	p.start()
	shut(t, c, id, blob)
}

func TestTPMResetOfTheSharedLimitDoesNotHelp(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	_, blob := seal(t, c, id, rightAuth)
	for left := tries - 1; left >= 0; left-- {
		wrong(t, c, id, blob, left)
	}
	p.resetLimit()
	shut(t, c, id, blob)
}

// resetLimit runs TPM2_DictionaryAttackLockReset with the empty password;
// TPM 2.0 Part 3, 25.2.
func (p *chipTPM) resetLimit() {
	p.t.Helper()
	p.raw(func(l *link) {
		answer, err := l.Send([]byte{
			0x80, 0x02, 0, 0, 0, 27, 0, 0, 0x01, 0x39, 0x40, 0, 0, 0x0A, // on TPM_RH_LOCKOUT
			0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0, // TPM_RS_PW
		})
		if err != nil || !bytes.Equal(answer[6:10], make([]byte, 4)) {
			p.t.Fatalf("reset: %x, %v", answer, err)
		}
	})
}

func TestTPMSharedLockoutDoesNotShutSlots(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth)
	p.raw(func(l *link) { // somebody else's wrong passwords
		key, err := chooseStorage(l)
		if err != nil {
			t.Fatal(err)
		}
		defer key.release(l)
		s := sealed{mode: modeShared, storage: digestOf(key.name)}
		if err := s.create(l, key, []byte("right"), []byte("data")); err != nil {
			t.Fatal(err)
		}
		for err = error(nil); !errors.Is(err, errLockedOut); {
			if _, err = s.unseal(l, key, id, []byte("wrong")); err == nil {
				t.Fatal("a wrong password opens")
			}
		}
	})
	opens(t, c, id, blob, secret)
	wrong(t, c, id, blob, tries-1)
	opens(t, c, id, blob, secret)
	if secret, blob, err := c.Seal(slotID(2), []byte(rightAuth)); err != nil {
		t.Errorf("seal in a TPM that is shut for others: %v", err)
	} else {
		opens(t, c, slotID(2), blob, secret)
	}
}

func TestTPMTextsAuthorize(t *testing.T) {
	p := startTPM(t)
	p.raw(func(l *link) {
		key, err := chooseStorage(l)
		if err != nil {
			t.Fatal(err)
		}
		defer key.release(l)
		secret := make([]byte, secretLen)
		for n := range 300 {
			auth := []byte((rand.Text() + rand.Text())[:1+n%32])
			s, err := sealCounted(l, key, slotID(1), auth, secret) // opens it too
			if err != nil {
				t.Fatalf("text of %d bytes: %v", len(auth), err)
			}
			if got, err := s.unseal(l, key, slotID(1), auth); err != nil || !bytes.Equal(got, secret) {
				t.Fatalf("text of %d bytes: %v", len(auth), err)
			}
			if err := forgetCounter(l, indexOf(slotID(1))); err != nil {
				t.Fatal(err)
			}
		}
	})
	c := Chip{Device: p.socket}
	for _, auth := range []string{"", "zero\x00byte", rightAuth + "x"} {
		if _, _, err := c.Seal(slotID(2), []byte(auth)); err == nil {
			t.Errorf("%q seals", auth)
		}
		if _, err := c.Open(slotID(2), sample().marshal(), []byte(auth)); err == nil || errors.Is(err, ErrAbsent) {
			t.Errorf("%q: %v", auth, err)
		}
	}
}

func TestTPMLeaksNoHandles(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth)
	other := startTPM(t)
	_, foreign := seal(t, Chip{Device: other.socket}, id, rightAuth)
	for range 50 {
		wrong(t, c, id, blob, tries-1)
		opens(t, c, id, blob, secret)
		if _, err := c.Open(id, foreign, []byte(rightAuth)); !errors.Is(err, ErrAbsent) {
			t.Fatal(err)
		}
		if _, _, err := c.Seal(id, []byte(rightAuth)); !errors.Is(err, ErrTaken) {
			t.Fatal(err)
		}
	}
	for left := tries - 1; left >= 0; left-- {
		wrong(t, c, id, blob, left)
	}
	shut(t, c, id, blob)
	if list := p.loaded(); len(list) != 0 {
		t.Errorf("left in the TPM: %v", list)
	}
}

func TestTPMServesManyAtOnce(t *testing.T) {
	p := startTPM(t)
	c, id := Chip{Device: p.socket}, slotID(1)
	secret, blob := seal(t, c, id, rightAuth)
	var wg sync.WaitGroup
	for n := range byte(4) {
		wg.Go(func() {
			got, err := c.Open(id, blob, []byte(rightAuth))
			for errors.Is(err, errBusy) { // on a slow machine
				got, err = c.Open(id, blob, []byte(rightAuth))
			}
			if err != nil || !bytes.Equal(got, secret) {
				t.Errorf("open beside others: %v", err)
			}
			_, _, err = c.Seal(slotID(10+n), []byte(rightAuth))
			for errors.Is(err, errBusy) {
				_, _, err = c.Seal(slotID(10+n), []byte(rightAuth))
			}
			if err != nil {
				t.Errorf("seal beside others: %v", err)
			}
		})
	}
	wg.Wait()
	if got, want := len(p.indexes()), 5; got != want {
		t.Errorf("%d indexes, want %d", got, want)
	}
}

// The place of an index is part of the vault format.
func TestTPMPlaceOfTheIndex(t *testing.T) {
	id := SlotID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	if got, want := indexOf(id), tpm2.TPMHandle(0x01AFDAF0); got != want {
		t.Errorf("index at %x, want %x", got, want)
	}
}
