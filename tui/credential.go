package tui

// credential.go has what asking for the PIN or the passphrase inside an
// unlocked session needs: before a secret is shown, an account deleted, a login
// accepted.

import (
	"slices"

	"nod/vault"
)

// label names what the box takes.
func (b *secretBox) label() string {
	if b.kind == vault.SlotPIN {
		return "PIN"
	}
	return capital(string(b.kind))
}

// swap changes between PIN and passphrase where the vault has both.
func (b *secretBox) swap(m *Model) {
	other := vault.SlotPassphrase
	if b.kind == other {
		other = vault.SlotPIN
	}
	if slices.Contains(m.session.slots, other) {
		b.wipe()
		*b = secretBox{kind: other}
	}
}

// appetite is what a screen with the focus on this box eats.
func (b *secretBox) appetite() appetite {
	if b.kind == vault.SlotPIN {
		return eatsDigits
	}
	return eatsText
}
