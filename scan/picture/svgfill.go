package picture

// This file: areas filled with smooth edges, and lines as areas.

import (
	"image"
	"image/color"
	"math"
)

// area is where a shape is, as the change of its coverage from each pixel to the
// next one of the row.
type area struct {
	at      image.Rectangle
	changes []float32 // rows of at.Dx()+2
}

// rasterize returns the area inside lines, which all count as closed.
func rasterize(lines []line, within image.Rectangle, buffer []float32) area {
	a := area{at: extentOf(lines).Intersect(within)}
	if a.at.Empty() {
		return a
	}
	n := (a.at.Dx() + 2) * a.at.Dy()
	if cap(buffer) < n {
		buffer = make([]float32, n)
	}
	a.changes = buffer[:n]
	clear(a.changes)
	x, y := float64(a.at.Min.X), float64(a.at.Min.Y)
	for _, l := range lines {
		if len(l.points) < 2 {
			continue
		}
		from := l.points[len(l.points)-1]
		for _, to := range l.points {
			a.edge(point{from.x - x, from.y - y}, point{to.x - x, to.y - y})
			from = to
		}
	}
	return a
}

// extentOf is the smallest rectangle of pixels around lines.
func extentOf(lines []line) image.Rectangle {
	const far = 1 << 20
	low, high := point{far, far}, point{-far, -far}
	for _, l := range lines {
		for _, p := range l.points {
			low = point{min(low.x, p.x), min(low.y, p.y)}
			high = point{max(high.x, p.x), max(high.y, p.y)}
		}
	}
	bound := func(v float64) int { return int(min(max(v, -far), far)) }
	return image.Rect(bound(math.Floor(low.x)), bound(math.Floor(low.y)), bound(math.Ceil(high.x)), bound(math.Ceil(high.y)))
}

// edge adds one side of a shape. What is left of the area counts as its left
// side, what is right of it does not count.
func (a *area) edge(from, to point) {
	if from.y == to.y {
		return
	}
	down := 1.0
	if from.y > to.y {
		from, to, down = to, from, -1
	}
	width, height := float64(a.at.Dx()), float64(a.at.Dy())
	slope := (to.x - from.x) / (to.y - from.y)
	first, end := max(from.y, 0), min(to.y, height)
	for y := math.Floor(first); y < end; y++ {
		top, low := max(y, first), min(y+1, end)
		x0 := min(max(from.x+(top-from.y)*slope, 0), width)
		x1 := min(max(from.x+(low-from.y)*slope, 0), width)
		row := a.changes[int(y)*(a.at.Dx()+2):][:a.at.Dx()+2]
		cover(row, min(x0, x1), max(x0, x1), down*(low-top))
	}
}

// cover adds height to the pixels right of an edge that goes from x0 to x1
// within a row, and a part of it to those that the edge crosses.
func cover(row []float32, x0, x1, height float64) {
	first, last := int(x0), int(math.Ceil(x1))
	if last <= first+1 {
		right := (x0+x1)/2 - float64(first)
		row[first] += float32(height * (1 - right))
		row[first+1] += float32(height * right)
		return
	}
	per := height / (x1 - x0) // that the edge gains in a pixel's width
	before := 0.0             // coverage of the pixel to the left
	for x := float64(first); x < float64(last); x++ {
		left, right := max(x0, x), min(x1, x+1)
		// What is gained before this pixel covers it whole, what is gained in it
		// covers what is right of the edge.
		inside := per*(left-x0) + per*(right-left)*(x+1-(left+right)/2)
		row[int(x)] += float32(inside - before)
		before = inside
	}
	row[last] += float32(height - before)
}

// paint draws the area on img. Where mask is set, it says how much of each pixel
// is drawn.
func (a *area) paint(img *image.RGBA, c color.NRGBA, evenOdd, crisp bool, mask *image.Alpha) {
	for y := a.at.Min.Y; y < a.at.Max.Y; y++ {
		row := a.changes[(y-a.at.Min.Y)*(a.at.Dx()+2):]
		out := img.Pix[img.PixOffset(a.at.Min.X, y):]
		sum := float32(0)
		for x := range a.at.Dx() {
			sum += row[x]
			cover := coverage(sum, evenOdd)
			if crisp {
				cover = float32(int(cover + 0.5))
			}
			if cover < 1.0/512 {
				continue
			}
			part := uint32(cover*255 + 0.5)
			if mask != nil {
				part = part * uint32(mask.AlphaAt(a.at.Min.X+x, y).A) / 255
			}
			blend(out[4*x:4*x+4:4*x+4], c, part)
		}
	}
}

// coverage is how much of a pixel is inside, from 0 to 1, where lines go around
// it sum times.
func coverage(sum float32, evenOdd bool) float32 {
	if sum < 0 {
		sum = -sum
	}
	if !evenOdd {
		return min(sum, 1)
	}
	sum -= 2 * float32(int(sum/2))
	return min(sum, 2-sum)
}

// blend draws a part, 0 to 255, of a colour over a pixel.
func blend(pix []byte, c color.NRGBA, part uint32) {
	alpha := uint32(c.A) * part / 255
	if alpha == 255 {
		copy(pix, []byte{c.R, c.G, c.B, 255})
		return
	}
	rest := 255 - alpha
	for i, v := range [4]byte{c.R, c.G, c.B, 255} {
		pix[i] = byte((uint32(v)*alpha + uint32(pix[i])*rest + 127) / 255)
	}
}
