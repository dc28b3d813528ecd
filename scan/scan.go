// Package scan finds QR codes in pictures and returns their texts. It knows
// nothing of what the texts mean.
package scan

// This file: the way from a picture to the texts in it.

import (
	"cmp"
	"image"
	"io"
	"slices"
)

// Code is one QR code found.
type Code struct {
	Text string
}

// Result is what a picture holds.
type Result struct {
	Format        string // "png", "jpeg", ...
	Width, Height int    // pixels
	Codes         []Code // top to bottom, left to right; none found is not an error
}

// found is a code and the upright rectangle around it, in pixels of the picture.
type found struct {
	text string
	box  image.Rectangle
}

// A finder returns the codes in a grey picture, in any order and perhaps some
// of them twice. It may change neither the picture nor keep it.
type finder func(*image.Gray) []found

// Image reads a picture and returns all its QR codes. Of a moving picture, the
// first frame that holds a code counts. Image does not close r.
// Errors: *FormatError (not a picture that nod reads), *SizeError (over the
// limits, found before memory is taken), those of reading r.
func Image(r io.Reader) (Result, error) { return imageWith(r, findGozxing) }

func imageWith(r io.Reader, find finder) (Result, error) {
	p, err := load(r)
	if err != nil {
		return Result{}, err
	}
	res := Result{Format: p.format, Width: p.width, Height: p.height}
	for _, frame := range p.frames {
		if codes := find(grey(frame, white)); len(codes) > 0 {
			res.Codes = sorted(codes)
			return res, nil
		}
		if opaque(frame) {
			continue
		}
		// Light modules on nothing, made for dark pages, vanish on white.
		if codes := find(grey(frame, black)); len(codes) > 0 {
			res.Codes = sorted(codes)
			return res, nil
		}
	}
	return res, nil
}

// merge adds those of more to codes that are not there yet. Equal texts at
// different places are different codes.
func merge(codes, more []found) []found {
	for _, m := range more {
		if !slices.ContainsFunc(codes, func(c found) bool {
			return c.text == m.text && (c.box.Overlaps(m.box) || c.box.Empty() || m.box.Empty())
		}) {
			codes = append(codes, m)
		}
	}
	return codes
}

// sorted returns the codes as a person reads them. Codes are in one row when
// their middles lie within the height of its highest one.
func sorted(all []found) []Code {
	codes := merge(nil, all)
	middle := func(f found) int { return (f.box.Min.Y + f.box.Max.Y) / 2 }
	slices.SortStableFunc(codes, func(a, b found) int { return cmp.Compare(middle(a), middle(b)) })
	for row := codes; len(row) > 0; {
		n := 1
		for n < len(row) && middle(row[n]) < row[0].box.Max.Y {
			n++
		}
		slices.SortStableFunc(row[:n], func(a, b found) int { return cmp.Compare(a.box.Min.X, b.box.Min.X) })
		row = row[n:]
	}
	texts := make([]Code, len(codes))
	for i, c := range codes {
		texts[i] = Code{c.text}
	}
	return texts
}
