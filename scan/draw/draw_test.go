package draw

// This file: what is drawn, as nod itself reads it, and the limits of size.

import (
	"bytes"
	"errors"
	"image/png"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"nod/scan"
)

// link is what most drawings are of.
const link = "otpauth://totp/HelpDesk:ana@demo.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HelpDesk&period=60"

// texts are links of all lengths and a few other things.
func texts() []string {
	all := []string{
		link, "1", "0123456789", "HTTPS://DEMO.TEST/",
		"otpauth://hotp/Router%2010.0.0.1:admin?secret=GEZDGNBVGY3TQOJQ&counter=18446744073709551615",
		"otpauth://steam/Steam:ana?secret=JBSWY3DPEHPK3PXP&issuer=Steam",
		"otpauth://yaotp/Yandex:ana?secret=6SB2IKNM6OBZPAVBVTOHDKS4FAAAAAAADFUTQMBTRY&issuer=Yandex&pin=GEZDGNBVGY",
		"motp://HelpDesk:ana?secret=0123456789abcdef&pin=1234",
		"otpauth://totp/Käse:ana?secret=JBSWY3DPEHPK3PXP",
	}
	for n := 1; n < 2880; n = n*7/4 + 1 {
		all = append(all, "otpauth://totp/HelpDesk:ana@demo.test?secret="+strings.Repeat("GEZDGNBVGY3TQOJQ", n/16)+"GEZDGNBVGY3TQOJQ"[:n%16])
	}
	return all
}

// mustDraw is Small or Sturdy of a text that fits.
func mustDraw(t *testing.T, draw func(string) (*Code, error), text string) *Code {
	t.Helper()
	c, err := draw(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPNGReadsBack(t *testing.T) {
	for _, text := range texts() {
		data, err := mustDraw(t, Sturdy, text).PNG(0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := scan.Image(bytes.NewReader(data))
		if err != nil || len(got.Codes) != 1 || got.Codes[0].Text != text {
			t.Errorf("read %+v, %v, want %s", got.Codes, err, text)
		}
	}
}

func TestPNGSize(t *testing.T) {
	c := mustDraw(t, Sturdy, link)
	for _, least := range []int{1, 300, 301, 5000} {
		data, err := c.PNG(least)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		modules := c.Size() + 2*Margin
		if img.Width < least || img.Width >= least+modules || img.Width%modules != 0 || img.Height != img.Width {
			t.Errorf("%d x %d pixels, want at least %d, square, a multiple of %d", img.Width, img.Height, least, modules)
		}
	}
}

func TestSmallIsSmallest(t *testing.T) {
	// The sizes of ISO/IEC 18004 for bytes at level L: version 1 holds 17, 2 holds
	// 32, 40 holds 2953.
	for _, v := range []struct{ bytes, size int }{{1, 21}, {17, 21}, {18, 25}, {32, 25}, {33, 29}, {2953, 177}} {
		if got := mustDraw(t, Small, strings.Repeat("x", v.bytes)).Size(); got != v.size {
			t.Errorf("%d bytes make %d modules, want %d", v.bytes, got, v.size)
		}
	}
	if small, sturdy := mustDraw(t, Small, link).Size(), mustDraw(t, Sturdy, link).Size(); small >= sturdy {
		t.Errorf("small has %d modules, sturdy %d", small, sturdy)
	}
}

func TestTooLong(t *testing.T) {
	for _, draw := range []func(string) (*Code, error){Small, Sturdy} {
		if _, err := draw(strings.Repeat("x", 2953)); err != nil {
			t.Errorf("2953 bytes: %v", err)
		}
		_, err := draw(strings.Repeat("secret", 500))
		if !errors.Is(err, ErrTooLong) || strings.Contains(err.Error(), "secret") {
			t.Errorf("3000 bytes: %v", err)
		}
	}
}

func TestCells(t *testing.T) {
	c := mustDraw(t, Small, link)
	for _, s := range []Style{{Margin: 4}, {Margin: 1}, {Margin: 2, ASCII: true}, {Bare: true}, {Bare: true, ASCII: true, OnDark: true}} {
		width, height := c.Cells(s)
		lines := c.Lines(s)
		if len(lines) != height {
			t.Errorf("%+v: %d lines, want %d", s, len(lines), height)
		}
		for _, l := range lines {
			if got := ansi.StringWidth(l); got != width {
				t.Errorf("%+v: a line of %d cells, want %d", s, got, width)
			}
			if s.ASCII && strings.IndexFunc(l, func(r rune) bool { return r > '~' }) >= 0 {
				t.Errorf("%+v: %q is not ASCII", s, l)
			}
			if s.Bare && !s.ASCII && strings.Contains(l, "\x1b") {
				t.Errorf("%+v: %q sets colours", s, l)
			}
		}
	}
}
