package picture

// This file: the elements of a drawing, drawn one over the other.

import (
	"image"
	"math"
)

// canvas is where a drawing is drawn.
type canvas struct {
	in   *input
	doc  *document
	img  *image.RGBA
	view box // that percents are of

	measure bool // draw nothing, find the extent
	extent  box

	mask    *image.Alpha // what is seen, nil for everything
	clips   int          // drawn so far
	clip    bool         // this is what will be seen, not how it looks
	drawn   int          // elements
	points  int
	work    int
	painted int    // shapes
	images  int    // pictures in the drawing
	missed  string // what was left out
	buffer  []float32
}

// draw draws an element and all in it, where m maps its units to pixels.
func (c *canvas) draw(root *node, m matrix) error {
	return c.children(root, c.doc.style(root, plainStyle), m, 0)
}

func (c *canvas) children(n *node, s style, m matrix, depth int) error {
	for _, child := range n.children {
		if err := c.element(child, s, m, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// element draws one element inside one with style s.
func (c *canvas) element(n *node, s style, m matrix, depth int) error {
	if c.drawn++; c.drawn > maxElements || depth > maxNesting {
		return errTooMuch
	}
	s = c.doc.style(n, s)
	if s.absent {
		return nil
	}
	m = m.after(transform(n.attr("transform")))
	if s.clip != "" && s.clip != "none" {
		old := c.mask
		if err := c.addClip(s.clip, m, depth); err != nil {
			return err
		}
		defer func() { c.mask = old }()
	}
	switch n.name {
	case "g", "a", "switch":
		return c.children(n, s, m, depth)
	case "svg":
		return c.viewport(n, n, s, m, depth)
	case "use":
		return c.use(n, s, m, depth)
	case "image":
		return c.picture(n, s, m)
	case "path", "rect", "circle", "ellipse", "line", "polygon", "polyline":
		return c.shape(n, s, m)
	case "text", "foreignObject":
		c.missed = " (it has text or parts of a web page)"
	}
	return nil
}

// use draws an element that stands elsewhere.
func (c *canvas) use(n *node, s style, m matrix, depth int) error {
	target := c.doc.target(n.attr("href"))
	if target == nil {
		return nil
	}
	x, _ := length(n.attr("x"), c.view.w)
	y, _ := length(n.attr("y"), c.view.h)
	m = m.after(matrix{1, 0, 0, 1, x, y})
	if target.name == "symbol" {
		return c.viewport(target, n, c.doc.style(target, s), m, depth)
	}
	return c.element(target, s, m, depth+1)
}

// viewport draws what is in n, with its viewBox fitted to the size that sized
// has.
func (c *canvas) viewport(n, sized *node, s style, m matrix, depth int) error {
	old := c.view
	defer func() { c.view = old }()
	if n == sized { // a symbol's place is that of its use
		x, _ := length(n.attr("x"), c.view.w)
		y, _ := length(n.attr("y"), c.view.h)
		m = m.after(matrix{1, 0, 0, 1, x, y})
	}
	place := box{0, 0, c.view.w, c.view.h}
	if w, _ := length(sized.attr("width"), c.view.w); w > 0 {
		place.w = w
	}
	if h, _ := length(sized.attr("height"), c.view.h); h > 0 {
		place.h = h
	}
	if v, ok := viewBox(n); ok && place.w > 0 && place.h > 0 {
		m = m.after(fitted(v, place, n.attr("preserveAspectRatio")))
		place = v
	}
	c.view = place
	return c.children(n, s, m, depth)
}

// fitted maps a box into a place, in its middle and with its proportions unless
// ratio says otherwise.
func fitted(b, place box, ratio string) matrix {
	sx, sy := place.w/b.w, place.h/b.h
	if ratio != "none" {
		sx = min(sx, sy)
		sy = sx
	}
	return matrix{
		sx, 0, 0, sy,
		place.x + (place.w-b.w*sx)/2 - b.x*sx, place.y + (place.h-b.h*sy)/2 - b.y*sy,
	}
}

// shape fills and strokes a shape.
func (c *canvas) shape(n *node, s style, m matrix) error {
	if s.hidden {
		return nil
	}
	p := path{m: m, points: c.points}
	if !p.shape(n, c.view) {
		return errTooMuch
	}
	c.points = p.points
	if c.clip {
		s.fill, s.stroke, s.evenOdd = plainStyle.fill, plainStyle.stroke, s.clipEvenOdd
		s.opacity, s.fillOpacity = 1, 1
	}
	if !s.fill.none && n.name != "line" {
		if err := c.fill(p.lines, s.fill, s.fillOpacity, s.evenOdd, s); err != nil {
			return err
		}
	}
	if s.stroke.none || s.lineWidth <= 0 {
		return nil
	}
	outline := stroke(p.lines, s.lineWidth*m.scale(), s.cap)
	if c.points += 4 * len(outline); c.points > maxPoints {
		return errTooMuch
	}
	return c.fill(outline, s.stroke, s.lineOpacity, false, s)
}

func (c *canvas) fill(lines []line, p paint, opacity float64, evenOdd bool, s style) error {
	for _, l := range lines {
		for _, at := range l.points {
			if v := at.x + at.y; math.IsNaN(v) || math.IsInf(v, 0) {
				return nil
			}
			c.work += 4
		}
	}
	if c.measure {
		c.extend(lines)
		return nil
	}
	extent := extentOf(lines).Intersect(c.img.Rect)
	c.work += extent.Dx()*extent.Dy() + rowsOf(lines, extent)
	if c.work > maxWork {
		return errTooMuch
	}
	a := rasterize(lines, c.img.Rect, c.buffer)
	if a.at.Empty() {
		return nil
	}
	c.buffer = a.changes
	color := p.color
	color.A = byte(float64(color.A)*opacity*s.opacity + 0.5)
	a.paint(c.img, color, evenOdd, s.crisp, c.mask)
	c.painted++
	return nil
}

// rowsOf is how many rows the lines cross.
func rowsOf(lines []line, extent image.Rectangle) int {
	rows := 0
	for _, l := range lines {
		for i := 1; i < len(l.points); i++ {
			rows += int(min(math.Abs(l.points[i].y-l.points[i-1].y), float64(extent.Dy())))
		}
	}
	return rows
}

// extend makes the extent include lines.
func (c *canvas) extend(lines []line) {
	for _, l := range lines {
		for _, p := range l.points {
			if c.painted++; c.painted == 1 {
				c.extent = box{p.x, p.y, 0, 0}
			}
			right, low := max(c.extent.x+c.extent.w, p.x), max(c.extent.y+c.extent.h, p.y)
			c.extent.x, c.extent.y = min(c.extent.x, p.x), min(c.extent.y, p.y)
			c.extent.w, c.extent.h = right-c.extent.x, low-c.extent.y
		}
	}
}
