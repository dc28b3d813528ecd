package cli

// This file: a QR code for standard output.

import (
	"strings"

	"nod/tui"
)

const (
	quietZone    = 4 // modules of margin, as ISO/IEC 18004 asks
	blackOnWhite = "\x1b[30;107m"
	usualColours = "\x1b[0m"
)

// drawQR returns text as a QR code that sets its own colours.
func drawQR(text string) (string, error) {
	lines, err := tui.QR(text, quietZone)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(blackOnWhite + line + usualColours + "\n")
	}
	return b.String(), nil
}
