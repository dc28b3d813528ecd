package picture

// This file: moving pictures as one sees them, each frame drawn over those
// before it, and which of many frames are kept.

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"slices"
)

// maxSteps is how many pixels are unpacked of one moving picture. What comes
// later in it is not looked at.
const maxSteps = 200 << 20

// step is one frame of a moving picture as its file holds it.
type step struct {
	at     image.Rectangle // on the whole picture
	delay  int             // milliseconds that it stays
	after  disposal
	covers bool // takes the place of what is there, also where it is transparent
	decode func() (image.Image, error)
}

// disposal is what happens to a frame before the next one.
type disposal int

const (
	keep    disposal = iota
	cleared          // its place gets transparent
	restore          // its place gets what was there before it
)

// moving draws the steps and returns the frames that are worth a look: all of
// them, or the most that may be kept. A frame equal to the one before is left
// out. A step that can not be read ends the picture, unless it is the first.
// Of a picture too large for that, the first frame is all.
func (in *input) moving(size image.Point, steps []step) ([]image.Image, error) {
	const needed = 4 + 9 + 4 // a pixel of the canvas, a step, a frame
	if err := in.check(size, 2*needed, 0); err != nil {
		return in.firstOf(size, steps[0], err)
	}
	steps = affordable(steps)
	kept := worth(steps, max(1, stagesFor(size, 4)))
	canvas := image.NewRGBA(image.Rectangle{Max: size})
	var stages []image.Image
	var last *image.RGBA
	for i, s := range steps[:kept[len(kept)-1]+1] {
		img, err := s.decode()
		if err != nil && i == 0 {
			return nil, err
		}
		if err != nil {
			break
		}
		before := s.before(canvas)
		s.draw(canvas, img)
		if slices.Contains(kept, i) && (last == nil || !bytes.Equal(last.Pix, canvas.Pix)) {
			last = &image.RGBA{Pix: slices.Clone(canvas.Pix), Stride: canvas.Stride, Rect: canvas.Rect}
			stages = append(stages, last)
		}
		if s.after != keep {
			draw.Draw(canvas, s.at, before, s.at.Min, draw.Src)
		}
	}
	return stages, nil
}

// firstOf reads the first step alone, if it is a whole picture that fits.
func (in *input) firstOf(size image.Point, first step, tooLarge error) ([]image.Image, error) {
	if first.at != (image.Rectangle{Max: size}) || in.check(size, 2*6, 0) != nil {
		return nil, tooLarge
	}
	img, err := first.decode()
	return []image.Image{img}, err
}

// affordable cuts the steps to as many as may be unpacked.
func affordable(steps []step) []step {
	pixels := 0
	for i, s := range steps {
		if pixels += s.at.Dx() * s.at.Dy(); pixels > maxSteps && i > 0 {
			return steps[:i]
		}
	}
	return steps
}

// before is what the place of s gets after it.
func (s step) before(canvas *image.RGBA) image.Image {
	place := s.at.Intersect(canvas.Rect)
	if s.after != restore || place.Empty() {
		return image.Transparent
	}
	out := image.NewRGBA(place)
	draw.Draw(out, place, canvas, place.Min, draw.Src)
	return out
}

func (s step) draw(canvas *image.RGBA, img image.Image) {
	at := s.at.Intersect(canvas.Rect)
	from := img.Bounds().Min.Add(at.Min.Sub(s.at.Min))
	if p, ok := img.(*image.Paletted); ok && !s.covers {
		drawPaletted(canvas, at, p, from)
		return
	}
	op := draw.Over
	if s.covers {
		op = draw.Src
	}
	draw.Draw(canvas, at, img, from, op)
}

// drawPaletted draws colours that are opaque or transparent, much faster than
// package draw does.
func drawPaletted(canvas *image.RGBA, at image.Rectangle, img *image.Paletted, from image.Point) {
	var colours [256][4]byte
	for i, c := range img.Palette {
		rgba := color.RGBAModel.Convert(c).(color.RGBA)
		colours[i] = [4]byte{rgba.R, rgba.G, rgba.B, rgba.A}
	}
	for y := range at.Dy() {
		row := canvas.Pix[canvas.PixOffset(at.Min.X, at.Min.Y+y):]
		for x, index := range img.Pix[img.PixOffset(from.X, from.Y+y):][:at.Dx()] {
			if c := &colours[index]; c[3] != 0 {
				copy(row[4*x:4*x+4], c[:])
			}
		}
	}
}

// worth chooses at most n steps, in order: the first, the last, those that are
// seen at the middle of equal parts of the time that all take, and if that is
// fewer, the ones that stay longest.
func worth(steps []step, n int) []int {
	var chosen []int
	add := func(i int) {
		if len(chosen) < n && !slices.Contains(chosen, i) {
			chosen = append(chosen, i)
		}
	}
	total := 0
	for _, s := range steps {
		total += s.shown()
	}
	add(0)
	add(len(steps) - 1)
	if len(steps) > n {
		i, end := 0, steps[0].shown() // of step i
		for part := range n - 2 {
			for middle := total * (2*part + 1) / (2 * max(1, n-2)); middle >= end; end += steps[i].shown() {
				i++
			}
			add(i)
		}
	}
	if len(chosen) < n {
		byDelay := make([]int, len(steps))
		for i := range byDelay {
			byDelay[i] = i
		}
		slices.SortStableFunc(byDelay, func(a, b int) int { return cmp.Compare(steps[b].shown(), steps[a].shown()) })
		for _, i := range byDelay[:min(2*n, len(byDelay))] {
			add(i)
		}
	}
	slices.Sort(chosen)
	return chosen
}

// shown is for how many milliseconds viewers show a step: what asks for less
// than two hundredths of a second gets a tenth, and nothing counts for more
// than a minute.
func (s step) shown() int {
	if s.delay < 20 {
		return 100
	}
	return min(s.delay, 60_000)
}
