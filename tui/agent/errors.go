package agent

// This file carries errors over the socket, so that a command decides on what the
// agent's vault or inbox said as if they were its own.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/protect"
)

// What the agent itself refuses.
var (
	ErrNoAgent  = errors.New("no agent runs for this vault")
	ErrGone     = fmt.Errorf("%w: it went away before it answered", ErrNoAgent)
	ErrLocked   = errors.New("the agent is locked")
	ErrRunning  = errors.New("an agent for this vault runs already")
	ErrTries    = errors.New("the agent takes no PIN any more, after too many wrong ones; start it anew")
	ErrConfirm  = errors.New("the account is marked to be confirmed: the agent gives its codes against the PIN only")
	ErrSilent   = errors.New("the agent does not answer")
	ErrUser     = errors.New("that agent belongs to another user")
	ErrProtocol = errors.New("the agent speaks another version of nod; stop it with: nod agent stop")
)

// sentinels are the errors that are told apart by identity, by name. Of two that fit,
// the special one comes first.
var sentinels = []struct {
	name string
	err  error
}{
	{"agent.ErrLocked", ErrLocked},
	{"agent.ErrRunning", ErrRunning},
	{"agent.ErrTries", ErrTries},
	{"agent.ErrConfirm", ErrConfirm},
	{"agent.ErrUser", ErrUser},
	{"agent.ErrProtocol", ErrProtocol},
	{"vault.ErrNotFound", vault.ErrNotFound},
	{"vault.ErrNoVault", vault.ErrNoVault},
	{"vault.ErrExists", vault.ErrExists},
	{"vault.ErrLocked", vault.ErrLocked},
	{"vault.ErrNewer", vault.ErrNewer},
	{"vault.ErrOtherMachine", vault.ErrOtherMachine},
	{"vault.ErrUnready", vault.ErrUnready},
	{"vault.ErrNoSlot", vault.ErrNoSlot},
	{"vault.ErrPINDisabled", vault.ErrPINDisabled},
	{"vault.ErrOtherVault", vault.ErrOtherVault},
	{"vault.ErrRollback", vault.ErrRollback},
	{"vault.ErrNoCopy", vault.ErrNoCopy},
	{"vault.ErrLastSlot", vault.ErrLastSlot},
	{"vault.ErrSamePIN", vault.ErrSamePIN},
	{"vault.ErrSlotExists", vault.ErrSlotExists},
	{"vault.ErrStale", vault.ErrStale},
	{"vault.ErrFull", vault.ErrFull},
	{"vault.ErrGiven", vault.ErrGiven},
	{"vault.ErrShift", vault.ErrShift},
	{"otp.ErrPIN", otp.ErrPIN},
	{"protect.ErrAbsent", protect.ErrAbsent},
	{"protect.ErrLimit", protect.ErrLimit},
	{"approve.ErrNotMine", approve.ErrNotMine},
	{"approve.ErrNotPaired", approve.ErrNotPaired},
	{"approve.ErrUnreachable", approve.ErrUnreachable},
	{"approve.ErrRevoked", approve.ErrRevoked},
	{"approve.ErrBadCode", approve.ErrBadCode},
	{"approve.ErrPairingRefused", approve.ErrPairingRefused},
	{"approve.ErrUsed", approve.ErrUsed},
	{"approve.ErrCodeExpired", approve.ErrCodeExpired},
	{"approve.ErrExpired", approve.ErrExpired},
	{"approve.ErrNumber", approve.ErrNumber},
	{"approve.ErrNumberNeeded", approve.ErrNumberNeeded},
	{"approve.ErrClock", approve.ErrClock},
	{"approve.ErrNoRotation", approve.ErrNoRotation},
	{"approve.ErrNotOffered", approve.ErrNotOffered},
	{"approve.ErrNoRequest", approve.ErrNoRequest},
	{"approve.ErrNoPause", approve.ErrNoPause},
	{"approve.ErrContainer", approve.ErrContainer},
	{"approve.ErrNoSet", approve.ErrNoSet},
	{"approve.ErrAddress", approve.ErrAddress},
	{"approve.ErrInsecure", approve.ErrInsecure},
	{"approve.ErrRefused", approve.ErrRefused},
	{"context.Canceled", context.Canceled},
	{"context.DeadlineExceeded", context.DeadlineExceeded},
}

// typed are the errors that say more than that they happened, as pointers.
var typed = []error{
	&LimitError{},
	&vault.PINError{}, &vault.WhichPINError{}, &vault.WaitError{}, &vault.BusyError{}, &vault.DamagedError{}, &vault.DuplicateError{},
	&vault.PINFormatError{}, &vault.WeakPINError{}, &vault.WeakPassphraseError{},
	&approve.AnsweredError{}, &approve.LimitedError{}, &approve.BadCodeError{}, &approve.LastMethodError{}, &approve.RulesError{},
}

// errorWire is an error as it travels.
type errorWire struct {
	Text string          // the whole text
	Name string          `json:",omitempty"` // of the sentinel or type that it is
	Data json.RawMessage `json:",omitempty"` // of the type
}

// wireError returns err for the socket, nil for none.
func wireError(err error) *errorWire {
	if err == nil {
		return nil
	}
	w := &errorWire{Text: err.Error()}
	for _, t := range typed {
		found := reflect.New(reflect.TypeOf(t)) // **T, as errors.As wants it
		if !errors.As(err, found.Interface()) {
			continue
		}
		if data, merr := json.Marshal(found.Elem().Interface()); merr == nil {
			w.Name, w.Data = typeName(t), data
			return w
		}
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			w.Name = s.name
			return w
		}
	}
	return w
}

func typeName(err error) string { return reflect.TypeOf(err).Elem().String() }

// error is the error on this side, nil for none.
func (w *errorWire) error() error {
	if w == nil {
		return nil
	}
	for _, s := range sentinels {
		if s.name == w.Name {
			return &remoteError{w.Text, s.err}
		}
	}
	for _, t := range typed {
		if typeName(t) == w.Name {
			found := reflect.New(reflect.TypeOf(t).Elem())
			if json.Unmarshal(w.Data, found.Interface()) == nil {
				return &remoteError{w.Text, found.Interface().(error)}
			}
		}
	}
	return errors.New(w.Text)
}

// remoteError is an error of the agent's: its own text, and what it is.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }
