package symbol

// This file: texts spread over several symbols, "structured append" in ISO/IEC
// 18004, 8.

import (
	"slices"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing/common"
)

// Part says which part of a text a symbol holds. The zero Part is a whole text.
type Part struct {
	Index  int  // from 0
	Size   int  // parts in all, at least 2, at most 16
	Parity byte // exclusive or of all bytes of the whole text: the parts' common mark
}

// partOf reads the sequence byte: the index in the upper half, the last index in
// the lower.
func partOf(r *common.DecoderResult) Part {
	sequence := r.GetStructuredAppendSequenceNumber()
	p := Part{Index: sequence >> 4, Size: sequence&0xf + 1, Parity: byte(r.GetStructuredAppendParity())}
	if p.Size < 2 || p.Index >= p.Size {
		return Part{}
	}
	return p
}

// exactBytes returns the bytes of a part. A character of several bytes may begin
// in one symbol and end in the next, so they are read as one character a byte.
func exactBytes(g Grid, text string) []byte {
	result := decode(g, "ISO-8859-1")
	if result == nil {
		return []byte(text)
	}
	exact := make([]byte, 0, len(text))
	for _, r := range result.GetText() {
		if r > 0xff { // a segment that says what its characters are
			return []byte(text)
		}
		exact = append(exact, byte(r))
	}
	return exact
}

// Set is the parts of one text that were found.
type Set struct {
	Parts []Text // by index; those not found are zero
}

// Has reports whether a text is one of the parts, or another copy of one.
func (s Set) Has(t Text) bool {
	return t.Part.Size != 0 && slices.ContainsFunc(s.Parts, func(p Text) bool {
		return p.Part.Size == t.Part.Size && p.Part.Parity == t.Part.Parity
	})
}

// Missing returns the numbers, from 1, of the parts that are not there.
func (s Set) Missing() []int {
	var missing []int
	for i, p := range s.Parts {
		if p.Part.Size == 0 {
			missing = append(missing, i+1)
		}
	}
	return missing
}

// Text returns the joined text of a set that misses nothing.
func (s Set) Text() string {
	var all []byte
	for _, p := range s.Parts {
		all = append(all, p.bytes...)
	}
	if utf8.Valid(all) {
		return string(all)
	}
	joined := ""
	for _, p := range s.Parts {
		joined += p.Text
	}
	return joined
}

// Collect puts the parts among texts together, those with one parity and one
// number of parts into one Set. Whole texts are passed over.
func Collect(texts []Text) []Set {
	var sets []Set
	at := map[Part]int{}
	for _, t := range texts {
		if t.Part.Size == 0 {
			continue
		}
		mark := Part{Size: t.Part.Size, Parity: t.Part.Parity}
		i, known := at[mark]
		if !known {
			i = len(sets)
			at[mark] = i
			sets = append(sets, Set{make([]Text, t.Part.Size)})
		}
		sets[i].Parts[t.Part.Index] = t
	}
	return sets
}
