package picture

// This file: parts of drawings beside shapes: transforms, what is seen through a
// clip path, pictures.

import (
	"image"
	"math"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

const (
	maxClips  = 64
	maxImages = 16
)

// transform reads a list of them.
func transform(s string) matrix {
	m := matrix{1, 0, 0, 1, 0, 0}
	for {
		name, rest, ok := strings.Cut(s, "(")
		if !ok {
			return m
		}
		args, after, _ := strings.Cut(rest, ")")
		s = after
		m = m.after(oneTransform(strings.Trim(name, " \t\r\n,"), numbers(args)))
	}
}

func oneTransform(name string, v []float64) matrix {
	get := func(i int, otherwise float64) float64 {
		if i < len(v) {
			return v[i]
		}
		return otherwise
	}
	switch name {
	case "translate":
		return matrix{1, 0, 0, 1, get(0, 0), get(1, 0)}
	case "scale":
		return matrix{get(0, 1), 0, 0, get(1, get(0, 1)), 0, 0}
	case "matrix":
		if len(v) == 6 {
			return matrix(v)
		}
	case "rotate":
		sin, cos := math.Sincos(get(0, 0) * math.Pi / 180)
		x, y := get(1, 0), get(2, 0)
		return matrix{1, 0, 0, 1, x, y}.after(matrix{cos, sin, -sin, cos, 0, 0}).after(matrix{1, 0, 0, 1, -x, -y})
	case "skewX":
		return matrix{1, 0, math.Tan(get(0, 0) * math.Pi / 180), 1, 0, 0}
	case "skewY":
		return matrix{1, math.Tan(get(0, 0) * math.Pi / 180), 0, 1, 0, 0}
	}
	return matrix{1, 0, 0, 1, 0, 0}
}

// addClip leaves of what is seen only what is inside a clip path.
func (c *canvas) addClip(ref string, m matrix, depth int) error {
	n := c.doc.target(ref)
	if n == nil || n.name != "clipPath" || n.attr("clipPathUnits") == "objectBoundingBox" || c.measure {
		return nil
	}
	if c.clips++; c.clips > maxClips {
		return errTooMuch
	}
	inner := *c
	inner.img, inner.clip = image.NewRGBA(c.img.Rect), true
	err := inner.children(n, plainStyle, m.after(transform(n.attr("transform"))), depth+1)
	c.clips, c.drawn, c.points, c.work = inner.clips, inner.drawn, inner.points, inner.work
	if err != nil {
		return err
	}
	c.mask = image.NewAlpha(c.img.Rect)
	for i := range c.mask.Pix {
		c.mask.Pix[i] = inner.img.Pix[4*i+3] // inside of the old mask, too
	}
	return nil
}

// picture draws a picture that the drawing holds. One elsewhere is left out.
func (c *canvas) picture(n *node, s style, m matrix) error {
	ref := strings.TrimSpace(n.attr("href"))
	if !isDataURI([]byte(ref[:min(len(ref), 64)])) {
		c.missed = " (it has a picture that is not in the file)"
		return nil
	}
	if c.images++; c.images > maxImages {
		return errTooMuch
	}
	if s.hidden || c.clip {
		return nil
	}
	x, _ := length(n.attr("x"), c.view.w)
	y, _ := length(n.attr("y"), c.view.h)
	w, _ := length(n.attr("width"), c.view.w)
	h, _ := length(n.attr("height"), c.view.h)
	p, err := c.in.dataURI(ref)
	if err != nil {
		return err
	}
	from := p.Frames[0].Bounds()
	if w <= 0 {
		w = float64(from.Dx())
	}
	if h <= 0 {
		h = float64(from.Dy())
	}
	if c.measure {
		corners := line{points: []point{m.apply(point{x, y}), m.apply(point{x + w, y + h})}}
		c.extend([]line{corners})
		return nil
	}
	b := box{float64(from.Min.X), float64(from.Min.Y), float64(from.Dx()), float64(from.Dy())}
	return c.place(p.Frames[0], m.after(fitted(b, box{x, y, w, h}, n.attr("preserveAspectRatio"))))
}

// place draws a picture with its pixels mapped by m: enlarged ones stay sharp,
// as modules of a code are.
func (c *canvas) place(img image.Image, m matrix) error {
	if c.work += 2*c.img.Rect.Dx()*c.img.Rect.Dy() + img.Bounds().Dx()*img.Bounds().Dy(); c.work > maxWork {
		return errTooMuch
	}
	if s := m.scale(); !(s > 1e-6 && s < 1e6) {
		return nil
	}
	var how draw.Transformer = draw.BiLinear
	if m.scale() >= 1 {
		how = draw.NearestNeighbor
	}
	var options *draw.Options
	if c.mask != nil {
		options = &draw.Options{DstMask: c.mask}
	}
	how.Transform(c.img, f64.Aff3{m[0], m[2], m[4], m[1], m[3], m[5]}, img, img.Bounds(), draw.Over, options)
	c.painted++
	return nil
}
