package server

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

const (
	qrSize   = 300 // least width in pixels
	qrMargin = 4   // modules of white on each side, as the standard asks
)

// qrPNG draws text as a QR image with whole pixels per module.
func qrPNG(text string) ([]byte, error) {
	code, err := encoder.Encoder_encodeWithoutHint(text, decoder.ErrorCorrectionLevel_M)
	if err != nil {
		return nil, fmt.Errorf("draw QR image: %w", err)
	}
	matrix := code.GetMatrix()
	modules := matrix.GetWidth() + 2*qrMargin
	scale := (qrSize + modules - 1) / modules
	img := image.NewPaletted(image.Rect(0, 0, modules*scale, modules*scale), color.Palette{color.White, color.Black})
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			mx, my := x/scale-qrMargin, y/scale-qrMargin
			if mx >= 0 && my >= 0 && mx < matrix.GetWidth() && my < matrix.GetHeight() && matrix.Get(mx, my) == 1 {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("draw QR image: %w", err)
	}
	return out.Bytes(), nil
}
