package tui

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"nod/approve"
	"nod/vault"
)

// Links of the tests: one account that is new, one that is there already.
const (
	newLink  = "otpauth://totp/Wiki:ana@demo.test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Wiki&period=60"
	sameLink = "otpauth://totp/HelpDesk:ana@demo.test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=HelpDesk&period=60"
)

// picture writes a PNG with the QR codes of texts, one below the other.
func picture(t *testing.T, dir string, texts ...string) string {
	t.Helper()
	const side = 300
	img := image.NewGray(image.Rect(0, 0, side, side*len(texts)))
	for i, text := range texts {
		bits, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, side, side, nil)
		if err != nil {
			t.Fatal(err)
		}
		for y := range side {
			for x := range side {
				if !bits.Get(x, y) {
					img.SetGray(x, i*side+y, color.Gray{Y: 255})
				}
			}
		}
	}
	path := filepath.Join(dir, "setup.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAddMenu(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("a")
		d.golden("menu")
		for key, title := range map[string]string{"i": "Add from an image", "u": "Paste a setup link", "k": "Type the secret key", "r": "Pair with a server"} {
			d.press(key)
			d.see(title)
			d.press("esc")
			d.see("Add an account")
		}
		d.press("esc")
		d.see("9 accounts")
	})
}

func TestAddImage(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		path := picture(t, d.m.config.Home, newLink, "https://helpdesk.demo.test/faq")
		d.press("a", "i")
		d.text("~/nothing.png")
		d.press("enter")
		d.see("There is no such file.")
		d.press("ctrl+u")
		d.send(tea.PasteMsg{Content: "'" + path + "' "})
		d.press("ctrl+u")
		d.text("~/setup.png")
		d.golden("path")
		d.press("enter")
		d.golden("preview")
		d.press("tab", "tab", "tab")
		d.text("work")
		d.press("tab", "space")
		d.see("[x] delete setup.png")
		d.press("enter")
		d.see("Added Wiki / ana@demo.test.", "10 accounts")
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the picture is still there: %v", err)
		}
		a, _ := d.m.account(d.m.session.codes.selected)
		if a.Issuer != "Wiki" || a.Source != "QR image setup.png" || len(a.Tags) != 1 {
			t.Errorf("stored %+v", a)
		}
	})
}

func TestAddImageKeepsThePicture(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		path := picture(t, d.m.config.Home, newLink)
		d.press("a", "i")
		d.text(path)
		d.press("enter", "enter")
		d.see("Added Wiki")
		if _, err := os.Stat(path); err != nil {
			t.Error("a picture is deleted only when the person says so:", err)
		}
	})
}

func TestAddDuplicate(t *testing.T) {
	link := func(d *driver) {
		d.press("a", "u")
		d.send(tea.PasteMsg{Content: sameLink})
		d.press("enter")
	}
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		link(d)
		d.golden("already-there")
		d.press("tab", "tab", "tab", "right", "right")
		d.see("(•) skip it")
		d.press("enter")
		d.see("Add an account")
		d.press("esc")
		d.see("9 accounts")

		link(d)
		d.press("enter") // keep both is the safe choice, and chosen
		d.see("10 accounts", "ana@demo.test 2")

		link(d)
		d.press("tab", "tab", "tab", "right", "enter")
		d.see("10 accounts", "Added HelpDesk")
	})
}

func TestAddLink(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("a", "u")
		d.text("otpauth://nothing")
		d.press("enter")
		d.see("That is no setup link.")
		d.press("ctrl+u")
		d.send(tea.PasteMsg{Content: "  " + newLink + "\n"})
		d.golden("read")
		d.hide("JBSW")
		d.press("enter")
		d.golden("preview")
		d.press("enter")
		d.see("Added Wiki", "10 accounts")
	})
}

func TestAddSecret(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("a", "k")
		d.text("Wiki")
		d.press("tab")
		d.text("ana@demo.test")
		d.press("tab")
		d.text("jbsw y3dp 1")
		d.golden("wrong-letter")
		d.press("backspace")
		d.text("ehpk 3pxp jbsw y3dp")
		d.golden("filled")
		d.press("tab", "space")
		d.see("(•) HOTP", "Counter")
		d.press("space", "tab", "space")
		d.see("(•) 7")
		d.press("enter")
		d.see("Added Wiki", "10 accounts")
		a, _ := d.m.account(d.m.session.codes.selected)
		if a.Digits != 7 || a.Period != 30 || a.Type != "totp" {
			t.Errorf("stored %+v", a)
		}
	})
}

func TestQuitAsksWhenSomethingIsTyped(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("a", "k")
		d.text("q") // a letter in a text box
		d.see("q_")
		d.press("tab", "tab", "tab", "q")
		d.see("Quit and lose what you typed?")
		d.press("n")
		d.hide("Quit and lose")
		if len(d.sent) != 0 {
			t.Errorf("sent %v", d.sent)
		}
		d.press("q", "y")
		if _, ok := d.sent[len(d.sent)-1].(tea.QuitMsg); !ok {
			t.Error("y does not quit")
		}
	})
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("q")
		if len(d.sent) != 1 {
			t.Error("q does not quit when nothing is typed")
		}
	})
}

func TestPair(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("3", "a")
		d.text(testServer)
		d.press("tab")
		d.text("4829x1")
		d.press("tab", "ctrl+u")
		d.text("ana-laptop")
		d.golden("form")
		d.press("shift+tab")
		d.text("3")
		srv.change(func() { srv.pairErr = &approve.BadCodeError{Left: 4} })
		d.press("enter")
		d.see("That registration code is not right or has expired. 4 tries left.")
		srv.change(func() { srv.pairErr, srv.state = nil, vault.DevicePending })
		d.text("482913")
		d.press("enter")
		d.golden("words")
		d.see("copper  lantern  orbit  maple")
		d.press("esc")
		d.press("j")
		d.golden("pending")
		d.wait(3 * time.Second)
		srv.change(func() { srv.state = vault.DeviceActive })
		d.wait(5 * time.Second)
		d.see("RMS is paired.")
		d.hide("Waiting for confirmation")
	})
}

func TestPairRefused(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		d.press("a", "u")
		d.send(tea.PasteMsg{Content: "nod://pair?v=1&srv=x&t=y"})
		d.see("pairs this device with a server")
		d.press("enter", "ctrl+u")
		d.text("ana-laptop")
		d.golden("by-link")
		srv.change(func() { srv.state = vault.DevicePending })
		d.press("enter")
		d.see("Waiting for confirmation")
		srv.change(func() { srv.fail = approve.ErrRevoked })
		d.wait(3 * time.Second)
		d.see("this device is not paired")
	})
}
