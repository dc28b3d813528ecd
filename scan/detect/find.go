package detect

// This file: the looks at a picture, until one of them finds something.

import (
	"image"
	"slices"
)

// Result is what is in a picture.
type Result struct {
	Codes []Code // in any order
	// Unsupported is the kind of a symbol that was seen and can not be read, where
	// there are no Codes: MicroQR, RMQR, or "".
	Unsupported string
}

// Find returns the symbols in a picture. Light modules on nothing, made for dark
// pages, vanish on white, so a picture with holes is looked at on white, on black,
// and by its holes alone.
func Find(img image.Image) Result {
	if b := img.Bounds(); b.Dx() < minSide || b.Dy() < minSide {
		return Result{}
	}
	p, through := grey(img, white)
	r := passes(p)
	if len(r.Codes) > 0 || !through {
		return r
	}
	p, _ = grey(img, black)
	if onBlack := passes(p); len(onBlack.Codes) > 0 {
		return onBlack
	}
	if alone := passes(holes(img)); len(alone.Codes) > 0 {
		return alone
	}
	return r
}

// Glance returns the symbols that are plain to see in a picture, in any order, and
// takes a tenth of the time that Find takes when there are none.
func Glance(img image.Image) []Code {
	if b := img.Bounds(); b.Dx() < minSide || b.Dy() < minSide {
		return nil
	}
	p, _ := grey(img, white)
	return newLook(p.stretched(), usual, quick).find()
}

// holes is a picture's alpha.
func holes(img image.Image) *plane {
	b := img.Bounds()
	p := newPlane(b.Dx(), b.Dy())
	for y := range p.h {
		row := p.row(y)
		for x := range row {
			_, _, _, a := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			row[x] = uint8(a >> 8)
		}
	}
	return p
}

const (
	smallPicture = 3 << 19 // pixels up to which it is worth a try to enlarge
	largePicture = 3 << 20 // pixels from which a second look sees a smaller copy
)

// passes looks again in another way until something is found.
func passes(p *plane) Result {
	p = p.stretched()
	first := newLook(p, usual, quick)
	if codes := first.find(); len(codes) > 0 {
		return Result{Codes: codes}
	}
	if codes := newLook(p, careful, thorough).find(); len(codes) > 0 {
		return Result{Codes: codes}
	}
	scale := 1
	for p.w*p.h > largePicture {
		p, scale = p.halved(), 2*scale
	}
	small := p
	for s := scale; s <= 4*scale && small.w >= minSide && small.h >= minSide; s *= 2 {
		if codes := newLook(small.sharpened(3, 4), usual, thorough).find(); len(codes) > 0 {
			return Result{Codes: scaled(codes, s, 1)}
		}
		small = small.halved()
	}
	if p.w*p.h <= smallPicture {
		if codes := newLook(p.doubled(), careful, thorough).find(); len(codes) > 0 {
			return Result{Codes: scaled(codes, scale, 2)}
		}
	}
	codes := newLook(p.despeckled(), usual, thorough).find()
	r := Result{Codes: scaled(codes, scale, 1)}
	if len(codes) == 0 {
		r.Unsupported = first.unsupported()
	}
	return r
}

// scaled moves codes from a picture to one that is times/over as large.
func scaled(codes []Code, times, over int) []Code {
	for i := range codes {
		b := &codes[i].Box
		*b = image.Rectangle{b.Min.Mul(times).Div(over), b.Max.Mul(times).Div(over)}
	}
	return codes
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
