package picture

// This file: pictures turned upright, and made 8 bits deep.

import (
	"image"
	"image/color"
	"image/draw"
)

// turned returns img as it is seen upright, for an orientation of EXIF, 1 to 8:
// 2 to 4 mirror it or turn it around, 5 to 8 also change rows and columns over.
func (in *input) turned(img image.Image, orientation int) image.Image {
	if orientation <= upright || orientation > 8 {
		return img
	}
	if 2*bytesOf(img)+in.held > maxMemory {
		img = greyOf(img) // a copy of it with colours does not fit beside it
	}
	switch m := img.(type) {
	case *image.Gray:
		p := plane{m.Pix, m.Stride, m.Rect.Size(), 1}.turned(orientation)
		return &image.Gray{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.Paletted:
		p := plane{m.Pix, m.Stride, m.Rect.Size(), 1}.turned(orientation)
		return &image.Paletted{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}, Palette: m.Palette}
	case *image.RGBA:
		p := plane{m.Pix, m.Stride, m.Rect.Size(), 4}.turned(orientation)
		return &image.RGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.NRGBA:
		p := plane{m.Pix, m.Stride, m.Rect.Size(), 4}.turned(orientation)
		return &image.NRGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.CMYK:
		p := plane{m.Pix, m.Stride, m.Rect.Size(), 4}.turned(orientation)
		return &image.CMYK{Pix: p.pix, Stride: p.stride, Rect: image.Rectangle{Max: p.size}}
	case *image.YCbCr:
		if t := turnedYCbCr(m, orientation); t != nil {
			return t
		}
	case *image.NYCbCrA:
		if t := turnedYCbCr(&m.YCbCr, orientation); t != nil {
			a := plane{m.A, m.AStride, m.Rect.Size(), 1}.turned(orientation)
			return &image.NYCbCrA{YCbCr: *t, A: a.pix, AStride: a.stride}
		}
	}
	out := image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return in.turned(out, orientation)
}

// turnedYCbCr returns nil for what has colours at a fourth of the columns:
// there is no such type with a fourth of the rows.
func turnedYCbCr(m *image.YCbCr, orientation int) *image.YCbCr {
	wide, high, ratio := 1, 1, m.SubsampleRatio
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
	case image.YCbCrSubsampleRatio420:
		wide, high = 2, 2
	case image.YCbCrSubsampleRatio422:
		wide, ratio = 2, image.YCbCrSubsampleRatio440
	case image.YCbCrSubsampleRatio440:
		high, ratio = 2, image.YCbCrSubsampleRatio422
	default:
		return nil
	}
	if orientation < 5 {
		ratio = m.SubsampleRatio
	}
	size := m.Rect.Size()
	colours := image.Pt((size.X+wide-1)/wide, (size.Y+high-1)/high)
	y := plane{m.Y, m.YStride, size, 1}.turned(orientation)
	cb := plane{m.Cb, m.CStride, colours, 1}.turned(orientation)
	cr := plane{m.Cr, m.CStride, colours, 1}.turned(orientation)
	return &image.YCbCr{
		Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride,
		SubsampleRatio: ratio, Rect: image.Rectangle{Max: y.size},
	}
}

// plane is a rectangle of pixels with 1 or 4 bytes each.
type plane struct {
	pix    []byte
	stride int // bytes from one row to the next
	size   image.Point
	bytes  int // a pixel
}

func (p plane) turned(orientation int) plane {
	w, h, b := p.size.X, p.size.Y, p.bytes
	right, down := b, p.stride // from a pixel of the file to the next
	// Where the first pixel of the new plane is in the old one, and the steps to
	// those right of it and below it.
	first, dx, dy := 0, right, down
	if orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8 {
		first, dx = first+(w-1)*right, -right
	}
	if orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7 {
		first, dy = first+(h-1)*down, -down
	}
	if orientation >= 5 {
		w, h, dx, dy = h, w, dy, dx
	}
	out := plane{make([]byte, w*h*b), w * b, image.Pt(w, h), b}
	const tile = 64 // columns at a time, so that rows read stay in the cache
	for left := 0; left < w; left += tile {
		for y := range h {
			from := first + left*dx + y*dy
			row := out.pix[y*out.stride+left*b:][:min(tile, w-left)*b]
			if b == 1 {
				for i := range row {
					row[i] = p.pix[from]
					from += dx
				}
				continue
			}
			for ; len(row) > 0; row = row[b:] {
				copy(row[:b], p.pix[from:from+b])
				from += dx
			}
		}
	}
	return out
}

// bytesOf is about the memory that the pixels of an image take.
func bytesOf(img image.Image) int {
	switch img.ColorModel() {
	case color.GrayModel:
		return img.Bounds().Dx() * img.Bounds().Dy()
	case color.YCbCrModel:
		return img.Bounds().Dx() * img.Bounds().Dy() * 3
	}
	if _, ok := img.(*image.Paletted); ok {
		return img.Bounds().Dx() * img.Bounds().Dy()
	}
	return img.Bounds().Dx() * img.Bounds().Dy() * 4
}

// greyOf returns the brightness of img on white.
func greyOf(img image.Image) *image.Gray {
	b := img.Bounds()
	out := image.NewGray(image.Rectangle{Max: b.Size()})
	row := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	for y := range b.Dy() {
		draw.Draw(row, row.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(row, row.Rect, img, b.Min.Add(image.Pt(0, y)), draw.Over)
		line := out.Pix[y*out.Stride:][:b.Dx()]
		for x := range line {
			p := row.Pix[4*x : 4*x+3 : 4*x+3]
			line[x] = luminance(p[0], p[1], p[2])
		}
	}
	return out
}

// luminance weighs colours as the eye does (ITU-R BT.601).
func luminance(r, g, b uint8) uint8 {
	return uint8((77*uint32(r) + 150*uint32(g) + 29*uint32(b)) >> 8)
}

// eightBits returns img with 8 bits a channel. It writes over the pixels of one
// that has 16.
func eightBits(img image.Image) image.Image {
	halved := func(pix []byte) []byte {
		for i := range len(pix) / 2 {
			pix[i] = pix[2*i] // the high byte comes first
		}
		return pix[:len(pix)/2]
	}
	switch m := img.(type) {
	case *image.Gray16:
		return &image.Gray{Pix: halved(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
	case *image.RGBA64:
		return &image.RGBA{Pix: halved(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
	case *image.NRGBA64:
		return &image.NRGBA{Pix: halved(m.Pix), Stride: m.Stride / 2, Rect: m.Rect}
	}
	return img
}
