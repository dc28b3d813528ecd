package scan

// This file: what is found in text, drawn or written, and what is no text.

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"nod/scan/sample"
)

// drawnText is a code in half blocks.
func drawnText(t testing.TB, text string) string {
	t.Helper()
	img := sample.Code(t, text, 1) // as small as it gets: a pixel a module
	dark := func(x, y int) int {
		if (image.Point{x, y}).In(img.Rect) && img.RGBAAt(x, y).R == 0 {
			return 1
		}
		return 0
	}
	var b strings.Builder
	for y := 0; y < img.Rect.Dy(); y += 2 {
		for x := range img.Rect.Dx() {
			b.WriteString([]string{" ", "▀", "▄", "█"}[dark(x, y)+2*dark(x, y+1)])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const googleLink = "https://www.google.com/chart?chs=200x200&chld=M|0&cht=qr&chl=otpauth://totp/ana@demo.test%3Fsecret%3DAFY2UDWKAQ2FUIU6B36UU2BDZY%26issuer%3DDemo"

// TestText reads as Read does.
func TestText(t *testing.T) {
	const written = "otpauth://totp/Demo:ben?secret=GEZDGNBVGY3TQOJQ&issuer=Demo&period=60"
	code := drawnText(t, sample.Link)
	other := drawnText(t, "nod:other")
	for name, v := range map[string]struct {
		text string
		want []string
	}{
		"drawn":                   {code, []string{sample.Link}},
		"two":                     {code + "\n" + other, []string{sample.Link, "nod:other"}},
		"drawn twice":             {code + "\n" + code, []string{sample.Link}},
		"drawn and written":       {"Link: " + sample.Link + "\n" + code, []string{sample.Link}},
		"another one written":     {written + "\n" + code, []string{sample.Link}},
		"drawn, UTF-8 mark":       {"\ufeff" + code, []string{sample.Link}},
		"written":                 {"Link: <" + written + ">.\n", []string{written}},
		"written twice":           {written + "\n" + written + "\n", []string{written}},
		"two written":             {written + "\n" + sample.Link + "\n", []string{written, sample.Link}},
		"assigned":                {"URL=" + written, []string{written}},
		"in colours":              {"\x1b[1mLink:\x1b[0m \x1b[34m" + written[:20] + "\x1b[35m" + written[20:] + "\x1b[0m\r\n", []string{written}},
		"google-authenticator":    {"Warning: pasting\n  " + googleLink + "\nYour new secret key is: AFY2UDWKAQ2FUIU6B36UU2BDZY\n", []string{"otpauth://totp/ana@demo.test?secret=AFY2UDWKAQ2FUIU6B36UU2BDZY&issuer=Demo"}},
		"broken":                  {broken("  "+googleLink, 80), []string{"otpauth://totp/ana@demo.test?secret=AFY2UDWKAQ2FUIU6B36UU2BDZY&issuer=Demo"}},
		"broken in the key":       {broken(written, 44) + "done\n", []string{written}},
		"a word after a link":     {written[:47] + "\ndone\n", []string{written[:47]}},
		"text after a link":       {written + "\nYour key is = ABC\n", []string{written}},
		"migration":               {"otpauth-migration://offline?data=CiMKFC82QH%3D%3D", []string{"otpauth-migration://offline?data=CiMKFC82QH%3D%3D"}},
		"pairing":                 {"Pair with nod:demo.test/p/abcdefghijkl now", []string{"nod:demo.test/p/abcdefghijkl"}},
		"no link":                 {"There is no otpauth:// link here, and no code: nod: nothing\n", nil},
		"a letter before a link":  {"xotpauth://totp/Demo:ben?secret=GEZDGNBVGY3TQOJQ", nil},
		"words":                   {"words\n", nil},
		"a file that begins with": {"P1 is a word\n" + code, []string{sample.Link}},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := Read(iotest.OneByteReader(strings.NewReader(v.text)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range res.Codes {
				got = append(got, c.Text)
			}
			if !slices.Equal(got, v.want) {
				t.Errorf("found %q, want %q", got, v.want)
			}
			if res.Format != "text" || res.Width != 0 || res.Height != 0 {
				t.Errorf("%s of %d x %d, want text of no size", res.Format, res.Width, res.Height)
			}
		})
	}
}

// broken is a line in a window of that many columns.
func broken(line string, columns int) string {
	var b strings.Builder
	for len(line) > columns {
		b.WriteString(line[:columns] + "\n")
		line = line[columns:]
	}
	return b.String() + line + "\n"
}

// TestReadPicture takes pictures of every kind for pictures.
func TestReadPicture(t *testing.T) {
	img := sample.Code(t, sample.Link, 200)
	for format := range sample.Encoders {
		res, err := Read(bytes.NewReader(sample.Encoded(t, format, img)))
		if err != nil || res.Format != format || len(res.Codes) != 1 || res.Codes[0].Text != sample.Link {
			t.Errorf("%s: %+v, %v", format, res, err)
		}
	}
}

// TestReadDataURI takes what a browser copies as the address of a picture.
func TestReadDataURI(t *testing.T) {
	data := base64.StdEncoding.EncodeToString(sample.Encoded(t, "png", sample.Code(t, sample.Link, 200)))
	res, err := Read(strings.NewReader("data:image/png;base64," + data + "\n"))
	if err != nil || len(res.Codes) != 1 || res.Codes[0].Text != sample.Link {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestReadNothing(t *testing.T) {
	broken := errors.New("broken")
	if _, err := Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v, want the error of the reader", err)
	}
	for name, data := range map[string]string{
		"empty":       "",
		"spaces":      " \n\n",
		"binary":      "\x7fELF\x02\x01\x01\x00\x00",
		"PDF":         "%PDF-1.7 text",
		"half a PNG":  "\x89PNG\r\n\x1a\n\x00\x00",
		"half an SVG": "<svg>nothing",
	} {
		_, err := Read(strings.NewReader(data))
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: %v, want a FormatError", name, err)
		} else if !strings.Contains(fmt.Sprint(err), "nod reads") && !strings.HasPrefix(name, "half") {
			t.Errorf("%s: %v, want what nod reads", name, err)
		}
	}
	_, err := Text(strings.Repeat("text\n", 1<<20))
	if _, ok := errors.AsType[*SizeError](err); !ok {
		t.Errorf("%v, want a SizeError", err)
	}
}
