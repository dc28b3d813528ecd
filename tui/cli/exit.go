package cli

// This file: the exit statuses, and how an error is printed. Which errors they
// stand for is in classify.go.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"nod/vault"
)

// LeaveSignals are the signals that ask nod to leave; Run's ctx has to end at
// them. SIGQUIT is one of them: Go's own answer to it, a dump of the program's
// state, leaves the terminal as it is then, without echo or full of the screen.
var LeaveSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// leaveGrace is how long a command has to end after the first of LeaveSignals.
const leaveGrace = 2 * time.Second

// Leaving returns a context that ends at the first of LeaveSignals; stop ends it, too. A
// command that has not ended in time ends at the next one whatever it does: a write to a
// pipe that nobody reads can not be called off.
func Leaving() (ctx context.Context, stop context.CancelFunc) {
	ctx, stop = signal.NotifyContext(context.Background(), LeaveSignals...)
	context.AfterFunc(ctx, func() { time.AfterFunc(leaveGrace, stop) })
	return ctx, stop
}

// The exit statuses. They are stable; scripts decide on them.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitLocked      = 3
	exitWrongPIN    = 4
	exitNotFound    = 5
	exitNumber      = 6
	exitTime        = 7
	exitUnreachable = 8
	exitLimited     = 9
	exitRefused     = 10
	exitClock       = 11
	exitConflict    = 12
	exitInterrupted = 130
)

// exitMeanings is the table that `nod help exit-codes` prints.
var exitMeanings = []struct {
	code    int
	meaning string
}{
	{exitOK, "done"},
	{exitOther, "another failure"},
	{exitUsage, "wrong usage or input"},
	{exitLocked, "the vault is locked and no PIN was given"},
	{exitWrongPIN, "wrong PIN, or waiting after wrong PINs"},
	{exitNotFound, "not found, or more than one match"},
	{exitNumber, "the number did not match; the request has ended"},
	{exitTime, "time ran out, or the request has expired"},
	{exitUnreachable, "the server can not be reached or failed"},
	{exitLimited, "too many tries, or paused (retry_after says how long)"},
	{exitRefused, "the server refused (device revoked, wrong code, signature)"},
	{exitClock, "the clocks of server and machine are too far apart"},
	{exitConflict, "refused for safety, or a conflict (already answered, last method, exists)"},
	{exitInterrupted, "interrupted"},
}

// What the commands themselves decide on.
var (
	errNoMatch = errors.New("nothing matches")
	errNoQR    = errors.New("no QR code found")
	errTimeUp  = errors.New("time ran out")
	errNoHome  = errors.New("there is no home directory")

	errSSHAgent = errors.New("a key of the ssh-agent can not be handed to nod's agent")
)

// usageError is a wrong use of nod; hint says what to do instead.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// hinted is an error whose hint needs more than the error itself knows.
type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() }
func (e *hinted) Unwrap() error { return e.err }

func usagef(format string, args ...any) *usageError {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// statusError ends a command with a status of its own choice.
type statusError struct {
	exit int
	name string
	text string
	hint string

	retryAfter int             // seconds
	candidates []candidateJSON // of an ambiguous query
}

func (e *statusError) Error() string { return e.text }

// failure is an error as it is printed.
type failure struct {
	Code       string     `json:"code"` // stable name
	Message    string     `json:"message"`
	Hint       string     `json:"hint,omitempty"`
	Exit       int        `json:"exit"`
	RetryAfter int        `json:"retry_after,omitempty"` // seconds
	Decision   string     `json:"decision,omitempty"`
	Device     string     `json:"device,omitempty"`
	At         *time.Time `json:"at,omitempty"`
	Left       *int       `json:"left,omitempty"`

	Candidates []candidateJSON `json:"candidates,omitempty"` // of an ambiguous query
}

// finish prints err and returns the exit status.
func (a *app) finish(ctx context.Context, err error) int {
	err = a.cause(ctx, err)
	if err == nil {
		return exitOK
	}
	f := classify(err, a.env.Now())
	if f.Code == "wrong_pin" && f.Left != nil { // of a PIN
		f.Hint = firstOf(f.Hint, a.odd)
	}
	if errors.Is(err, context.Canceled) {
		if !a.jsonWanted() {
			return f.Exit // the person knows
		}
		f.Message = "interrupted"
	}
	if a.jsonWanted() {
		line, _ := jsonLine(struct {
			Schema int     `json:"schema"`
			Error  failure `json:"error"`
		}{schema, f})
		_, _ = a.env.Stderr.Write(line)
		return f.Exit
	}
	fmt.Fprintf(a.env.Stderr, "nod: error: %s\n", printable(f.Message))
	if f.Hint != "" {
		fmt.Fprintf(a.env.Stderr, "nod: hint: %s\n", printable(f.Hint))
	}
	return f.Exit
}

// cause replaces an error that is only the consequence of an interruption or of
// the time limit.
func (a *app) cause(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Canceled
	}
	_, busy := errors.AsType[*vault.BusyError](err) // it stopped waiting at the time limit
	if a.limit != nil && errors.Is(a.limit.Err(), context.DeadlineExceeded) && (busy || errors.Is(err, context.DeadlineExceeded)) {
		return context.Cause(a.limit)
	}
	return err
}

// jsonWanted is --json, also where an unknown flag kept it from being read.
func (a *app) jsonWanted() bool {
	return a.flags.json || slices.ContainsFunc(a.args, func(arg string) bool {
		return arg == "--json" || strings.HasPrefix(arg, "--json=") && arg != "--json=false"
	})
}

func seconds(d time.Duration) int { return max(0, int(math.Ceil(d.Seconds()))) }

// printable keeps out of the terminal what steers it, but for the ends of lines.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (r < ' ' || r >= 0x7f && steers(r)) {
			return '?'
		}
		return r
	}, s)
}

// steers tells whether r is a control character, turns the direction of writing, or ends
// a line.
func steers(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
