package approve

// This file holds what a caller decides on.

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// refusal is a kind of ErrRefused that a caller may want to know apart.
type refusal string

func (r refusal) Error() string { return string(r) }

// Is makes errors.Is(r, ErrRefused) true.
func (r refusal) Is(target error) bool { return target == ErrRefused }

// What a caller decides on.
var (
	ErrNotMine     = errors.New("the link is of another protocol")
	ErrNotPaired   = errors.New("the sign-in is for no pairing of this vault")
	ErrUnreachable = errors.New("the server can not be reached") // also 5xx
	ErrRefused     = errors.New("the server refused")            // signature, pairing refused

	ErrRevoked        error = refusal("the server no longer knows this device") // is ErrRefused
	ErrBadCode        error = refusal("that code is not right")                 // is ErrRefused
	ErrPairingRefused error = refusal("the pairing was refused at the site")    // is ErrRefused

	ErrUsed         = errors.New("that code was already used")
	ErrCodeExpired  = errors.New("that code has expired")
	ErrExpired      = errors.New("the request has expired")
	ErrNumber       = errors.New("that number does not match")
	ErrNumberNeeded = errors.New("type the number shown on the sign-in page")
	ErrClock        = errors.New("the clocks are too far apart")
	ErrNoRotation   = errors.New("this server takes no other key of a paired device")
	ErrNotOffered   = errors.New("this request can not be answered so")
	ErrNoRequest    = errors.New("there is no such request")
	ErrNoPause      = errors.New("the server can not pause requests")
	ErrContainer    = errors.New("the link registers a container, which is off unless it is asked for")
	ErrNoSet        = errors.New("the pairing has no set of tokens at the server")
	ErrAddress      = errors.New("that is not a server address")
	ErrInsecure     = errors.New("the address is not https") // nor loopback
)

// Why is what an ErrRefused says beside that the server refused, or "".
func Why(err error) string {
	_, why, _ := strings.Cut(err.Error(), ErrRefused.Error()+": ")
	return why
}

// AnsweredError says that another device was first.
type AnsweredError struct {
	State  State // Accepted, Denied, ...
	Device string
	At     time.Time
}

func (e *AnsweredError) Error() string {
	if e.Device == "" {
		return fmt.Sprintf("already answered (%s)", e.State)
	}
	return fmt.Sprintf("already answered on %s (%s)", e.Device, e.State)
}

// LimitedError says that the server wants fewer tries.
type LimitedError struct {
	RetryAfter time.Duration
	Message    string // of the server, made safe; or ""
}

func (e *LimitedError) Error() string {
	text := e.Message
	if text == "" {
		text = "too many tries"
	}
	switch s := (e.RetryAfter + time.Second - 1) / time.Second; {
	case s <= 0:
		return text
	case s == 1:
		return text + ". Wait 1 second"
	case s < 120:
		return fmt.Sprintf("%s. Wait %d seconds", text, s)
	default:
		return fmt.Sprintf("%s. Wait %d minutes", text, (s+59)/60)
	}
}

// BadCodeError is a wrong registration or e-mail code; it is ErrBadCode and ErrRefused.
type BadCodeError struct {
	Left int  // tries left, or -1 when the server does not say
	Mail bool // the code of an e-mail
}

func (e *BadCodeError) Error() string {
	text := "that registration code is not right"
	if e.Mail {
		text = "that code is not right"
	}
	switch {
	case e.Left < 0:
		return text
	case e.Left == 1:
		return text + ". 1 try left"
	default:
		return fmt.Sprintf("%s. %d tries left", text, e.Left)
	}
}

// Is makes e both ErrBadCode and ErrRefused.
func (e *BadCodeError) Is(target error) bool { return target == ErrBadCode || target == ErrRefused }

// LastMethodError says that unpairing would lock the person out.
type LastMethodError struct {
	Devices      int // that can approve, this one included
	OtherMethods int
	RecoveryLeft int
	SecurityURL  string
}

func (e *LastMethodError) Error() string {
	return fmt.Sprintf("2-step verification is still on, and this is the last device that can approve (devices %d, other methods %d, recovery codes %d)",
		e.Devices, e.OtherMethods, e.RecoveryLeft)
}
