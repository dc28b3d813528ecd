package picture

// This file: lines with a width, as areas.

import "math"

// stroke returns the outline of each piece of the lines, all turning the same
// way, so that areas that overlap add up. Corners are those of squares: exact
// for right angles.
func stroke(lines []line, width float64, caps string) []line {
	half := width / 2
	var out []line
	for _, l := range lines {
		points := l.points
		if l.closed && len(points) > 1 && points[0] != points[len(points)-1] {
			points = append(points[:len(points):len(points)], points[0])
		}
		for i := 1; i < len(points); i++ {
			from, to := points[i-1], points[i]
			length := math.Hypot(to.x-from.x, to.y-from.y)
			if length == 0 {
				continue
			}
			along := point{(to.x - from.x) / length * half, (to.y - from.y) / length * half}
			if i > 1 || l.closed || caps == "square" || caps == "round" {
				from = point{from.x - along.x, from.y - along.y}
			}
			if i < len(points)-1 || l.closed || caps == "square" || caps == "round" {
				to = point{to.x + along.x, to.y + along.y}
			}
			out = append(out, line{points: []point{
				{from.x - along.y, from.y + along.x},
				{from.x + along.y, from.y - along.x},
				{to.x + along.y, to.y - along.x},
				{to.x - along.y, to.y + along.x},
			}})
		}
	}
	return out
}
