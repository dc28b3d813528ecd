package picture

// This file: the bitmaps of Windows, in BMP files, icons and the clipboard. Go's
// own package knows few of their kinds.

import (
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"math/bits"
)

// Ways that the pixels of a bitmap are packed.
const (
	dibPlain  = 0
	dibRLE8   = 1
	dibRLE4   = 2
	dibFields = 3
	dibAlpha  = 6 // fields with one for alpha
)

const (
	fileHeader = 14 // bytes of a BMP file before those of its bitmap
	coreHeader = 12 // bytes: of OS/2, with fewer fields
	infoHeader = 40
)

// dib is the header of a bitmap.
type dib struct {
	size    image.Point
	topDown bool
	depth   int // bits a pixel
	packing uint32
	fields  [4]uint32 // which bits are red, green, blue, alpha
	palette color.Palette
	used    int // bytes of the header, fields and palette
}

func isBMP(head []byte) bool {
	return len(head) >= fileHeader+4 && string(head[:2]) == "BM" && head[17] == 0 && head[16] == 0 && head[15] == 0
}

func loadBMP(in *input) ([]image.Image, error) {
	file := make([]byte, fileHeader)
	if _, err := io.ReadFull(in, file); err != nil {
		return nil, err
	}
	d, err := readDIB(in)
	if err != nil {
		return nil, err
	}
	gap := int(binary.LittleEndian.Uint32(file[10:])) - fileHeader - d.used
	if gap > 0 && gap < 1<<20 {
		if _, err := in.Discard(gap); err != nil {
			return nil, err
		}
	}
	return in.dibPixels(d)
}

// readDIB reads the header, and the fields and colours after it.
func readDIB(r io.Reader) (*dib, error) {
	var h [124]byte
	if _, err := io.ReadFull(r, h[:4]); err != nil {
		return nil, err
	}
	n := int(binary.LittleEndian.Uint32(h[:]))
	if n != coreHeader && (n < 16 || n > len(h)) {
		return nil, errUnsupported
	}
	if _, err := io.ReadFull(r, h[4:n]); err != nil {
		return nil, err
	}
	d := &dib{used: n}
	colours, entry := 0, 4
	if n == coreHeader {
		d.size = image.Pt(int(binary.LittleEndian.Uint16(h[4:])), int(binary.LittleEndian.Uint16(h[6:])))
		d.depth, entry = int(binary.LittleEndian.Uint16(h[10:])), 3
	} else {
		d.size = image.Pt(int(int32(binary.LittleEndian.Uint32(h[4:]))), int(int32(binary.LittleEndian.Uint32(h[8:]))))
		d.depth = int(binary.LittleEndian.Uint16(h[14:]))
		d.packing = binary.LittleEndian.Uint32(h[16:])
		colours = int(binary.LittleEndian.Uint32(h[32:]))
	}
	if d.size.Y < 0 {
		d.size.Y, d.topDown = -d.size.Y, true
	}
	if err := d.readFields(r, h[:], n); err != nil {
		return nil, err
	}
	return d, d.readPalette(r, colours, entry)
}

// readFields finds which bits are which colour, where pixels have 16 or 32.
func (d *dib) readFields(r io.Reader, h []byte, n int) error {
	switch {
	case d.packing != dibFields && d.packing != dibAlpha:
		d.fields = [4]uint32{0xff0000, 0xff00, 0xff}
		if d.depth == 16 {
			d.fields = [4]uint32{0x7c00, 0x3e0, 0x1f}
		}
		return nil
	case n == infoHeader: // the fields come after the header
		n += 12
		if d.packing == dibAlpha {
			n += 4
		}
		if _, err := io.ReadFull(r, h[infoHeader:n]); err != nil {
			return err
		}
		d.used = n
	case n < infoHeader+12:
		return errUnsupported
	}
	for i := range d.fields {
		if infoHeader+4*i < n {
			d.fields[i] = binary.LittleEndian.Uint32(h[infoHeader+4*i:])
		}
	}
	return nil
}

func (d *dib) readPalette(r io.Reader, colours, entry int) error {
	if d.depth > 8 {
		return nil // with a palette that is only a proposal
	}
	if colours == 0 || colours > 1<<d.depth {
		colours = 1 << d.depth
	}
	data := make([]byte, colours*entry)
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	d.used += len(data)
	for ; len(data) > 0; data = data[entry:] {
		d.palette = append(d.palette, color.RGBA{data[2], data[1], data[0], 0xff})
	}
	for len(d.palette) < 1<<d.depth { // numbers without a colour are black
		d.palette = append(d.palette, color.Black)
	}
	return nil
}

// dibPixels reads the pixels, which come next.
func (in *input) dibPixels(d *dib) ([]image.Image, error) {
	bytes := 4
	if d.depth <= 8 {
		bytes = 1
	}
	if err := in.check(d.size, 2*bytes, 1<<20); err != nil {
		return nil, err
	}
	var img image.Image
	var err error
	switch {
	case (d.packing == dibRLE8 && d.depth == 8 || d.packing == dibRLE4 && d.depth == 4) && !d.topDown:
		img, err = d.runs(in)
	case d.packing != dibPlain && d.packing != dibFields && d.packing != dibAlpha:
		return nil, errUnsupported
	case d.depth == 1, d.depth == 2, d.depth == 4, d.depth == 8:
		img, err = d.few(in)
	case d.depth == 16, d.depth == 24, d.depth == 32:
		img, err = d.many(in)
	default:
		return nil, errUnsupported
	}
	return []image.Image{img}, err
}

// rows calls f for each row with its bytes, from the top or from the bottom.
func (d *dib) rows(r io.Reader, f func(y int, row []byte)) error {
	row := make([]byte, (d.size.X*d.depth+31)/32*4)
	for i := range d.size.Y {
		if _, err := io.ReadFull(r, row); err != nil {
			return err
		}
		y := i
		if !d.topDown {
			y = d.size.Y - 1 - i
		}
		f(y, row)
	}
	return nil
}

// few reads pixels that are numbers of colours.
func (d *dib) few(r io.Reader) (image.Image, error) {
	img := image.NewPaletted(image.Rectangle{Max: d.size}, d.palette)
	err := d.rows(r, func(y int, row []byte) {
		out := img.Pix[y*img.Stride:][:d.size.X]
		for x := range out {
			at := x * d.depth
			out[x] = row[at/8] >> (8 - d.depth - at%8) & byte(1<<d.depth-1)
		}
	})
	return img, err
}

// many reads pixels that are colours.
func (d *dib) many(r io.Reader) (image.Image, error) {
	img := image.NewNRGBA(image.Rectangle{Max: d.size})
	n := d.depth / 8
	seen := byte(0) // of alpha: many programs leave it at 0 and mean opaque
	err := d.rows(r, func(y int, row []byte) {
		out := img.Pix[y*img.Stride:][:4*d.size.X]
		for ; len(out) > 0; out, row = out[4:], row[n:] {
			if n != 2 && d.fields[0] == 0xff0000 && d.fields[1] == 0xff00 && d.fields[2] == 0xff {
				out[0], out[1], out[2] = row[2], row[1], row[0]
				if d.fields[3] == 0xff000000 {
					out[3] = row[3]
				}
			} else {
				var v uint32
				for i := range n {
					v |= uint32(row[i]) << (8 * i)
				}
				for i, mask := range d.fields {
					out[i] = field(v, mask)
				}
			}
			seen |= out[3]
		}
	})
	if seen == 0 {
		for i := 3; i < len(img.Pix); i += 4 {
			img.Pix[i] = 0xff
		}
	}
	return img, err
}

// field is the number in some bits of v, brought to 8 bits.
func field(v, mask uint32) byte {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	return byte(uint64(v&mask>>shift) * 255 / uint64(mask>>shift))
}
