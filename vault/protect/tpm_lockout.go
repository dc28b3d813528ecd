package protect

// This file reads what the owner of the TPM has set up: passwords, and the
// limit for wrong authorizations that all programs share. nod never changes it.

import (
	"errors"
	"fmt"

	"github.com/google/go-tpm/tpm2"
)

// Bits of TPM_PT_PERMANENT; TPM 2.0 Part 2, 8.6 (TPMA_PERMANENT).
const (
	ownerAuthSet   = 1 << 0
	lockoutAuthSet = 1 << 2
)

// lockout is the TPM's limit for all programs.
type lockout struct {
	authSet  bool   // only who knows a password can reset the count
	max      uint32 // wrong tries until the TPM shuts
	interval uint32 // seconds until one try is given back
	count    uint32 // wrong tries so far
}

// limits tells whether there is a limit at all; TPM 2.0 Part 1, 19.8.
func (p lockout) limits() bool { return p.max > 0 && p.interval > 0 }

// lockout reads the limit.
func (l *link) lockout() (lockout, error) {
	props, err := l.properties(tpm2.TPMPTPermanent, uint32(tpm2.TPMPTLockoutRecovery-tpm2.TPMPTPermanent))
	if err != nil {
		return lockout{}, fmt.Errorf("read the TPM's limit: %w", err)
	}
	return lockout{
		authSet:  props[tpm2.TPMPTPermanent]&lockoutAuthSet != 0,
		max:      props[tpm2.TPMPTMaxAuthFail],
		interval: props[tpm2.TPMPTLockoutInterval],
		count:    props[tpm2.TPMPTLockoutCounter],
	}, nil
}

// ready returns nil when there is a storage key to seal with, or one can be made.
func (l *link) ready() error {
	props, err := l.properties(tpm2.TPMPTPermanent, 1)
	if err != nil {
		return fmt.Errorf("ask the TPM: %w", err)
	}
	if props[tpm2.TPMPTPermanent]&ownerAuthSet == 0 {
		return nil
	}
	key, err := persistentStorage(l)
	if err != nil {
		return err
	}
	if key == nil || !key.open(l) {
		return errOwned
	}
	return nil
}

// errOwned says that nod can not make a storage key.
var errOwned = errors.New("the TPM's owner has set a password and left no storage key at 0x81000001: " +
	"ask whoever manages this machine for one, or use another way to keep the PIN")
