package tui

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/vaulttest"
)

// lockedBubble runs test in a bubble, with a locked copy of the fixture.
func lockedBubble(t *testing.T, c Config, test func(d *driver, srv *fakeServer)) {
	t.Helper()
	place := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		srv := newFakeServer()
		c.Place, c.Drivers, c.Cost = place, []approve.Driver{srv}, vaulttest.Cost
		c.Home = filepath.Dir(filepath.Dir(place.File))
		d := drive(t, New(t.Context(), c))
		t.Cleanup(d.m.end)
		test(d, srv)
	})
}

func TestUnlock(t *testing.T) {
	lockedBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.golden("locked")
		d.text("12x3") // a letter is no digit
		d.golden("typing")
		d.text("4")
		d.press("enter")
		d.golden("wrong-pin")
		d.wait(time.Second)
		d.text(testPIN)
		d.press("enter")
		d.see("HelpDesk", "Codes")
	})
}

func TestUnlockWaits(t *testing.T) {
	lockedBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		for range 5 {
			d.text("9999")
			d.press("enter")
		}
		d.golden("waiting")
		d.text(testPIN)
		d.press("enter")
		d.see("Too many wrong PINs")
		d.wait(31 * time.Second)
		d.hide("Too many wrong PINs")
		d.text(testPIN)
		d.press("enter")
		d.see("HelpDesk")
	})
}

func TestUnlockOtherWays(t *testing.T) {
	t.Run("passphrase", func(t *testing.T) {
		lockedBubble(t, Config{}, func(d *driver, _ *fakeServer) {
			d.press("f2")
			d.text("wrong passphrase")
			d.golden("passphrase")
			d.press("enter")
			d.see("Wrong passphrase")
			d.text(testPassphrase)
			d.press("enter")
			d.see("HelpDesk")
		})
	})
	t.Run("recovery", func(t *testing.T) {
		lockedBubble(t, Config{}, func(d *driver, _ *fakeServer) {
			d.press("f3")
			d.text(strings.ToLower(fixture.recovery))
			d.press("enter")
			d.golden("new-pin")
			d.text("7350")
			d.press("enter")
			d.text("7350")
			d.press("enter")
			d.text(fixture.recovery)
			d.press("enter")
			d.see("The PIN is changed.", "HelpDesk")
			d.press("L")
			d.text("7350")
			d.press("enter")
			d.see("HelpDesk")
		})
	})
}

func TestUnlockBroken(t *testing.T) {
	t.Run("damaged", func(t *testing.T) {
		place := testVault(t)
		if err := os.Truncate(place.File, 200); err != nil {
			t.Fatal(err)
		}
		for _, other := range olderCopies(t, place) {
			if err := os.Remove(other); err != nil {
				t.Fatal(err)
			}
		}
		brokenGolden(t, place)
	})
	t.Run("other machine", func(t *testing.T) {
		place := testVault(t)
		if err := os.RemoveAll(place.State); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			d := drive(t, New(t.Context(), Config{Place: place}))
			d.text(testPIN)
			d.press("enter")
			d.see("belongs to another computer", "Type the recovery code", "F2 takes the passphrase")
		})
	})
}

// olderCopies are the generations beside the vault file.
func olderCopies(t *testing.T, p vault.Place) []string {
	t.Helper()
	all, err := filepath.Glob(p.File + ".*")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func brokenGolden(t *testing.T, place vault.Place) {
	synctest.Test(t, func(t *testing.T) {
		d := drive(t, New(t.Context(), Config{Place: place, Home: filepath.Dir(filepath.Dir(place.File))}))
		d.text(testPIN)
		d.press("enter")
		d.golden("broken")
		d.press("f2", "4")
		d.see("does not open")
	})
}

func TestIdleLock(t *testing.T) {
	clip := &fakeClipboard{}
	inBubble(t, Config{IdleLock: time.Minute, Clipboard: clip}, func(d *driver, srv *fakeServer) {
		v, ctx := d.m.session.vault, d.m.session.ctx
		d.wait(50 * time.Second)
		d.press("j") // a key keeps it open
		d.wait(50 * time.Second)
		srv.ask("r-1", "ana@demo.test")
		d.press("y")
		d.wait(5 * time.Second)
		d.see("HelpDesk")
		d.wait(56 * time.Second)
		d.hide("HelpDesk", "ana@demo.test", "RMS")
		d.golden("locked-with-request")
		if got := d.m.View().WindowTitle; got != "nod (1)" {
			t.Errorf("title = %q, want nod (1)", got)
		}
		if ctx.Err() != context.Canceled {
			t.Error("the watch goes on after the lock")
		}
		if len(v.Accounts()) != 0 {
			t.Error("the vault is still open")
		}
		if d.m.session.vault != nil || d.m.session.accounts != nil || d.m.copied.receipt.Tool != "" {
			t.Error("the model keeps what belongs to the session")
		}
		if clip.text != "" {
			t.Error("the clipboard keeps the code")
		}
	})
}

func TestLockByKey(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("L")
		d.see("locked")
		d.hide("HelpDesk")
		d.text(testPIN)
		d.press("enter")
		d.see("HelpDesk")
	})
}

func TestUnlockGoesToRequests(t *testing.T) {
	lockedBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		srv.ask("r-2", "ana@demo.test")
		d.text(testPIN)
		d.press("enter")
		d.wait(100 * time.Millisecond)
		d.see("Waiting (2)")
		if got := d.m.session.approvals.selected; !strings.HasSuffix(got, "/r-2") {
			t.Errorf("selected %q, want the newest", got)
		}
	})
}
