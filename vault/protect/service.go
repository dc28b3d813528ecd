package protect

// This file reads the credential that systemd hands to a service. An
// administrator makes it and names it in the unit:
//
//	head -c 32 /dev/urandom | systemd-creds encrypt --name=nod-device - /etc/credstore.encrypted/nod-device
//	LoadCredentialEncrypted=nod-device:/etc/credstore.encrypted/nod-device

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// What a credential is.
const (
	credentialName  = "nod-device"
	credentialLabel = "nod/v1/credential"
	credentialMin   = 16   // bytes: less can be guessed
	credentialMax   = 4096 // bytes
)

// Service is the credential nod-device that systemd hands to a service. The
// part is HMAC-SHA256(key = content of the file, "nod/v1/credential"), so that
// the content may be text or binary; a newline at its end counts.
type Service struct {
	Dir string // $CREDENTIALS_DIRECTORY; "" is none
}

// Part returns Credential.
func (s Service) Part() Part { return Credential }

// Ready returns ErrAbsent when there is no such credential.
func (s Service) Ready() error {
	secret, err := s.secret()
	clear(secret)
	return err
}

// Seal returns the part: the same for all slots.
func (s Service) Seal(SlotID, []byte) (secret, blob []byte, err error) {
	secret, err = s.secret()
	return secret, nil, err
}

// Open returns the part.
func (s Service) Open(SlotID, []byte, []byte) ([]byte, error) { return s.secret() }

// Forget does nothing: the credential is the administrator's.
func (s Service) Forget(SlotID) error { return nil }

// secret reads the credential and makes the part of it.
func (s Service) secret() ([]byte, error) {
	name := filepath.Join(s.Dir, credentialName)
	info, err := os.Stat(name)
	if s.Dir == "" || errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read credential %s: %w", credentialName, ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("read credential: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read credential: %s is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read credential: %w", err)
	}
	defer f.Close()
	content := make([]byte, credentialMax+1)
	defer clear(content)
	n, err := io.ReadFull(f, content)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read credential: %w", err)
	}
	if n < credentialMin || n > credentialMax {
		return nil, fmt.Errorf("read credential: %s must have %d to %d bytes: make a new one of 32 random bytes",
			name, credentialMin, credentialMax)
	}
	mac := hmac.New(sha256.New, content[:n])
	mac.Write([]byte(credentialLabel))
	return mac.Sum(nil), nil
}
