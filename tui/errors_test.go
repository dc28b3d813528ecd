package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"nod/approve"
	"nod/scan"
	"nod/scan/draw"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/protect"
)

// Every error that a person can meet has its own words, in at most two sentences.
func TestExplain(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		err  error
		want string
	}{
		{&vault.PINError{Kind: vault.SlotPIN, Left: 3}, "Wrong PIN. 3 tries left."},
		{&vault.PINError{Kind: vault.SlotPIN, Left: 1, Wait: 30 * time.Second}, "Wrong PIN. 1 try left; the next one is taken in 30 seconds."},
		{&vault.PINError{Kind: vault.SlotPIN}, "Wrong PIN. It is switched off now; press F3 and type the recovery code."},
		{&vault.PINError{Kind: vault.SlotRecovery}, "Wrong recovery code. Compare it with the paper, group by group."},
		{&vault.WaitError{Until: now.Add(27 * time.Second)}, "Too many wrong PINs. Try again in 0:27."},
		{vault.ErrPINDisabled, "The PIN is switched off after too many wrong tries. Press F3 and type the recovery code."},
		{&vault.DamagedError{What: "payload", Offset: 812, Backup: "vault.nod.1"}, "The vault does not open: its payload is damaged at byte 812. Last good copy: vault.nod.1. nod vault restore puts it back."},
		{vault.ErrNewer, "This vault was made by a newer nod. Install that version here to open it."},
		{vault.ErrRollback, "This vault file is older than the one last used here. Put the newest copy back, or see nod vault restore."},
		{&protect.DeviceFileError{File: "device.key"}, "This computer's half of the PIN is damaged: device.key. Put it back from a backup, or move it away, press F3 and type the recovery code."},
		{vault.ErrStale, "Another nod changed the PIN or the keys. Unlock again."},
		{vault.ErrFull, "The disk is full: nothing was saved. Make room and do that again."},
		{&vault.BusyError{PID: 4311}, "Another nod is saving (process 4311). Try again in a moment."},
		{fmt.Errorf("answer: %w", &approve.AnsweredError{State: approve.Accepted, Device: "phone-ana", At: now}), "Already answered on phone-ana at 00:00:00 (accepted)."},
		{&approve.LimitedError{RetryAfter: 9 * time.Minute}, "Too many tries. Wait 9 minutes."},
		{approve.ErrUsed, "That code was already used. Get a new one: Security > Add device."},
		{approve.ErrNumber, "That number does not match. The sign-in was stopped."},
		{errAway, "The server can not be reached. Check the network and the address, then try again."},
		{fmt.Errorf("%w: nothing may follow host and port", approve.ErrAddress), "That is not a server address. It looks like https://id.example.org."},
		{approve.ErrInsecure, "That address is not https, so it is not used. Check the address."},
		{&otp.SecretError{Letter: '1', Position: 16}, "Keys use A-Z and 2-7. '1' at position 16 is not allowed."},
		{&scan.SizeError{}, "That picture is too large. Crop it to the QR code."},
		{draw.ErrFormat, "The name must end in .png or .svg."},
		{draw.ErrExists, "There is such a file already. Choose another name."},
		{draw.ErrNoFile, "That is a link, a folder or a device. Choose another name."},
		{fs.ErrNotExist, "There is no such file. Check the path."},
		{errors.New("save vault: input/output error"), "Save vault: input/output error."},
	} {
		got := explain(now, test.err)
		if got != test.want {
			t.Errorf("%v:\n got %q\nwant %q", test.err, got, test.want)
		}
		if strings.Contains(got, "!") {
			t.Errorf("%q has an exclamation mark", got)
		}
	}
}

func TestLockWipesWhatIsTyped(t *testing.T) {
	inBubble(t, Config{IdleLock: time.Minute}, func(d *driver, srv *fakeServer) {
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.press("A")
		d.wait(time.Second)
		d.text("47" + testPIN)
		typed := d.m.screen.(*dialog).secret.typed
		if string(typed) != testPIN {
			t.Fatalf("typed %q", typed)
		}
		d.wait(time.Minute)
		d.see("locked")
		if strings.Trim(string(typed), "\x00") != "" {
			t.Error("the PIN stays in memory after the lock")
		}
	})
}
