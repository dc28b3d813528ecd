package picture

// This file: the lines of a drawing's paths, with curves made of short lines.

import (
	"math"
	"strconv"
)

// point is a place in pixels or in units of a drawing.
type point struct{ x, y float64 }

// matrix maps (x, y) to (m[0]x + m[2]y + m[4], m[1]x + m[3]y + m[5]).
type matrix [6]float64

func (m matrix) apply(p point) point {
	return point{m[0]*p.x + m[2]*p.y + m[4], m[1]*p.x + m[3]*p.y + m[5]}
}

// after returns the matrix that first does inner, then m.
func (m matrix) after(inner matrix) matrix {
	return matrix{
		m[0]*inner[0] + m[2]*inner[1], m[1]*inner[0] + m[3]*inner[1],
		m[0]*inner[2] + m[2]*inner[3], m[1]*inner[2] + m[3]*inner[3],
		m[0]*inner[4] + m[2]*inner[5] + m[4], m[1]*inner[4] + m[3]*inner[5] + m[5],
	}
}

// scale is by how much lengths grow.
func (m matrix) scale() float64 { return math.Sqrt(math.Abs(m[0]*m[3] - m[1]*m[2])) }

// line is a run of points in pixels.
type line struct {
	points []point
	closed bool
}

// path collects lines in pixels.
type path struct {
	m      matrix
	lines  []line
	at     point // in units of the drawing
	start  point // of the line
	bend   point // last control point of a curve
	last   byte  // last command
	points int
}

func (p *path) moveTo(to point) {
	p.at, p.start = to, to
	p.lines = append(p.lines, line{})
	p.add(to)
}

func (p *path) lineTo(to point) {
	if len(p.lines) == 0 || p.lines[len(p.lines)-1].closed {
		p.lines = append(p.lines, line{})
		p.add(p.at)
	}
	p.add(to)
	p.at = to
}

func (p *path) add(to point) {
	l := &p.lines[len(p.lines)-1]
	l.points = append(l.points, p.m.apply(to))
	p.points++
}

func (p *path) close() {
	if len(p.lines) > 0 {
		p.lines[len(p.lines)-1].closed = true
	}
	p.at = p.start
}

// cubic adds a curve with two control points.
func (p *path) cubic(b, c, d point) {
	a := p.at
	around := math.Hypot(b.x-a.x, b.y-a.y) + math.Hypot(c.x-b.x, c.y-b.y) + math.Hypot(d.x-c.x, d.y-c.y)
	n := pieces(around * p.m.scale())
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		u := 1 - t
		wa, wb, wc, wd := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
		p.lineTo(point{wa*a.x + wb*b.x + wc*c.x + wd*d.x, wa*a.y + wb*b.y + wc*c.y + wd*d.y})
	}
	p.lineTo(d)
	p.bend = c
}

// quadratic adds a curve with one control point.
func (p *path) quadratic(b, c point) {
	a := p.at
	third := func(end point) point { return point{end.x + 2*(b.x-end.x)/3, end.y + 2*(b.y-end.y)/3} }
	p.cubic(third(a), third(c), c)
	p.bend = b
}

// pieces is the number of lines for a curve of a length in pixels.
func pieces(length float64) int {
	if !(length < 4000) {
		return 64
	}
	return 2 + int(math.Sqrt(length))
}

// arc adds a part of an ellipse, as SVG 1.1 F.6 describes it.
func (p *path) arc(rx, ry, degrees float64, large, sweep bool, to point) {
	from := p.at
	rx, ry = math.Abs(rx), math.Abs(ry)
	if rx == 0 || ry == 0 || from == to {
		p.lineTo(to)
		return
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	dx, dy := (from.x-to.x)/2, (from.y-to.y)/2
	x, y := cos*dx+sin*dy, cos*dy-sin*dx
	if grow := x*x/(rx*rx) + y*y/(ry*ry); grow > 1 {
		rx, ry = rx*math.Sqrt(grow), ry*math.Sqrt(grow)
	}
	k := math.Sqrt(max(0, rx*rx*ry*ry/(rx*rx*y*y+ry*ry*x*x)-1))
	if large == sweep {
		k = -k
	}
	cx, cy := k*rx*y/ry, -k*ry*x/rx
	middle := point{cos*cx - sin*cy + (from.x+to.x)/2, sin*cx + cos*cy + (from.y+to.y)/2}
	start := math.Atan2((y-cy)/ry, (x-cx)/rx)
	turn := math.Atan2((-y-cy)/ry, (-x-cx)/rx) - start
	if sweep && turn < 0 {
		turn += 2 * math.Pi
	} else if !sweep && turn > 0 {
		turn -= 2 * math.Pi
	}
	n := pieces(math.Abs(turn) * max(rx, ry) * p.m.scale())
	for i := 1; i < n; i++ {
		s, c := math.Sincos(start + turn*float64(i)/float64(n))
		p.lineTo(point{middle.x + rx*c*cos - ry*s*sin, middle.y + rx*c*sin + ry*s*cos})
	}
	p.lineTo(to)
}

// scanner reads numbers as tightly as they may be written.
type scanner struct{ s string }

func (c *scanner) space() {
	for len(c.s) > 0 && (c.s[0] <= ' ' || c.s[0] == ',') {
		c.s = c.s[1:]
	}
}

// number reads one number. It reports whether there was a finite one.
func (c *scanner) number() (float64, bool) {
	c.space()
	n, digits := 0, false
	skip := func() {
		for n < len(c.s) && c.s[n] >= '0' && c.s[n] <= '9' {
			n, digits = n+1, true
		}
	}
	sign := func() {
		if n < len(c.s) && (c.s[n] == '+' || c.s[n] == '-') {
			n++
		}
	}
	sign()
	skip()
	if n < len(c.s) && c.s[n] == '.' {
		n++
		skip()
	}
	if !digits {
		return 0, false
	}
	if n < len(c.s) && c.s[n]|0x20 == 'e' {
		mantissa := n
		n, digits = n+1, false
		sign()
		if skip(); !digits {
			n = mantissa // the e of em
		}
	}
	v, err := strconv.ParseFloat(c.s[:n], 64)
	c.s = c.s[n:]
	return v, err == nil
}

// flag reads 0 or 1, which need no space after them.
func (c *scanner) flag() (float64, bool) {
	c.space()
	if len(c.s) == 0 || c.s[0] != '0' && c.s[0] != '1' {
		return 0, false
	}
	v := float64(c.s[0] - '0')
	c.s = c.s[1:]
	return v, true
}
