package tui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
)

func TestServers(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("3")
		d.golden("one")
		d.press("R")
		d.golden("rename")
		d.press("ctrl+u")
		d.text("jump host")
		d.press("enter")
		d.see("This device is now called jump host.")
		if srv.renamed != "jump host" {
			t.Errorf("renamed %q", srv.renamed)
		}
		srv.change(func() { srv.fail = errAway })
		d.wait(30 * time.Second)
		d.press("r")
		d.wait(time.Second)
		d.golden("away")
		srv.change(func() { srv.fail = approve.ErrRevoked })
		d.press("r")
		d.wait(time.Second)
		d.golden("revoked")
		d.press("U", "enter")
		d.see("No server is paired.")
	})
}

func TestUnpair(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("3", "U")
		d.golden("safe")
		d.press("esc")
		d.see("Servers")
		srv.change(func() {
			srv.status.Devices, srv.status.Methods, srv.status.RecoveryLeft = srv.status.Devices[:1], []string{"companion"}, 0
		})
		d.press("U")
		d.golden("last-method")
		d.press("enter")
		d.text("lock me")
		d.press("enter")
		d.see("exactly")
		if len(srv.unpaired) != 0 {
			t.Fatal("unpaired without the phrase")
		}
		d.text(" out")
		d.press("enter")
		d.see("RMS is unpaired.")
		if len(srv.unpaired) != 1 || !srv.unpaired[0] {
			t.Errorf("unpaired = %v, want one forced", srv.unpaired)
		}
		if _, ok := d.m.account("push"); ok || len(d.m.session.accounts) != 8 {
			t.Errorf("%d accounts are left, want 8: the fallback goes", len(d.m.session.accounts))
		}
	})
}

// What the server says at the moment of unpairing counts, not what was asked before.
func TestUnpairServerDecides(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("3", "U")
		srv.change(func() { srv.unpair = &approve.LastMethodError{Devices: 1} })
		d.press("enter")
		d.see("LAST device", "lock me out")
		d.text("lock me out")
		d.press("enter")
		d.see("RMS is unpaired.")
	})
}

func TestUnpairAway(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.change(func() { srv.fail = errAway })
		d.press("3", "U")
		d.see("can not be reached", "only here")
		d.text("only here")
		d.press("enter")
		d.see("RMS is removed here.")
	})
}

func TestHistory(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.ask("r-1", "ana@demo.test")
		d.wait(time.Second)
		d.press("2", "i", "1", "y", "4", "j")
		d.golden("list")
	})
}

// A French keyboard has the digits on Shift: the key's own code is another sign.
func TestTabsByText(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.send(tea.KeyPressMsg{Code: 'é', ShiftedCode: '2', Mod: tea.ModShift, Text: "2"})
		if d.m.screen != d.m.session.approvals {
			t.Errorf("the screen is %T, want the approvals", d.m.screen)
		}
	})
}

func TestHelp(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("?")
		d.golden("all")
		d.text("copy")
		d.see("copy next")
		d.hide("rename")
		d.press("esc")
		d.see("9 accounts")
	})
}
