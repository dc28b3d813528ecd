package picture

// This file: PNG, its chunks and its header.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

// Types of colours in a PNG header.
const (
	pngGrey      = 0
	pngRGB       = 2
	pngPalette   = 3
	pngGreyAlpha = 4
	pngRGBA      = 6
)

// pngChunk is a named part of a PNG file.
type pngChunk struct {
	kind string
	data []byte
	sum  uint32 // over both, as the file has it
}

// sound reports whether the sum is right.
func (c pngChunk) sound() bool {
	return crc32.Update(crc32.ChecksumIEEE([]byte(c.kind)), crc32.IEEETable, c.data) == c.sum
}

// pngFile is a PNG file by its chunks.
type pngFile struct {
	header      pngHeader
	palette     []byte
	transparent []byte // chunk tRNS, nil for none
	pixels      [][]byte
	orientation int
	sound       bool       // no chunk that the pixels need has a wrong sum
	animation   []pngChunk // fcTL and fdAT, and an IDAT without data in its place
}

type pngHeader struct {
	size          image.Point
	depth, colour byte
	interlaced    bool
	data          []byte
}

func loadPNG(in *input) ([]image.Image, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return nil, err
	}
	f, err := parsePNG(data)
	if err != nil {
		return nil, err
	}
	if f.header.size.X > 0 && in.check(f.header.size, f.halves(), 1<<20) != nil && !f.header.interlaced {
		return in.pngGrey(f)
	}
	if err := in.check(f.header.size, f.halves(), 1<<20); err != nil {
		return nil, err
	}
	if steps := f.steps(); len(steps) > 1 {
		return in.moving(f.header.size, steps)
	}
	if f.sound && !f.header.interlaced {
		// What is damaged, or can be seen through, goes the long way.
		if img, err := f.grey(true); err == nil {
			return []image.Image{in.turned(img, f.orientation)}, nil
		}
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return []image.Image{in.turned(eightBits(img), f.orientation)}, nil
}

// halves is twice the bytes that package png takes for a pixel. An interlaced
// picture takes half as much again, for the last of its passes.
func (f *pngFile) halves() int {
	bytes := 0
	switch f.header.colour {
	case pngGrey, pngPalette:
		bytes = 1
	default:
		bytes = 4
	}
	if f.header.colour == pngGrey && f.transparent != nil {
		bytes = 4
	}
	if f.header.depth == 16 {
		bytes *= 2
	}
	if f.header.interlaced {
		return 3 * bytes
	}
	return 2 * bytes
}

// chunks calls f for each chunk up to the end. Errors: a file cut off.
func chunks(data []byte, f func(pngChunk) error) error {
	const around = 12 // bytes of a chunk beside its data: length, name, checksum
	for data = data[len(pngMagic):]; len(data) > 0; {
		if len(data) < around {
			return io.ErrUnexpectedEOF
		}
		n := int(binary.BigEndian.Uint32(data))
		if n > len(data)-around {
			return io.ErrUnexpectedEOF
		}
		c := pngChunk{string(data[4:8]), data[8 : 8+n], binary.BigEndian.Uint32(data[8+n:])}
		if err := f(c); err != nil || c.kind == "IEND" {
			return err
		}
		data = data[around+n:]
	}
	return nil
}

// parsePNG looks at all chunks. A picture too large is found even in a file that
// is cut off after its header.
func parsePNG(data []byte) (*pngFile, error) {
	f := &pngFile{orientation: upright, sound: true}
	err := chunks(data, func(c pngChunk) error {
		if f.header.data == nil && (c.kind != "IHDR" || len(c.data) != 13) {
			return errors.New("no header")
		}
		f.add(c)
		return nil
	})
	if f.header.data == nil {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil && int64(f.header.size.X)*int64(f.header.size.Y) <= maxPixels {
		return nil, err
	}
	return f, nil
}

func (f *pngFile) add(c pngChunk) {
	switch c.kind {
	case "IHDR", "PLTE", "tRNS", "IDAT":
		f.sound = f.sound && c.sound()
	}
	switch c.kind {
	case "IHDR":
		f.header = pngHeader{
			size:  image.Pt(int(binary.BigEndian.Uint32(c.data)), int(binary.BigEndian.Uint32(c.data[4:]))),
			depth: c.data[8], colour: c.data[9], interlaced: c.data[12] == 1, data: c.data,
		}
	case "PLTE":
		f.palette = c.data
	case "tRNS":
		f.transparent = c.data
	case "eXIf":
		f.orientation = orientation(c.data)
	case "IDAT":
		if len(f.pixels) == 0 {
			f.animation = append(f.animation, pngChunk{kind: c.kind})
		}
		f.pixels = append(f.pixels, c.data)
	case "fcTL", "fdAT":
		f.animation = append(f.animation, c)
	}
}
