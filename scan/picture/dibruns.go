package picture

// This file: bitmaps of Windows packed as runs of equal pixels.

import (
	"image"
	"io"
)

// runs reads pairs of bytes: a length and a colour, or 0 and a command.
func (d *dib) runs(r io.ByteReader) (image.Image, error) {
	const endOfLine, endOfPicture, move = 0, 1, 2
	img := image.NewPaletted(image.Rectangle{Max: d.size}, d.palette)
	x, y := 0, d.size.Y-1
	put := func(c byte) {
		if x < d.size.X && y >= 0 {
			img.Pix[y*img.Stride+x] = c
		}
		x++
	}
	for y >= -1 { // an end of the picture may follow the end of the last line
		n, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		v, err := r.ReadByte()
		if err != nil {
			return nil, err
		}
		switch {
		case n > 0:
			for i := range int(n) {
				put(d.part(v, i))
			}
		case v == endOfLine:
			x, y = 0, y-1
		case v == endOfPicture:
			return img, nil
		case v == move:
			right, err := r.ReadByte()
			if err != nil {
				return nil, err
			}
			up, err := r.ReadByte()
			if err != nil {
				return nil, err
			}
			x, y = x+int(right), y-int(up)
		default:
			if err := d.literal(r, int(v), put); err != nil {
				return nil, err
			}
		}
	}
	return nil, io.ErrUnexpectedEOF
}

// part is the colour of the i-th pixel of those that v repeats.
func (d *dib) part(v byte, i int) byte {
	switch {
	case d.depth == 8:
		return v
	case i%2 == 0:
		return v >> 4
	}
	return v & 15
}

// literal reads n pixels that are no run, filled up to an even number of bytes.
func (d *dib) literal(r io.ByteReader, n int, put func(byte)) error {
	size := (n*d.depth + 7) / 8
	pixels := 8 / d.depth // a byte
	for i := range size + size%2 {
		v, err := r.ReadByte()
		if err != nil {
			return err
		}
		for j := 0; j < pixels && i*pixels+j < n; j++ {
			put(d.part(v, j))
		}
	}
	return nil
}
