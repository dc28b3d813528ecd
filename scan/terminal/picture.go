package terminal

// This file: the ways over pictures: those that a program printed as such, and
// drawings that are not exact.

import (
	"image"
	"image/color"

	"nod/scan/detect"
	"nod/scan/symbol"
)

const (
	modulePixels = 4
	maxSide      = 1000 // pixels of a painted picture
)

// cellWidth and cellHeight are the pixels of a cell in many terminals.
const (
	cellWidth  = 10
	cellHeight = 20
)

// image finds the codes in a picture.
func (w *work) image(p placed) []Found {
	var found []Found
	for _, back := range []uint8{255, 0} {
		g := grid{back: back, cols: 1, high: 1}
		size := p.img.Rect.Size()
		for y := range size.Y {
			row := make([]uint8, size.X)
			for x := range row {
				row[x] = over(p.img.NRGBAAt(x, y), back)
			}
			g.rows = append(g.rows, row)
			g.tails = append(g.tails, back)
		}
		found = merged(found, w.codes(g))
	}
	if len(found) == 0 && w.paints > 0 {
		w.paints--
		for _, c := range detect.Find(p.img).Codes {
			found = append(found, Found{Text: c.Text, Row: c.Box.Min.Y, Column: c.Box.Min.X, Rows: c.Box.Dy(), Columns: c.Box.Dx()})
		}
	}
	for i, f := range found {
		found[i] = Found{f.Text, p.row + f.Row/cellHeight, p.column + f.Column/cellWidth, f.Rows/cellHeight + 1, f.Columns/cellWidth + 1}
	}
	return found
}

// over is how light a colour is in front of another.
func over(c color.NRGBA, back uint8) uint8 {
	front := int(lightness(int(c.R), int(c.G), int(c.B)))
	return uint8((front*int(c.A) + int(back)*(255-int(c.A))) / 255)
}

// painted reads what lies around squares like the first one as a picture: rows
// or columns may be there twice or not at all.
func (w *work) painted(b *bits, all []finder) []Found {
	first := all[0]
	area := image.Rectangle{}
	alike := 0
	for _, f := range all {
		if f.wide == first.wide && f.high == first.high && f.light == first.light {
			alike++
			area = area.Union(image.Rect(f.x-4*f.wide, f.y-4*f.high, f.x+(finderSize+4)*f.wide, f.y+(finderSize+4)*f.high))
		}
	}
	width := area.Dx() * modulePixels / first.wide
	height := area.Dy() * modulePixels / first.high
	if alike < 2 || alike > 30 || w.paints == 0 || min(width, height) < symbol.MinSize*modulePixels || max(width, height) > maxSide {
		return nil
	}
	w.paints--
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if b.light(area.Min.X+x*first.wide/modulePixels, area.Min.Y+y*first.high/modulePixels) != first.light {
				img.Pix[y*img.Stride+x] = 255
			}
		}
	}
	var found []Found
	for _, c := range detect.Find(img).Codes {
		at := func(x, y int) (int, int) {
			return (area.Min.X + x*first.wide/modulePixels) / b.cols, (area.Min.Y + y*first.high/modulePixels) / b.high
		}
		left, top := at(c.Box.Min.X, c.Box.Min.Y)
		right, bottom := at(c.Box.Max.X, c.Box.Max.Y)
		found = append(found, Found{c.Text, max(0, top), max(0, left), bottom - top, right - left})
	}
	return found
}
