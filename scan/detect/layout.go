package detect

// This file: the modules of a symbol that are the same whatever its text is
// (ISO/IEC 18004, 6.3): finder patterns, timing patterns, alignment patterns.

import (
	"sync"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"

	"nod/scan/symbol"
)

// A fixed module is known to be dark or light.
type fixed struct {
	x, y float64 // its middle, in modules
	dark bool
}

// A layout is what is known of all symbols of one size.
type layout struct {
	size    int     // modules a side
	finders []fixed // with the light margin at their inner sides
	timing  []fixed
	centers []int   // of alignment patterns, in both directions
	marks   []point // the middles of alignment patterns
}

var layouts [symbol.MaxSize/4 + 1]struct {
	once sync.Once
	layout
}

// layoutOf returns the layout of symbols with size modules a side.
func layoutOf(size int) *layout {
	l := &layouts[size/4]
	l.once.Do(func() { l.layout = makeLayout(size) })
	return &l.layout
}

func makeLayout(size int) layout {
	l := layout{size: size}
	for _, corner := range [3][2]int{{0, 0}, {size - 7, 0}, {0, size - 7}} {
		for y := -1; y < 8; y++ {
			for x := -1; x < 8; x++ {
				u, v := corner[0]+x, corner[1]+y
				if u < 0 || v < 0 || u >= size || v >= size {
					continue // the margin outside may be missing
				}
				l.finders = append(l.finders, fixed{float64(u) + 0.5, float64(v) + 0.5, darkInFinder(x, y)})
			}
		}
	}
	for i := 8; i < size-8; i++ {
		l.timing = append(l.timing, fixed{float64(i) + 0.5, 6.5, i%2 == 0}, fixed{6.5, float64(i) + 0.5, i%2 == 0})
	}
	if version, err := decoder.Version_GetVersionForNumber((size - 17) / 4); err == nil {
		l.centers = version.GetAlignmentPatternCenters()
	}
	last := len(l.centers) - 1
	for i, y := range l.centers {
		for j, x := range l.centers {
			if i == 0 && (j == 0 || j == last) || i == last && j == 0 {
				continue // a finder is there
			}
			l.marks = append(l.marks, point{float64(x) + 0.5, float64(y) + 0.5})
		}
	}
	return l
}

func darkInFinder(x, y int) bool {
	if x < 0 || y < 0 || x > 6 || y > 6 {
		return false
	}
	ring := max(x-3, 3-x, y-3, 3-y)
	return ring != 2
}

// aroundMark is an alignment pattern, from its middle.
var aroundMark = func() (all []fixed) {
	for y := -2; y <= 2; y++ {
		for x := -2; x <= 2; x++ {
			all = append(all, fixed{float64(x), float64(y), max(x, -x, y, -y) != 1})
		}
	}
	return all
}()
