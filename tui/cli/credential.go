package cli

// This file: where the PIN, passphrase or recovery code of a run comes from:
// never from an argument, which every process of the machine can read.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"unicode"

	"nod/vault"
)

// maxSecret is the longest secret read, in bytes.
const maxSecret = 4096

// errNeedSecret says that no source gave a secret and nobody can be asked.
var errNeedSecret = errors.New("the vault is locked and no PIN was given")

// credential returns what opens the vault. A secret is read once; each call
// returns a copy, which the caller may wipe.
func (a *app) credential(ctx context.Context) (vault.Credential, error) {
	kind, err := a.secretKind()
	if err != nil {
		return vault.Credential{}, err
	}
	if kind == vault.SlotSSH {
		return a.sshCredential()
	}
	if a.held == nil {
		secret, err := a.readSecret(ctx, kind)
		if err != nil {
			return vault.Credential{}, err
		}
		a.hold(secret, kind)
	}
	return a.newCredential(a.kind, bytes.Clone(a.held)), nil
}

// atHand tells whether credential would not ask at the terminal.
func (a *app) atHand() (bool, error) {
	kind, err := a.secretKind()
	if err != nil || kind == vault.SlotSSH || a.held != nil {
		return err == nil, err
	}
	secret, err := a.sourceSecret()
	if secret != nil {
		a.hold(secret, kind)
	}
	return secret != nil, err
}

// hold keeps the secret of this run.
func (a *app) hold(secret []byte, kind vault.SlotType) {
	a.held, a.kind = secret, kind
	if kind == vault.SlotPIN {
		a.odd = oddPIN(secret)
	}
}

// oddPIN says why a secret can be no PIN at all, without telling any of it; "" if it can.
// It may be a passphrase still, so that this is said only once it has opened nothing.
func oddPIN(secret []byte) string {
	digits := bytes.Trim(secret, "0123456789")
	_, no := errors.AsType[*vault.PINFormatError](vault.CheckPIN(secret))
	switch {
	case !no:
		return ""
	case bytes.IndexByte(secret, 0) >= 0:
		return "what was given as the PIN holds NUL bytes, as text in UTF-16 does: save the file as plain text"
	case len(bytes.TrimSpace(secret)) != len(secret):
		return "what was given as the PIN has spaces at its beginning or end, which count: take them away"
	case len(digits) > 0 && len(bytes.TrimFunc(secret, unicode.IsDigit)) == 0:
		return "what was given as the PIN has digits of another keyboard than 0 to 9, such as full-width ones"
	case len(digits) > 0:
		return "what was given as the PIN is not digits alone; a passphrase goes with --passphrase, a recovery code with --recovery"
	}
	return "what was given as the PIN is not 4 to 12 digits long"
}

// forget wipes the secret of this run.
func (a *app) forget() {
	clear(a.held)
	a.held = nil
}

// newCredential makes a credential of a secret; a PIN is that of --slot.
func (a *app) newCredential(kind vault.SlotType, secret []byte) vault.Credential {
	switch kind {
	case vault.SlotPassphrase:
		return vault.Passphrase(secret)
	case vault.SlotRecovery:
		return vault.RecoveryCode(secret)
	default:
		return vault.PINOf(a.slotName(), secret)
	}
}

// slotName is whose PIN is meant, "" for the only one or the one without a name.
func (a *app) slotName() string { return firstOf(a.flags.slot, a.env.Getenv("NOD_SLOT")) }

// whosePIN refuses a PIN that could be any of several people's, before it is typed.
func (a *app) whosePIN(s vault.Summary) error {
	e := &vault.WhichPINError{}
	for _, pin := range s.PINs() {
		if pin.Disabled || pin.Name == a.slotName() {
			return nil
		}
		e.Names = append(e.Names, pin.Name)
	}
	if len(e.Names) == 0 || len(e.Names) == 1 && a.slotName() == "" {
		return nil
	}
	return e
}

// secretKind tells what kind of secret the flags announce.
func (a *app) secretKind() (vault.SlotType, error) {
	kind, n := vault.SlotPIN, 0
	for _, f := range []struct {
		set  bool
		kind vault.SlotType
	}{
		{a.flags.passphrase, vault.SlotPassphrase},
		{a.flags.recovery, vault.SlotRecovery},
		{a.flags.ssh, vault.SlotSSH},
	} {
		if f.set {
			kind = f.kind
			n++
		}
	}
	if n > 1 {
		return "", usagef("--passphrase, --recovery and --ssh exclude each other")
	}
	return kind, nil
}

// readSecret reads the secret from the first source given, or asks for it.
func (a *app) readSecret(ctx context.Context, kind vault.SlotType) ([]byte, error) {
	secret, err := a.sourceSecret()
	if err != nil || secret != nil {
		return secret, err
	}
	question := label(kind)
	if name := a.slotName(); kind == vault.SlotPIN && name != "" {
		question = printable("PIN of " + name)
	}
	secret, err = a.askHidden(ctx, question+": ")
	if errors.Is(err, errNoTerminal) {
		return nil, errNeedSecret
	}
	if err == nil && len(secret) == 0 {
		return nil, context.Canceled
	}
	return secret, err
}

// label names a kind of secret at the start of a line.
func label(kind vault.SlotType) string {
	switch kind {
	case vault.SlotPassphrase:
		return "Passphrase"
	case vault.SlotRecovery:
		return "Recovery code"
	default:
		return "PIN"
	}
}

// sourceSecret returns the secret of the first source given, nil when none is.
func (a *app) sourceSecret() ([]byte, error) {
	if a.flags.recovery && !a.secretFlag() {
		return nil, nil // the environment holds what opens the vault every day
	}
	if dir := a.env.Getenv("CREDENTIALS_DIRECTORY"); dir != "" && !a.secretFlag() {
		// systemd sees to the mode of its files; a unit without this one goes on.
		secret, err := a.readSecretFile(filepath.Join(dir, "nod.pin"), false)
		if !errors.Is(err, os.ErrNotExist) {
			return secret, err
		}
	}
	switch {
	case a.flags.pinFD >= 0:
		return a.readSecretFD(a.flags.pinFD)
	case a.flags.pinFile != "":
		return a.readSecretFile(a.flags.pinFile, true)
	case a.flags.pinStdin:
		return a.firstLine(a.env.Stdin, "standard input")
	}
	if name := a.env.Getenv("NOD_PIN_FILE"); name != "" {
		return a.readSecretFile(name, true)
	}
	if pin := a.env.Getenv("NOD_PIN"); pin != "" {
		if a.env.Getenv("CI") != "true" {
			a.warn("NOD_PIN is read from the environment, which child processes inherit; --pin-file is safer")
		}
		return []byte(pin), nil
	}
	return nil, nil
}

// secretFlag tells whether a flag names the source.
func (a *app) secretFlag() bool {
	return a.flags.pinFD >= 0 || a.flags.pinFile != "" || a.flags.pinStdin
}

// stdinTaken reports a second use of standard input.
func (a *app) stdinTaken(what string) error {
	if a.flags.pinStdin {
		return &usageError{
			err:  fmt.Errorf("standard input can not hold both the PIN and %s", what),
			hint: "give the PIN with --pin-fd or --pin-file",
		}
	}
	return nil
}

func (a *app) readSecretFD(fd int) ([]byte, error) {
	if !handedOver(fd) {
		return nil, usagef("there is no file descriptor %d", fd)
	}
	f := os.NewFile(uintptr(fd), "file descriptor "+strconv.Itoa(fd))
	defer f.Close()
	return a.firstLine(f, f.Name())
}

// readSecretFile reads a secret from a file; private refuses one that others may read.
func (a *app) readSecretFile(name string, private bool) ([]byte, error) {
	f, err := await(a, func() (*os.File, error) { return os.Open(name) }) // a named pipe waits for its writer
	if a.over(err) {
		return nil, err
	}
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the PIN: %w", err)}
	}
	defer f.Close()
	if private {
		if err := checkPrivate(f); err != nil {
			return nil, err
		}
	}
	return a.firstLine(f, name)
}

// firstLine reads the first line of r, which is a secret. A terminal is none of its
// sources: it would show the secret, and has no end.
func (a *app) firstLine(r io.Reader, name string) ([]byte, error) {
	if isTerminal(r) {
		return nil, &usageError{err: fmt.Errorf("%s is a terminal, which would show the secret", name), hint: "give it by a pipe or a file; a PIN is asked for where no flag says how to read it"}
	}
	text, err := await(a, func() ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxSecret+1)) })
	if a.over(err) {
		return nil, err
	}
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the PIN from %s: %w", name, err)}
	}
	if len(text) > maxSecret {
		return nil, usagef("the PIN in %s is too long", name)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // editors on Windows write both
	if len(line) == 0 {
		return nil, usagef("the PIN in %s is empty", name)
	}
	return line, nil
}
