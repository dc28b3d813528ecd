package protect

// This file turns the operating system's machine id into a part. The id is no
// secret on the machine itself, but it is not in the home directory either, so
// a copy of the home directory alone lacks it.

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// machineLabel separates this use of the machine id from all others, which is
// what systemd asks of programs that derive something from it.
const machineLabel = "nod/v1/machine"

// Machine is the machine id.
type Machine struct {
	// Root is prepended to the files that hold the id; "" is the real root.
	Root string
}

// Part returns MachineID.
func (m Machine) Part() Part { return MachineID }

// Ready returns ErrAbsent where the system has no id.
func (m Machine) Ready() error {
	_, err := m.Secret()
	return err
}

// Seal returns the part: the same for all slots.
func (m Machine) Seal(SlotID, []byte) (secret, blob []byte, err error) {
	secret, err = m.Secret()
	return secret, nil, err
}

// Open returns the part.
func (m Machine) Open(SlotID, []byte, []byte) ([]byte, error) { return m.Secret() }

// Forget does nothing.
func (m Machine) Forget(SlotID) error { return nil }

// Secret returns HMAC-SHA256(machine id, "nod/v1/machine"), or ErrAbsent when
// the system has no id, or one that is not set yet.
func (m Machine) Secret() ([]byte, error) {
	for _, file := range machineFiles {
		text, err := os.ReadFile(filepath.Join(m.Root, file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read machine id: %w", err)
		}
		id := strings.TrimSpace(string(text))
		if id == "" || id == "uninitialized" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(id))
		mac.Write([]byte(machineLabel))
		return mac.Sum(nil), nil
	}
	return nil, fmt.Errorf("read machine id: %w", ErrAbsent)
}
