package tui

// This file: what the recovery code leads to.

import (
	"os"
	"path/filepath"
	"testing"

	"nod/vault"
	"nod/vault/protect"
	"nod/vault/vaulttest"
)

// The recovery code of a vault without a PIN leads to a new passphrase.
func TestRecoveryWithoutPIN(t *testing.T) {
	var code string
	make := func(p vault.Place) (err error) {
		var v *vault.Vault
		v, code, err = vault.Create(p, vault.Options{Passphrase: []byte(testPassphrase), Cost: vaulttest.Cost})
		if err == nil {
			v.Close()
		}
		return err
	}
	madeBubble(t, make, func(d *driver, _ *fakeServer) {
		d.press("f3")
		d.paste(code)
		d.press("enter")
		d.golden("new-passphrase")
		for range 2 {
			d.text("orbit maple copper lantern")
			d.press("enter")
		}
		d.text(code)
		d.press("enter")
		d.see("Choose a PIN for as long as nod runs", "The passphrase is changed.")
		held := d.m.screen.(*sessionPIN).held
		d.text("4821")
		d.press("enter")
		d.text("4821")
		d.press("enter")
		d.see("No accounts yet")
		wiped(t, held)
	})
}

// What protected the PIN is gone with the old machine: the recovery code leads to
// a PIN that is protected by what is here, and the screen says that this is worse.
func TestRecoveryElsewhere(t *testing.T) {
	var code string
	make := func(p vault.Place) (err error) {
		p.Host.Credentials = filepath.Join(filepath.Dir(p.State), "credentials")
		if err := os.Mkdir(p.Host.Credentials, 0o700); err != nil {
			return err
		}
		secret := []byte("thirty-two bytes of a credential")
		if err := os.WriteFile(filepath.Join(p.Host.Credentials, "nod-device"), secret, 0o400); err != nil {
			return err
		}
		var v *vault.Vault
		v, code, err = vault.Create(p, vault.Options{PIN: []byte(testPIN), Protect: protect.KindCredential, Cost: vaulttest.Cost})
		if err == nil {
			v.Close()
		}
		return err
	}
	madeBubble(t, make, func(d *driver, _ *fakeServer) {
		d.press("f3")
		d.paste(code)
		d.press("enter")
		d.see("Choose a new PIN")
		for range 2 {
			d.text("7350")
			d.press("enter")
		}
		d.text(code)
		d.press("enter")
		d.see("The PIN is changed.", "than file")
		d.press("L")
		d.text("7350")
		d.press("enter")
		d.see("No accounts yet")
	})
}
