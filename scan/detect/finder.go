package detect

// This file: the search for finder patterns, the nested squares in three corners of
// a symbol.

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync"
)

const (
	// maxHits is how many rows that look like a cut through a finder are looked
	// at in a million pixels.
	maxHits    = 6000
	maxFound   = 400 // finders on one level
	maxFinders = 120 // in one picture, of one polarity
	// stretch is how many times higher or wider than square a module may be.
	stretch = 2.6
)

// A finder is a place that looks like a finder pattern, in pixels of the whole
// picture.
type finder struct {
	point
	module  float64 // mean size of its modules in pixels
	dark    bool    // its middle: dark, or light in a symbol of light on dark
	support int     // rows that showed it
	clear   float64 // how many of the rows through its middle those were, 0 to 1
	level   int     // of the pyramid, the finest one that showed it
	used    bool    // in a symbol that was read
}

// A hit is a row that may go through a finder.
type hit struct {
	x, module float64
	dark      bool
}

// scanRow appends the places of a row where the proportions are right.
func (l *level) scanRow(y int, hits []hit) []hit {
	row, limits := l.row(y), l.threshold[y/block*l.across:]
	var e0, e1, e2, e3, e4 float64 // the last edges; that of the picture is one
	seen := 1
	dark := row[0] < limits[0]
	var rest [block]uint8
	for from := 0; from < len(row); from += block {
		limit := int(limits[from/block])
		low, high := uint8(max(limit-l.noise, 0)), uint8(min(limit+l.noise, 255))
		pixels, inside := row[from:], ^uint64(0)
		if len(pixels) < block {
			copy(rest[:], pixels)
			inside >>= 8 * (block - len(pixels))
			pixels = rest[:]
		}
		word := binary.LittleEndian.Uint64(pixels)
		for {
			changed := inside
			if dark {
				changed &= over(word, high)
			} else {
				changed &= under(word, low)
			}
			if changed == 0 {
				break
			}
			i := bits.TrailingZeros64(changed) / 8
			inside = ^uint64(0xff) << (8 * i) & inside // what is to the right
			e5 := crossing(row, from+i, limit)
			if seen++; seen >= 6 {
				hits = l.appendHit(hits, [6]float64{e0, e1, e2, e3, e4, e5}, dark)
			}
			e0, e1, e2, e3, e4 = e1, e2, e3, e4, e5
			dark = !dark
		}
	}
	if seen++; seen >= 6 {
		hits = l.appendHit(hits, [6]float64{e0, e1, e2, e3, e4, float64(len(row))}, dark)
	}
	return hits
}

// over returns the highest bit of each byte in word that is larger than limit.
func over(word uint64, limit uint8) uint64 {
	const high, low, ones = 0x8080808080808080, 0x7f7f7f7f7f7f7f7f, 0x0101010101010101
	larger := word&low + uint64(0x7f-limit&0x7f)*ones // in its highest bit, by the other seven
	if limit > 0x7f {
		return larger & word & high
	}
	return (larger | word) & high
}

// under returns the highest bit of each byte in word that is smaller than limit.
func under(word uint64, limit uint8) uint64 {
	if limit == 0 {
		return 0
	}
	return ^over(word, limit-1) & 0x8080808080808080
}

func (s *sight) appendHit(hits []hit, e [6]float64, dark bool) []hit {
	// Most runs are no finder: the middle one of those is not the longest.
	if middle := e[3] - e[2]; middle <= e[2]-e[1] || middle <= e[4]-e[3] {
		return hits
	}
	runs := [5]float64{e[1] - e[0], e[2] - e[1], e[3] - e[2], e[4] - e[3], e[5] - e[4]}
	if m, ok := s.proportional(&runs); ok {
		return append(hits, hit{(e[2] + e[3]) / 2, m, dark})
	}
	return hits
}

// crossing returns where brightness passes a limit between pixel x-1 and x.
func crossing(row []uint8, x, limit int) float64 {
	if x == 0 {
		return 0
	}
	before, after := float64(row[x-1])-float64(limit), float64(row[x])-float64(limit)
	if before == after {
		return float64(x)
	}
	return float64(x) - 0.5 + min(max(before/(before-after), 0), 1)
}

// confirm looks at a hit in other directions. It returns the finder in pixels of
// the level.
func (l *level) confirm(h hit, y int) (finder, bool) {
	at := point{h.x, float64(y) + 0.5}
	reach := int(3.5*stretch*h.module) + 4
	vertical, ok := l.cutThrough(at, point{0, 1}, h.dark, reach)
	if !ok || vertical.module > stretch*h.module || h.module > stretch*vertical.module {
		return finder{}, false
	}
	at.y += vertical.shift
	level, ok := l.cutThrough(at, point{1, 0}, h.dark, reach)
	if !ok {
		return finder{}, false
	}
	at.x += level.shift
	// Both diagonals of an upright finder go through its corners; one of them
	// may be damaged.
	n := 0
	for _, step := range [2]point{{1, 1}, {1, -1}} {
		step.x *= level.module / max(level.module, vertical.module)
		step.y *= vertical.module / max(level.module, vertical.module)
		if _, ok := l.cutThrough(at, step, h.dark, reach); ok {
			n++
		}
	}
	if n == 0 {
		return finder{}, false
	}
	return finder{point: at, module: math.Sqrt(level.module * vertical.module), dark: h.dark, support: 1}, true
}

// finders looks for finder patterns on one level, in every step-th row.
func (l *level) finders(step int, ended func() bool) []finder {
	var found []finder
	var hits []hit
	total, most := 0, maxHits+l.w*l.h/1e6*maxHits
	for y := step / 2; y < l.h && total < most && !ended(); y += step {
		hits = l.scanRow(y, hits[:0])
		for _, h := range hits {
			if total++; total >= most {
				break
			}
			if known(found, h, float64(y)+0.5) {
				continue
			}
			if f, ok := l.confirm(h, y); ok && len(found) < maxFound {
				found = add(found, f)
			}
		}
	}
	for i := range found {
		f := &found[i]
		f.clear = min(1, float64(f.support*step)/(3*f.module))
	}
	return found
}

// known counts a hit for the finder that it goes through, if there is one.
func known(found []finder, h hit, y float64) bool {
	for i := range found {
		f := &found[i]
		if f.dark == h.dark && math.Abs(f.x-h.x) < f.module && math.Abs(f.y-y) < 2*f.module && h.module < 1.6*f.module && f.module < 1.6*h.module {
			f.support++
			return true
		}
	}
	return false
}

// add joins a finder to those found, or counts it for the one that it is.
func add(found []finder, f finder) []finder {
	for i := range found {
		g := &found[i]
		if g.dark == f.dark && g.away(f.point) < 1.5*min(f.module, g.module) && f.module < 1.7*g.module && g.module < 1.7*f.module {
			g.support += f.support
			g.clear = max(g.clear, f.clear)
			return found
		}
	}
	return append(found, f)
}

// finders looks on all levels and returns what it found in pixels of the whole
// picture, the clear ones first.
func (p pyramid) finders(ended func() bool) []finder {
	found := make([][]finder, len(p))
	var others sync.WaitGroup
	others.Go(func() { // the first level is as much work as all the others
		for n := 1; n < len(p); n++ {
			found[n] = p[n].finders(rowStep(p[n]), ended)
		}
	})
	found[0] = p[0].finders(rowStep(p[0]), ended)
	others.Wait()
	var all []finder
	for n, l := range p {
		for _, f := range found[n] {
			f.point = f.times(l.scale)
			f.module *= l.scale
			f.level = n
			all = add(all, f)
		}
	}
	return strongest(all)
}

// rowStep is how many rows lie from one that is looked at to the next. The
// middle of a finder is three modules high, and large pictures have large modules.
func rowStep(l *level) int {
	switch pixels := l.w * l.h; {
	case pixels < 400_000:
		return 1
	case pixels < 3_000_000:
		return 2
	}
	return 3
}
