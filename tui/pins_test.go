package tui

import (
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/vaulttest"
)

// madeBubble runs test in a bubble, with a locked vault that make has made.
func madeBubble(t *testing.T, make func(p vault.Place) error, test func(d *driver, srv *fakeServer)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		place := placeIn(dir)
		if err := make(place); err != nil {
			t.Fatal(err)
		}
		srv := newFakeServer()
		d := drive(t, New(t.Context(), Config{
			Place: place, Drivers: []approve.Driver{srv}, Cost: vaulttest.Cost, Home: dir, IdleLock: time.Minute,
		}))
		t.Cleanup(func() { d.m.end() })
		d.m.random = zeros{}
		test(d, srv)
	})
}

// onlyPassphrase makes a vault without a PIN, with one account and one pairing.
func onlyPassphrase(p vault.Place) error {
	v, _, err := vault.Create(p, vault.Options{Passphrase: []byte(testPassphrase), Cost: vaulttest.Cost})
	if err != nil {
		return err
	}
	defer v.Close()
	_, err = v.Add(false, vault.NewAccount{Key: testKey("HelpDesk", "ana@demo.test", 30)})
	return err
}

// twoPINs makes a vault with the PINs of ana and ben.
func twoPINs(p vault.Place) error {
	if err := onlyPassphrase(p); err != nil {
		return err
	}
	pass := func() vault.Credential { return vault.Passphrase([]byte(testPassphrase)) }
	v, err := vault.Open(p, pass())
	if err != nil {
		return err
	}
	defer v.Close()
	if _, err = v.AddSlot(pass(), vault.PINOf("ana", []byte("4821")), ""); err != nil {
		return err
	}
	_, err = v.AddSlot(pass(), vault.PINOf("ben", []byte("7350")), "")
	return err
}

func TestSeveralPINs(t *testing.T) {
	madeBubble(t, twoPINs, func(d *driver, _ *fakeServer) {
		d.golden("ana")
		d.press("tab")
		d.golden("ben")
		d.text("9999")
		d.press("enter")
		d.see("PIN of ben", "Wrong PIN. 9 tries left.")
		d.press("tab")
		d.see("PIN of ana")
		d.hide("tries left")
		d.press("left")
		d.see("PIN of ben", "9 tries left")
		d.text("7350")
		d.press("enter")
		d.see("HelpDesk")
		d.press("S")
		d.see("PIN of ben")
		d.press("f2")
		d.see("Passphrase")
		d.press("f2")
		d.see("PIN of ana")
		d.press("f2")
		d.text("7350")
		d.press("enter")
		d.see("Secret key")
		d.press("x", "L")
		d.see("PIN of ben") // as long as the program runs
	})
}

// The limits are those of the person who is asked.
func TestDisabledPINOfOne(t *testing.T) {
	madeBubble(t, twoPINs, func(d *driver, _ *fakeServer) {
		d.press("tab")
		for range 10 {
			d.text("9999")
			d.press("enter")
			d.wait(20 * time.Minute)
		}
		d.golden("switched-off")
		d.press("esc")
		d.see("PIN of ana")
		d.text("4821")
		d.press("enter")
		d.see("HelpDesk")
	})
}

func TestPasteIntoUnlock(t *testing.T) {
	lockedBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.paste(" " + testPIN + "\n")
		d.press("enter")
		d.see("HelpDesk")
	})
}

func TestSecretBoxNeverMoves(t *testing.T) {
	b := secretBox{kind: vault.SlotPassphrase}
	b.update(keyPress("a"))
	first := &b.typed[0]
	for range 300 {
		b.update(keyPress("ä"))
	}
	if &b.typed[0] != first {
		t.Error("the buffer has moved")
	}
	if len(b.typed) > maxPassphrase {
		t.Errorf("%d bytes, want at most %d", len(b.typed), maxPassphrase)
	}
	whole := b.typed[:cap(b.typed)]
	b.update(keyPress("backspace"))
	b.wipe()
	for i, c := range whole {
		if c != 0 {
			t.Fatalf("byte %d is left after wiping", i)
		}
	}
}
