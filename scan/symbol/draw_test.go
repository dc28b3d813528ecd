package symbol

// This file: a small encoder for the tests, of symbols that gozxing's encoder does
// not make: version 5, level L, mask 0, with any bits as their text.

import (
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing/common/reedsolomon"
)

const (
	drawnSize  = 37
	drawnData  = 108 // bytes
	drawnCheck = 26
)

func drawn(t *testing.T, bits []bool) Grid {
	t.Helper()
	words := make([]int, drawnData+drawnCheck)
	for i, set := range bits {
		if set {
			words[i/8] |= 1 << (7 - i%8)
		}
	}
	for i, pad := len(bits)/8+2, 0; i < drawnData; i, pad = i+1, pad+1 {
		words[i] = []int{0xec, 0x11}[pad%2]
	}
	if err := reedsolomon.NewReedSolomonEncoder(reedsolomon.GenericGF_QR_CODE_FIELD_256).Encode(words, drawnCheck); err != nil {
		t.Fatal(err)
	}
	g := encoded(t, strings.Repeat("x", 78)) // for its fixed modules: the same version
	if g.Size != drawnSize {
		t.Fatalf("%d modules a side", g.Size)
	}
	g.setFormat(formatBits(0b01_000))
	next := 0
	place := func(x, y int) {
		if fixedModule(x, y) {
			return
		}
		dark := next < 8*len(words) && words[next/8]>>(7-next%8)&1 == 1
		g.Set(x, y, dark != ((x+y)%2 == 0))
		next++
	}
	up := true
	for right := drawnSize - 1; right > 0; right -= 2 {
		if right == 6 { // the timing pattern
			right--
		}
		for i := range drawnSize {
			y := i
			if up {
				y = drawnSize - 1 - i
			}
			place(right, y)
			place(right-1, y)
		}
		up = !up
	}
	return g
}

// fixedModule reports whether a module of version 5 holds no text.
func fixedModule(x, y int) bool {
	far := drawnSize - 8
	mark := x >= 28 && x <= 32 && y >= 28 && y <= 32
	return x < 9 && y < 9 || x >= far && y < 9 || x < 9 && y >= far || x == 6 || y == 6 || mark
}

// formatBits returns the 15 bits that stand for a format: a BCH code (15, 5), laid
// over with a mask (ISO/IEC 18004, 7.9).
func formatBits(format int) int {
	rest := format << 10
	for bit := 14; bit >= 10; bit-- {
		if rest&(1<<bit) != 0 {
			rest ^= 0x537 << (bit - 10)
		}
	}
	return (format<<10 | rest) ^ 0x5412
}

// setFormat writes both copies: around the upper left finder, and split between
// the other two.
func (g Grid) setFormat(bits int) {
	for i := range 15 {
		dark := bits>>i&1 == 1
		switch { // bit 0 is at the top of column 8, bit 14 at the left of row 8
		case i < 6:
			g.Set(8, i, dark)
		case i < 8:
			g.Set(8, i+1, dark)
		case i == 8:
			g.Set(7, 8, dark)
		default:
			g.Set(14-i, 8, dark)
		}
		if i < 8 {
			g.Set(g.Size-1-i, 8, dark)
		} else {
			g.Set(8, g.Size-15+i, dark)
		}
	}
}
