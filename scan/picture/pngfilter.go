package picture

// This file: the filters of PNG's rows, undone.

import (
	"encoding/binary"
	"errors"
)

// The filters.
const (
	filterNone = iota
	filterLeft
	filterUp
	filterMean
	filterPaeth
)

// unfilter restores the bytes of a row, where a pixel to the left is some bytes
// before it.
func unfilter(filter byte, row, above []byte, left int) error {
	above = above[:len(row)]
	switch filter {
	case filterNone:
	case filterLeft:
		for i := left; i < len(row); i++ {
			row[i] += row[i-left]
		}
	case filterUp:
		addBytes(row, above)
	case filterMean:
		for i := range min(left, len(row)) {
			row[i] += above[i] / 2
		}
		for i := left; i < len(row); i++ {
			row[i] += byte((int(above[i]) + int(row[i-left])) / 2)
		}
	case filterPaeth:
		for from := range min(left, len(row)) {
			unpaeth(row[from:], above[from:], left)
		}
	default:
		return errors.New("unknown filter")
	}
	return nil
}

// addBytes adds what is above, eight bytes at a time.
func addBytes(row, above []byte) {
	const low = 0x7f7f7f7f7f7f7f7f
	i := 0
	for ; i+8 <= len(row); i += 8 {
		a, b := binary.LittleEndian.Uint64(row[i:]), binary.LittleEndian.Uint64(above[i:])
		binary.LittleEndian.PutUint64(row[i:], (a&low+b&low)^(a^b)&^low)
	}
	for ; i < len(row); i++ {
		row[i] += above[i]
	}
}

// unpaeth restores each byte that is step after the one before, where what was
// taken away is the one of three neighbours that is nearest to a+b-c.
func unpaeth(row, above []byte, step int) {
	a, c := 0, 0
	above = above[:len(row)]
	for i := 0; i < len(row); i += step {
		b := int(above[i])
		da, db := b-c, a-c
		dc := distance(da + db)
		da, db = distance(da), distance(db)
		switch {
		case da <= db && da <= dc:
		case db <= dc:
			a = b
		default:
			a = c
		}
		a = int(row[i] + byte(a))
		row[i] = byte(a)
		c = b
	}
}

// distance is that from 0.
func distance(d int) int { return max(d, -d) }
