package detect

// This file: what is dark and what is light, by the mean of the surroundings.

const (
	blockLevels = 3                // halvings until a block is a pixel
	block       = 1 << blockLevels // pixels a side: each block has one threshold
)

// A sight is how dark and light are told apart and what passes for a finder.
type sight struct {
	around int // blocks on each side whose mean is the threshold of a block
	noise  int // by how much a pixel must pass the threshold at least to count as changed
	// open finders may go on at their outer edge: symbols without a margin on
	// something as dark as they are.
	open bool
}

// A level is one picture of a pyramid with its thresholds.
type level struct {
	*plane
	sight
	scale     float64 // pixels of the whole picture that one of this is wide
	threshold []uint8 // by blocks, row by row
	across    int     // blocks in a row
}

// newLevel takes the level and the smaller ones after it.
func newLevel(planes []*plane, s sight, n int) *level {
	p := planes[0]
	l := &level{plane: p, sight: s, scale: float64(int(1) << n), across: (p.w + block - 1) / block}
	blocks := planes[min(blockLevels, len(planes)-1)]
	l.noise = max(s.noise, p.grain())
	l.threshold = blocks.spread(l.across, (p.h+block-1)/block, s.around)
	return l
}

// grain returns about the standard deviation of the noise in a picture, by the
// differences between neighbours: a quarter of them is smaller than 0.45 of it
// where there is nothing but noise, and so they are in the flat parts of a picture.
func (p *plane) grain() int {
	var counts [256]int
	step, all := 2*(len(p.pix)/40_000)+2, 0
	for i := 1; i < len(p.pix); i += step {
		d := int(p.pix[i]) - int(p.pix[i-1])
		counts[max(d, -d)]++
		all++
	}
	smaller := 0
	for d, n := range counts {
		if smaller += n; smaller*4 > all {
			return min(d*2, maxGrain)
		}
	}
	return 0
}

// maxGrain keeps a picture full of small things from passing for one of noise.
const maxGrain = 12

// spread returns the mean of the square around each pixel that reaches radius
// pixels, within the picture, for one more column and row when they are asked for.
func (p *plane) spread(across, down, radius int) []uint8 {
	sums := make([]uint32, across*p.h) // of the pixels in a row
	before := make([]uint32, p.w+1)    // of those to the left
	for y := range p.h {
		for x, v := range p.row(y) {
			before[x+1] = before[x] + uint32(v)
		}
		to := sums[y*across:][:across]
		for x := range to {
			to[x] = before[min(x+radius+1, p.w)] - before[min(max(x-radius, 0), p.w-1)]
		}
	}
	means := make([]uint8, across*down)
	columns := make([]uint32, across)
	top, end := 0, 0 // rows in columns
	for y := range down {
		for ; end < min(y+radius+1, p.h); end++ {
			for x, v := range sums[end*across:][:across] {
				columns[x] += v
			}
		}
		for ; top < min(max(y-radius, 0), p.h-1); top++ {
			for x, v := range sums[top*across:][:across] {
				columns[x] -= v
			}
		}
		for x, sum := range columns {
			n := min(x+radius+1, p.w) - min(max(x-radius, 0), p.w-1)
			means[y*across+x] = uint8(sum / uint32(n*(end-top)))
		}
	}
	return means
}

// limit returns the threshold at a place in the picture.
func (l *level) limit(x, y int) uint8 { return l.threshold[y/block*l.across+x/block] }
