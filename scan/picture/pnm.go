package picture

// This file: PNM (PBM, PGM, PPM, PAM), the plain pictures that Unix tools write.

import (
	"bytes"
	"errors"
	"image"
	"io"
	"strconv"
	"strings"
)

// pnm is the header of a picture.
type pnm struct {
	kind    byte // '1' to '7'
	size    image.Point
	most    int // value of white, up to 65535
	samples int // a pixel
}

// maxSpace is how many bytes and comments may be in front of a number.
const maxSpace = 1 << 16

func isPNM(head []byte) bool {
	if len(head) < 3 || head[0] != 'P' {
		return false
	}
	space := bytes.IndexByte([]byte(" \t\r\n#"), head[2]) >= 0
	return space && (head[1] >= '1' && head[1] <= '6' || head[1] == '7' && head[2] == '\n')
}

func loadPNM(in *input) ([]image.Image, error) {
	h, err := readPNM(in)
	if err != nil {
		return nil, err
	}
	if h.most < 1 || h.most > 0xffff || h.samples < 1 || h.samples > 4 {
		return nil, errors.New("header with numbers out of range")
	}
	bytes := 1
	if h.samples > 1 {
		bytes = 4
	}
	if err := in.check(h.size, 2*bytes, 1<<20); err != nil {
		return nil, err
	}
	img, err := h.pixels(in)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return []image.Image{img}, err
}

func readPNM(in *input) (pnm, error) {
	magic := make([]byte, 2)
	if _, err := io.ReadFull(in, magic); err != nil {
		return pnm{}, err
	}
	h := pnm{kind: magic[1], most: 1, samples: 1}
	if h.kind == '7' {
		return h, h.readPAM(in)
	}
	numbers := []*int{&h.size.X, &h.size.Y, &h.most}
	if h.kind == '1' || h.kind == '4' {
		numbers = numbers[:2]
	}
	if h.kind == '3' || h.kind == '6' {
		h.samples = 3
	}
	for _, n := range numbers {
		v, err := number(in)
		if err != nil {
			return h, err
		}
		*n = v
	}
	return h, nil
}

// readPAM reads lines with a name and a value each.
func (h *pnm) readPAM(in *input) error {
	for range 1000 {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		n, err := strconv.Atoi(strings.TrimSpace(value))
		switch name {
		case "ENDHDR":
			return nil
		case "WIDTH":
			h.size.X = n
		case "HEIGHT":
			h.size.Y = n
		case "DEPTH":
			h.samples = n
		case "MAXVAL":
			h.most = n
		default:
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return errors.New("header without an end")
}

// number reads a number and the space after it. Comments count as space.
func number(in *input) (int, error) {
	n, digits := 0, 0
	for range maxSpace {
		b, err := in.ReadByte()
		switch {
		case err == io.EOF && digits > 0:
			return n, nil
		case err != nil:
			return 0, err
		case b >= '0' && b <= '9':
			if n, digits = 10*n+int(b-'0'), digits+1; n > 1<<30 {
				return 0, &SizeError{"a number in its header is too large: save it again as PNG"}
			}
		case b == '#':
			if _, err = in.ReadSlice('\n'); err != nil {
				return 0, err // also for one that fills the buffer
			}
			if digits == 0 {
				continue
			}
			return n, nil
		case bytes.IndexByte([]byte(" \t\r\n\v\f"), b) < 0:
			return 0, errors.New("not a number")
		}
		if digits > 0 && (b < '0' || b > '9') {
			return n, nil
		}
	}
	return 0, errors.New("no number for long")
}

// pixels reads what follows the header.
func (h *pnm) pixels(in *input) (image.Image, error) {
	row := make([]byte, h.size.X*h.samples) // 8 bits a sample
	read := h.rowReader(in)
	if h.samples == 1 {
		img := image.NewGray(image.Rectangle{Max: h.size})
		for y := range h.size.Y {
			if err := read(img.Pix[y*img.Stride:][:h.size.X]); err != nil {
				return nil, err
			}
		}
		return img, nil
	}
	img := image.NewNRGBA(image.Rectangle{Max: h.size})
	for y := range h.size.Y {
		if err := read(row); err != nil {
			return nil, err
		}
		out := img.Pix[y*img.Stride:][:4*h.size.X]
		for p := row; len(p) > 0; p, out = p[h.samples:], out[4:] {
			out[0], out[1], out[2], out[3] = p[0], p[0], p[0], 0xff
			if h.samples >= 3 {
				out[1], out[2] = p[1], p[2]
			}
			if h.samples%2 == 0 {
				out[3] = p[h.samples-1]
			}
		}
	}
	return img, nil
}

// rowReader returns what fills a row with samples of 8 bits.
func (h *pnm) rowReader(in *input) func(row []byte) error {
	switch {
	case h.kind == '4':
		return func(row []byte) error { return bitRow(in, row) }
	case h.kind == '1':
		return func(row []byte) error { return bitText(in, row) }
	case h.kind == '2' || h.kind == '3':
		return func(row []byte) error {
			for i := range row {
				n, err := number(in)
				if err != nil {
					return err
				}
				row[i] = h.scaled(n)
			}
			return nil
		}
	case h.most > 0xff:
		wide := make([]byte, 2*h.size.X*h.samples)
		return func(row []byte) error {
			_, err := io.ReadFull(in, wide)
			for i := range row {
				row[i] = h.scaled(int(wide[2*i])<<8 | int(wide[2*i+1]))
			}
			return err
		}
	}
	return func(row []byte) error {
		_, err := io.ReadFull(in, row)
		for i := range row {
			if h.most == 0xff {
				break
			}
			row[i] = h.scaled(int(row[i]))
		}
		return err
	}
}

func (h *pnm) scaled(n int) byte { return byte(min(n, h.most) * 0xff / h.most) }

// bitRow reads a bit a pixel, 1 for black.
func bitRow(in *input, row []byte) error {
	packed := make([]byte, (len(row)+7)/8)
	_, err := io.ReadFull(in, packed)
	for x := range row {
		row[x] = 0xff * (1 - packed[x/8]>>(7-x%8)&1)
	}
	return err
}

// bitText reads a digit a pixel, with or without spaces between them.
func bitText(in *input, row []byte) error {
	for x := 0; x < len(row); {
		b, err := in.ReadByte()
		for err == nil && b == '#' {
			for err == nil && b != '\n' {
				b, err = in.ReadByte()
			}
		}
		switch {
		case err != nil:
			return err
		case b == '0' || b == '1':
			row[x] = 0xff * ('1' - b)
			x++
		case b > ' ':
			return errors.New("not a bit")
		}
	}
	return nil
}
