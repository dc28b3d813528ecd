package cli

// This file tests what is said of errors that a script can not bring about in time.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"nod/vault"
	"nod/vault/protect"
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

// TestUntoldAgent: what is not known is not said.
func TestUntoldAgent(t *testing.T) {
	f := classify(fmt.Errorf("list keys of ssh-agent: %w", protect.ErrUntold), time.Now())
	if f.Exit != exitConflict || f.Code != "untold_agent" || !strings.Contains(f.Hint, "--allow-forwarded") {
		t.Errorf("%+v", f)
	}
}

// TestDenied: a file of nod's own that it may not use comes with what to do.
func TestDenied(t *testing.T) {
	const key = "/home/ana/.local/state/nod/device.key"
	path := &fs.PathError{Op: "open", Path: key, Err: syscall.EACCES}
	for name, err := range map[string]error{
		"half of the PIN": fmt.Errorf("open vault: %w: read device key: %w", vault.ErrUnready, path),
		"a record":        fmt.Errorf("count the try: %w", path),
		"a rename":        fmt.Errorf("save vault: %w", &os.LinkError{Op: "rename", Old: key + ".tmp", New: key, Err: syscall.EPERM}),
	} {
		if f := classify(err, time.Now()); !strings.Contains(f.Hint, key) || !strings.Contains(f.Hint, "chown") {
			t.Errorf("%s: hint %q", name, f.Hint)
		}
	}
	for name, err := range map[string]error{
		"a file that is named": &usageError{err: fmt.Errorf("read the PIN: %w", path), hint: "name another"},
		"one that is not there": fmt.Errorf("open vault: %w",
			&fs.PathError{Op: "open", Path: key, Err: syscall.ENOENT}),
		"a TPM": fmt.Errorf("open TPM: run usermod: %w", fs.ErrPermission),
	} {
		if f := classify(err, time.Now()); strings.Contains(f.Hint, "chown") {
			t.Errorf("%s: hint %q", name, f.Hint)
		}
	}
}

// TestReadOnly: a file system that can not be written comes with what to do.
func TestReadOnly(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "/home/ana/.local/state/nod/x.lock", Err: syscall.EROFS}
	if f := classify(fmt.Errorf("open vault: lock vault: %w", path), time.Now()); f.Exit != exitOther || !strings.Contains(f.Hint, "XDG_STATE_HOME") {
		t.Errorf("exit %d, hint %q", f.Exit, f.Hint)
	}
	if f := classify(&usageError{err: path, hint: "name another"}, time.Now()); f.Hint != "name another" {
		t.Errorf("a file that is named: hint %q", f.Hint)
	}
}

// TestUnready: a PIN whose other half is behind a locked keyring can not be changed
// or protected in another way, because that takes the PIN.
func TestUnready(t *testing.T) {
	locked := errors.New("read keyring: it is locked: log in at the desktop or unlock it there")
	f := classify(fmt.Errorf("open vault: %w: %w", vault.ErrUnready, locked), time.Now())
	if f.Exit != exitOther || f.Code != "pin_unready" || !strings.Contains(f.Message, "unlock it there") {
		t.Errorf("%+v", f)
	}
	for _, way := range []string{"try again", "--passphrase", "nod vault recover"} {
		if !strings.Contains(f.Hint, way) {
			t.Errorf("the hint %q lacks %q", f.Hint, way)
		}
	}
}
