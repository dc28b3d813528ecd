package terminal

// This file: text that is not UTF-8: what PowerShell writes into files, and the
// blocks of DOS, which are bytes.

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// toUTF8 returns data, or what it says if a mark at its start tells UTF-16.
func toUTF8(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return data
	}
	units := make([]uint16, len(data)/2-1)
	for i := range units {
		units[i] = order.Uint16(data[2*i+2:])
	}
	return []byte(string(utf16.Decode(units)))
}

// codePage437 returns the characters that codes are drawn with in code page 437
// and most of its relatives.
func codePage437(b byte) rune {
	switch {
	case b >= 0xb0 && b <= 0xb2:
		return '░' + rune(b-0xb0)
	case b >= 0xb3 && b <= 0xda:
		return '│' // some line or other
	}
	switch b {
	case 0xdb:
		return '█'
	case 0xdc:
		return '▄'
	case 0xdd:
		return '▌'
	case 0xde:
		return '▐'
	case 0xdf:
		return '▀'
	case 0xfe:
		return '■'
	case 0xff:
		return '\u00a0'
	}
	return '\ufffd'
}
