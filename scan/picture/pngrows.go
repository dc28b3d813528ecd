package picture

// This file: PNG pictures row by row, kept as grey. That is four times faster
// than package png, since nobody needs the colours: one goroutine unpacks rows
// while another makes grey of those before. And pictures fit so that would not
// with their colours: two screens of 7680 x 4320 beside each other take 66 MB,
// not 265.

import (
	"bytes"
	"compress/flate"
	"errors"
	"image"
	"io"
)

// errSeenThrough ends reading a picture as if it were opaque.
var errSeenThrough = errors.New("not opaque")

// errHeader is a kind of pixels that the format does not have.
var errHeader = errors.New("header of a kind that there is not")

// pngGrey reads a picture that is not interlaced as it looks on white.
func (in *input) pngGrey(f *pngFile) ([]image.Image, error) {
	if err := in.check(f.header.size, 2, pngBuffers); err != nil {
		return nil, err
	}
	img, err := f.grey(false)
	if err != nil {
		return nil, err
	}
	return []image.Image{in.turned(img, f.orientation)}, nil
}

// samples is how many numbers a pixel has, 0 for headers that make no sense.
func (h *pngHeader) samples() int {
	n := map[byte]int{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[h.colour]
	if h.depth == 0 || h.depth > 16 || h.depth&(h.depth-1) != 0 || h.depth < 8 && n > 1 || h.depth > 8 && h.colour == pngPalette {
		return 0
	}
	return n
}

// grey reads the rows of a picture that is not interlaced. Where something can be
// seen through, that is white, or an error when opaque is asked for.
func (f *pngFile) grey(opaque bool) (*image.Gray, error) {
	h := f.header
	samples := h.samples()
	if samples == 0 || len(f.pixels) == 0 {
		return nil, errHeader
	}
	if opaque && f.transparent != nil {
		return nil, errSeenThrough
	}
	bits := samples * int(h.depth) // of a pixel
	width := (h.size.X*bits + 7) / 8
	rows := f.unpack(width)
	defer rows.stop()
	shade := f.shades(samples, opaque)
	img := image.NewGray(image.Rectangle{Max: h.size})
	none := make([]byte, width)
	above := none
	for y := range h.size.Y {
		row, err := rows.next()
		if err != nil {
			return nil, err
		}
		out := img.Pix[y*img.Stride:][:h.size.X]
		if y > 0 && (row[0] == filterUp || row[0] == filterPaeth) && bytes.Equal(row[1:], none) {
			copy(out, img.Pix[(y-1)*img.Stride:]) // nothing is new, as in much of a screen
			copy(row[1:], above)
		} else {
			if err := unfilter(row[0], row[1:], above, max(1, bits/8)); err != nil {
				return nil, err
			}
			if !shade(out, row[1:]) {
				return nil, errSeenThrough
			}
		}
		above = row[1:]
	}
	return img, nil
}

const (
	pngBatch   = 48 << 10 // bytes of rows that one goroutine hands to the other
	pngBatches = 4        // of which one is unpacked, one waits, one is read, one has the row above
	pngBuffers = pngBatches * 8 * (maxSide + pngBatch/8)
)

// pngRows are the rows of a PNG picture, each with its filter in front. A row is
// there until the batch of the next one is done with.
type pngRows struct {
	row         int    // bytes
	left        []byte // rows of now that are not read
	now, before []byte // batches
	full, empty chan pngRowBatch
}

type pngRowBatch struct {
	rows []byte
	err  error
}

// unpack begins to unpack the rows in a goroutine. After that, stop must be called.
func (f *pngFile) unpack(width int) *pngRows {
	r := &pngRows{row: 1 + width, full: make(chan pngRowBatch, pngBatches), empty: make(chan pngRowBatch, pngBatches)}
	height := f.header.size.Y
	many := min(max(1, pngBatch/r.row), height) // rows of a batch
	for range pngBatches {
		r.empty <- pngRowBatch{rows: make([]byte, many*r.row)}
	}
	var parts []io.Reader
	for _, p := range f.pixels {
		parts = append(parts, bytes.NewReader(p))
	}
	go func() {
		packed, err := zlibBody(io.MultiReader(parts...))
		for left := height; left > 0; left -= many {
			b, more := <-r.empty
			if !more {
				return
			}
			b.rows = b.rows[:min(many, left)*r.row]
			if b.err = err; err == nil {
				_, b.err = io.ReadFull(packed, b.rows)
			}
			r.full <- b // there is room for all of them
			if b.err != nil {
				return
			}
		}
	}()
	return r
}

// zlibBody returns what is packed (RFC 1950). The sum at its end is not looked
// at: the chunks of a PNG file have their own.
func zlibBody(r io.Reader) (io.Reader, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	const method, dictionary = 0x0f, 0x20
	if head[0]&method != 8 || head[1]&dictionary != 0 || (int(head[0])<<8+int(head[1]))%31 != 0 {
		return nil, errHeader
	}
	return flate.NewReader(r), nil
}

// next returns one row more, which may be written on.
func (r *pngRows) next() ([]byte, error) {
	if len(r.left) == 0 {
		b := <-r.full
		if b.err != nil {
			return nil, b.err
		}
		if r.before != nil {
			r.empty <- pngRowBatch{rows: r.before[:cap(r.before)]}
		}
		r.before, r.now, r.left = r.now, b.rows, b.rows
	}
	row := r.left[:r.row:r.row]
	r.left = r.left[r.row:]
	return row, nil
}

func (r *pngRows) stop() { close(r.empty) }

// shades returns what makes a row of grey from one of a file. It reports false
// for what can be seen through, where all has to be opaque.
func (f *pngFile) shades(samples int, opaque bool) func(out, row []byte) bool {
	depth := int(f.header.depth)
	switch {
	case depth < 8 || f.header.colour == pngPalette:
		table := f.table()
		return func(out, row []byte) bool {
			for x := range out {
				at := x * depth
				out[x] = table[row[at/8]>>(8-depth-at%8)&byte(1<<depth-1)]
			}
			return true
		}
	case depth == 8 && samples == 1:
		return func(out, row []byte) bool { return copy(out, row) > 0 }
	case depth == 8 && samples == 3:
		return func(out, row []byte) bool {
			row = row[:3*len(out)]
			for x := range out {
				p := row[3*x : 3*x+3 : 3*x+3]
				out[x] = luminance(p[0], p[1], p[2])
			}
			return true
		}
	}
	step := depth / 8 // bytes of a sample, of which the first counts
	return func(out, row []byte) bool {
		alpha := byte(255)
		for x := range out {
			p := row[x*samples*step:][:samples*step]
			v := p[0]
			if samples >= 3 {
				v = luminance(p[0], p[step], p[2*step])
			}
			if samples%2 == 0 {
				a := p[(samples-1)*step]
				alpha &= a
				v = onWhite(v, a)
			}
			out[x] = v
		}
		return alpha == 255 || !opaque
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
