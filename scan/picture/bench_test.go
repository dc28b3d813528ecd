package picture

// This file: how fast screenshots are loaded, and that the largest that is
// accepted keeps to the memory that the package promises.

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"nod/scan/sample"
)

func BenchmarkLoad(b *testing.B) {
	for name, size := range map[string]image.Point{"1280x800": {1280, 800}, "3840x2160": {3840, 2160}} {
		page := sample.Page(size.X, size.Y, map[image.Point]image.Image{{600, 300}: sample.Code(b, sample.Link, 200)})
		for _, format := range []string{"png", "jpeg"} {
			data := sample.Encoded(b, format, page)
			b.Run(format+" "+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					loaded(b, data)
				}
			})
		}
	}
}

// TestLargeScreens loads a screenshot of an 8K screen and of two of them.
func TestLargeScreens(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second or two")
	}
	for _, size := range []image.Point{{7680, 4320}, {15360, 4320}} {
		page := image.NewRGBA(image.Rectangle{Max: size})
		for i := range page.Pix {
			page.Pix[i] = 255
		}
		var b bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, page); err != nil {
			t.Fatal(err)
		}
		page = nil
		var p Picture
		n := taken(func() { p = loaded(t, b.Bytes()) })
		if p.Width != size.X || p.Height != size.Y {
			t.Errorf("%d x %d, want %v", p.Width, p.Height, size)
		}
		if n > maxMemory {
			t.Errorf("%v: %d bytes were taken, want at most %d", size, n, maxMemory)
		}
	}
}
