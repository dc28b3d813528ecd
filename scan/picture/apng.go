package picture

// This file: moving PNG pictures. Each frame becomes a PNG file of its own.

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
)

// steps returns the frames of a moving picture, none of one that stands still.
// A picture in front of the frames is for viewers that can not show them.
func (f *pngFile) steps() []step {
	var steps []step
	var pixels *[][]byte // of the last step
	for _, c := range f.animation {
		switch {
		case c.kind == "fcTL" && len(c.data) == 26:
			pixels = new([][]byte)
			steps = append(steps, f.step(c.data, pixels))
		case c.kind == "IDAT" && pixels != nil:
			*pixels = append(*pixels, f.pixels...)
		case c.kind == "fdAT" && pixels != nil && len(c.data) > 4:
			*pixels = append(*pixels, c.data[4:]) // after a number
		}
	}
	return steps
}

// step reads the description of a frame, whose data come after it.
func (f *pngFile) step(control []byte, pixels *[][]byte) step {
	number := func(at int) int { return int(binary.BigEndian.Uint32(control[at:])) }
	size, corner := image.Pt(number(4), number(8)), image.Pt(number(12), number(16))
	s := step{
		at:     image.Rectangle{corner, corner.Add(size)}.Intersect(image.Rectangle{Max: f.header.size}),
		covers: control[25] == 0,
	}
	parts := int(binary.BigEndian.Uint16(control[20:]))
	unit := int(binary.BigEndian.Uint16(control[22:])) // parts of a second
	if unit == 0 {
		unit = 100
	}
	s.delay = parts * 1000 / unit
	switch control[24] {
	case 1:
		s.after = cleared
	case 2:
		s.after = restore
	}
	s.decode = func() (image.Image, error) {
		if s.at.Size() != size { // reaches out of the picture
			return nil, errUnsupported
		}
		img, err := png.Decode(bytes.NewReader(f.single(control[4:12], *pixels)))
		if err != nil {
			return nil, err
		}
		return eightBits(img), nil
	}
	return s
}

// single is a PNG file with the header of f but for its size.
func (f *pngFile) single(size []byte, pixels [][]byte) []byte {
	out := []byte(pngMagic)
	add := func(kind string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		start := len(out)
		out = append(append(out, kind...), data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
	}
	add("IHDR", append(bytes.Clone(size), f.header.data[8:]...))
	if f.palette != nil {
		add("PLTE", f.palette)
	}
	if f.transparent != nil {
		add("tRNS", f.transparent)
	}
	for _, p := range pixels {
		add("IDAT", p)
	}
	add("IEND", nil)
	return out
}
