package picture

// This file: JPEG, its segments: size, orientation, and what Go's decoder does
// not know about four colours.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"strings"
)

// jpegFile is what the segments before the pixels say.
type jpegFile struct {
	size        image.Point
	components  int
	samples     int // of all components, for four pixels
	progressive bool
	jfif, adobe bool
	rgb         bool // and not YCbCr
	orientation int
}

func loadJPEG(in *input) ([]image.Image, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return nil, err
	}
	f, err := parseJPEG(data)
	if err != nil {
		return nil, err
	}
	if err := in.check(f.size, f.halves(), 1<<20); err != nil {
		return nil, err
	}
	// Go's decoder wants to know which four colours there are, and takes all of
	// them for inverted, as Adobe's are. Without this mark they are not.
	mark, inverted := "", f.components == 4 && !f.adobe
	if inverted {
		mark = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"
	}
	img, err := decodeJPEG(data, mark, "")
	if errors.Is(err, io.ErrUnexpectedEOF) && !f.progressive {
		// Only the mark of the end may be missing. Pixels that are missing are
		// still an error.
		img, err = decodeJPEG(data, mark, "\xff\xd9")
	}
	if err != nil {
		return nil, err
	}
	if m, ok := img.(*image.CMYK); ok && inverted {
		for i, v := range m.Pix {
			m.Pix[i] = 255 - v
		}
	}
	return []image.Image{in.turned(img, f.orientation)}, nil
}

// decodeJPEG puts a mark after the first one of the file, and another at its end.
func decodeJPEG(data []byte, mark, end string) (image.Image, error) {
	return jpeg.Decode(io.MultiReader(bytes.NewReader(data[:2]), strings.NewReader(mark),
		bytes.NewReader(data[2:]), strings.NewReader(end)))
}

// halves is twice the bytes that package jpeg takes for a pixel: one a sample,
// four more with the coefficients of a progressive picture, and four for the
// pixels of colours that are not YCbCr.
func (f *jpegFile) halves() int {
	halves := (f.samples + 1) / 2
	if f.progressive {
		halves += 4 * f.samples / 2
	}
	if f.components == 4 || f.rgb {
		halves += 8
	}
	return halves
}

// parseJPEG walks over the segments up to the pixels.
func parseJPEG(data []byte) (*jpegFile, error) {
	f := &jpegFile{orientation: upright}
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			at++ // Go's decoder skips what is between segments, too
			continue
		}
		marker := data[at+1]
		if marker == 0xff || marker == 0 || marker >= 0xd0 && marker <= 0xd8 {
			at++
			continue
		}
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		if n < 2 || at+2+n > len(data) {
			return f.sized()
		}
		body := data[at+4 : at+2+n]
		switch {
		case marker == 0xda || marker == 0xd9: // pixels, end
			return f.sized()
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			f.frame(marker, body)
		case marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) && f.orientation == upright:
			f.orientation = orientation(body)
		case marker == 0xe0 && bytes.HasPrefix(body, []byte("JFIF")):
			f.jfif = true
		case marker == 0xee && bytes.HasPrefix(body, []byte("Adobe")) && len(body) >= 12:
			f.adobe = true
			f.rgb = f.rgb || body[11] == 0
		}
		at += 2 + n
	}
	return f.sized()
}

func (f *jpegFile) sized() (*jpegFile, error) {
	if f.components == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	f.rgb = f.rgb && !f.jfif
	return f, nil
}

// frame reads the size and the components. The first such segment counts.
func (f *jpegFile) frame(marker byte, body []byte) {
	if f.components != 0 || len(body) < 6 || len(body) < 6+3*int(body[5]) {
		return
	}
	f.progressive = marker == 0xc2
	f.size = image.Pt(int(binary.BigEndian.Uint16(body[3:])), int(binary.BigEndian.Uint16(body[1:])))
	f.components = int(body[5])
	f.rgb = f.rgb || f.components == 3 && body[6] == 'R' && body[9] == 'G' && body[12] == 'B'
	widest, highest, all := 1, 1, 0
	for i := range f.components {
		factors := body[6+3*i+1]
		h, v := int(factors>>4), int(factors&15)
		widest, highest, all = max(widest, h), max(highest, v), all+h*v
	}
	f.samples = (4*all + widest*highest - 1) / (widest * highest)
	if f.components == 1 {
		f.samples = 4
	}
}
