package detect

// This file: pictures changed so that a second look sees more.

// sharpened makes edges steeper: away goes what each pixel has in common with the
// square around it that reaches radius pixels.
func (p *plane) sharpened(radius int, by float32) *plane {
	soft := p.softened(radius)
	out := newPlane(p.w, p.h)
	for i, v := range p.pix {
		sharp := float32(v) + by*(float32(v)-float32(soft.pix[i]))
		out.pix[i] = uint8(min(max(sharp, 0), 255))
	}
	return out
}

// softened is the mean of a square around each pixel.
func (p *plane) softened(radius int) *plane {
	out := newPlane(p.w, p.h)
	columns := make([]int32, p.w)
	for y := -radius; y < radius; y++ {
		addRow(columns, p.row(min(max(y, 0), p.h-1)), 1)
	}
	n := int32(2*radius + 1)
	for y := range p.h {
		addRow(columns, p.row(min(y+radius, p.h-1)), 1)
		to, sum := out.row(y), int32(0)
		for x := -radius; x < radius; x++ {
			sum += columns[min(max(x, 0), p.w-1)]
		}
		for x := range to {
			sum += columns[min(x+radius, p.w-1)]
			to[x] = uint8((sum + n*n/2) / (n * n))
			sum -= columns[max(x-radius, 0)]
		}
		addRow(columns, p.row(max(y-radius, 0)), -1)
	}
	return out
}

func addRow(sums []int32, row []uint8, times int32) {
	for x, v := range row {
		sums[x] += times * int32(v)
	}
}

// despeckled takes the median of each pixel and its eight neighbours.
func (p *plane) despeckled() *plane {
	out := newPlane(p.w, p.h)
	for y := range p.h {
		a, b, c := p.row(max(y-1, 0)), p.row(y), p.row(min(y+1, p.h-1))
		to := out.row(y)
		low1, mid1, high1 := sorted3(a[0], b[0], c[0])
		low0, mid0, high0 := low1, mid1, high1 // of the column to the left
		for x := range to {
			right := min(x+1, p.w-1)
			low2, mid2, high2 := sorted3(a[right], b[right], c[right])
			// The median is that of: the largest of the low ones, the middle of
			// the middle ones, the smallest of the high ones.
			_, mid, _ := sorted3(mid0, mid1, mid2)
			_, to[x], _ = sorted3(max(low0, low1, low2), mid, min(high0, high1, high2))
			low0, mid0, high0, low1, mid1, high1 = low1, mid1, high1, low2, mid2, high2
		}
	}
	return out
}

func sorted3(a, b, c uint8) (low, mid, high uint8) {
	a, b = min(a, b), max(a, b)
	return min(a, c), max(a, min(b, c)), max(b, c)
}

// stretched spreads the brightness that all but a few pixels have over the whole
// range, or returns p when they fill it already.
func (p *plane) stretched() *plane {
	var counts [256]int
	step, all := len(p.pix)/100_000+1, 0
	for i := 0; i < len(p.pix); i += step {
		counts[p.pix[i]]++
		all++
	}
	few := all / 200
	low, high := 0, 255
	for n := counts[0]; n <= few && low < 255; n += counts[low] {
		low++
	}
	for n := counts[255]; n <= few && high > 0; n += counts[high] {
		high--
	}
	if high-low > 128 || high <= low {
		return p
	}
	var to [256]uint8
	for v := range to {
		to[v] = uint8(min(max((v-low)*255/(high-low), 0), 255))
	}
	out := newPlane(p.w, p.h)
	for i, v := range p.pix {
		out.pix[i] = to[v]
	}
	return out
}
