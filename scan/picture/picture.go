// Package picture reads pictures of the formats that people have QR codes in,
// within limits of memory that are checked before any is taken.
package picture

// This file: telling formats apart, the limits, decoding.

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	_ "image/jpeg" // the formats register themselves
	_ "image/png"
	"io"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

const (
	maxFile   = 64 << 20  // bytes
	maxPixels = 100 << 20 // a screenshot of two 8K screens has 66 million
	maxMemory = 4 * maxPixels
	maxFrames = 16 // of a GIF: looking for a code where there is none takes long
)

// FormatError says that the input is no picture that nod can read.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return "read picture: " + e.Reason }

// SizeError says that a picture is too large to be read safely.
type SizeError struct{ Reason string }

func (e *SizeError) Error() string { return "read picture: " + e.Reason }

// Picture is a picture in memory, upright.
type Picture struct {
	Format        string        // "png", "jpeg", ...
	Width, Height int           // pixels
	Frames        []image.Image // one, or those of a moving picture
}

// Load reads a picture. It does not close r.
// Errors: *FormatError, *SizeError, those of reading r.
func Load(r io.Reader) (Picture, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return Picture{}, fmt.Errorf("read picture: %w", err)
	}
	if len(data) > maxFile {
		return Picture{}, &SizeError{fmt.Sprintf("the file is larger than %d MiB: crop the picture to the code", maxFile>>20)}
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(data))
	if errors.Is(err, image.ErrFormat) {
		return Picture{}, unknownFormat(data)
	}
	if err != nil {
		return Picture{}, damaged(format)
	}
	if err := checkSize(config); err != nil {
		return Picture{}, err
	}
	p := Picture{Format: format, Width: config.Width, Height: config.Height}
	if format == "gif" && framesFit(data, config) {
		p.Frames, err = gifFrames(data, config)
	} else {
		p.Frames = make([]image.Image, 1)
		p.Frames[0], _, err = image.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return Picture{}, damaged(format)
	}
	return p, nil
}

// checkSize refuses what would take too much memory, going by the header.
func checkSize(c image.Config) error {
	if c.Width < 1 || c.Height < 1 {
		return &FormatError{"the picture has no pixels"}
	}
	perPixel := int64(4) // bytes
	switch c.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
	}
	// Width and height are at most 32 bits wide in all the formats.
	if pixels := int64(c.Width) * int64(c.Height); pixels > maxPixels || pixels*perPixel > maxMemory {
		return &SizeError{fmt.Sprintf("%d x %d pixels are too many: crop the picture to the code", c.Width, c.Height)}
	}
	return nil
}

func damaged(format string) error {
	return &FormatError{"the " + strings.ToUpper(format) + " picture is damaged or cut off: save it again"}
}

// unknownFormat says what the data is, where a look at its start tells.
func unknownFormat(data []byte) error {
	const formats = "nod reads PNG, JPEG, GIF, WebP, BMP and TIFF: take a screenshot of it"
	head := string(data[:min(len(data), 512)])
	switch {
	case len(data) == 0:
		return &FormatError{"the file is empty"}
	case strings.HasPrefix(head, "%PDF-"):
		return &FormatError{"this is a PDF; " + formats}
	case strings.Contains(head, "<svg"):
		return &FormatError{"this is an SVG drawing; " + formats}
	case strings.HasPrefix(head[min(4, len(head)):], "ftyp"):
		return &FormatError{"this is a HEIC or AVIF picture, or a film; " + formats}
	}
	return &FormatError{"this is not a picture; " + formats}
}

// gifFrames returns the frames of a GIF as one sees them: each drawn over the
// one before.
func gifFrames(data []byte, config image.Config) ([]image.Image, error) {
	all, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	bounds := image.Rect(0, 0, config.Width, config.Height)
	if len(all.Image) == 1 && all.Image[0].Rect == bounds {
		return []image.Image{all.Image[0]}, nil
	}
	return layered(all.Image, bounds), nil
}

// framesFit reports whether the frames of a GIF, and the pictures that they
// add up to, keep to the limits. It walks over the blocks of the file without
// unpacking them: a small file can hold thousands of large frames.
func framesFit(data []byte, config image.Config) bool {
	const header, descriptor = 13, 10
	pixels, at := 0, header
	if len(data) < header {
		return false
	}
	at += colorTable(data[10])
	for at+descriptor <= len(data) {
		switch data[at] {
		case 0x21: // extension: a label, then blocks
			at = skipBlocks(data, at+2)
		case 0x2c: // frame: place, size and flags, colours, code size, then blocks
			pixels += config.Width * config.Height
			at = skipBlocks(data, at+descriptor+colorTable(data[at+9])+1)
		default:
			at = len(data)
		}
		if pixels > maxPixels {
			return false
		}
	}
	return true
}

// colorTable is the size in bytes of the table that flags announce.
func colorTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// skipBlocks returns the place after a run of blocks, each with its length in
// front, which an empty one ends.
func skipBlocks(data []byte, at int) int {
	for at < len(data) {
		size := int(data[at])
		at += size + 1
		if size == 0 {
			break
		}
	}
	return at
}

// layered draws frames one over the other. It returns the first stage and, of
// many, each n-th, so that they are no more than maxFrames.
func layered(frames []*image.Paletted, bounds image.Rectangle) []image.Image {
	var stages []image.Image
	n := (len(frames) + maxFrames - 1) / maxFrames
	canvas := image.NewGray(bounds)
	draw.Draw(canvas, bounds, image.White, image.Point{}, draw.Src)
	for i, f := range frames {
		draw.Draw(canvas, f.Rect, f, f.Rect.Min, draw.Over)
		if i%n != 0 {
			continue
		}
		stage := image.NewGray(bounds)
		copy(stage.Pix, canvas.Pix)
		stages = append(stages, stage)
	}
	return stages
}
