package protect

// This file is the TPM 2.0 of this machine as a Protector. The secret of a slot
// is sealed in the TPM and comes out only for the text made of the PIN. Wrong
// texts are counted by an index of type PIN_FAIL that belongs to the slot alone:
// eight of them shut it for good. A TPM that refuses such an index counts with
// its own limit for all programs instead, and Caution says so.

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"
)

// Chip is this machine's TPM 2.0. It holds nothing open between calls, and
// several processes may use it at once.
type Chip struct {
	// Device is a character device (Linux: /dev/tpmrm0, the one with the kernel's
	// resource manager), the unix socket of a virtual TPM, or "tbs" on Windows.
	Device string
}

// ErrTaken says that the TPM's index for a slot id is in use: the caller takes
// another slot id.
var ErrTaken = errors.New("the TPM's place for this slot id is taken")

// secretLen is the length of the secret of a slot in bytes.
const secretLen = 32

// Part returns TPM.
func (c Chip) Part() Part { return TPM }

// Ready returns nil when a slot can be sealed, ErrAbsent (wrapped) when there is
// no TPM, and else what stands in the way. It takes 3 seconds at most.
func (c Chip) Ready() error {
	l, err := openLink(c.Device)
	if err != nil {
		return err
	}
	defer l.Close()
	return l.ready()
}

// Seal makes 32 random bytes that Open returns for auth. Errors: ErrTaken, those
// of Ready, and what the TPM refused. What Seal began and could not end, it
// takes back; what a crash leaves is removed by Forget.
func (c Chip) Seal(id SlotID, auth []byte) (secret, blob []byte, err error) {
	if err := checkAuth(auth); err != nil {
		return nil, nil, fmt.Errorf("seal in TPM: %w", err)
	}
	l, err := openLink(c.Device)
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	key, err := chooseStorage(l)
	if err != nil {
		return nil, nil, fmt.Errorf("seal in TPM: %w", err)
	}
	defer key.release(l)
	secret = make([]byte, secretLen)
	rand.Read(secret)
	s, err := sealCounted(l, key, id, auth, secret)
	if errors.Is(err, errNoCounter) {
		s, err = sealShared(l, key, auth, secret)
	}
	if err != nil {
		clear(secret)
		return nil, nil, fmt.Errorf("seal in TPM: %w", err)
	}
	return secret, s.marshal(), nil
}

// sealCounted seals secret behind a new index that counts wrong PINs. It returns
// errNoCounter (wrapped) when this TPM can not do that.
func sealCounted(l *link, key *storage, id SlotID, auth, secret []byte) (s sealed, err error) {
	count, err := newCounter(l, key, id, auth)
	if err != nil {
		return sealed{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, count.undefine(l))
		}
	}()
	s = sealed{mode: modeCounted, storage: digestOf(key.name), index: digestOf(count.name)}
	if err := s.create(l, key, auth, secret); err != nil {
		return sealed{}, err
	}
	return s, s.prove(l, key, id, auth, secret)
}

// sealShared seals secret behind auth and the TPM's limit for all programs.
func sealShared(l *link, key *storage, auth, secret []byte) (sealed, error) {
	if p, err := l.lockout(); err != nil {
		return sealed{}, err
	} else if !p.limits() {
		return sealed{}, errors.New("this TPM has no room for a counter, and its own limit for wrong PINs is off: " +
			"use another way to keep the PIN")
	}
	s := sealed{mode: modeShared, storage: digestOf(key.name)}
	if err := s.create(l, key, auth, secret); err != nil {
		return sealed{}, err
	}
	return s, s.prove(l, key, SlotID{}, auth, secret)
}

// prove opens s once, as Open will do.
func (s sealed) prove(l *link, key *storage, id SlotID, auth, secret []byte) error {
	got, err := s.unseal(l, key, id, auth)
	if err != nil {
		return fmt.Errorf("try the new seal: %w", err)
	}
	defer clear(got)
	if subtle.ConstantTimeCompare(got, secret) != 1 {
		return errors.New("try the new seal: the TPM gave out something else")
	}
	return nil
}

// Open returns the 32 bytes that Seal made. Errors: *WrongError, ErrLimit,
// ErrAbsent (all maybe wrapped; ErrAbsent also when the blob was made with another
// TPM or this one was cleared since), and others that cost no try.
func (c Chip) Open(id SlotID, blob, auth []byte) ([]byte, error) {
	s, err := parseSealed(blob)
	if err == nil {
		err = checkAuth(auth)
	}
	if err != nil {
		return nil, fmt.Errorf("open with TPM: %w", err)
	}
	l, err := openLink(c.Device)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	key, err := findStorage(l, s.storage)
	if err != nil {
		return nil, fmt.Errorf("open with TPM: %w", err)
	}
	defer key.release(l)
	secret, err := s.unseal(l, key, id, auth)
	if err != nil {
		return nil, fmt.Errorf("open with TPM: %w", err)
	}
	return secret, nil
}

// Forget removes the index of a slot, and with it every way to open the slot. It
// touches no index but of nod's own shape. A slot without an index of its own has
// nothing in the TPM that could be removed.
func (c Chip) Forget(id SlotID) error {
	l, err := openLink(c.Device)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := forgetCounter(l, indexOf(id)); err != nil {
		return fmt.Errorf("forget slot in TPM: %w", err)
	}
	return nil
}

// Caution returns "" for a slot that has its own counter, and else a sentence on
// what the TPM's limit for all programs is worth.
func (c Chip) Caution(blob []byte) string {
	s, err := parseSealed(blob)
	if err != nil || s.mode == modeCounted {
		return ""
	}
	text := "This TPM has no counter for this PIN alone: its own limit for all programs counts wrong PINs"
	if l, err := openLink(c.Device); err == nil {
		defer l.Close()
		if p, err := l.lockout(); err == nil {
			text += fmt.Sprintf(" (%d, then one more every %s)", p.max, time.Duration(p.interval)*time.Second)
			if !p.authSet {
				text += ", and root and the group tss can reset it"
			}
		}
	}
	return text + "."
}

// checkAuth refuses what go-tpm and the TPM do not take as it is: bytes of zero
// and more than the 32 bytes of the object's hash.
func checkAuth(auth []byte) error {
	if len(auth) == 0 || len(auth) > 32 || bytes.IndexByte(auth, 0) >= 0 {
		return errors.New("the authorization is not text of 1 to 32 bytes")
	}
	return nil
}
