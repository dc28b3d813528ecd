package terminal

// This file: pictures in a terminal as DEC's sixels: each character is a column
// of six pixels.

import (
	"image"
	"image/color"
)

const (
	maxPixels   = 1200 // a side
	maxPictures = 4    // of one output
)

// sixel keeps the picture that a device control string holds: numbers, "q", data.
func (p *parser) sixel(s []byte) {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == ';') {
		i++
	}
	if i == len(s) || s[i] != 'q' || p.pictures == maxPictures {
		return
	}
	r := sixelReader{data: s[i+1:]}
	if img := r.read(); img != nil {
		p.pictures++
		p.now.images = append(p.now.images, placed{img, p.row, p.col})
	}
}

type sixelReader struct {
	data    []byte
	colours [256]color.NRGBA
	now     int         // the colour
	at      image.Point // the upper one of the next six pixels
	size    image.Point // as far as there is something
	img     *image.NRGBA
}

// read draws the data. It returns nil where there is nothing.
func (r *sixelReader) read() *image.NRGBA {
	r.img = image.NewNRGBA(image.Rect(0, 0, maxPixels, maxPixels))
	for i := range r.colours {
		l := uint8(palette[i%16])
		r.colours[i] = color.NRGBA{l, l, l, 255}
	}
	for len(r.data) > 0 {
		b := r.data[0]
		r.data = r.data[1:]
		switch {
		case b == '#':
			r.colour(r.numbers())
		case b == '!':
			n := r.numbers()
			if len(r.data) > 0 && r.data[0] >= '?' && r.data[0] <= '~' {
				r.column(r.data[0], min(n[0], maxPixels))
				r.data = r.data[1:]
			}
		case b == '"':
			r.numbers() // the size that the data says anyway
		case b == '$':
			r.at.X = 0
		case b == '-':
			r.at = image.Pt(0, r.at.Y+6)
		case b >= '?' && b <= '~':
			r.column(b, 1)
		}
	}
	if r.size.X == 0 || r.size.Y == 0 {
		return nil
	}
	return r.img.SubImage(image.Rectangle{Max: r.size}).(*image.NRGBA)
}

// numbers reads numbers with semicolons between. There is one at least.
func (r *sixelReader) numbers() []int {
	all := []int{0}
	for len(r.data) > 0 {
		b := r.data[0]
		switch {
		case b >= '0' && b <= '9':
			last := &all[len(all)-1]
			*last = min(*last*10+int(b-'0'), maxParam)
		case b == ';' && len(all) < 8:
			all = append(all, 0)
		default:
			return all
		}
		r.data = r.data[1:]
	}
	return all
}

// colour chooses a colour, and says what it is if there are more numbers: 2 and
// red, green, blue in hundredths, or 1 and hue, lightness, saturation.
func (r *sixelReader) colour(n []int) {
	r.now = n[0] & 255
	if len(n) < 5 {
		return
	}
	part := func(i int) uint8 { return uint8(min(n[i], 100) * 255 / 100) }
	switch n[1] {
	case 1:
		r.colours[r.now] = color.NRGBA{part(3), part(3), part(3), 255}
	case 2:
		r.colours[r.now] = color.NRGBA{part(2), part(3), part(4), 255}
	}
}

// column draws six pixels, n times side by side.
func (r *sixelReader) column(b byte, n int) {
	n = min(n, maxPixels-r.at.X)
	for i := range 6 {
		y := r.at.Y + i
		if (b-'?')>>i&1 == 0 || y >= maxPixels {
			continue
		}
		for x := r.at.X; x < r.at.X+n; x++ {
			r.img.SetNRGBA(x, y, r.colours[r.now])
		}
		r.size.Y = max(r.size.Y, y+1)
	}
	r.at.X += max(0, n)
	r.size.X = max(r.size.X, r.at.X)
}
