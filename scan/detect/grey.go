package detect

// This file: from colours to grey, and grey pictures changed: scaled, inverted,
// thresholded.

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

const (
	black = 0
	white = 255
)

func opaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// grey returns the brightness of img on a background, with its corner at 0, 0.
func grey(img image.Image, background uint8) *image.Gray {
	b := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		row := g.Pix[y*g.Stride:][:b.Dx()]
		switch m := img.(type) { // the kinds that most pictures have, fast
		case *image.Gray:
			copy(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.YCbCr:
			copy(row, m.Y[m.YOffset(b.Min.X, b.Min.Y+y):])
		case *image.RGBA:
			greyRGBA(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):], background)
		case *image.NRGBA:
			greyNRGBA(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):], background)
		default:
			for x := range row {
				row[x] = greyColor(img.At(b.Min.X+x, b.Min.Y+y), background)
			}
		}
	}
	return g
}

func greyRGBA(row, pix []uint8, background uint8) {
	for x := range row {
		p := pix[4*x : 4*x+4 : 4*x+4]
		light := luminance(uint32(p[0]), uint32(p[1]), uint32(p[2])) // already multiplied by alpha
		row[x] = uint8(light + uint32(background)*(255-uint32(p[3]))/255)
	}
}

func greyNRGBA(row, pix []uint8, background uint8) {
	for x := range row {
		p := pix[4*x : 4*x+4 : 4*x+4]
		light, alpha := luminance(uint32(p[0]), uint32(p[1]), uint32(p[2])), uint32(p[3])
		row[x] = uint8((light*alpha + uint32(background)*(255-alpha) + 127) / 255)
	}
}

func greyColor(c color.Color, background uint8) uint8 {
	r, g, b, alpha := c.RGBA() // 16 bits, already multiplied by alpha
	return uint8((luminance(r, g, b) + uint32(background)*257*(0xffff-alpha)/0xffff) >> 8)
}

// luminance weighs colours as the eye does (ITU-R BT.601).
func luminance(r, g, b uint32) uint32 { return (19595*r + 38470*g + 7471*b + 1<<15) >> 16 }

// inverted swaps light and dark.
func inverted(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		out.Pix[i] = white - v
	}
	return out
}

// shrunk takes the mean of each fx by fy pixels. What is left over at the right
// and lower edges is dropped.
func shrunk(g *image.Gray, fx, fy int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, g.Rect.Dx()/fx, g.Rect.Dy()/fy))
	sums := make([]int, out.Rect.Dx())
	for y := range out.Rect.Dy() {
		clear(sums)
		for i := range fy {
			row := g.Pix[(y*fy+i)*g.Stride:]
			for x := range sums {
				for _, v := range row[x*fx : x*fx+fx] {
					sums[x] += int(v)
				}
			}
		}
		for x, sum := range sums {
			out.Pix[y*out.Stride+x] = uint8(sum / (fx * fy))
		}
	}
	return out
}

// doubled enlarges with smooth edges, which the decoder likes best.
func doubled(g *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, 2*g.Rect.Dx(), 2*g.Rect.Dy()))
	draw.BiLinear.Scale(out, out.Rect, g, g.Rect, draw.Src, nil)
	return out
}

// thresholded makes each pixel black or white, at the level that separates the
// two groups of brightness best (Otsu's method). It brings out codes whose
// dark and light are so near each other that a look at small areas takes both
// for background.
func thresholded(g *image.Gray) *image.Gray {
	level := otsu(g)
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		if v > level {
			out.Pix[i] = white
		}
	}
	return out
}

// otsu returns the level up to which pixels are dark.
func otsu(g *image.Gray) uint8 {
	var counts [256]int
	sum := 0
	for _, v := range g.Pix {
		counts[v]++
		sum += int(v)
	}
	var level uint8
	var best float64
	dark, darkSum := 0, 0
	for v, n := range counts {
		dark += n
		darkSum += v * n
		light := len(g.Pix) - dark
		if dark == 0 || light == 0 {
			continue
		}
		apart := float64(darkSum)/float64(dark) - float64(sum-darkSum)/float64(light)
		if between := float64(dark) * float64(light) * apart * apart; between > best {
			best, level = between, uint8(v)
		}
	}
	return level
}
