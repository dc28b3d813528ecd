package picture

// This file: PNG pictures so large that they do not fit with their colours: read
// row by row, and kept as grey. Two screens of 7680 x 4320 beside each other
// take 66 MB so, not 265.

import (
	"bytes"
	"compress/zlib"
	"errors"
	"image"
	"io"
)

// pngGrey reads a picture that is not interlaced as it looks on white.
func (in *input) pngGrey(f *pngFile) ([]image.Image, error) {
	h := f.header
	samples := map[byte]int{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[h.colour]
	if samples == 0 || h.depth == 0 || h.depth > 16 || h.depth&(h.depth-1) != 0 || h.depth < 8 && samples > 1 {
		return nil, errors.New("header of a kind that there is not")
	}
	if err := in.check(h.size, 2, 1<<20); err != nil {
		return nil, err
	}
	var parts []io.Reader
	for _, p := range f.pixels {
		parts = append(parts, bytes.NewReader(p))
	}
	unpacked, err := zlib.NewReader(io.MultiReader(parts...))
	if err != nil {
		return nil, err
	}
	shade := f.shades(samples)
	img := image.NewGray(image.Rectangle{Max: h.size})
	bits := samples * int(h.depth) // of a pixel
	width := (h.size.X*bits + 7) / 8
	row, above := make([]byte, 1+width), make([]byte, 1+width) // each with its filter in front
	for y := range h.size.Y {
		if _, err := io.ReadFull(unpacked, row); err != nil {
			return nil, err
		}
		if err := unfilter(row[0], row[1:], above[1:], max(1, bits/8)); err != nil {
			return nil, err
		}
		shade(img.Pix[y*img.Stride:][:h.size.X], row[1:])
		row, above = above, row
	}
	return []image.Image{in.turned(img, f.orientation)}, nil
}

// unfilter restores the bytes of a row, where a pixel to the left is some bytes
// before it.
func unfilter(filter byte, row, above []byte, left int) error {
	switch filter {
	case 0:
	case 1:
		for i := left; i < len(row); i++ {
			row[i] += row[i-left]
		}
	case 2:
		for i := range row {
			row[i] += above[i]
		}
	case 3:
		for i := range row {
			mean := int(above[i])
			if i >= left {
				mean += int(row[i-left])
			}
			row[i] += byte(mean / 2)
		}
	case 4:
		for i := range row {
			if i < left {
				row[i] += above[i]
			} else {
				row[i] += paeth(int(row[i-left]), int(above[i]), int(above[i-left]))
			}
		}
	default:
		return errors.New("unknown filter")
	}
	return nil
}

// paeth is the one of three neighbours that is nearest to a+b-c.
func paeth(a, b, c int) byte {
	da, db := b-c, a-c
	dc := max(da+db, -da-db)
	da, db = max(da, -da), max(db, -db)
	switch {
	case da <= db && da <= dc:
		return byte(a)
	case db <= dc:
		return byte(b)
	}
	return byte(c)
}

// shades returns what makes a row of grey from one of a file.
func (f *pngFile) shades(samples int) func(out, row []byte) {
	depth := int(f.header.depth)
	if depth < 8 || f.header.colour == pngPalette {
		table := f.table()
		return func(out, row []byte) {
			for x := range out {
				at := x * depth
				out[x] = table[row[at/8]>>(8-depth-at%8)&byte(1<<depth-1)]
			}
		}
	}
	step := depth / 8 // bytes of a sample, of which the first counts
	return func(out, row []byte) {
		for x := range out {
			p := row[x*samples*step:][:samples*step]
			v := p[0]
			if samples >= 3 {
				v = luminance(p[0], p[step], p[2*step])
			}
			if samples%2 == 0 {
				v = onWhite(v, p[(samples-1)*step])
			}
			out[x] = v
		}
	}
}

// table is the grey of each number that a pixel of few colours can be.
func (f *pngFile) table() (table [256]byte) {
	for i := range table {
		if f.header.colour != pngPalette {
			table[i] = byte(i * 255 / (1<<f.header.depth - 1))
			continue
		}
		if 3*i+3 > len(f.palette) {
			break
		}
		table[i] = luminance(f.palette[3*i], f.palette[3*i+1], f.palette[3*i+2])
		if i < len(f.transparent) {
			table[i] = onWhite(table[i], f.transparent[i])
		}
	}
	return table
}

func onWhite(v, alpha byte) byte {
	return byte((int(v)*int(alpha) + 255*(255-int(alpha))) / 255)
}
