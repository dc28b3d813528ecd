package picture

// This file: SVG, drawn by nod as far as QR codes and the pages around them need
// it: filled and stroked shapes, not text, patterns or effects. Nothing is
// fetched from elsewhere.

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"io"
	"math"
	"strings"
)

const (
	maxDrawing = 16 << 20 // bytes of a drawing
	smallUnits = 200      // a drawing of fewer units has one a module of a code
	smallSide  = 600      // pixels that those get at least
	largeSide  = 1600     // pixels that others get at most
)

// isSVG reports whether the file may be an SVG drawing: XML that is no web page.
func isSVG(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return false
	}
	text := strings.ToLower(string(head))
	drawing, page := strings.Index(text, "<svg"), strings.Index(text, "<html")
	if page >= 0 || strings.Contains(text, "<!doctype html") {
		return false
	}
	return drawing >= 0 || strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<!--")
}

func loadSVG(in *input) ([]image.Image, error) {
	data, err := in.all(maxDrawing)
	if err != nil {
		return nil, err
	}
	return in.drawing(data)
}

// loadSVGZ reads a drawing packed with gzip.
func loadSVGZ(in *input) ([]image.Image, error) {
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	inner := newInput(unpacked)
	inner.depth = in.depth
	if head, err := inner.head(); err != nil {
		return nil, io.ErrUnexpectedEOF
	} else if !isSVG(head) {
		return nil, &FormatError{"this is a file packed with gzip: unpack it first"}
	}
	return loadSVG(inner)
}

func (in *input) drawing(data []byte) ([]image.Image, error) {
	doc, err := parseSVG(data)
	if err != nil {
		return nil, err
	}
	c := &canvas{in: in, doc: doc}
	box, scale := c.viewOf(doc.root)
	if box.w <= 0 || box.h <= 0 { // it says no size: that of what is drawn
		c.measure = true
		if err := c.draw(doc.root, matrix{1, 0, 0, 1, 0, 0}); err != nil {
			return nil, err
		}
		box, scale = c.extent, scaleFor(c.extent.w, c.extent.h)
		c = &canvas{in: in, doc: doc}
	}
	if !(box.w > 0 && box.h > 0) || math.IsInf(box.w+box.h, 0) {
		return nil, &FormatError{"nod finds nothing to draw in this SVG: " + takeShot}
	}
	size := image.Pt(int(math.Ceil(box.w*scale-1e-6)), int(math.Ceil(box.h*scale-1e-6)))
	if size.X < 1 || size.Y < 1 || size.X > 2*largeSide || size.Y > 2*largeSide {
		return nil, &SizeError{fmt.Sprintf("a drawing of %g x %g has no size that nod can draw: %s", box.w, box.h, takeShot)}
	}
	c.img = image.NewRGBA(image.Rectangle{Max: size})
	c.view = box
	c.background(doc.root)
	if err := c.draw(doc.root, matrix{scale, 0, 0, scale, -box.x * scale, -box.y * scale}); err != nil {
		return nil, err
	}
	if c.painted == 0 {
		return nil, &FormatError{"nod finds nothing that it can draw in this SVG" + c.missed + ": " + takeShot}
	}
	return []image.Image{c.img}, nil
}

// box is a rectangle in the units of a drawing.
type box struct{ x, y, w, h float64 }

// viewOf returns what of the drawing is seen, and pixels a unit of it: a whole
// number wherever one fits, so that modules of a code are sharp.
func (c *canvas) viewOf(root *node) (box, float64) {
	if v, ok := viewBox(root); ok {
		return v, scaleFor(v.w, v.h)
	}
	w, wideUnit := length(root.attr("width"), 0)
	h, highUnit := length(root.attr("height"), 0)
	if wideUnit != highUnit || wideUnit == 0 {
		return box{0, 0, w, h}, scaleFor(w, h)
	}
	return box{0, 0, w, h}, scaleFor(w/wideUnit, h/wideUnit) / wideUnit
}

// viewBox reads the attribute of that name.
func viewBox(n *node) (box, bool) {
	v := numbers(n.attr("viewBox"))
	if len(v) != 4 || v[2] <= 0 || v[3] <= 0 {
		return box{}, false
	}
	return box{v[0], v[1], v[2], v[3]}, true
}

// scaleFor chooses pixels a unit.
func scaleFor(w, h float64) float64 {
	side := max(w, h)
	switch {
	case side <= 0:
		return 1
	case side > largeSide:
		return largeSide / side
	case side > smallUnits:
		return math.Floor(largeSide / side)
	}
	return math.Ceil(smallSide / side)
}

// background fills the canvas with the one of a web page's style.
func (c *canvas) background(root *node) {
	for _, d := range declarations(root.attr("style")) {
		if d.name != "background" && d.name != "background-color" {
			continue
		}
		for word := range strings.FieldsSeq(d.value) {
			if col, ok := parseColor(word); ok {
				for i := 0; i < len(c.img.Pix); i += 4 {
					blend(c.img.Pix[i:i+4:i+4], col, 255)
				}
			}
		}
	}
}
