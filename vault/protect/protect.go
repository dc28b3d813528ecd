// Package protect keeps the second half of a PIN's key where a copied vault
// file does not carry it. It knows nothing of vaults: it hands out the parts of
// that half that this machine has, each named by a bit.
package protect

import "errors"

// Grade says how well a PIN slot withstands a thief, best first (vault/format.go).
type Grade string

// The grades that exist today.
const (
	GradeC Grade = "C" // device file and machine id: safe in a copied vault, not on a copied disk
	GradeP Grade = "P" // no PIN in the file at all
)

// Sentence says in plain words what a thief can do against the grade.
func (g Grade) Sentence() string {
	switch g {
	case GradeC:
		return "Someone who copies only the vault file can not try PINs; " +
			"someone who copies this whole disk can try every PIN, and a 4-digit one falls within hours."
	case GradeP:
		return "No PIN is in the vault file; someone who copies it has to guess the passphrase."
	}
	return "This version of nod does not know how well this vault is protected."
}

// Part is one part of the second half, as a bit of a PIN slot's need field.
type Part uint16

// The parts that exist today. Their bits are part of the vault format.
const (
	DeviceFile Part = 1 << 0 // 32 random bytes in a file of this machine
	MachineID  Part = 1 << 1 // the operating system's name of this installation
)

// ErrAbsent says that this machine does not have the part.
var ErrAbsent = errors.New("not on this machine")

// Protector holds one part for the vaults of this machine.
type Protector interface {
	// Part returns the bit that names the part in a slot.
	Part() Part
	// Secret returns the part, for the caller to wipe, or ErrAbsent.
	Secret() ([]byte, error)
}
