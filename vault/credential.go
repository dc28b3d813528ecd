package vault

import (
	"fmt"
	"io"
)

// SlotType is one of the ways to open a vault.
type SlotType string

// The slot types of format version 1 that nod writes today.
const (
	SlotPIN        SlotType = "pin"
	SlotPassphrase SlotType = "passphrase"
	SlotRecovery   SlotType = "recovery code"
)

// Credential is a secret that a person has typed, with its kind. It never prints.
type Credential struct {
	kind   SlotType
	secret []byte
}

// PIN returns a credential for the PIN slot. The bytes are not copied.
func PIN(digits []byte) Credential { return Credential{SlotPIN, digits} }

// Passphrase returns a credential for the passphrase slot.
func Passphrase(p []byte) Credential { return Credential{SlotPassphrase, p} }

// RecoveryCode returns a credential for the recovery slot; groups, spaces,
// dashes and case of code do not matter.
func RecoveryCode(code []byte) Credential { return Credential{SlotRecovery, code} }

// Kind returns the slot type that c opens.
func (c Credential) Kind() SlotType { return c.kind }

// Wipe overwrites the secret.
func (c Credential) Wipe() { clear(c.secret) }

// String hides the secret.
func (c Credential) String() string { return string(c.kind) + " [redacted]" }

// Format hides the secret, whatever the verb.
func (c Credential) Format(f fmt.State, _ rune) { redact(f, c.String()) }

// redact writes text in place of a secret.
func redact(f fmt.State, text string) {
	_, _ = io.WriteString(f, text) // fmt keeps the error of its writer
}
