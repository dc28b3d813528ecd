package picture

// This file: kinds of PNG, with and without colours, and what is damaged.

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"testing"

	"nod/scan/sample"
)

// TestPNGKinds reads kinds of PNG that Go writes: 16 bits, transparency of
// colours, palettes. All come out with 8 bits, what is opaque in grey.
func TestPNGKinds(t *testing.T) {
	palette := image.NewPaletted(flag().Rect, color.Palette{color.White, color.Black, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{}})
	draw.Draw(palette, palette.Rect, flag(), image.Point{}, draw.Src)
	palette.SetColorIndex(32, 32, 4)
	want := flag()
	want.SetNRGBA(32, 32, color.NRGBA{})
	deep, deepGrey := image.NewNRGBA64(want.Rect), image.NewGray16(want.Rect)
	draw.Draw(deep, deep.Rect, want, image.Point{}, draw.Src)
	draw.Draw(deepGrey, deepGrey.Rect, flag(), image.Point{}, draw.Src)
	for name, v := range map[string]struct{ img, want image.Image }{
		"palette": {palette, want}, "16 bits": {deep, want}, "16 bits of grey": {deepGrey, greyFlag()}, "8 bits": {want, want},
		"opaque": {flag(), greyFlag()},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, v.img); err != nil {
			t.Fatal(err)
		}
		got := loaded(t, b.Bytes()).Frames[0]
		near(t, got, v.want, 1)
		switch got.(type) {
		case *image.Gray, *image.NRGBA, *image.Paletted:
		default:
			t.Errorf("%s: %T", name, got)
		}
		rows := greyRows(t, b.Bytes())
		near(t, rows, greyOf(v.want), 1)
	}
}

// greyRows reads a PNG as if it were too large for colours.
func greyRows(t *testing.T, data []byte) image.Image {
	t.Helper()
	f, err := parsePNG(data)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := newInput(nil).pngGrey(f)
	if err != nil {
		t.Fatal(err)
	}
	return frames[0]
}

// TestPNGDamaged changes a byte of a picture that is opaque, anywhere.
func TestPNGDamaged(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, flag()); err != nil {
		t.Fatal(err)
	}
	for i := len(pngMagic); i < b.Len()-12; i++ {
		data := bytes.Clone(b.Bytes())
		data[i] ^= 0x10
		if _, err := Load(bytes.NewReader(data)); err == nil {
			t.Errorf("byte %d: no error", i)
		}
	}
}

// TestUnfilter puts rows through all filters of the format (section 9.2 of its
// specification) and back.
func TestUnfilter(t *testing.T) {
	random := sample.Random(4)
	for left := 1; left <= 8; left++ {
		for width := left; width < 70; width += left {
			row, above := make([]byte, width), make([]byte, width)
			for i := range row {
				row[i], above[i] = byte(random.IntN(256)), byte(random.IntN(256))
			}
			for filter := range byte(5) {
				packed := bytes.Clone(row)
				for i := range row {
					a, b, c := 0, int(above[i]), 0
					if i >= left {
						a, c = int(row[i-left]), int(above[i-left])
					}
					p := a + b - c
					nearest := c
					if distance(p-a) <= distance(p-b) && distance(p-a) <= distance(p-c) {
						nearest = a
					} else if distance(p-b) <= distance(p-c) {
						nearest = b
					}
					packed[i] -= byte([]int{0, a, b, (a + b) / 2, nearest}[filter])
				}
				if err := unfilter(filter, packed, above, left); err != nil || !bytes.Equal(packed, row) {
					t.Fatalf("filter %d, %d bytes a pixel, %d bytes: %v, %v, want %v", filter, left, width, packed, err, row)
				}
			}
		}
	}
	if unfilter(5, nil, nil, 1) == nil {
		t.Error("no error for filter 5")
	}
}
