package detect

// This file: Micro QR and rMQR symbols, which have one finder pattern. nod can not
// read them; it tells them apart so that it can say so.

import "math"

// Kinds of symbols that are seen but not read.
const (
	MicroQR = "Micro QR"
	RMQR    = "rMQR"
)

const (
	leastMicro = 11 // modules a side (ISO/IEC 18004, 6.1)
	mostMicro  = 17
	leastRMQR  = 27 // modules in the longer side (ISO/IEC 23941, 5.1), 7 to 17 in the other

	smallAgreement = 0.8
)

// unsupported returns the kind of a symbol that a look saw without reading it:
// MicroQR, RMQR, or "" when there is neither.
func (l *look) unsupported(ended func() bool) string {
	for _, f := range l.finders[:min(len(l.finders), maxPairs)] {
		if ended() {
			return ""
		}
		if f.clear < 0.4 {
			continue
		}
		v := view{l.sampled(f.module), f.dark}
		for _, turn := range [4]float64{0, math.Pi / 8, math.Pi / 4, 3 * math.Pi / 8} {
			sin, cos := math.Sincos(turn)
			right := point{cos, sin}.times(f.module / v.scale)
			here, agreement := v.framed(frame{f.times(1 / v.scale), right, point{-right.y, right.x}})
			if agreement < 0.5 { // there may be no margin
				continue
			}
			for range 4 {
				if kind := v.small(here); kind != "" {
					return kind
				}
				here.right, here.down = here.down, here.right.times(-1)
			}
		}
	}
	return ""
}

// small tells what goes on from a finder in the upper left: rows of dark and
// light along the upper edge and the left edge, or the lower edge.
func (v view) small(f frame) string {
	var t tally
	for i := range aroundFinder {
		if m := &aroundFinder[i]; m.x > -4 && m.y > -4 { // beyond may be something else
			p := f.at(m.x, m.y)
			t.add(v.plane.at(p.x, p.y), m.dark == v.dark)
		}
	}
	if t.agreement() < smallAgreement {
		return ""
	}
	upper := v.edge(f.at(0, -3), f.right, f.down, 5) // from the finder's own edge on
	left := v.edge(f.at(-3, 0), f.down, f.right, 5)
	if upper >= leastRMQR-4 { // the last modules are a corner
		for height := 7; height <= mostMicro; height += 2 {
			if v.edge(f.at(0, float64(height)-4), f.right, f.down, 8) >= leastRMQR-6 {
				return RMQR
			}
		}
	}
	if upper >= leastMicro && left >= leastMicro {
		return MicroQR
	}
	return ""
}

// edge returns how many modules of an edge are seen, the last of which are dark and
// light in turn from the ninth on: at least leastMicro, or 0. middle is that of the
// fourth, ahead one module on; modules are looked at from number from on. The direction of so small a thing as a finder is not
// quite exact, so others near it are tried.
func (v view) edge(middle, ahead, aside point, from int) int {
	most := 0
	for size := leastMicro; size < leastRMQR; size += 2 {
		longer := false
		for a := -0.04; a < 0.045; a += 0.01 {
			for b := -0.04; b < 0.045; b += 0.01 {
				step := ahead.times(1 + a).plus(aside.times(b))
				longer = longer || v.alternates(middle, step, from, size)
			}
		}
		if !longer {
			break
		}
		most = size
	}
	return most
}

// alternates reports whether modules from to size-1 of an edge are dark and light
// in turn.
func (v view) alternates(middle, step point, from, size int) bool {
	var t tally
	for i := from; i < size; i++ {
		p := middle.plus(step.times(float64(i - 3)))
		if !v.contains(p) {
			return false
		}
		dark := i%2 == 0 || i < 7 // the finder's own edge, and what divides it from the others
		t.add(v.plane.at(p.x, p.y), dark == v.dark)
	}
	return t.agreement() > smallAgreement
}
