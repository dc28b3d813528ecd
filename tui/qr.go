package tui

// qr.go draws a QR code with half blocks: two modules a cell, so that it is
// square in most terminals.

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// QR returns the lines of text's QR code with that many modules of margin. The
// blocks are the dark modules: who prints the lines sets dark on light, because
// readers need that whatever the terminal's colours are. Texts over some 2,900
// bytes give an error.
func QR(text string, margin int) ([]string, error) {
	code, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_L,
		map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	modules := code.GetMatrix()
	size := modules.GetWidth() + 2*margin
	dark := func(x, y int) bool {
		x, y = x-margin, y-margin
		return x >= 0 && y >= 0 && x < modules.GetWidth() && y < modules.GetHeight() && modules.Get(x, y) == 1
	}
	var lines []string
	for y := 0; y < size; y += 2 {
		var b strings.Builder
		for x := range size {
			b.WriteString(halfBlock(dark(x, y), dark(x, y+1)))
		}
		lines = append(lines, b.String())
	}
	return lines, nil
}

// drawQR is QR in its colours, or nothing when the text is too long.
func drawQR(text string, margin int) []string {
	lines, err := QR(text, margin)
	if err != nil {
		return nil
	}
	for i, line := range lines {
		lines[i] = qrStyle.Render(line)
	}
	return lines
}

// shortLink drops from an otpauth link what every reader assumes anyway, so that
// the QR code gets smaller.
func shortLink(link string) string {
	for _, usual := range []string{"&algorithm=SHA1", "&digits=6", "&period=30"} {
		if rest, ok := strings.CutSuffix(link, usual); ok {
			link = rest
		} else {
			link = strings.Replace(link, usual+"&", "&", 1)
		}
	}
	return link
}

// halfBlock draws two modules, one above the other.
func halfBlock(top, bottom bool) string {
	switch {
	case top && bottom:
		return "█"
	case top:
		return "▀"
	case bottom:
		return "▄"
	}
	return " "
}
