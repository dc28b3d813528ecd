// Package draw makes QR codes of texts: for a terminal, as PNG and as SVG. It
// knows nothing of what the texts mean, and no error holds one.
package draw

// This file: a text's modules.

import (
	"errors"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// Margin is the quiet zone that ISO/IEC 18004 asks for, in modules.
const Margin = 4

// ErrTooLong says that the text does not fit the largest QR code, which holds
// 2,953 bytes.
var ErrTooLong = errors.New("draw QR code: the text is longer than a QR code holds")

// Code is a text as dark and light squares, the modules.
type Code struct{ modules *encoder.ByteMatrix }

// levels are those of error correction, the one with most room first.
var levels = []decoder.ErrorCorrectionLevel{
	decoder.ErrorCorrectionLevel_L, decoder.ErrorCorrectionLevel_M,
	decoder.ErrorCorrectionLevel_Q, decoder.ErrorCorrectionLevel_H,
}

// Small returns the smallest code of a text, for screens: with the most error
// correction that does not make it larger. Errors: ErrTooLong.
func Small(text string) (*Code, error) { return smallest(text, levels) }

// Sturdy returns a code for pictures, which get printed, pressed and cropped: it
// can be read with 15 % of it damaged, where the text leaves room for that.
// Errors: ErrTooLong.
func Sturdy(text string) (*Code, error) {
	if c, err := smallest(text, levels[1:]); err == nil {
		return c, nil
	}
	return Small(text)
}

// smallest encodes with the first level, and then with each that follows as long
// as the code keeps its size.
func smallest(text string, levels []decoder.ErrorCorrectionLevel) (*Code, error) {
	hints := map[gozxing.EncodeHintType]any{}
	if !isASCII(text) { // ASCII needs no announcement, which some readers stumble over
		hints[gozxing.EncodeHintType_CHARACTER_SET] = "UTF-8"
	}
	var best *Code
	for _, level := range levels {
		made, err := encoder.Encoder_encode(text, level, hints)
		if err != nil || best != nil && made.GetMatrix().GetWidth() > best.Size() {
			break
		}
		best = &Code{made.GetMatrix()}
	}
	if best == nil {
		return nil, ErrTooLong
	}
	return best, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > 0x7f {
			return false
		}
	}
	return true
}

// Size is how many modules the code is wide and high, without a margin.
func (c *Code) Size() int { return c.modules.GetWidth() }

// Dark tells the colour of a module; all around the code is light.
func (c *Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size() && y < c.Size() && c.modules.Get(x, y) == 1
}
