package tui

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"nod/vault"
)

// pinned unlocks by the passphrase and chooses the session PIN.
func pinned(d *driver) {
	d.t.Helper()
	d.text(testPassphrase)
	d.press("enter")
	d.see("Choose a PIN for as long as nod runs")
	d.text(testPIN)
	d.press("enter")
	d.text(testPIN)
	d.press("enter")
	d.see("HelpDesk", "The session PIN is set.")
}

func TestSessionPIN(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		d.golden("passphrase-only")
		d.text(testPassphrase)
		d.press("enter")
		d.golden("offer")
		held := d.m.screen.(*sessionPIN).held
		d.text("1234")
		d.press("enter")
		d.see("counts up")
		d.text("4821")
		d.press("enter")
		d.text("4822")
		d.press("enter")
		d.see("The two PINs are not the same.")
		d.paste("4821")
		d.press("enter")
		d.paste("4821")
		d.press("enter")
		d.see("HelpDesk", "The session PIN is set.")
		wiped(t, held)

		d.press("S")
		d.golden("secret")
		d.text("4821")
		d.press("enter")
		d.see("Secret key")
		d.press("x", "L")
		d.golden("locked")
		d.text("4821")
		d.press("enter")
		d.see("HelpDesk")
		d.wait(61 * time.Second)
		d.see("Session PIN")
		d.press("f2")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Choose a PIN for as long as nod runs") // a new one
		if d.m.resting != nil {
			t.Error("the old session PIN is kept")
		}
	})
}

// wiped fails the test when the secret of c is still there.
func wiped(t *testing.T, c vault.Credential) {
	t.Helper()
	secret := reflect.ValueOf(c).FieldByName("secret").Bytes()
	if len(secret) == 0 || !bytes.Equal(secret, make([]byte, len(secret))) {
		t.Error("what was typed is still in memory")
	}
}

func TestSessionPINCountsDown(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		pinned(d)
		d.press("L")
		for range 9 {
			d.text("9999")
			d.press("enter")
			d.wait(time.Second)
		}
		d.golden("one-left")
		d.text("9999")
		d.press("enter")
		d.golden("gone")
		if d.m.resting != nil {
			t.Error("the session PIN is still there")
		}
		d.text(testPassphrase)
		d.press("enter")
		d.see("Choose a PIN for as long as nod runs")
	})
}

// A new recovery code gives the vault new keys, which the session PIN opens as well.
func TestSessionPINAfterRenewal(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		pinned(d)
		d.m.unproven = true
		d.press("L")
		d.text(testPIN)
		d.press("enter")
		d.see("A new recovery code", "Session PIN")
		d.text(testPIN)
		d.press("enter")
		typeBack(d, &d.m.screen.(*renewal).proof)
		d.see("The new recovery code opens the vault from now on", "HelpDesk")
		d.press("S")
		d.see("Session PIN")
		d.text(testPIN)
		d.press("enter")
		d.see("Secret key")
		d.press("x", "L")
		d.see("Session PIN")
		d.text(testPIN)
		d.press("enter")
		d.see("HelpDesk")
	})
}

// Ten wrong PINs while unlocked end it, too: the approvals ask for the passphrase.
func TestSessionPINInSession(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		pinned(d)
		d.press("S")
		for range 10 {
			d.text("9999")
			d.press("enter")
			d.wait(time.Second)
		}
		d.see("the session PIN is gone", "Passphrase")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Secret key")
		d.press("x", "L")
		d.see("Passphrase")
		d.hide("Session PIN")
	})
}

func TestNoSessionPIN(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		d.text(testPassphrase)
		d.press("enter")
		held := d.m.screen.(*sessionPIN).held
		d.press("esc")
		d.see("HelpDesk", "every approval and every unlock asks for the passphrase")
		wiped(t, held)
		d.press("S")
		d.see("Passphrase")
		d.press("esc", "L")
		d.text(testPassphrase)
		d.press("enter")
		d.see("HelpDesk") // and is not asked again
	})
}

// The offer holds the passphrase: the idle lock takes it.
func TestIdleLockCoversOffer(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		d.text(testPassphrase)
		d.press("enter")
		s := d.m.screen.(*sessionPIN)
		held := s.held
		d.text("48")
		typed := s.pin.typed
		d.wait(61 * time.Second)
		d.see("locked", "Passphrase")
		wiped(t, held)
		if !bytes.Equal(typed, make([]byte, len(typed))) {
			t.Error("the digits are still in memory")
		}
	})
}

// Another nod has changed the keys: neither the session nor its PIN is worth anything.
func TestStale(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		pinned(d)
		rekey(t, d.m.config.Place)
		d.press("S")
		d.text("4821")
		d.press("enter")
		d.golden("stale")
		d.hide("HelpDesk", "Session PIN")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Choose a PIN for as long as nod runs")
	})
}

func TestStaleWhileResting(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		pinned(d)
		d.press("L")
		rekey(t, d.m.config.Place)
		d.text("4821")
		d.press("enter")
		d.see("Another nod changed the PIN or the keys. Unlock again.", "Passphrase")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Choose a PIN")
	})
}

// rekey changes the keys as another process does.
func rekey(t *testing.T, p vault.Place) {
	t.Helper()
	v, err := vault.Open(p, vault.Passphrase([]byte(testPassphrase)))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Rekey(vault.Passphrase([]byte(testPassphrase))); err != nil {
		t.Fatal(err)
	}
}

func TestLeavingForgetsSessionPIN(t *testing.T) {
	madeBubble(t, onlyPassphrase, func(d *driver, _ *fakeServer) {
		pinned(d)
		d.press("L")
		r := d.m.resting
		d.m.end()
		if got := r.TriesLeft(); got != 0 {
			t.Errorf("%d tries are left after the end, want none", got)
		}
	})
}
