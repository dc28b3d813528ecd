package picture

// This file: bitmaps of Windows in all their kinds, written by hand.

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

// bitmap is a bitmap with a header of some size, without the header of a file.
func bitmap(header, w, h int, depth uint16, packing uint32, rest ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(header))
	if header == coreHeader {
		b = binary.LittleEndian.AppendUint16(b, uint16(w))
		b = binary.LittleEndian.AppendUint16(b, uint16(h))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(w))
		b = binary.LittleEndian.AppendUint32(b, uint32(h))
	}
	b = binary.LittleEndian.AppendUint16(b, 1)
	b = binary.LittleEndian.AppendUint16(b, depth)
	if header != coreHeader {
		b = binary.LittleEndian.AppendUint32(b, packing)
		b = append(b, make([]byte, infoHeader-20)...)
	}
	return append(b, slices.Concat(rest...)...)
}

// bmpFile puts the header of a file in front of a bitmap.
func bmpFile(bitmap []byte, pixels int) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("BM"), uint32(fileHeader+len(bitmap)))
	b = binary.LittleEndian.AppendUint32(append(b, 0, 0, 0, 0), uint32(fileHeader+len(bitmap)-pixels))
	return append(b, bitmap...)
}

func TestBMP(t *testing.T) {
	// A red pixel, a white one; below them two black ones. The lower row is first.
	want := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	for i, c := range []color.NRGBA{{255, 0, 0, 255}, {255, 255, 255, 255}, {0, 0, 0, 255}, {0, 0, 0, 255}} {
		want.SetNRGBA(i%2, i/2, c)
	}
	palette := []byte{0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0} // black, white, red
	fill := func(entries int) []byte { return append(bytes.Clone(palette), make([]byte, 4*entries-12)...) }
	fields := func(v ...uint32) (b []byte) {
		for _, f := range v {
			b = binary.LittleEndian.AppendUint32(b, f)
		}
		return b
	}
	rgb := []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0}
	rgba := []byte{0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255}
	empty := []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 255, 0}
	for name, data := range map[string][]byte{
		"24 bits":           bmpFile(bitmap(infoHeader, 2, 2, 24, dibPlain, rgb), 16),
		"24 bits, OS/2":     bmpFile(bitmap(coreHeader, 2, 2, 24, 0, rgb), 16),
		"24 bits, top down": bmpFile(bitmap(infoHeader, 2, -2, 24, dibPlain, rgb[8:], rgb[:8]), 16),
		"32 bits":           bmpFile(bitmap(infoHeader, 2, 2, 32, dibPlain, empty), 16),
		"fields":            bmpFile(bitmap(infoHeader, 2, 2, 32, dibFields, fields(0xff0000, 0xff00, 0xff), empty), 16),
		"fields with alpha": bmpFile(bitmap(infoHeader, 2, 2, 32, dibAlpha, fields(0xff0000, 0xff00, 0xff, 0xff000000), rgba), 16),
		"16 bits":           bmpFile(bitmap(infoHeader, 2, 2, 16, dibPlain, []byte{0, 0, 0, 0, 0, 0x7c, 0xff, 0x7f}), 8),
		"565":               bmpFile(bitmap(infoHeader, 2, 2, 16, dibFields, fields(0xf800, 0x7e0, 0x1f), []byte{0, 0, 0, 0, 0, 0xf8, 0xff, 0xff}), 8),
		"8 bits":            bmpFile(bitmap(infoHeader, 2, 2, 8, dibPlain, fill(256), []byte{0, 0, 0, 0, 2, 1, 0, 0}), 8),
		"4 bits":            bmpFile(bitmap(infoHeader, 2, 2, 4, dibPlain, fill(16), []byte{0, 0, 0, 0, 0x21, 0, 0, 0}), 8),
		"runs of 8":         bmpFile(bitmap(infoHeader, 2, 2, 8, dibRLE8, fill(256), []byte{2, 0, 0, 0, 1, 2, 1, 1, 0, 1}), 10),
		"literal 8":         bmpFile(bitmap(infoHeader, 2, 2, 8, dibRLE8, fill(256), []byte{0, 2, 0, 1, 0, 3, 2, 1, 1, 0, 0, 1}), 12),
		"runs of 4":         bmpFile(bitmap(infoHeader, 2, 2, 4, dibRLE4, fill(16), []byte{2, 0, 0, 0, 2, 0x21, 0, 1}), 8),
		"gap":               bmpFile(bitmap(infoHeader, 2, 2, 24, dibPlain, make([]byte, 100), rgb), 16),
	} {
		t.Run(name, func(t *testing.T) {
			p := loaded(t, data)
			for i := range 4 {
				if got := color.NRGBAModel.Convert(p.Frames[0].At(i%2, i/2)); got != want.At(i%2, i/2) {
					t.Errorf("pixel %d: %v, want %v", i, got, want.At(i%2, i/2))
				}
			}
			if p.Format != "bmp" {
				t.Errorf("format %q", p.Format)
			}
		})
	}
}

func TestIcon(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, flag()); err != nil {
		t.Fatal(err)
	}
	small := bitmap(infoHeader, 1, 2, 32, dibPlain, []byte{0, 0, 255, 128, 0, 0, 0, 0})
	entry := func(size, at int) []byte {
		e := binary.LittleEndian.AppendUint32(make([]byte, 8), uint32(size))
		return binary.LittleEndian.AppendUint32(e, uint32(at))
	}
	start := 6 + 2*icoEntry
	data := slices.Concat([]byte{0, 0, 1, 0, 2, 0}, entry(len(small), start), entry(b.Len(), start+len(small)), small, b.Bytes())
	p := loaded(t, data)
	near(t, p.Frames[0], greyFlag(), 1)
	data = slices.Concat([]byte{0, 0, 1, 0, 1, 0}, entry(len(small), 6+icoEntry), small)
	p = loaded(t, data)
	if got := p.Frames[0].At(0, 0); p.Format != "ico" || p.Height != 1 || got != (color.NRGBA{255, 0, 0, 128}) {
		t.Errorf("%s of height %d with %v", p.Format, p.Height, got)
	}
}
