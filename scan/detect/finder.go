// Package detect finds QR codes in pictures and returns their texts.
package detect

// This file: the finder of today. gozxing takes a picture as it is; what it
// misses because of its size or its contrast is found by showing it again,
// changed.

import (
	"image"
	"slices"

	"nod/scan/symbol"
)

const (
	largePicture = 24 << 20 // pixels from which only a smaller copy is looked at
	smallPicture = 3 << 19  // pixels up to which it is worth a try to enlarge
	minSide      = 21       // pixels: the smallest code has 21 modules
)

// Code is a code found and the upright rectangle around it, in pixels.
type Code struct {
	symbol.Text
	Box image.Rectangle
}

// Find returns the codes in a picture, in any order. Light modules on nothing,
// made for dark pages, vanish on white, so a picture with holes is looked at
// on white and on black.
func Find(img image.Image) []Code {
	backgrounds := []uint8{white, black}
	if opaque(img) {
		backgrounds = backgrounds[:1]
	}
	for _, background := range backgrounds {
		if codes := findGozxing(grey(img, background)); len(codes) > 0 {
			return codes
		}
	}
	return nil
}

// findGozxing tries one way after the other until one finds codes.
func findGozxing(g *image.Gray) []Code {
	whole := g.Rect
	for g.Rect.Dx()*g.Rect.Dy() > largePicture {
		g = shrunk(g, 2, 2)
	}
	passes := []func() *image.Gray{
		func() *image.Gray { return g },
		func() *image.Gray { return shrunk(g, 2, 2) },
		func() *image.Gray { return thresholded(g) },
		func() *image.Gray { return shrunk(g, 1, 2) }, // codes that are stretched
		func() *image.Gray { return shrunk(g, 2, 1) },
		func() *image.Gray { return shrunk(g, 4, 4) },
	}
	if g.Rect.Dx()*g.Rect.Dy() <= smallPicture {
		passes = append(passes, func() *image.Gray { return doubled(g) })
	}
	r := reader{left: maxTries}
	for _, pass := range passes {
		p := pass()
		if p.Rect.Dx() < minSide || p.Rect.Dy() < minSide {
			continue
		}
		if codes := r.bothPolarities(p); len(codes) > 0 {
			return inPicture(codes, p.Rect, whole)
		}
	}
	return nil
}

// inPicture moves the boxes of codes from a copy of another size to the picture.
func inPicture(codes []Code, copied, picture image.Rectangle) []Code {
	for i, c := range codes {
		codes[i].Box = image.Rect(
			c.Box.Min.X*picture.Dx()/copied.Dx(), c.Box.Min.Y*picture.Dy()/copied.Dy(),
			c.Box.Max.X*picture.Dx()/copied.Dx(), c.Box.Max.Y*picture.Dy()/copied.Dy())
	}
	return codes
}

// bothPolarities looks for dark codes on light and light codes on dark. The
// second way to make black and white of grey is worse on photos and better on
// small areas of little contrast.
func (r *reader) bothPolarities(g *image.Gray) []Code {
	for _, b := range []binarizer{hybrid, histogram} {
		codes := Merge(r.readAll(g, b), r.readAll(inverted(g), b))
		if len(codes) > 0 {
			return codes
		}
	}
	return nil
}

// Merge adds those of more to codes that are not there yet. Equal texts at
// different places are different codes.
func Merge(codes, more []Code) []Code {
	for _, m := range more {
		if !slices.ContainsFunc(codes, func(c Code) bool {
			return c.Text.Text == m.Text.Text && (c.Box.Overlaps(m.Box) || c.Box.Empty() || m.Box.Empty())
		}) {
			codes = append(codes, m)
		}
	}
	return codes
}
