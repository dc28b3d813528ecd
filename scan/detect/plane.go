package detect

// This file: grey pictures, and the pyramid of ever smaller copies of one.

import "encoding/binary"

// A plane is a grey picture. A place in it is given in pixels from its upper left
// corner, so that the middle of the first pixel is at 0.5, 0.5, and a place in a
// copy of half the size is just half.
type plane struct {
	w, h int
	pix  []uint8
}

func newPlane(w, h int) *plane { return &plane{w, h, make([]uint8, w*h)} }

func (p *plane) row(y int) []uint8 { return p.pix[y*p.w : (y+1)*p.w : (y+1)*p.w] }

// at returns the brightness at a place, interpolated between pixels. Outside, the
// nearest pixel counts. The picture is at least two pixels wide and high.
func (p *plane) at(x, y float64) float64 {
	const one = 256 // parts of a pixel
	px := min(max(int(x*one)-one/2, 0), (p.w-1)*one-1)
	py := min(max(int(y*one)-one/2, 0), (p.h-1)*one-1)
	fx, fy := px%one, py%one
	i := py/one*p.w + px/one
	upper, lower := p.pix[i:i+2:i+2], p.pix[i+p.w:i+p.w+2:i+p.w+2]
	top := int(upper[0])*(one-fx) + int(upper[1])*fx
	low := int(lower[0])*(one-fx) + int(lower[1])*fx
	return float64(top*(one-fy)+low*fy) * (1.0 / (one * one))
}

// contains reports whether a place is in the picture.
func (p *plane) contains(at point) bool {
	return at.x >= 0 && at.y >= 0 && at.x < float64(p.w) && at.y < float64(p.h)
}

// halved takes the mean of each 2 by 2 pixels. An odd last row or column is
// dropped.
func (p *plane) halved() *plane {
	out := newPlane(p.w/2, p.h/2)
	inHalves(out.h, func(from, end int) { p.halvedRows(out, from, end) })
	return out
}

func (p *plane) halvedRows(out *plane, from, end int) {
	for y := from; y < end; y++ {
		to, a, b := out.row(y), p.row(2*y), p.row(2*y+1)
		x := 0
		for ; x+4 <= len(to); x += 4 {
			binary.LittleEndian.PutUint32(to[x:], means4(
				binary.LittleEndian.Uint64(a[2*x:]), binary.LittleEndian.Uint64(b[2*x:])))
		}
		for ; x < len(to); x++ {
			to[x] = uint8((uint(a[2*x]) + uint(a[2*x+1]) + uint(b[2*x]) + uint(b[2*x+1]) + 2) / 4)
		}
	}
}

// means4 returns the means of the pixels in two rows of eight, by four. The sums
// stand side by side in one word, in 16 bits each.
func means4(a, b uint64) uint32 {
	const even = 0x00ff00ff00ff00ff
	sums := a&even + a>>8&even + b&even + b>>8&even + 0x0002000200020002
	sums = sums >> 2 & even
	sums |= sums >> 8
	return uint32(sums&0xffff | sums>>16&0xffff0000)
}

// doubled enlarges with smooth edges.
func (p *plane) doubled() *plane {
	out := newPlane(2*p.w, 2*p.h)
	for y := range out.h {
		near, far := p.row(y/2), p.row(max(y/2-1, 0))
		if y%2 == 1 {
			far = p.row(min(y/2+1, p.h-1))
		}
		to := out.row(y)
		for x := range p.w {
			here := 3*int(near[x]) + int(far[x])
			left, right := max(x-1, 0), min(x+1, p.w-1)
			to[2*x] = uint8((3*here + 3*int(near[left]) + int(far[left]) + 8) / 16)
			to[2*x+1] = uint8((3*here + 3*int(near[right]) + int(far[right]) + 8) / 16)
		}
	}
	return out
}

const (
	minSide   = 21 // pixels: the smallest symbol has as many modules
	maxLevels = 8
)

// pyramid is a picture and its copies, each half the size of the one before.
// Level n shows modules 1/2^n as large.
type pyramid []*level

func newPyramid(planes []*plane, s sight) pyramid {
	n := 0
	for n < min(maxLevels, len(planes)) && planes[n].w >= minSide && planes[n].h >= minSide {
		n++
	}
	all := make(pyramid, n)
	atOnce(n, func(i int) { all[i] = newLevel(planes[i:], s, i) })
	return all
}

// shrunk returns p and its copies for a pyramid, three more than it has levels, for
// the thresholds.
func (p *plane) shrunk() []*plane {
	var planes []*plane
	for ; len(planes) < maxLevels+blockLevels && p.w > 0 && p.h > 0; p = p.halved() {
		planes = append(planes, p)
	}
	return planes
}

// sampled returns the level on which modules of m pixels are best read: with
// more pixels a module, noise and the grain of a screen come through, with fewer
// the neighbours do.
func (p pyramid) sampled(m float64) *level {
	n := 0
	for n < len(p)-1 && m >= 2*minModule {
		m /= 2
		n++
	}
	return p[n]
}

// minModule is the size in pixels of the smallest modules after shrinking.
const minModule = 2.4
