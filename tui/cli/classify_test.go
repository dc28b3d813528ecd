package cli

// This file tests what is said of errors that a script can not bring about in time.

import (
	"strings"
	"testing"
	"time"

	"nod/vault"
)

// TestLastWrongPIN: what a PIN stands depends on where it is counted, and the
// person has to learn what helps.
func TestLastWrongPIN(t *testing.T) {
	for _, err := range []error{&vault.PINError{Kind: vault.SlotPIN}, vault.ErrPINDisabled} {
		f := classify(err, time.Now())
		if f.Exit != exitWrongPIN || !strings.Contains(f.Hint, "nod vault recover") {
			t.Errorf("%v: exit %d, hint %q", err, f.Exit, f.Hint)
		}
		if strings.Contains(f.Message, "ten") {
			t.Errorf("%q names a number; a TPM takes eight", f.Message)
		}
	}
	if f := classify(&vault.PINError{Kind: vault.SlotPIN, Left: 1}, time.Now()); f.Hint != "" {
		t.Errorf("one try left: hint %q", f.Hint)
	}
}
