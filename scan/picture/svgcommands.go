package picture

// This file: the commands of a path, and the other shapes as paths.

import "strings"

// counts of numbers that commands of a path take.
var counts = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'S': 4, 'Q': 4, 'T': 2, 'A': 7, 'Z': 0}

// commands adds the lines of a path's data. What is wrong in them ends them, as
// viewers do it. It returns whether all points fit.
func (p *path) commands(data string) bool {
	c := scanner{data}
	command := byte(0)
	for p.points < maxPoints {
		c.space()
		if len(c.s) == 0 {
			return true
		}
		letter := c.s[0]
		if _, ok := counts[letter&^0x20]; ok && letter > '9' {
			command = letter
			c.s = c.s[1:]
		} else if command == 0 || command&^0x20 == 'Z' {
			return true
		}
		var args [7]float64
		for i := range counts[command&^0x20] {
			read := c.number
			if command&^0x20 == 'A' && (i == 3 || i == 4) {
				read = c.flag
			}
			v, ok := read()
			if !ok {
				return true
			}
			args[i] = v
		}
		if p.last == 0 && command&^0x20 != 'M' {
			return true
		}
		p.command(command&^0x20, command > 'Z', args)
		p.last = command &^ 0x20
		if p.last == 'M' { // further numbers are those of L, the letter before
			command--
		}
	}
	return false
}

func (p *path) command(c byte, relative bool, a [7]float64) {
	var base point
	if relative {
		base = p.at
	}
	at := func(i int) point { return point{base.x + a[i], base.y + a[i+1]} }
	mirrored := p.at // of the last control point, for smooth curves
	if c == 'S' && (p.last == 'C' || p.last == 'S') || c == 'T' && (p.last == 'Q' || p.last == 'T') {
		mirrored = point{2*p.at.x - p.bend.x, 2*p.at.y - p.bend.y}
	}
	switch c {
	case 'M':
		p.moveTo(at(0))
	case 'L':
		p.lineTo(at(0))
	case 'H':
		p.lineTo(point{base.x + a[0], p.at.y})
	case 'V':
		p.lineTo(point{p.at.x, base.y + a[0]})
	case 'C':
		p.cubic(at(0), at(2), at(4))
	case 'S':
		p.cubic(mirrored, at(0), at(2))
	case 'Q':
		p.quadratic(at(0), at(2))
	case 'T':
		p.quadratic(mirrored, at(0))
	case 'A':
		p.arc(a[0], a[1], a[2], a[3] != 0, a[4] != 0, at(5))
	case 'Z':
		p.close()
	}
}

// shape adds the lines of an element. It reports whether it is a shape whose
// points all fit.
func (p *path) shape(n *node, view box) bool {
	get := func(name string, whole float64) float64 {
		v, _ := length(n.attr(name), whole)
		return v
	}
	switch n.name {
	case "path":
		return p.commands(n.attr("d"))
	case "rect":
		p.rect(box{get("x", view.w), get("y", view.h), get("width", view.w), get("height", view.h)},
			get("rx", view.w), get("ry", view.h))
	case "circle":
		r := get("r", view.w)
		p.ellipse(point{get("cx", view.w), get("cy", view.h)}, r, r)
	case "ellipse":
		p.ellipse(point{get("cx", view.w), get("cy", view.h)}, get("rx", view.w), get("ry", view.h))
	case "line":
		p.moveTo(point{get("x1", view.w), get("y1", view.h)})
		p.lineTo(point{get("x2", view.w), get("y2", view.h)})
	case "polygon", "polyline":
		c := scanner{strings.TrimSpace(n.attr("points"))}
		for first := true; p.points < maxPoints; first = false {
			x, okX := c.number()
			y, okY := c.number()
			if !okX || !okY {
				break
			}
			if first {
				p.moveTo(point{x, y})
			} else {
				p.lineTo(point{x, y})
			}
		}
		if n.name == "polygon" {
			p.close()
		}
	}
	return p.points < maxPoints
}

func (p *path) rect(b box, rx, ry float64) {
	if b.w <= 0 || b.h <= 0 {
		return
	}
	if rx <= 0 {
		rx = ry
	}
	if ry <= 0 {
		ry = rx
	}
	rx, ry = max(0, min(rx, b.w/2)), max(0, min(ry, b.h/2))
	right, low := b.x+b.w, b.y+b.h
	p.moveTo(point{b.x + rx, b.y})
	p.lineTo(point{right - rx, b.y})
	if rx > 0 {
		p.arc(rx, ry, 0, false, true, point{right, b.y + ry})
	}
	p.lineTo(point{right, low - ry})
	if rx > 0 {
		p.arc(rx, ry, 0, false, true, point{right - rx, low})
	}
	p.lineTo(point{b.x + rx, low})
	if rx > 0 {
		p.arc(rx, ry, 0, false, true, point{b.x, low - ry})
	}
	p.lineTo(point{b.x, b.y + ry})
	if rx > 0 {
		p.arc(rx, ry, 0, false, true, point{b.x + rx, b.y})
	}
	p.close()
}

func (p *path) ellipse(middle point, rx, ry float64) {
	if rx <= 0 || ry <= 0 {
		return
	}
	left, right := point{middle.x - rx, middle.y}, point{middle.x + rx, middle.y}
	p.moveTo(right)
	p.arc(rx, ry, 0, false, true, left)
	p.arc(rx, ry, 0, false, true, right)
	p.close()
}
