package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	tea "charm.land/bubbletea/v2"

	"nod/scan"
	"nod/vault/otp"
)

// TestQRLink reads back the short link of keys of all kinds.
func TestQRLink(t *testing.T) {
	secret := []byte("12345678901234567890")
	for _, k := range []otp.Key{
		fixtureAccounts[0].Key,
		fixtureAccounts[1].Key,
		{Type: otp.TOTP, Name: "ana", Secret: secret, Algorithm: otp.SHA256, Digits: 8, Period: 30},
		{Type: otp.TOTP, Name: "ana", Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: 300},
		{Type: otp.HOTP, Name: "ana", Secret: secret, Algorithm: otp.SHA1, Digits: 6, Counter: 14},
		{Type: otp.Steam, Issuer: "Steam", Name: "ana", Secret: secret, Algorithm: otp.SHA1, Digits: 5, Period: 30},
		{Type: otp.MOTP, Issuer: "HelpDesk", Name: "ana", Secret: secret, Algorithm: otp.MD5, Digits: 6, Period: 10, PIN: "1234"},
		{Type: otp.Yandex, Issuer: "Yandex", Name: "ana", Secret: secret[:16], Algorithm: otp.SHA256, Digits: 8, Period: 30, PIN: "1234"},
	} {
		link := QRLink(k)
		got, err := otp.ParseURI(link)
		if err != nil {
			t.Errorf("%s: %v", k.Type, err)
		}
		if got.URI() != k.URI() {
			t.Errorf("%s reads back as\n%s, want\n%s", link, got.URI(), k.URI())
		}
		usual := k.Type == otp.TOTP && k.Algorithm == otp.SHA1 && k.Digits == 6 && k.Period == 30
		if note := QRNote(k); usual != (note == "") {
			t.Errorf("%s: the note is %q", link, note)
		}
	}
}

func TestQRNoteCounts(t *testing.T) {
	k := otp.Key{Type: otp.HOTP, Counter: 14}
	if note := QRNote(k); !strings.Contains(note, "counter 14") {
		t.Errorf("the note is %q", note)
	}
}

// revealed shows the secret of the first account.
func revealed(d *driver) {
	d.press("j", "j", "j", "S")
	d.text(testPIN)
	d.press("enter")
	d.see("Secret key")
}

// TestRevelationFits looks for the QR code where it fits, and for what is said
// instead where it does not.
func TestRevelationFits(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		revealed(d)
		for height, margin := range map[int]int{24: 2, 25: 4} {
			d.size(80, height)
			d.see("▀")
			lines := strings.Split(ansi.Strip(d.m.View().Content), "\n")
			if strings.Contains(lines[margin/2-1], "▀") || !strings.Contains(lines[margin/2], "▀") {
				t.Errorf("80x%d leaves no margin of %d:\n%s", height, margin, d.screen())
			}
		}
		d.size(40, 10)
		d.hide("▀")
		d.see("The QR code needs a window of 65x22.")
		d.golden("small")
		d.size(100, 12)
		d.hide("▀", "▄")
	})
}

// TestRevelationWithoutColour draws with ink alone: light modules on a dark
// terminal, dark ones on a light terminal.
func TestRevelationWithoutColour(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.send(tea.ColorProfileMsg{Profile: colorprofile.ASCII})
		d.size(80, 24)
		revealed(d)
		m := d.m
		code := m.screen.(*revelation).code
		m.dark = true
		onDark := strings.Join(m.qrLines(code, 80, 24), "\n")
		m.dark = false
		onLight := strings.Join(m.qrLines(code, 80, 24), "\n")
		if strings.Contains(onDark+onLight, "\x1b") {
			t.Error("it sets colours")
		}
		if corner := "████"; !strings.HasPrefix(onDark, corner) || strings.HasPrefix(onLight, corner) {
			t.Errorf("on dark:\n%s\non light:\n%s", onDark, onLight)
		}
	})
}

func TestRevelationWrites(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.size(80, 24)
		revealed(d)
		d.press("w")
		d.see("QR code of HelpDesk", "~/helpdesk.png")
		d.golden("asks")
		d.press("enter")
		d.see("~/helpdesk.png holds the secret.", "Secret key")
		path := filepath.Join(d.m.config.Home, "helpdesk.png")
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		got, err := scan.Image(file)
		if want := QRLink(fixtureAccounts[0].Key); err != nil || len(got.Codes) != 1 || got.Codes[0].Text != want {
			t.Errorf("the picture holds %+v, %v", got.Codes, err)
		}
		d.press("w", "enter")
		d.see("There is such a file already.")
		d.text("x")
		d.press("enter")
		d.see("The name must end in .png or .svg.")
		d.press("esc")
		d.see("Secret key")
		d.press("x")
		d.hide("Secret key")
	})
}

// TestLockCoversPath has the idle lock come while the path is asked for.
func TestLockCoversPath(t *testing.T) {
	inBubble(t, Config{IdleLock: 60e9}, func(d *driver, _ *fakeServer) {
		revealed(d)
		s := d.m.screen.(*revelation)
		d.press("w")
		d.wait(61e9)
		d.see("PIN")
		d.hide("helpdesk.png")
		if s.shown || s.saving != nil || s.code != nil {
			t.Error("the secret is still there")
		}
	})
}
