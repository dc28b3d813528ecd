// Package scan finds QR codes in pictures and returns their texts. It knows
// nothing of what the texts mean.
package scan

// This file: the way from a picture to the texts in it.

import (
	"cmp"
	"io"
	"slices"

	"nod/scan/detect"
	"nod/scan/picture"
)

// Code is one QR code found.
type Code struct {
	Text string
}

// Result is what a picture holds.
type Result struct {
	Format        string   // "png", "jpeg", ..., "text"
	Width, Height int      // pixels
	Codes         []Code   // top to bottom, left to right; none found is not an error
	Notes         []string // what a person should know, such as "part 2 of 3 missing"
}

// Errors of pictures.
type (
	FormatError = picture.FormatError // not a picture that nod reads
	SizeError   = picture.SizeError   // over the limits, found before memory is taken
)

// Image reads a picture and returns all its QR codes. Of a moving picture, the
// first frame that holds a code counts. Image does not close r.
// Errors: *FormatError, *SizeError, those of reading r.
func Image(r io.Reader) (Result, error) {
	p, err := picture.Load(r)
	if err != nil {
		return Result{}, err
	}
	res := Result{Format: p.Format, Width: p.Width, Height: p.Height}
	for _, frame := range p.Frames {
		if codes := detect.Find(frame); len(codes) > 0 {
			res.Codes = sorted(codes)
			return res, nil
		}
	}
	return res, nil
}

// sorted returns the codes as a person reads them. Codes are in one row when
// their middles lie within the height of its highest one.
func sorted(all []detect.Code) []Code {
	codes := detect.Merge(nil, all)
	middle := func(f detect.Code) int { return (f.Box.Min.Y + f.Box.Max.Y) / 2 }
	slices.SortStableFunc(codes, func(a, b detect.Code) int { return cmp.Compare(middle(a), middle(b)) })
	for row := codes; len(row) > 0; {
		n := 1
		for n < len(row) && middle(row[n]) < row[0].Box.Max.Y {
			n++
		}
		slices.SortStableFunc(row[:n], func(a, b detect.Code) int { return cmp.Compare(a.Box.Min.X, b.Box.Min.X) })
		row = row[n:]
	}
	texts := make([]Code, len(codes))
	for i, c := range codes {
		texts[i] = Code{c.Text.Text}
	}
	return texts
}
