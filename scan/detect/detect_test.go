package detect

// This file: pictures made to keep the detector busy.

import (
	"image"
	"image/color"
	"testing"

	"nod/scan/sample"
)

// TestHostilePatterns shows corners of codes without end. The finder gives up
// instead of trying all of their combinations.
func TestHostilePatterns(t *testing.T) {
	for _, side := range []int{12, 40} {
		img := image.NewGray(image.Rect(0, 0, side*30+30, side*30+30))
		for i := range img.Pix {
			img.Pix[i] = white
		}
		for n := range side * side {
			corner := image.Rect(0, 0, 21, 21).Add(image.Pt(n%side*30+15, n/side*30+15))
			sample.Fill(img, corner, color.Black)
			sample.Fill(img, corner.Inset(3), color.White)
			sample.Fill(img, corner.Inset(6), color.Black)
		}
		r := reader{left: maxTries}
		if codes := r.bothPolarities(img); len(codes) > 0 {
			t.Errorf("%d by %d corners: found %v", side, side, codes)
		}
		if r.left < 0 || side == 12 && r.left == maxTries {
			t.Errorf("%d by %d corners: %d tries left of %d", side, side, r.left, maxTries)
		}
	}
}
