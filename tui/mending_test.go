package tui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

// rolledBack puts the state before the last change back, as a sync does.
func rolledBack(make func(p vault.Place) error) func(p vault.Place) error {
	return func(p vault.Place) error {
		if err := make(p); err != nil {
			return err
		}
		before, err := os.ReadFile(p.File)
		if err != nil {
			return err
		}
		v, err := vault.Open(p, vault.Passphrase([]byte(testPassphrase)))
		if err != nil {
			return err
		}
		defer v.Close()
		if _, err := v.Add(false, vault.NewAccount{Key: testKey("GitHub", "ana-ops", 30)}); err != nil {
			return err
		}
		return os.WriteFile(p.File, before, 0o600)
	}
}

func TestOlderFile(t *testing.T) {
	madeBubble(t, rolledBack(twoPINs), func(d *driver, _ *fakeServer) {
		d.text("4821")
		d.press("enter")
		d.golden("question")
		held := d.m.screen.(*older).held
		d.press("enter")
		d.see("Type the word yes")
		d.text("y4821")
		d.see("Type the word yes")
		d.hide("4821", "y4")
		d.paste("4821")
		d.see("Type the word yes")
		d.hide("4821", "y4")
		d.press("enter")
		d.see("Type the word yes")
		d.press("esc")
		d.see("PIN of ana")
		wiped(t, held)

		d.text("4821")
		d.press("enter")
		held = d.m.screen.(*older).held
		d.text("yes")
		d.golden("yes")
		d.press("enter")
		d.see("HelpDesk")
		d.hide("GitHub")
		wiped(t, held)
		d.press("L")
		d.text("4821")
		d.press("enter")
		d.see("HelpDesk") // it is the newest now
	})
}

func TestIdleLockCoversOlderFile(t *testing.T) {
	madeBubble(t, rolledBack(onlyPassphrase), func(d *driver, _ *fakeServer) {
		d.text(testPassphrase)
		d.press("enter")
		held := d.m.screen.(*older).held
		d.text("yes")
		d.wait(61 * time.Second)
		d.see("Passphrase")
		wiped(t, held)

		d.text(testPassphrase)
		d.press("enter")
		d.text("Yes")
		d.press("enter")
		d.see("Choose a PIN for as long as nod runs")
	})
}

// A damaged record of the newest vault is told until the vault was opened.
func TestDamagedRecord(t *testing.T) {
	broken := func(p vault.Place) error {
		if err := twoPINs(p); err != nil {
			return err
		}
		list, err := filepath.Glob(filepath.Join(p.State, "*.state"))
		if err != nil || len(list) != 1 {
			return fmt.Errorf("%q: %w", list, err)
		}
		return breakAt(list[0], 0)
	}
	madeBubble(t, broken, func(d *driver, _ *fakeServer) {
		d.see("! This computer's record of the newest vault is damaged", "PIN of ana")
		d.text("4821")
		d.press("enter")
		d.see("HelpDesk")
		d.press("L")
		d.see("PIN of ana")
		d.hide("damaged")
	})
}

// damagedVault makes a vault with older copies and breaks it at one byte.
func damagedVault(make func(p vault.Place) error, at int) func(p vault.Place) error {
	return func(p vault.Place) error {
		if err := make(p); err != nil {
			return err
		}
		v, err := vault.Open(p, vault.Passphrase([]byte(testPassphrase)))
		if err != nil {
			return err
		}
		defer v.Close()
		for _, name := range []string{"GitHub", "1Global"} {
			if _, err := v.Add(false, vault.NewAccount{Key: testKey(name, "ana-ops", 30)}); err != nil {
				return err
			}
		}
		copies, err := filepath.Glob(p.File + ".bak-*")
		for _, c := range copies {
			err = errors.Join(err, os.Chtimes(c, time.Now(), time.Now()))
		}
		return errors.Join(err, breakAt(p.File, at))
	}
}

// breakAt changes one byte; a negative place counts from the end.
func breakAt(file string, at int) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 1
	return os.WriteFile(file, data, 0o600)
}

func TestDamagedVault(t *testing.T) {
	madeBubble(t, damagedVault(twoPINs, 40), func(d *driver, _ *fakeServer) {
		d.golden("damaged")
		d.press("enter")
		d.golden("offer")
		d.text("4821") // in the box for the word
		d.see("Type the word yes")
		d.hide("48")
		d.paste("4821")
		d.see("Type the word yes")
		d.hide("48")
		d.press("tab")
		d.text("4821")
		d.press("enter")
		d.see("Type the word yes")
		d.press("ctrl+u")
		d.text("yes")
		d.press("enter")
		d.golden("yes")
		d.press("ctrl+u")
		d.text("9999")
		d.press("enter")
		d.see("Wrong PIN. 9 tries left.")
		d.text("4821")
		d.press("enter")
		d.see("HelpDesk", "GitHub", "The copy is the vault now.", "vault.nod.replaced-")
		d.hide("1Global")
		d.wait(6 * time.Second)
		d.press("L")
		d.see("PIN of ana")
		d.text("4821")
		d.press("enter")
		d.see("HelpDesk")
	})
}

// What is damaged inside shows only when it is decrypted; so with the copy.
func TestDamagedPayload(t *testing.T) {
	broken := func(p vault.Place) error {
		if err := damagedVault(twoPINs, -100)(p); err != nil {
			return err
		}
		return breakAt(p.File+".bak-1", -100)
	}
	madeBubble(t, broken, func(d *driver, _ *fakeServer) {
		if d.press("f2"); d.m.screen.(*unlock).broken == "" {
			d.text(testPassphrase)
			d.press("enter")
		}
		d.press("enter")
		d.text("yes")
		d.press("enter", "f2")
		d.text(testPassphrase)
		d.press("enter")
		if _, again := d.m.screen.(*mending); again {
			d.text(testPassphrase)
			d.press("enter")
		}
		d.see("HelpDesk", "The copy is the vault now.")
		d.hide("GitHub", "1Global")
	})
}

func TestNoCopyIsGood(t *testing.T) {
	madeBubble(t, damagedVault(twoPINs, 40), func(d *driver, _ *fakeServer) {
		copies, err := filepath.Glob(d.m.config.Place.File + ".bak-*")
		if err != nil || len(copies) < 2 {
			t.Fatalf("copies: %v, %v", copies, err)
		}
		for _, c := range copies {
			if err := breakAt(c, 40); err != nil {
				t.Fatal(err)
			}
		}
		d.press("enter")
		d.see("No copy can be read any more.")
		d.press("esc")
		d.see("does not open")
	})
}

// With the PIN's machine gone the recovery code leads to a new PIN.
func TestOtherMachine(t *testing.T) {
	place := testVault(t)
	if err := os.RemoveAll(place.State); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		d := drive(t, New(t.Context(), Config{Place: place, Home: filepath.Dir(filepath.Dir(place.File))}))
		t.Cleanup(func() { d.m.end() })
		d.text(testPIN)
		d.press("enter")
		d.golden("lead")
		d.text(fixture.recovery)
		d.press("enter")
		d.see("Choose a new PIN")
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
}

func TestDisabledPINLeadsToRecovery(t *testing.T) {
	lockedBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		for range 10 {
			d.text("9999")
			d.press("enter")
			d.wait(20 * time.Minute)
		}
		d.see("Too many wrong PINs: the PIN is switched off.", "recovery code, then choose a new PIN.")
		next := drive(d.t, New(d.t.Context(), d.m.config)) // another start
		next.golden("start")
		next.text(fixture.recovery)
		next.press("enter")
		next.see("Choose a new PIN")
		next.m.end()
	})
}
