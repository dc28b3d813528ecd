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
	return newLook(p.stretched().shrunk(), usual, quick, never).find()
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

// passes looks again in other ways until something is found. The ways are gone side
// by side, but the first one in their order that finds something counts.
func passes(p *plane) Result {
	planes := p.stretched().shrunk()
	first := newLook(planes, usual, quick, never)
	if codes := first.find(); len(codes) > 0 {
		return Result{Codes: codes}
	}
	ways := []way{func(ended func() bool) []Code { return newLook(planes, careful, thorough, ended).find() }}
	level := 0
	for planes[level].w*planes[level].h > largePicture {
		level++
	}
	for n := level; n <= level+2 && n < len(planes) && planes[n].w >= minSide && planes[n].h >= minSide; n++ {
		ways = append(ways, func(ended func() bool) []Code {
			return scaled(newLook(planes[n].sharpened(3, 4).shrunk(), usual, thorough, ended).find(), 1<<n, 1)
		})
	}
	p = planes[level]
	if p.w*p.h <= smallPicture {
		ways = append(ways, func(ended func() bool) []Code {
			return scaled(newLook(p.doubled().shrunk(), careful, thorough, ended).find(), 1<<level, 2)
		})
	}
	ways = append(ways, func(ended func() bool) []Code {
		return scaled(newLook(p.despeckled().shrunk(), usual, thorough, ended).find(), 1<<level, 1)
	})
	var r Result
	ways = append(ways, func(ended func() bool) []Code {
		r.Unsupported = first.unsupported(ended)
		return nil
	})
	if codes := firstOf(ways); len(codes) > 0 {
		return Result{Codes: codes}
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
