package picture

// This file: which way up a camera was held, from EXIF metadata.

import (
	"bytes"
	"encoding/binary"
)

// A TIFF file and EXIF metadata are the same structure: a header that tells the
// order of bytes and where the first directory is, and directories of entries
// with 12 bytes each.
const (
	entrySize      = 12
	orientationTag = 0x112
	upright        = 1
)

// orientation finds the orientation, 1 to 8, in EXIF metadata, with or without
// the letters in front of it. Without a sound one it is 1, upright. Only the
// first directory is looked at.
func orientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	order, at, ok := tiffHeader(exif)
	if !ok {
		return upright
	}
	entries, _ := directory(exif, order, at)
	for ; len(entries) > 0; entries = entries[entrySize:] {
		if order.Uint16(entries) == orientationTag {
			if o := entryValue(entries, order); o >= 1 && o <= 8 {
				return int(o)
			}
		}
	}
	return upright
}

// tiffHeader returns the order of bytes and the place of the first directory.
func tiffHeader(data []byte) (order binary.ByteOrder, at int, ok bool) {
	if len(data) < 8 {
		return nil, 0, false
	}
	switch string(data[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return nil, 0, false
	}
	return order, int(order.Uint32(data[4:])), true
}

// directory returns the entries of the directory at a place, as many as are
// whole, and the place of the next directory, 0 for none.
func directory(data []byte, order binary.ByteOrder, at int) (entries []byte, next int) {
	if at < 8 || at+2 > len(data) {
		return nil, 0
	}
	n := int(order.Uint16(data[at:]))
	entries = data[at+2:]
	if len(entries) < n*entrySize {
		return entries[:len(entries)/entrySize*entrySize], 0
	}
	if rest := entries[n*entrySize:]; len(rest) >= 4 {
		next = int(order.Uint32(rest))
	}
	return entries[:n*entrySize], next
}

// entryValue is the first number of an entry whose numbers stand in it.
func entryValue(entry []byte, order binary.ByteOrder) uint32 {
	const bytesType, shortType, longType = 1, 3, 4
	switch order.Uint16(entry[2:]) {
	case bytesType:
		return uint32(entry[8])
	case shortType:
		return uint32(order.Uint16(entry[8:]))
	case longType:
		return order.Uint32(entry[8:])
	}
	return 0
}
