package terminal

// This file: characters as shapes: how wide they are and which parts of their
// cell they fill.

// shape is a cell of cols x rows parts. Bit y*cols+x of bits says whether the
// part in column x and row y is filled.
type shape struct {
	cols, rows int
	bits       uint8
	ink        uint8 // how much of a part the filling covers: 255 is all of it
	light      int   // how light the character itself is, from 0 to 255; -1: as its text
	letter     bool  // a character for reading
}

var (
	empty = shape{1, 1, 0, 255, -1, false}
	full  = shape{1, 1, 1, 255, -1, false}
)

// thin is the ink of shapes that are rather light than dark.
const thin = 64

// shapeOf returns the shape of a character.
func shapeOf(r rune) shape {
	switch {
	case r == ' ' || r == 0xa0 || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x3000:
		return empty
	case r < 0x2580:
		s := full
		s.letter = true
		switch r {
		case '.', ',', '\'', '`', ':', '-', '_', '0', '·', '˙':
			s.ink = thin
		}
		return s
	case r <= 0x259f:
		return block(r)
	case r >= 0x2800 && r <= 0x28ff:
		return shape{2, 4, braille(uint8(r)), 255, -1, false}
	case r >= 0x1fb00 && r <= 0x1fb3b:
		return shape{2, 3, sextant(uint8(r - 0x1fb00)), 255, -1, false}
	case r >= 0x1cd00 && r <= 0x1cde5:
		return shape{2, 4, octants[r-0x1cd00], 255, -1, false}
	}
	if s, ok := squares[r]; ok {
		return s
	}
	s := full
	s.letter = true
	return s
}

// block returns the shapes of U+2580 to U+259F.
func block(r rune) shape {
	quadrants := [...]uint8{4, 8, 1, 4 | 8 | 1, 1 | 8, 1 | 2 | 4, 1 | 2 | 8, 2, 2 | 4, 2 | 4 | 8}
	switch {
	case r == 0x2580:
		return shape{1, 2, 1, 255, -1, false}
	case r == 0x2584:
		return shape{1, 2, 2, 255, -1, false}
	case r == 0x258c:
		return shape{2, 1, 1, 255, -1, false}
	case r <= 0x2587: // from one eighth at the bottom to seven
		s := shape{1, 8, 0, 255, -1, false}
		for i := range r - 0x2580 {
			s.bits |= 0x80 >> i
		}
		return s
	case r == 0x2588:
		return full
	case r <= 0x258f: // from seven eighths at the left to one
		s := shape{8, 1, 0, 255, -1, false}
		for i := range 0x2590 - r {
			s.bits |= 1 << i
		}
		return s
	case r == 0x2590:
		return shape{2, 1, 2, 255, -1, false}
	case r <= 0x2593: // shades
		return shape{1, 1, 1, uint8(64 * (r - 0x2590)), -1, false}
	case r == 0x2594:
		return shape{1, 8, 1, 255, -1, false}
	case r == 0x2595:
		return shape{8, 1, 0x80, 255, -1, false}
	}
	return shape{2, 2, quadrants[r-0x2596], 255, -1, false}
}

// braille puts the dots in order of rows: U+2800 counts down the columns first,
// the lowest row last.
func braille(dots uint8) uint8 {
	return dots&0x01 | dots&0x08>>2 | dots&0x02<<1 | dots&0x10>>1 | dots&0x04<<2 | dots&0x20 | dots&0xc0
}

// sextant returns the parts of the n-th sextant: all there are in order, without
// the four that are other characters.
func sextant(n uint8) uint8 {
	n++
	if n >= 0b010101 {
		n++
	}
	if n >= 0b101010 {
		n++
	}
	return n
}

// octants are the parts of U+1CD00 to U+1CDE5: all there are in order, without
// those that are other characters.
var octants = func() (all []uint8) {
	others := map[int]bool{1: true, 2: true, 0x40: true, 0x80: true, 0x03: true, 0xc0: true, 0x3f: true, 0xfc: true, 0x14: true, 0x28: true}
	for quadrants := range 16 {
		halves := func(two int) int { return two | two<<2 }
		others[halves(quadrants&3)|halves(quadrants>>2)<<4] = true
	}
	for n := range 256 {
		if !others[n] {
			all = append(all, uint8(n))
		}
	}
	return all
}()

// squares are squares and circles that have a lightness of their own, and those
// that have that of text.
var squares = map[rune]shape{
	'■': full, '▪': full, '◼': full, '◾': full, '●': full, '⬤': full,
	'□': outline, '▫': outline, '◻': outline, '◽': outline, '○': outline, '◯': outline,
	'⬛': light(0), '⚫': light(0), '⬜': light(255), '⚪': light(255),
	'🟥': light(110), '🔴': light(110), '🟧': light(150), '🟠': light(150), '🟨': light(200), '🟡': light(200),
	'🟩': light(130), '🟢': light(130), '🟦': light(90), '🔵': light(90), '🟪': light(95), '🟣': light(95),
	'🟫': light(80), '🟤': light(80),
}

var outline = shape{1, 1, 1, thin, -1, false}

func light(n int) shape { return shape{1, 1, 1, 255, n, false} }

// emojiStyle asks for the coloured picture of the character before.
const emojiStyle = 0xfe0f

// columns is how many cells a character takes: none if it belongs to the one
// before.
func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case r <= 0x36f || r >= 0x200b && r <= 0x200f || r >= 0x2060 && r <= 0x2064 || r >= 0xfe00 && r <= 0xfe0f || r == 0xfeff:
		return 0
	case r < 0x1100:
		return 1
	case r <= 0x115f, r == 0x2b1b, r == 0x2b1c, r == 0x26aa, r == 0x26ab, r == 0x25fd, r == 0x25fe,
		r >= 0x2e80 && r <= 0xa4cf && r != 0x303f, r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f300 && r <= 0x1f64f, r >= 0x1f680 && r <= 0x1f6ff, r >= 0x1f7e0 && r <= 0x1f7eb,
		r >= 0x1f900 && r <= 0x1f9ff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}
