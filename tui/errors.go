package tui

// errors.go says what an error means to the person, and what to do next.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"nod/approve"
	"nod/scan"
	"nod/scan/draw"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/protect"
)

// explain puts an error into at most two short sentences.
func explain(now time.Time, err error) string {
	for _, say := range []func(time.Time, error) string{explainSecret, explainVault, explainServer, explainInput} {
		if text := say(now, err); text != "" {
			return text
		}
	}
	return capital(clean(err.Error())) + "."
}

// explainSecret speaks of wrong PINs, passphrases and recovery codes.
func explainSecret(now time.Time, err error) string {
	if e, ok := errors.AsType[*vault.WaitError](err); ok {
		return "Too many wrong PINs. Try again in " + clockLeft(e.Until.Sub(now)) + "."
	}
	if e, ok := errors.AsType[*vault.PINError](err); ok {
		return wrongSecret(e)
	}
	switch {
	case errors.Is(err, vault.ErrPINDisabled):
		return "The PIN is switched off after too many wrong tries. Press F3 and type the recovery code."
	case errors.Is(err, vault.ErrNoSlot):
		return "This vault does not open with that kind of key. Use the one that it was made with."
	}
	return ""
}

func wrongSecret(e *vault.PINError) string {
	switch e.Kind {
	case vault.SlotPassphrase:
		return "Wrong passphrase. Check Caps Lock and the keyboard layout."
	case vault.SlotRecovery:
		return "Wrong recovery code. Compare it with the paper, group by group."
	}
	switch {
	case e.Left <= 0:
		return "Wrong PIN. It is switched off now; press F3 and type the recovery code."
	case e.Wait > 0:
		return fmt.Sprintf("Wrong PIN. %s left; the next one is taken in %s.", count(e.Left, "try", "tries"), span(e.Wait))
	}
	return fmt.Sprintf("Wrong PIN. %s left.", count(e.Left, "try", "tries"))
}

// explainVault speaks of the vault file.
func explainVault(_ time.Time, err error) string {
	if e, ok := errors.AsType[*vault.DamagedError](err); ok {
		return damaged(e)
	}
	if e, ok := errors.AsType[*vault.BusyError](err); ok {
		if e.PID == 0 {
			return "Another nod is saving. Try again in a moment."
		}
		return fmt.Sprintf("Another nod is saving (process %d). Try again in a moment.", e.PID)
	}
	if e, ok := errors.AsType[*protect.DeviceFileError](err); ok {
		return "This computer's half of the PIN is damaged: " + clean(e.File) +
			". Put it back from a backup, or move it away, press F3 and type the recovery code."
	}
	switch {
	case errors.Is(err, vault.ErrNewer):
		return "This vault was made by a newer nod. Install that version here to open it."
	case errors.Is(err, vault.ErrOtherMachine):
		return "The PIN of this vault belongs to another computer. Press F3 and type the recovery code, or F2 for the passphrase."
	case errors.Is(err, vault.ErrRollback):
		return "This vault file is older than the one last used here. Put the newest copy back, or see nod vault restore."
	case errors.Is(err, vault.ErrStale):
		return "Another nod changed the PIN or the keys. Unlock again."
	case errors.Is(err, vault.ErrLocked):
		return "The vault is locked. Unlock it and do that again."
	case errors.Is(err, vault.ErrExists):
		return "There is a vault here already. Restart nod to unlock it."
	case errors.Is(err, vault.ErrNotFound):
		return "That entry is gone: another nod removed it."
	case errors.Is(err, vault.ErrFull), errors.Is(err, syscall.ENOSPC):
		return "The disk is full: nothing was saved. Make room and do that again."
	case errors.Is(err, fs.ErrPermission):
		return "That file may not be used by you. Look at its owner and mode."
	case errors.Is(err, vault.ErrUnready) && !errors.Is(err, fs.ErrPermission):
		return "The keyring or TPM does not give out its half of the PIN now. Unlock it; or F2 for the passphrase, F3 for the recovery code."
	case errors.Is(err, fs.ErrNotExist):
		return "There is no such file. Check the path."
	}
	return ""
}

// whereDamaged is one sentence.
func whereDamaged(e *vault.DamagedError) string {
	if e.What == "missing file" {
		return "The vault file is gone."
	}
	at := ""
	if e.Offset >= 0 {
		at = fmt.Sprintf(" at byte %d", e.Offset)
	}
	return fmt.Sprintf("The vault does not open: its %s is damaged%s.", e.What, at)
}

func damaged(e *vault.DamagedError) string {
	next := "No older copy was found; use a backup."
	if e.Backup != "" {
		next = "Last good copy: " + e.Backup + ". nod vault restore puts it back."
	}
	return whereDamaged(e) + " " + next
}

// explainServer speaks of what servers answer.
func explainServer(_ time.Time, err error) string {
	if e, ok := errors.AsType[*approve.AnsweredError](err); ok {
		return fmt.Sprintf("Already answered on %s at %s (%s).", clean(e.Device), e.At.Local().Format("15:04:05"), e.State)
	}
	if e, ok := errors.AsType[*approve.LimitedError](err); ok {
		return "Too many tries. Wait " + span(e.RetryAfter) + "."
	}
	if e, ok := errors.AsType[*approve.BadCodeError](err); ok {
		if e.Left >= 0 {
			return fmt.Sprintf("That code is not right. %s left.", count(e.Left, "try", "tries"))
		}
		return "That code is not right."
	}
	switch {
	case errors.Is(err, approve.ErrPairingRefused):
		return "The site said no: this device is not paired."
	case errors.Is(err, approve.ErrBadCode):
		return "That registration code is not right or has expired."
	case errors.Is(err, approve.ErrUsed):
		return "That code was already used. Get a new one: Security > Add device."
	case errors.Is(err, approve.ErrCodeExpired):
		return "That code has expired. Get a new one."
	case errors.Is(err, approve.ErrNumber):
		return "That number does not match. The sign-in was stopped."
	case errors.Is(err, approve.ErrNumberNeeded):
		return "Type what the sign-in page shows, as it stands there."
	case errors.Is(err, approve.ErrContainer):
		return "That link registers a container. If you want one: nod pair --container"
	case errors.Is(err, approve.ErrNotOffered):
		return "This server takes no such answer. Ignoring is always possible."
	case errors.Is(err, approve.ErrExpired), errors.Is(err, approve.ErrNoRequest):
		return "This request has expired."
	case errors.Is(err, approve.ErrNotPaired):
		return "That sign-in is for no pairing of this vault. Pair with its site first, on the Servers screen."
	case errors.Is(err, approve.ErrRevoked):
		return "The server no longer knows this device. Pair again on the Servers screen."
	case errors.Is(err, approve.ErrClock):
		return "The clocks are too far apart. Set this computer's clock, then try again."
	case errors.Is(err, approve.ErrAddress):
		return "That is not a server address. It looks like https://id.example.org."
	case errors.Is(err, approve.ErrInsecure):
		return "That address is not https, so it is not used. Check the address."
	case errors.Is(err, approve.ErrUnreachable):
		return "The server can not be reached. Check the network and the address, then try again."
	case errors.Is(err, approve.ErrNoPause):
		return "This server can not pause requests."
	case errors.Is(err, approve.ErrNotMine):
		return "nod does not know this kind of link. Copy the whole text under the QR code."
	case errors.Is(err, approve.ErrRefused):
		if why := clean(approve.Why(err)); why != "" {
			return "The server refused: " + why + "."
		}
		return "The server refused. Start again on its Security page."
	case errors.Is(err, context.DeadlineExceeded):
		return "The server did not answer in time. Try again."
	}
	return ""
}

// explainInput speaks of what was typed or opened.
func explainInput(_ time.Time, err error) string {
	if e, ok := errors.AsType[*otp.SecretError](err); ok {
		return fmt.Sprintf("Keys use A-Z and 2-7. '%s' at position %d is not allowed.", clean(string(e.Letter)), e.Position)
	}
	if e, ok := errors.AsType[*vault.DuplicateError](err); ok {
		return "You already have " + titleOf(e.Existing) + "."
	}
	if e, ok := errors.AsType[*approve.RulesError](err); ok {
		where := filepath.Base(e.File)
		if e.Line > 0 {
			where += fmt.Sprintf(", line %d", e.Line)
		}
		return clean(where + ": " + e.Text + ".")
	}
	if _, ok := errors.AsType[*scan.FormatError](err); ok {
		return "That file is no picture that nod reads: png, jpg, gif, webp, bmp, tiff, svg and more."
	}
	if _, ok := errors.AsType[*scan.SizeError](err); ok {
		return "That picture is too large. Crop it to the QR code."
	}
	switch {
	case errors.Is(err, draw.ErrFormat):
		return "The name must end in .png or .svg."
	case errors.Is(err, draw.ErrExists):
		return "There is such a file already. Choose another name."
	case errors.Is(err, draw.ErrNoFile):
		return "That is a link, a folder or a device. Choose another name."
	}
	if text := explainSource(err); text != "" {
		return text
	}
	if e, ok := errors.AsType[*vault.WeakPINError](err); ok {
		return capital(e.Rule) + "."
	}
	if e, ok := errors.AsType[*vault.PINFormatError](err); ok {
		return capital(e.Reason) + "."
	}
	if e, ok := errors.AsType[*vault.WeakPassphraseError](err); ok {
		return capital(e.Rule) + "."
	}
	return ""
}

// explainSource speaks of the clipboard, the screen and the camera.
func explainSource(err error) string {
	switch {
	case errors.Is(err, scan.ErrEmpty):
		return "The clipboard holds neither a picture nor a text. Copy the picture of the code, or its text."
	case errors.Is(err, scan.ErrNothingChosen):
		return "No part of the screen was chosen."
	}
	if e, ok := errors.AsType[*scan.AbsentError](err); ok {
		return capital(e.Error()) + ". Save the picture and press i."
	}
	if e, ok := errors.AsType[*scan.MissingError](err); ok {
		return capital(clean(e.Error())) + ". " + capital(clean(e.Hint())) + "."
	}
	if e, ok := errors.AsType[*scan.FailedError](err); ok {
		return capital(clean(e.Error())) + ". Save the picture and press i."
	}
	return ""
}

// capital starts a sentence.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
