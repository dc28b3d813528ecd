package detect

// This file: from colours to grey.

import (
	"encoding/binary"
	"image"
	"image/color"
)

const (
	black = 0
	white = 255
)

// grey returns the brightness of a picture before a background, and whether the
// background can be seen through it.
func grey(img image.Image, background uint8) (p *plane, through bool) {
	b := img.Bounds()
	if m, ok := img.(*image.Gray); ok && m.Stride == b.Dx() { // as nobody writes on it, no copy is needed
		from := m.PixOffset(b.Min.X, b.Min.Y)
		return &plane{b.Dx(), b.Dy(), m.Pix[from : from+b.Dx()*b.Dy()]}, false
	}
	p = newPlane(b.Dx(), b.Dy())
	var lower, upper uint8
	inHalves(p.h, func(from, to int) {
		alpha := p.greyRows(img, background, from, to)
		if from == 0 {
			upper = alpha
		} else {
			lower = alpha
		}
	})
	return p, upper&lower != 255
}

// greyRows fills some rows. It returns the alpha of all pixels, combined.
func (p *plane) greyRows(img image.Image, background uint8, from, to int) (alpha uint8) {
	b := img.Bounds()
	alpha = 255
	for y := from; y < to; y++ {
		row := p.row(y)
		switch m := img.(type) { // the kinds that most pictures have, fast
		case *image.Gray:
			copy(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.YCbCr:
			copy(row, m.Y[m.YOffset(b.Min.X, b.Min.Y+y):])
		case *image.RGBA:
			alpha &= greyRGBA(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):], background)
		case *image.NRGBA:
			alpha &= greyNRGBA(row, m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):], background)
		case *image.Paletted:
			alpha &= greyPaletted(row, m, y, background)
		default:
			for x := range row {
				v, a := greyColor(img.At(b.Min.X+x, b.Min.Y+y), background)
				row[x] = v
				alpha &= a
			}
		}
	}
	return alpha
}

// luminance weighs colours as the eye does (ITU-R BT.601), in 256ths.
func luminance(r, g, b uint32) uint32 { return 77*r + 150*g + 29*b }

func greyRGBA(row, pix []uint8, background uint8) (alpha uint8) {
	alpha = greyOpaque(row, pix)
	if alpha == 255 {
		return alpha
	}
	for x := range row {
		p := pix[4*x : 4*x+4 : 4*x+4] // already multiplied by alpha
		light := luminance(uint32(p[0]), uint32(p[1]), uint32(p[2])) + uint32(background)*uint32(255-p[3])*256/255
		row[x] = uint8(min(light>>8, 255))
	}
	return alpha
}

func greyNRGBA(row, pix []uint8, background uint8) (alpha uint8) {
	alpha = greyOpaque(row, pix)
	if alpha == 255 {
		return alpha
	}
	for x := range row {
		p := pix[4*x : 4*x+4 : 4*x+4]
		light := luminance(uint32(p[0]), uint32(p[1]), uint32(p[2])) >> 8
		row[x] = uint8((light*uint32(p[3]) + uint32(background)*uint32(255-p[3])) / 255)
	}
	return alpha
}

// greyOpaque fills a row as if nothing could be seen through it.
func greyOpaque(row, pix []uint8) (alpha uint8) {
	pix = pix[:4*len(row)]
	all := uint32(0xff000000)
	for x := range row {
		v := binary.LittleEndian.Uint32(pix[4*x:])
		all &= v
		row[x] = uint8(luminance(v&0xff, v>>8&0xff, v>>16&0xff) >> 8)
	}
	return uint8(all >> 24)
}

func greyPaletted(row []uint8, m *image.Paletted, y int, background uint8) (alpha uint8) {
	alpha = 255
	var light, through [256]uint8
	for i, c := range m.Palette {
		light[i], through[i] = greyColor(c, background)
	}
	for x, i := range m.Pix[y*m.Stride:][:len(row)] {
		row[x] = light[i]
		alpha &= through[i]
	}
	return alpha
}

// greyColor returns the brightness of any colour, and its alpha.
func greyColor(c color.Color, background uint8) (light, alpha uint8) {
	r, g, b, a := c.RGBA() // 16 bits, already multiplied by alpha
	v := luminance(r, g, b)>>8 + uint32(background)*257*(0xffff-a)/0xffff
	return uint8(min(v, 0xffff) >> 8), uint8(a >> 8)
}
