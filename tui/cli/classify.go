package cli

// This file: the exit status, stable name and hint of every error.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"nod/approve"
	"nod/scan"
	"nod/scan/draw"
	"nod/tui/agent"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/protect"
)

// simple are the errors that need no more than a name, a status and a hint, the
// more special ones first.
var simple = []struct {
	err  error
	exit int
	name string
	hint string
}{
	{context.Canceled, exitInterrupted, "interrupted", ""},
	{errNeedSecret, exitLocked, "locked", "give --pin-file FILE or --pin-stdin, or run it at a terminal"},
	{errNoTerminal, exitUsage, "no_terminal", "run it at a terminal, or give the answers as flags (--help)"},
	{agent.ErrGone, exitNotFound, "no_agent", "what it was asked may be done or not: run the command again, which tells"},
	{agent.ErrNoAgent, exitNotFound, "no_agent", "start one: nod agent run; or let systemd do it: nod agent unit"},
	{agent.ErrLocked, exitLocked, "locked", "unlock it: nod unlock"},
	{agent.ErrRunning, exitConflict, "running", "nod agent status; nod agent stop ends it"},
	{agent.ErrTries, exitWrongPIN, "agent_tries", "nod agent stop, then start it again"},
	{agent.ErrConfirm, exitLocked, "confirm", "give --pin-file FILE or --pin-stdin, or run it at a terminal"},
	{agent.ErrSilent, exitTime, "agent_silent", "it hangs, or is stopped: end its process and start it again; NOD_NO_AGENT=1 does without"},
	{agent.ErrUser, exitConflict, "other_user", "set NOD_AGENT_SOCK, or NOD_NO_AGENT=1 to do without"},
	{agent.ErrProtocol, exitOther, "agent_version", "nod agent stop, then start the agent of this nod"},
	{errSSHAgent, exitUsage, "usage", ""},
	{vault.ErrNoVault, exitNotFound, "no_vault", "make one with: nod init"},
	{vault.ErrExists, exitConflict, "exists", "use it with its PIN, or name another file with --vault"},
	{vault.ErrLocked, exitLocked, "locked", ""},
	{vault.ErrPINDisabled, exitWrongPIN, "pin_disabled", hintRecover},
	{protect.ErrLimit, exitWrongPIN, "pin_limit", hintRecover},
	{vault.ErrNoSlot, exitWrongPIN, "no_such_slot", "nod vault slots lists the ways to open this vault"},
	{vault.ErrOtherMachine, exitWrongPIN, "other_machine", "open it with the recovery code: nod vault recover; nod vault status says what is missing"},
	{vault.ErrUnready, exitOther, "pin_unready", hintUnready},
	{vault.ErrNewer, exitOther, "newer", "update nod"},
	{vault.ErrShift, exitUsage, "bad_shift", "write it as +42s, -1.5s or 0; is the clock off by more, then set it"},
	{otp.ErrPIN, exitUsage, "account_pin", "add it to the end of the link: &pin=1234"},
	{vault.ErrSamePIN, exitUsage, "same_pin", "choose another PIN"},
	{vault.ErrSlotExists, exitConflict, "slot_exists", "nod vault slots lists them; nod pin change gives one another secret"},
	{vault.ErrLastSlot, exitConflict, "last_slot", "add another way first: nod vault slots add"},
	{vault.ErrNoCopy, exitNotFound, "no_copy", "copy the vault file to another disk, and try that one: nod vault drill FILE"},
	{protect.ErrForwarded, exitConflict, "forwarded_agent", "use the agent of this machine, or --allow-forwarded"},
	{protect.ErrUntold, exitConflict, "untold_agent", "if it runs on this machine: --allow-forwarded"},
	{protect.ErrAbsent, exitNotFound, "absent", "nod vault status says what this machine has"},
	{vault.ErrRollback, exitConflict, "rollback", "if it was put back on purpose, take it as the newest: nod vault restore and the file's name"},
	{vault.ErrOtherVault, exitConflict, "other_vault", "nod vault restore lists this vault's copies"},
	{vault.ErrFull, exitOther, "disk_full", "free some space, then run the command again"},
	{vault.ErrStale, exitLocked, "stale", "run the command again"},
	{vault.ErrNotFound, exitNotFound, "not_found", "nod ls and nod servers list show the ids"},
	{errNoMatch, exitNotFound, "not_found", "nod ls shows all accounts"},
	{errNoQR, exitNotFound, "no_qr_code", "show the code larger, or cut the picture to it"},
	{draw.ErrTooLong, exitOther, "qr_too_long", "hand over the link instead: nod show ID --secret"},
	{draw.ErrFormat, exitUsage, "bad_name", "name a file such as account.png or account.svg"},
	{draw.ErrExists, exitConflict, "exists", "name another file, or replace this one with --force"},
	{draw.ErrNoFile, exitConflict, "no_file", "name a file that does not exist"},
	{scan.ErrEmpty, exitNotFound, "no_qr_code", "copy the picture of the code, or its text"},
	{scan.ErrNothingChosen, exitInterrupted, "interrupted", ""},
	{errTimeUp, exitTime, "timeout", ""},
	{approve.ErrNoRequest, exitNotFound, "not_found", "nod approvals list shows what waits"},
	{approve.ErrNumberNeeded, exitUsage, "number_needed", "give what the sign-in page shows with --number: nod approvals view ID says what to look for"},
	{approve.ErrNoRotation, exitRefused, "no_rotation", "pair again for another key: nod servers rm, then nod pair"},
	{approve.ErrNotOffered, exitRefused, "not_offered", "nod approvals view ID says which answers there are; nod ignore is always one"},
	{approve.ErrNumber, exitNumber, "number_mismatch", "start the sign-in again; did you not start it? then change your password"},
	{approve.ErrExpired, exitTime, "expired", "start the sign-in again"},
	{approve.ErrAddress, exitUsage, "bad_address", "an address looks like https://host:port"},
	{approve.ErrInsecure, exitUsage, "insecure_address", "use https://, or http:// on this machine only; for links of other makers that takes --loopback"},
	{approve.ErrNotMine, exitUsage, "unknown_link", "nod pairs with nod://pair links, 6-digit registration codes, and the links of privacyIDEA, eduMFA, Keycloak and tiqr"},
	{approve.ErrNotPaired, exitNotFound, "not_paired", "nod servers list shows the pairings; pair with the site first: nod pair"},
	{approve.ErrRevoked, exitRefused, "device_revoked", "pair again, and remove the old pairing with: nod servers rm"},
	{approve.ErrBadCode, exitRefused, "bad_code", "make a new registration code under Security at the site"},
	{approve.ErrUsed, exitRefused, "used", "make a new registration code under Security at the site"},
	{approve.ErrCodeExpired, exitRefused, "code_expired", "make a new code or link at the site, where this one came from"},
	{approve.ErrNoPause, exitRefused, "no_pause", "leave requests to your other devices with: nod ignore --all"},
	{approve.ErrContainer, exitConflict, "container_off", "read what a container does to your other devices (docs/servers/privacyidea.md), then add --container"},
	{approve.ErrNoSet, exitUsage, "no_container", "nod servers list shows the pairings; a container is of the kind privacyidea-container"},
	{approve.ErrRefused, exitRefused, "refused", ""},
	{approve.ErrClock, exitClock, "clock", "set this machine's clock, for example with timedatectl set-ntp true"},
	{approve.ErrUnreachable, exitUnreachable, "unreachable", "check the address and the network; nod servers test asks the servers that this vault is paired with"},
}

// hintRecover is what helps when no PIN is taken any more.
const hintRecover = "open it with the recovery code: nod vault recover"

// hintUnready is what helps when the TPM or keyring is there but does not answer.
const hintUnready = "put that right and try again; or open the vault with --passphrase or --ssh, if nod vault slots " +
	"lists such a way; or take the recovery code and choose a new PIN: nod vault recover"

// classify gives err its name, status and hint.
func classify(err error, now time.Time) failure {
	f := classifyAny(err, now)
	if file := denied(err); file != "" {
		f.Hint = "nod has to read and write " + file + ": ls -ld shows who owns it and its directory; " +
			"what a nod run as root has left there, chown gives back to you"
	}
	if f.Exit == exitOther && errors.Is(err, syscall.EROFS) {
		f.Hint = "make that file system writable, which nod needs for reading, too; what is new can be elsewhere: " +
			"a vault with --vault FILE ($NOD_VAULT) and $XDG_STATE_HOME, a server with --data"
	}
	if h, ok := errors.AsType[*hinted](err); ok {
		f.Hint = h.hint
	}
	return f
}

// denied returns the file that err says nod may not use, "" when it does not say so.
func denied(err error) string {
	if _, ok := errors.AsType[*usageError](err); ok {
		return "" // a file that the person has named
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(e, fs.ErrPermission) {
		return e.Path
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok && errors.Is(e, fs.ErrPermission) {
		return e.New
	}
	return ""
}

func classifyAny(err error, now time.Time) failure {
	f := failure{Code: "failed", Message: err.Error(), Exit: exitOther}
	set := func(exit int, name, hint string) { f.Exit, f.Code, f.Hint = exit, name, hint }
	if usage, ok := errors.AsType[*usageError](err); ok {
		set(exitUsage, "usage", usage.hint)
		return f
	}
	if _, ok := errors.AsType[*defectError](err); ok {
		set(exitOther, "defect", "please report that line and what nod version says; nothing in it is secret")
		return f
	}
	if status, ok := errors.AsType[*statusError](err); ok {
		set(status.exit, status.name, status.hint)
		f.RetryAfter, f.Candidates = status.retryAfter, status.candidates
		return f
	}
	if e, ok := errors.AsType[*agent.LimitError](err); ok {
		set(exitLimited, "agent_limited", "nod agent status names the program that asked last")
		f.RetryAfter = seconds(e.RetryAfter)
		return f
	}
	if classifyVault(err, now, &f) || classifyInput(err, &f) || classifyServer(err, now, &f) {
		return f
	}
	for _, s := range simple {
		if errors.Is(err, s.err) {
			set(s.exit, s.name, s.hint)
			break
		}
	}
	return f
}

// classifyVault knows the error types of package vault.
func classifyVault(err error, now time.Time, f *failure) bool {
	if e, ok := errors.AsType[*vault.PINError](err); ok {
		f.Exit, f.Code, f.RetryAfter = exitWrongPIN, "wrong_pin", seconds(e.Wait)
		if e.Kind == vault.SlotPIN {
			f.Left = &e.Left
		}
		if errors.Is(e, vault.ErrPINDisabled) {
			f.Hint = hintRecover
		}
		return true
	}
	if e, ok := errors.AsType[*vault.WaitError](err); ok {
		f.Exit, f.Code, f.RetryAfter = exitWrongPIN, "wait", seconds(e.Until.Sub(now))
		return true
	}
	if e, ok := errors.AsType[*vault.WhichPINError](err); ok {
		f.Exit, f.Code, f.Hint = exitNotFound, "which_pin", "say whose PIN it is with --slot NAME, or $NOD_SLOT"
		if len(e.Names) == 1 && e.Names[0] == "" {
			f.Hint = "leave out --slot, and $NOD_SLOT"
		}
		return true
	}
	if _, ok := errors.AsType[*vault.BusyError](err); ok {
		f.Exit, f.Code, f.Hint = exitConflict, "busy", "try again when the other nod is done"
		return true
	}
	if e, ok := errors.AsType[*vault.DamagedError](err); ok {
		f.Code = "damaged"
		f.Hint = "put a backup in its place: nod vault restore FILE"
		if e.Backup != "" {
			f.Hint = "nod vault restore lists the older copies and puts one back"
		}
		return true
	}
	if e, ok := errors.AsType[*protect.DeviceFileError](err); ok {
		f.Exit, f.Code = exitWrongPIN, "bad_device_file"
		f.Hint = "put it back from a backup; or move " + e.File + " away, then open the vault with the recovery code: nod vault recover"
		return true
	}
	if _, ok := errors.AsType[*vault.DuplicateError](err); ok {
		f.Exit, f.Code, f.Hint = exitConflict, "duplicate", "use --replace or --keep-both"
		return true
	}
	return false
}

// classifyInput knows the error types of what people give to nod.
func classifyInput(err error, f *failure) bool {
	weak := func(hint string) { f.Exit, f.Code, f.Hint = exitUsage, "weak", hint }
	if _, ok := errors.AsType[*vault.PINFormatError](err); ok {
		weak("a PIN is 4 to 12 digits")
		return true
	}
	if _, ok := errors.AsType[*vault.WeakPINError](err); ok {
		weak("choose another PIN")
		return true
	}
	if _, ok := errors.AsType[*vault.WeakPassphraseError](err); ok {
		weak("choose a longer passphrase")
		return true
	}
	if _, ok := errors.AsType[*otp.SecretError](err); ok {
		f.Exit, f.Code = exitUsage, "bad_secret"
		return true
	}
	if _, ok := errors.AsType[*scan.FormatError](err); ok {
		f.Exit, f.Code, f.Hint = exitUsage, "bad_picture", "save it as PNG or JPEG"
		return true
	}
	if _, ok := errors.AsType[*scan.SizeError](err); ok {
		f.Exit, f.Code, f.Hint = exitUsage, "bad_picture", "cut the picture to the QR code"
		return true
	}
	if e, ok := errors.AsType[*approve.RulesError](err); ok {
		f.Exit, f.Code, f.Hint = exitUsage, "bad_rules", firstOf(e.Hint, "nod rules --help shows how they are written; no request is decided on meanwhile")
		return true
	}
	return classifySource(err, f)
}

// classifySource knows the errors of the clipboard, the screen and the camera.
func classifySource(err error, f *failure) bool {
	if _, ok := errors.AsType[*scan.AbsentError](err); ok {
		f.Code, f.Hint = "no_such_source", hintOf(err)
		return true
	}
	if _, ok := errors.AsType[*scan.MissingError](err); ok {
		f.Code, f.Hint = "missing_tool", hintOf(err)
		return true
	}
	if _, ok := errors.AsType[*scan.FailedError](err); ok {
		f.Code, f.Hint = "tool_failed", hintOf(err)
		return true
	}
	return false
}

// classifyServer knows the error types of package approve.
func classifyServer(err error, now time.Time, f *failure) bool {
	if e, ok := errors.AsType[*approve.AnsweredError](err); ok {
		f.Exit, f.Code = exitConflict, "already_answered"
		f.Decision, f.Device = string(e.State), e.Device
		if !e.At.IsZero() {
			at := e.At.UTC()
			f.At = &at
		}
		return true
	}
	if e, ok := errors.AsType[*approve.LimitedError](err); ok {
		f.Exit, f.Code, f.RetryAfter = exitLimited, "limited", seconds(e.RetryAfter)
		return true
	}
	if e, ok := errors.AsType[*pausedError](err); ok {
		f.Exit, f.Code, f.RetryAfter = exitLimited, "paused", seconds(e.pause.Until.Sub(now))
		f.Hint = "the server lifts that pause by itself; codes still work"
		return true
	}
	if e, ok := errors.AsType[*approve.BadCodeError](err); ok && e.Left >= 0 {
		f.Exit, f.Code, f.Left = exitRefused, "bad_code", &e.Left
		return true
	}
	if _, ok := errors.AsType[*approve.LastMethodError](err); ok {
		f.Exit, f.Code = exitConflict, "last_method"
		return true
	}
	return false
}
