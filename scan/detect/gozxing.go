package detect

// This file: gozxing's detectors and its decoder, held on a leash: they may
// neither panic nor take minutes on a picture made to that end.

import (
	"image"
	"slices"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode/detector"
	"github.com/makiuchi-d/gozxing/qrcode/detector"

	"nod/scan/symbol"
)

const (
	// maxPatterns ends a pass over a picture with more corners of codes than
	// this: the time that gozxing takes grows with the cube of their number.
	maxPatterns = 150
	// maxTries is how often three corners in one picture are taken for a code.
	maxTries   = 1500
	maxSingles = 64 // codes found one by one in one pass
)

// reader reads the codes of one picture, shown in several ways.
type reader struct {
	left int // tries
}

type binarizer func(gozxing.LuminanceSource) gozxing.Binarizer

var (
	hybrid    binarizer = gozxing.NewHybridBinarizer         // a level for each area of 8 x 8 pixels
	histogram binarizer = gozxing.NewGlobalHistgramBinarizer // one for the whole picture
)

// readAll takes what the detector for many codes finds. That one passes over
// codes that it finds hard; once the others are painted out, the detector for
// one code finds those, one by one.
func (r *reader) readAll(g *image.Gray, b binarizer) []Code {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, w, h, 0, 0, w, h, false)
	if err != nil {
		return nil
	}
	matrix, err := b(source).GetBlackMatrix()
	if err != nil { // a picture of one colour
		return nil
	}
	codes := r.readCorners(matrix, manyCorners(matrix))
	for range maxSingles {
		one := r.readCorners(matrix, oneCorners(matrix))
		if len(one) == 0 {
			break
		}
		codes = Merge(codes, one)
	}
	return codes
}

// manyCorners returns all that may be the three corners of a code.
func manyCorners(matrix *gozxing.BitMatrix) (corners []*detector.FinderPatternInfo) {
	guarded(func() {
		corners, _ = multi.NewMultiFinderPatternFinder(matrix, countPatterns()).FindMulti(tryHarder)
	})
	return corners
}

// oneCorners returns what is most probably the corners of a code.
func oneCorners(matrix *gozxing.BitMatrix) (corners []*detector.FinderPatternInfo) {
	guarded(func() {
		if one, err := detector.NewFinderPatternFinder(matrix, countPatterns()).Find(tryHarder); err == nil {
			corners = append(corners, one)
		}
	})
	return corners
}

// guarded keeps a panic inside. Some pictures make gozxing panic, with an index
// outside of what it looks at: that is nothing found, and another way of
// showing the picture may do better.
func guarded(do func()) {
	defer func() { _ = recover() }()
	do()
}

var tryHarder = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}

// countPatterns is called by gozxing with each pattern that it finds. Only a
// panic can stop it.
func countPatterns() gozxing.ResultPointCallback {
	patterns := 0
	return func(gozxing.ResultPoint) {
		if patterns++; patterns > maxPatterns {
			panic("too many finder patterns")
		}
	}
}

// readCorners reads the codes that have the given corners, and paints them out.
func (r *reader) readCorners(matrix *gozxing.BitMatrix, all []*detector.FinderPatternInfo) []Code {
	var codes []Code
	for _, corners := range all {
		area := box(corners)
		inside := func(c Code) bool { return area.In(c.Box) }
		if r.left == 0 || area.Empty() || slices.ContainsFunc(codes, inside) {
			continue
		}
		r.left--
		guarded(func() {
			if text, ok := decode(matrix, corners); ok {
				codes = append(codes, Code{text, area})
			}
		})
	}
	for _, c := range codes {
		paintOut(matrix, c.Box)
	}
	return codes
}

// decode returns the text of the code between corners.
func decode(matrix *gozxing.BitMatrix, corners *detector.FinderPatternInfo) (symbol.Text, bool) {
	modules, err := detector.NewDetector(matrix).ProcessFinderPatternInfo(corners)
	if err != nil {
		return symbol.Text{}, false
	}
	bits := modules.GetBits()
	grid := symbol.NewGrid(bits.GetWidth())
	for y := range grid.Size {
		for x := range grid.Size {
			grid.Set(x, y, bits.Get(x, y))
		}
	}
	text, err := symbol.Read(grid)
	return text, err == nil
}

func paintOut(matrix *gozxing.BitMatrix, box image.Rectangle) {
	box = box.Intersect(image.Rect(0, 0, matrix.GetWidth(), matrix.GetHeight()))
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			matrix.Unset(x, y)
		}
	}
}

// box returns the upright rectangle around a code. The points are the middles
// of its three corner patterns, each 3.5 modules away from two edges.
func box(corners *detector.FinderPatternInfo) image.Rectangle {
	bottomLeft, topLeft, topRight := corners.GetBottomLeft(), corners.GetTopLeft(), corners.GetTopRight()
	xs := []float64{bottomLeft.GetX(), topLeft.GetX(), topRight.GetX(), bottomLeft.GetX() + topRight.GetX() - topLeft.GetX()}
	ys := []float64{bottomLeft.GetY(), topLeft.GetY(), topRight.GetY(), bottomLeft.GetY() + topRight.GetY() - topLeft.GetY()}
	edge := 5 * topLeft.GetEstimatedModuleSize() // more than 3.5, for turned codes
	return image.Rect(
		int(slices.Min(xs)-edge), int(slices.Min(ys)-edge),
		int(slices.Max(xs)+edge), int(slices.Max(ys)+edge))
}
