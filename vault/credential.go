package vault

import (
	"fmt"
	"io"

	"nod/vault/protect"
)

// SlotType is one of the ways to open a vault.
type SlotType string

// The slot types of format version 1.
const (
	SlotPIN        SlotType = "pin"
	SlotPassphrase SlotType = "passphrase"
	SlotRecovery   SlotType = "recovery code"
	SlotSSH        SlotType = "ssh key"
)

// Credential is what opens a slot: a secret that a person has typed, or a key
// that an ssh-agent holds. It never prints.
type Credential struct {
	kind   SlotType
	secret []byte
	name   string            // PIN: whose, where there are several
	agent  *protect.SSHAgent // ssh key
	key    []byte            // ssh key: the public key in SSH's wire form
}

// PIN returns a credential for a PIN slot: the only one, or, where there are
// several, the one without a name. The bytes are not copied.
func PIN(digits []byte) Credential { return Credential{kind: SlotPIN, secret: digits} }

// PINOf returns a credential for the PIN slot with that name.
func PINOf(name string, digits []byte) Credential {
	return Credential{kind: SlotPIN, secret: digits, name: name}
}

// Passphrase returns a credential for the passphrase slot.
func Passphrase(p []byte) Credential { return Credential{kind: SlotPassphrase, secret: p} }

// SSHKey returns a credential for the slot of a key that a holds.
func SSHKey(a protect.SSHAgent, key protect.SSHKey) Credential {
	return Credential{kind: SlotSSH, agent: &a, key: key.Blob}
}

// RecoveryCode returns a credential for the recovery slot; groups, spaces,
// dashes and case of code do not matter.
func RecoveryCode(code []byte) Credential { return Credential{kind: SlotRecovery, secret: code} }

// Name returns whose PIN c is, "" where it does not say.
func (c Credential) Name() string { return c.name }

// Kind returns the slot type that c opens.
func (c Credential) Kind() SlotType { return c.kind }

// Secret returns the secret itself, for handing it to the owner's agent; nil for an
// ssh key, whose secret nobody has. It is not a copy.
func (c Credential) Secret() []byte { return c.secret }

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
