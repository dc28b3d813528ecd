package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/vault"
)

// freshBubble runs test in a bubble where there is no vault yet.
func freshBubble(t *testing.T, server string, test func(d *driver, srv *fakeServer)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		srv := newFakeServer()
		d := drive(t, New(t.Context(), Config{
			Place: placeIn(dir), Drivers: []approve.Driver{srv}, Cost: vault.FloorCost, Home: dir, Server: server,
		}))
		t.Cleanup(func() { d.m.end() })
		d.m.random = zeros{}
		test(d, srv)
	})
}

func TestFirstRun(t *testing.T) {
	freshBubble(t, "http://127.0.0.1:8420", func(d *driver, _ *fakeServer) {
		d.text("ana")
		d.press("enter")
		d.golden("no-address")
		d.text("@demo.test")
		d.golden("address")
		d.press("enter")
		d.golden("code")
		d.text("111111")
		d.press("enter")
		d.see("That code is not right. 4 tries left.")
		d.text("730164")
		d.press("enter")
		d.golden("pin")
		d.text("1234")
		d.press("enter")
		d.golden("weak-pin")
		d.text("4821")
		d.press("enter")
		d.text("4822")
		d.press("enter")
		d.see("The two PINs are not the same. Type both again.")
		d.text("4821")
		d.press("enter")
		d.text("4821")
		d.press("enter")
		confirmRecovery(d, &d.m.screen.(*firstRun).proof)
		d.golden("ready")
		d.press("tab", "enter")
		d.see("No accounts yet. Press a to add one.", "vault is at ~")
		d.golden("empty")
		if got := d.own().Owner(); got != "ana@demo.test" {
			t.Errorf("owner = %q", got)
		}
		info, err := os.Stat(d.m.config.Place.File)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("vault file: %v, %v", info, err)
		}
	})
}

// zeros is randomness that is always the same.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// confirmRecovery types back two groups of the recovery code, one wrong at first.
func confirmRecovery(d *driver, p *proof) {
	d.t.Helper()
	d.golden("recovery", recoveryMasks(p)...)
	d.press("enter")
	d.hide("was not the same")
	first := p.pair()
	d.text(recoveryGroups(p.code)[first[0]])
	d.press("tab")
	d.text("XXXX")
	d.press("enter")
	d.see("Group " + fmt.Sprint(first[1]+1) + " was not the same")
	for _, n := range p.pair() {
		if n == first[0] || n == first[1] {
			d.t.Errorf("after a mistake group %d is asked for again", n+1)
		}
	}
	typeBack(d, p)
}

// recoveryMasks are the parts of a recovery code that change with each test.
func recoveryMasks(p *proof) (masks []string) {
	for i, g := range recoveryGroups(p.code) {
		masks = append(masks, fmt.Sprintf("%d %s", i+1, g))
	}
	return masks
}

// typeBack types the two groups that are asked for.
func typeBack(d *driver, p *proof) {
	groups := recoveryGroups(p.code)
	for _, n := range p.pair() {
		d.text(strings.ToLower(groups[n]))
		d.press("enter")
	}
}

func TestFirstRunWithoutServer(t *testing.T) {
	freshBubble(t, "", func(d *driver, _ *fakeServer) {
		d.press("tab")
		d.text("ana@demo.test")
		d.press("enter")
		d.text("anna@demo.test")
		d.press("enter")
		d.golden("again")
		d.press("ctrl+u")
		d.text("ana@demo.test")
		d.press("enter")
		d.see("Choose a PIN")
		d.press("f2")
		d.golden("passphrase")
		d.text(testPassphrase)
		d.press("tab")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Your recovery code")
	})
}

func TestFirstRunSkip(t *testing.T) {
	freshBubble(t, testServer, func(d *driver, srv *fakeServer) {
		srv.mailErr = errAway
		d.text("ana@demo.test")
		d.press("enter")
		d.see("The server can not be reached")
		d.press("tab", "tab", "enter")
		d.see("Choose a PIN")
		d.text("7350")
		d.press("enter")
		d.text("7350")
		d.press("enter")
		confirmRecovery(d, &d.m.screen.(*firstRun).proof)
		d.press("enter")
		d.see("Add an account")
		if d.own().Owner() != "" {
			t.Error("an address that was never confirmed is kept")
		}
	})
}

func TestFirstRunResend(t *testing.T) {
	freshBubble(t, testServer, func(d *driver, _ *fakeServer) {
		d.text("ana@demo.test")
		d.press("enter")
		d.see("Send again in 0:30")
		d.wait(31 * time.Second)
		d.see("Ctrl+R sends it again")
		d.press("ctrl+r")
		d.see("Send again in 0:30")
		d.press("esc")
		d.see("Welcome to nod")
	})
}

func TestFirstRunLeavesNothingBehind(t *testing.T) {
	freshBubble(t, testServer, func(d *driver, _ *fakeServer) {
		d.text("ana@demo.test")
		d.press("enter")
		if _, err := os.Stat(filepath.Dir(d.m.config.Place.File)); !os.IsNotExist(err) {
			t.Errorf("before step 3 there is something on disk: %v", err)
		}
	})
}
