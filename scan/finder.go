package scan

// This file: the finder of today. gozxing takes a picture as it is; what it
// misses because of its size or its contrast is found by showing it again,
// changed.

import "image"

const (
	largePicture = 24 << 20 // pixels from which only a smaller copy is looked at
	smallPicture = 3 << 19  // pixels up to which it is worth a try to enlarge
	minSide      = 21       // pixels: the smallest code has 21 modules
)

// findGozxing tries one way after the other until one finds codes.
func findGozxing(g *image.Gray) []found {
	whole := g.Rect
	for g.Rect.Dx()*g.Rect.Dy() > largePicture {
		g = shrunk(g, 2, 2)
	}
	passes := []func() *image.Gray{
		func() *image.Gray { return g },
		func() *image.Gray { return shrunk(g, 2, 2) },
		func() *image.Gray { return thresholded(g) },
		func() *image.Gray { return shrunk(g, 1, 2) }, // codes that are stretched
		func() *image.Gray { return shrunk(g, 2, 1) },
		func() *image.Gray { return shrunk(g, 4, 4) },
	}
	if g.Rect.Dx()*g.Rect.Dy() <= smallPicture {
		passes = append(passes, func() *image.Gray { return doubled(g) })
	}
	r := reader{left: maxTries}
	for _, pass := range passes {
		p := pass()
		if p.Rect.Dx() < minSide || p.Rect.Dy() < minSide {
			continue
		}
		if codes := r.bothPolarities(p); len(codes) > 0 {
			return inPicture(codes, p.Rect, whole)
		}
	}
	return nil
}

// inPicture moves the boxes of codes from a copy of another size to the picture.
func inPicture(codes []found, copied, picture image.Rectangle) []found {
	for i, c := range codes {
		codes[i].box = image.Rect(
			c.box.Min.X*picture.Dx()/copied.Dx(), c.box.Min.Y*picture.Dy()/copied.Dy(),
			c.box.Max.X*picture.Dx()/copied.Dx(), c.box.Max.Y*picture.Dy()/copied.Dy())
	}
	return codes
}

// bothPolarities looks for dark codes on light and light codes on dark. The
// second way to make black and white of grey is worse on photos and better on
// small areas of little contrast.
func (r *reader) bothPolarities(g *image.Gray) []found {
	for _, b := range []binarizer{hybrid, histogram} {
		codes := merge(r.readAll(g, b), r.readAll(inverted(g), b))
		if len(codes) > 0 {
			return codes
		}
	}
	return nil
}
