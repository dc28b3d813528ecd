// Package picture reads pictures of the formats that people have QR codes in,
// within limits of memory that are checked before any is taken.
package picture

// This file: what a loaded picture is, its errors, the way to it.

import (
	"errors"
	"image"
	"image/jpeg"
	"io"
	"strings"

	"golang.org/x/image/tiff"
)

// Picture is a picture in memory, upright.
type Picture struct {
	Format        string // "png", "jpeg", "gif", "webp", "bmp", "tiff", "pnm", "svg", "ico"
	Width, Height int    // pixels of the first frame; of a drawing, those that it was drawn with

	// Frames has one image, or several of a moving picture or a file of pages:
	// at most 16, in the order of the file. They have 8 bits a channel, keep
	// their transparency and, but for PNG that is opaque and comes out in grey,
	// their colours. They are of the types *image.Gray, *image.RGBA,
	// *image.NRGBA, *image.YCbCr, *image.NYCbCrA, *image.Paletted and
	// *image.CMYK.
	Frames []image.Image
}

// FormatError says that the input is no picture that nod can read, and what to
// do about that.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return "read picture: " + e.Reason }

// SizeError says that a picture is too large to be read safely.
type SizeError struct{ Reason string }

func (e *SizeError) Error() string { return "read picture: " + e.Reason }

// Load reads a picture: a file of one of the formats, or a text with a data:
// URI of one. It does not close r, and may leave some of r unread.
// Errors: *FormatError, *SizeError, those of reading r.
func Load(r io.Reader) (Picture, error) { return load(newInput(r)) }

func load(in *input) (Picture, error) {
	head, err := in.head()
	if err != nil {
		return Picture{}, err
	}
	for _, f := range formats() {
		if f.matches(head) {
			return f.picture(in)
		}
	}
	return Picture{}, unknownFormat(head)
}

// picture reads a picture of the format. Decoders are code of many authors for
// input of anyone: their panics mean a damaged file.
func (f format) picture(in *input) (p Picture, err error) {
	defer func() {
		if recover() != nil {
			p, err = Picture{}, damaged(f.name)
		}
	}()
	if f.whole != nil {
		p, err = f.whole(in)
	} else {
		p.Format = f.name
		p.Frames, err = f.frames(in)
	}
	switch {
	case in.readErr() != nil:
		return Picture{}, in.readErr()
	case err != nil:
		return Picture{}, explained(f.name, err)
	}
	size := p.Frames[0].Bounds()
	p.Width, p.Height = size.Dx(), size.Dy()
	return p, nil
}

// errUnsupported marks a correct file of a kind that is not read.
var errUnsupported = errors.New("not supported")

// explained turns the error of a decoder into one that helps.
func explained(format string, err error) error {
	if _, ok := errors.AsType[*FormatError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*SizeError](err); ok {
		return err
	}
	_, ofJPEG := errors.AsType[jpeg.UnsupportedError](err)
	_, ofTIFF := errors.AsType[tiff.UnsupportedError](err)
	if ofJPEG || ofTIFF || errors.Is(err, errUnsupported) {
		return &FormatError{"nod can not read this kind of " + strings.ToUpper(format) + ": " + takeShot}
	}
	return damaged(format)
}

const takeShot = "take a screenshot of it, or save it as PNG"

func damaged(format string) error {
	return &FormatError{"the " + strings.ToUpper(format) + " picture is damaged or cut off: save it again"}
}
