package detect

// This file: points, and the projection of a flat symbol onto a picture.

import "math"

type point struct{ x, y float64 }

func (p point) plus(q point) point    { return point{p.x + q.x, p.y + q.y} }
func (p point) minus(q point) point   { return point{p.x - q.x, p.y - q.y} }
func (p point) times(f float64) point { return point{p.x * f, p.y * f} }
func (p point) dot(q point) float64   { return p.x*q.x + p.y*q.y }
func (p point) cross(q point) float64 { return p.x*q.y - p.y*q.x }
func (p point) length() float64       { return math.Hypot(p.x, p.y) }
func (p point) unit() point           { return p.times(1 / max(p.length(), 1e-9)) }
func (p point) away(q point) float64  { return math.Hypot(p.x-q.x, p.y-q.y) }

// A projection maps places of a symbol, in modules from its upper left corner,
// to places in a picture:
//
//	x = (m0 u + m1 v + m2) / (m6 u + m7 v + m8), y with m3, m4, m5.
type projection [9]float64

func (m *projection) at(u, v float64) point {
	w := m[6]*u + m[7]*v + m[8]
	return point{(m[0]*u + m[1]*v + m[2]) / w, (m[3]*u + m[4]*v + m[5]) / w}
}

// scaled returns the projection onto a copy of the picture, f times as large.
func (m *projection) scaled(f float64) projection {
	out := *m
	for i := range 6 {
		out[i] *= f
	}
	return out
}

// fits reports whether the whole symbol of that size lies in front of the eye.
func (m *projection) fits(size float64) bool {
	for _, corner := range [4]point{{0, 0}, {size, 0}, {0, size}, {size, size}} {
		if w := m[6]*corner.x + m[7]*corner.y + m[8]; w < 0.05*math.Abs(m[8]) || math.IsNaN(w) {
			return false
		}
	}
	return m[8] > 0
}

// project returns the projection that maps four places to four others. ok is
// false where three of them are on one line.
func project(from, to [4]point) (m projection, ok bool) {
	var cells [8 * 9]float64
	var a [8][]float64
	for i := range a {
		a[i] = cells[9*i : 9*i+9 : 9*i+9]
	}
	for i := range 4 {
		u, v, x, y := from[i].x, from[i].y, to[i].x, to[i].y
		copy(a[2*i], []float64{u, v, 1, 0, 0, 0, -u * x, -v * x, x})
		copy(a[2*i+1], []float64{0, 0, 0, u, v, 1, -u * y, -v * y, y})
	}
	solved, ok := eliminate(a[:])
	copy(m[:], solved)
	m[8] = 1
	return m, ok
}

// inverse returns the place of the symbol that is seen at p.
func (m *projection) inverse(p point) (point, bool) {
	// (m0 - x m6) u + (m1 - x m7) v = x m8 - m2, and the same with y.
	a, b, e := m[0]-p.x*m[6], m[1]-p.x*m[7], p.x*m[8]-m[2]
	c, d, f := m[3]-p.y*m[6], m[4]-p.y*m[7], p.y*m[8]-m[5]
	det := a*d - b*c
	if math.Abs(det) < 1e-12 {
		return point{}, false
	}
	return point{(e*d - b*f) / det, (a*f - e*c) / det}, true
}
