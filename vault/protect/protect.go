// Package protect keeps the second half of a PIN's key where a copied vault
// file does not carry it: in this machine's TPM, in the keyring of the
// operating system, in a systemd credential, in files of this machine. It also
// asks an ssh-agent for the signature that opens a slot. It knows nothing of
// vaults: a slot is 16 bytes to it, the key made of the PIN is text.
package protect

import (
	"errors"
	"fmt"
)

// Part is one part of the second half, as a bit of a PIN slot's need field.
type Part uint16

// The parts. Their bits are part of the vault format.
const (
	DeviceFile Part = 1 << 0 // 32 random bytes in a file of this machine
	MachineID  Part = 1 << 1 // the operating system's name of this installation
	Keyring    Part = 1 << 2 // 32 random bytes in the operating system's keyring
	TPM        Part = 1 << 3 // 32 random bytes that the TPM gives out for the right PIN only
	Credential Part = 1 << 4 // what systemd hands to the service as credential nod-device
)

// Known are all parts.
const Known = DeviceFile | MachineID | Keyring | TPM | Credential

// Guarded are the parts that are given out only for the right PIN. They are
// asked after the PIN was stretched, and wrong PINs count there.
const Guarded = TPM

// MostTries is how many wrong PINs in a row a guarded part stands.
const MostTries = 8

// SlotID names the slot that a part is kept for.
type SlotID [16]byte

// Protector keeps one part for the slots of this machine.
type Protector interface {
	// Part returns the bit that names the part in a slot.
	Part() Part
	// Ready returns nil when Seal can be expected to work, ErrAbsent (wrapped)
	// when this machine has no such thing, and else an error whose text tells
	// the person what to do about it. It never asks the person anything.
	Ready() error
	// Seal makes the part for a new slot. auth is the text made of the PIN (only
	// guarded parts look at it). blob is what Open needs to find the part again;
	// it is public, at most 1024 bytes, and may be empty. The caller wipes secret.
	Seal(id SlotID, auth []byte) (secret, blob []byte, err error)
	// Open returns the part, for the caller to wipe. Errors: ErrAbsent, *WrongError
	// and ErrLimit of guarded parts, and others that cost no try.
	Open(id SlotID, blob, auth []byte) (secret []byte, err error)
	// Forget destroys what Seal made for a slot. It is no error when there is nothing.
	Forget(id SlotID) error
}

// Cautious is a Protector that may protect less than its Kind promises.
type Cautious interface {
	// Caution returns a sentence for the person about the part that blob names, or "".
	Caution(blob []byte) string
}

// What a caller decides on.
var (
	// ErrAbsent says that this machine does not have the part.
	ErrAbsent = errors.New("not on this machine")
	// ErrLimit says that the part is shut after too many wrong PINs, for good.
	ErrLimit = errors.New("too many wrong PINs: the TPM gives the key out no more")
)

// WrongError says that a guarded part did not accept the PIN.
type WrongError struct{ Left int } // tries before ErrLimit, -1 when not known

func (e *WrongError) Error() string {
	if e.Left < 0 {
		return "wrong PIN"
	}
	return fmt.Sprintf("wrong PIN; %d more and the TPM shuts", e.Left)
}

// Host says what of this machine may be used. The zero Host has the device
// file and the machine id only.
type Host struct {
	Root        string // put before the files of the machine id; "" is the real root
	TPM         string // device file or unix socket of a TPM 2.0; "" is none
	Keyring     bool   // the operating system's keyring may be asked
	Credentials string // systemd's directory of credentials; "" is none
}

// Protectors returns one Protector for each part that h may have, in the order
// of their bits. state is the directory of the device file.
func (h Host) Protectors(state string) []Protector {
	list := []Protector{Device{Dir: state}, Machine{Root: h.Root}}
	if h.Keyring {
		list = append(list, SystemKeyring{})
	}
	if h.TPM != "" {
		list = append(list, Chip{Device: h.TPM})
	}
	if h.Credentials != "" {
		list = append(list, Service{Dir: h.Credentials})
	}
	return list
}
