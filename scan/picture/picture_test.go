package picture

// This file: what is no picture, or one too large.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"nod/scan/sample"
)

// bomb is a PNG whose header promises more pixels than it holds.
func bomb(width, height uint32, depth, colours byte) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), width)
	header = binary.BigEndian.AppendUint32(header, height)
	header = append(header, depth, colours, 0, 0, 0)
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(header))
}

// TestSizeError reads files that would take too much memory. They end right
// after the header, so only one that is refused by its header gets this error.
func TestSizeError(t *testing.T) {
	gifHeader := append([]byte("GIF89a"), 0xff, 0xff, 0xff, 0xff, 0, 0, 0)
	bmpHeader := append([]byte("BM"), make([]byte, 52)...)
	bmpHeader[10], bmpHeader[14], bmpHeader[26], bmpHeader[28] = 54, 40, 1, 24
	binary.LittleEndian.PutUint32(bmpHeader[18:], 1<<30)
	binary.LittleEndian.PutUint32(bmpHeader[22:], 1<<30)
	for name, data := range map[string][]byte{
		"PNG of 50000 x 50000": bomb(50000, 50000, 8, 2),
		"PNG of 2^20 twice":    bomb(1<<20, 1<<20, 8, 0),
		"PNG of 16 bits":       bomb(12000, 9000, 16, 6),
		"GIF":                  gifHeader,
		"BMP":                  bmpHeader,
	} {
		_, err := Load(bytes.NewReader(data))
		if _, ok := errors.AsType[*SizeError](err); !ok {
			t.Errorf("%s: %v, want a *SizeError", name, err)
		}
	}
}

// endless gives a PNG header and then zeros.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read += len(p)
	return len(p), nil
}

func TestLongFile(t *testing.T) {
	zeros := &endless{}
	_, err := Load(io.MultiReader(bytes.NewReader(bomb(10, 10, 8, 2)), zeros))
	if _, ok := errors.AsType[*SizeError](err); !ok {
		t.Errorf("%v, want a *SizeError", err)
	}
	if zeros.read > 2*maxFile {
		t.Errorf("read %d bytes of an endless file", zeros.read)
	}
}

func TestFormatError(t *testing.T) {
	whole := sample.Encoded(t, "png", sample.Code(t, sample.Link, 100))
	for name, v := range map[string]struct {
		data string
		want string
	}{
		"empty":               {"", "the file is empty"},
		"text":                {"hello, world", "nod reads PNG, JPEG, GIF, WebP, BMP, TIFF, PNM and SVG"},
		"short":               {"ab", "this is not a picture"},
		"PDF":                 {"%PDF-1.7\n", "this is a PDF"},
		"SVG, cut off":        {"<?xml version=\"1.0\"?>\n<svg xmlns=\"\">", "the SVG picture is damaged"},
		"SVG, empty":          {"<svg></svg>", "nothing to draw in this SVG"},
		"SVG, only text":      {"<svg viewBox='0 0 9 9'><text>hello</text></svg>", "it has text"},
		"SVG, elsewhere":      {"<svg viewBox='0 0 9 9'><image href='http://demo.test/a.png' width='9' height='9'/></svg>", "not in the file"},
		"XML":                 {"<?xml version=\"1.0\"?>\n<feed></feed>", "not an SVG drawing"},
		"web page":            {"<!DOCTYPE html>\n<html><body><svg></svg>", "this is a web page"},
		"gzip":                {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", "gzip"},
		"HEIC":                {"\x00\x00\x00\x18ftypheic", "a HEIC picture"},
		"AVIF":                {"\x00\x00\x00\x18ftypavif", "an AVIF picture"},
		"MP4":                 {"\x00\x00\x00\x18ftypisom", "a film"},
		"PNG, signature only": {string(whole[:8]), "damaged"},
		"PNG of 0 x 5":        {string(bomb(0, 5, 8, 2)), "no pixels"},
	} {
		_, err := Load(strings.NewReader(v.data))
		if wrong, ok := errors.AsType[*FormatError](err); !ok || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s: %v (%v), want a *FormatError with %q", name, err, wrong, v.want)
		}
	}
}

var testFiles = []string{
	"lossless.webp", "lossy.webp", "alpha.webp", "turned.webp", "moving.webp", "cmyk.jpg", "ycck.jpg", "interlaced.png",
}

// TestCutFiles cuts each format at many places: always an error, or a picture,
// never a panic.
func TestCutFiles(t *testing.T) {
	img := sample.Code(t, sample.Link, 100)
	files := map[string][]byte{}
	for format := range sample.Encoders {
		files[format] = sample.Encoded(t, format, img)
	}
	for _, name := range testFiles {
		if name != "moving.webp" { // one cut off has its first frames
			files[name] = file(t, name)
		}
	}
	for name, data := range files {
		for n := 0; n < len(data)*3/4; n += 1 + len(data)/40 {
			_, err := Load(bytes.NewReader(data[:n]))
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Errorf("%s: %d of %d bytes: %v, want a *FormatError", name, n, len(data), err)
			}
		}
	}
}

func FuzzLoad(f *testing.F) {
	img := sample.Code(f, "a", 40)
	for format := range sample.Encoders {
		f.Add(sample.Encoded(f, format, img))
	}
	for _, name := range testFiles {
		f.Add(file(f, name))
	}
	for _, v := range pnms() {
		f.Add(v.data)
	}
	f.Add(movingPNG(f))
	f.Add(bmpFile(bitmap(infoHeader, 2, 2, 4, dibRLE4, make([]byte, 64), []byte{2, 0, 0, 0, 2, 0x21, 0, 1}), 8))
	f.Add(bomb(50000, 50000, 8, 2))
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := Load(bytes.NewReader(data))
		_, format := errors.AsType[*FormatError](err)
		_, size := errors.AsType[*SizeError](err)
		if err != nil && !format && !size {
			t.Fatalf("%v is neither a *FormatError nor a *SizeError", err)
		}
		if err == nil && (res.Width < 1 || res.Height < 1 || res.Format == "") {
			t.Fatalf("%+v", res)
		}
	})
}
