package transfer

// This file: the fields of a protocol buffer message, without a schema. A
// module for it would be far larger than the message that it reads here.

import "encoding/binary"

// field is one field of a message. value is set for whole numbers, bytes (a
// part of the message, not a copy) for strings and messages.
type field struct {
	number uint64
	value  uint64
	bytes  []byte
}

// The wire types, the low 3 bits of a tag. Groups (3 and 4) are long gone.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// eachField calls do for the fields of a message, in order.
func eachField(message []byte, do func(field)) error {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 || tag>>3 == 0 {
			return errDamaged
		}
		message = message[n:]
		f := field{number: tag >> 3}
		switch tag & 7 {
		case wireVarint:
			if f.value, n = binary.Uvarint(message); n <= 0 {
				return errDamaged
			}
		case wire64:
			n = 8
		case wire32:
			n = 4
		case wireBytes:
			size, prefix := binary.Uvarint(message)
			if prefix <= 0 || size > uint64(len(message)-prefix) {
				return errDamaged
			}
			n = prefix + int(size)
			f.bytes = message[prefix:n]
		default:
			return errDamaged
		}
		if n > len(message) {
			return errDamaged
		}
		message = message[n:]
		do(f)
	}
	return nil
}
