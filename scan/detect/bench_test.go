package detect

import (
	"image"
	"testing"

	"nod/scan/sample"
)

func BenchmarkFind(b *testing.B) {
	for _, v := range []struct {
		name string
		img  image.Image
	}{
		{"page 1280x800", sample.Page(1280, 800, map[image.Point]image.Image{{600, 300}: sample.Code(b, sample.Link, 150)})},
		{"dark page 1280x800", sample.Dark(sample.Page(1280, 800, map[image.Point]image.Image{{600, 300}: sample.Code(b, sample.Link, 150)}))},
		{"screen 3840x2160", sample.Page(3840, 2160, map[image.Point]image.Image{{2600, 1300}: sample.Code(b, sample.Link, 400)})},
		{"no code 1280x800", sample.Page(1280, 800, nil)},
		{"no code 3840x2160", sample.Page(3840, 2160, nil)},
	} {
		b.Run(v.name, func(b *testing.B) {
			for b.Loop() {
				Find(v.img)
			}
		})
	}
}
