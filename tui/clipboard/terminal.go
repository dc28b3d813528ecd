package clipboard

// This file: the terminal's own clipboard, OSC 52.

import (
	"encoding/base64"

	"nod/tui/escape"
)

// Sequence is what asks the terminal to put text onto its clipboard; the empty text
// clears it. A terminal never answers: many need a setting for it, and some do not
// know it at all (Terminal.app of macOS).
func (b *Board) Sequence(text string) string {
	return escape.Between(b.getenv).Through(escape.ESC + "]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + escape.BEL)
}
