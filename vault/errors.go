package vault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What a caller decides on.
var (
	ErrNotFound     = errors.New("no such entry")                                      // account, device
	ErrNoVault      = errors.New("there is no vault here")                             // Open, Inspect
	ErrExists       = errors.New("there is a vault here already")                      // Create
	ErrLocked       = errors.New("the vault is locked")                                // any call after Close
	ErrNewer        = errors.New("the vault was made by a newer nod")                  // Open, Inspect
	ErrOtherMachine = errors.New("the vault's PIN belongs to another machine")         // device key or machine id missing or changed
	ErrUnready      = errors.New("the other half of the PIN's key can not be had now") // TPM or keyring locked, hung, not allowed
	ErrNoSlot       = errors.New("the vault does not open with that kind of key")      // no such slot
	ErrPINDisabled  = errors.New("the PIN is disabled after too many wrong tries")     // recovery code needed
	ErrOtherVault   = errors.New("that copy is of another vault")
	ErrRollback     = errors.New("the vault file is older than the one last used here")
	ErrNoCopy       = errors.New("there is no older copy yet; the next change of the vault makes one") // Drill
	ErrLastSlot     = errors.New("no way to open the vault but the recovery code would be left")       // RemoveSlot
	ErrSamePIN      = errors.New("the new PIN is the old one; choose another, because copies of the vault still open with it")
	ErrSlotExists   = errors.New("the vault opens with that already") // AddSlot
	ErrStale        = errors.New("another nod changed the vault's keys; unlock it again")
	ErrFull         = errors.New("the disk is full; nothing was saved and nothing was lost") // every change
)

// PINError is a wrong PIN, passphrase or recovery code. The PINError of the
// last wrong PIN also is ErrPINDisabled.
type PINError struct {
	Kind SlotType
	Left int           // PIN: tries before it is disabled
	Wait time.Duration // before the next try is taken
}

func (e *PINError) Error() string {
	switch {
	case e.Kind != SlotPIN:
		return "wrong " + string(e.Kind)
	case e.Left == 0:
		return "wrong PIN; " + ErrPINDisabled.Error()
	case e.Wait > 0:
		return fmt.Sprintf("wrong PIN; %s, the next in %s", triesLeft(e.Left), e.Wait)
	}
	return "wrong PIN; " + triesLeft(e.Left)
}

// Is makes the last wrong PIN an ErrPINDisabled.
func (e *PINError) Is(target error) bool {
	return target == ErrPINDisabled && e.Kind == SlotPIN && e.Left == 0
}

// WhichPINError says that the vault has no PIN of the name asked for, or PINs of several
// people where none was asked for.
type WhichPINError struct{ Names []string }

func (e *WhichPINError) Error() string {
	names := make([]string, len(e.Names))
	for i, name := range e.Names {
		names[i] = strconv.Quote(name)
		if name == "" {
			names[i] = "the one without a name"
		}
	}
	if len(names) == 1 {
		return "the vault opens with one PIN, " + names[0]
	}
	return "the vault opens with several PINs: say whose it is, " + strings.Join(names, " or ")
}

func triesLeft(n int) string {
	if n == 1 {
		return "1 try left"
	}
	return fmt.Sprintf("%d tries left", n)
}

// WaitError refuses a try that came before the wait was over.
type WaitError struct{ Until time.Time }

func (e *WaitError) Error() string {
	return "too many wrong PINs; the next try is taken at " + e.Until.Local().Format("15:04:05")
}

// BusyError says that another process holds the vault's lock.
type BusyError struct{ PID int }

func (e *BusyError) Error() string {
	if e.PID == 0 {
		return "another nod is at work on the vault; try again"
	}
	return fmt.Sprintf("another nod (pid %d) is at work on the vault; try again", e.PID)
}

// DamagedError says where a vault file stops making sense and which older copy may help.
type DamagedError struct {
	File   string
	Offset int64  // of the first byte that is wrong, or -1
	What   string // "header", "slot 2", "payload", "file"
	Backup string // newest generation, or ""
}

func (e *DamagedError) Error() string {
	where := e.What
	if e.Offset >= 0 {
		where = fmt.Sprintf("%s, byte %d", e.What, e.Offset)
	}
	text := fmt.Sprintf("vault file %s is damaged (%s)", e.File, where)
	if e.Backup != "" {
		text += "; the newest good copy is " + e.Backup
	}
	return text
}

// PINFormatError refuses a PIN that is not 4-12 digits.
type PINFormatError struct{ Reason string }

func (e *PINFormatError) Error() string { return e.Reason }

// WeakPINError refuses a PIN that thieves try first, and says why without
// repeating it.
type WeakPINError struct{ Rule string } // "that PIN counts up; choose another"

func (e *WeakPINError) Error() string { return e.Rule }

// WeakPassphraseError refuses a passphrase, and says why.
type WeakPassphraseError struct{ Rule string }

func (e *WeakPassphraseError) Error() string { return e.Rule }

// DuplicateError says which account is already there.
type DuplicateError struct {
	Existing Account
	SameKey  bool // the secret is the same, too
}

func (e *DuplicateError) Error() string {
	same := "with another key"
	if e.SameKey {
		same = "with the same key"
	}
	return fmt.Sprintf("there is an account %q at %q already, %s", e.Existing.Name, e.Existing.Issuer, same)
}

// diskError turns a full disk into ErrFull, keeping err.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || isDiskFull(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
