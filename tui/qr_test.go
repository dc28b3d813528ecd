package tui

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"nod/scan"
	"nod/vault/otp"
)

// TestQR reads back what is drawn: half blocks into a picture, the picture into text.
func TestQR(t *testing.T) {
	for _, margin := range []int{1, 2} {
		link := shortLink(fixtureAccounts[0].Key.URI())
		k, err := otp.ParseURI(link)
		if err != nil {
			t.Fatal(err)
		}
		if k.Digits != 6 || k.Period != 60 || k.Algorithm != otp.SHA1 || k.Issuer != "HelpDesk" {
			t.Errorf("the short link says %+v", k)
		}
		result, err := scan.Image(bytes.NewReader(rasterise(t, drawQR(link, margin))))
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Codes) != 1 || result.Codes[0].Text != link {
			t.Errorf("margin %d: read %d codes", margin, len(result.Codes))
		}
	}
}

// rasterise draws the lines as a terminal would, on a white window.
func rasterise(t *testing.T, lines []string) []byte {
	t.Helper()
	const cell = 6
	width := ansi.StringWidth(lines[0])
	img := image.NewGray(image.Rect(0, 0, (width+8)*cell, (2*len(lines)+8)*cell))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for row, line := range lines {
		column := 0
		for _, r := range ansi.Strip(line) {
			for half, dark := range []bool{r == '█' || r == '▀', r == '█' || r == '▄'} {
				if dark {
					fill(img, (column+4)*cell, (2*row+half+4)*cell, cell)
				}
			}
			column++
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fill(img *image.Gray, x, y, side int) {
	for dy := range side {
		for dx := range side {
			img.SetGray(x+dx, y+dy, color.Gray{})
		}
	}
}
