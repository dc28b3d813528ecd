package draw

// This file: a code as a picture, with the full margin.

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// modulePixels is how large a module is in a picture when nothing else is asked.
const modulePixels = 8

// PNG draws the code as a PNG at least that many pixels wide, with whole pixels
// a module; 0 is the usual size.
func (c *Code) PNG(least int) ([]byte, error) {
	modules := c.Size() + 2*Margin
	scale := modulePixels
	if least > 0 {
		scale = (least + modules - 1) / modules
	}
	img := image.NewPaletted(image.Rect(0, 0, modules*scale, modules*scale), color.Palette{color.White, color.Black})
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if c.Dark(x/scale-Margin, y/scale-Margin) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	return out.Bytes(), nil
}

// SVG draws the code as an SVG of one white square and one path.
func (c *Code) SVG() []byte {
	modules := c.Size() + 2*Margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+"\n",
		modules*modulePixels, modules*modulePixels, modules, modules)
	fmt.Fprintf(&b, `<path fill="#fff" d="M0 0h%dv%dH0z"/>`+"\n", modules, modules)
	b.WriteString(`<path d="`)
	for y := range c.Size() {
		for x := 0; x < c.Size(); x++ {
			run := 0
			for c.Dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+Margin, y+Margin, run, run)
				x += run
			}
		}
	}
	b.WriteString(`"/>` + "\n</svg>\n")
	return []byte(b.String())
}
