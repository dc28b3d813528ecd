// Package symbol reads a QR symbol (ISO/IEC 18004) whose modules are known: from
// the grid of dark and light to its text. Where the grid comes from, a picture
// or characters of a terminal, is none of its concern.
package symbol

// This file: the grid and the way to its text, which gozxing's decoder goes.

import (
	"errors"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/common"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// Sizes of symbols in modules a side: version 1 has 21, each next one 4 more.
const (
	MinSize = 21
	MaxSize = 177
)

// ErrUnreadable says that the grid is no QR symbol, or one with more wrong
// modules than its error correction mends.
var ErrUnreadable = errors.New("not a readable QR symbol")

// Grid is a square of modules. The zero Grid has none.
type Grid struct {
	Size int    // modules a side
	Dark []bool // Size*Size, row by row from the top left
}

// NewGrid returns a grid of light modules.
func NewGrid(size int) Grid { return Grid{size, make([]bool, size*size)} }

// At reports whether the module in column x and row y is dark.
func (g Grid) At(x, y int) bool { return g.Dark[y*g.Size+x] }

// Set makes a module dark or light.
func (g Grid) Set(x, y int, dark bool) { g.Dark[y*g.Size+x] = dark }

// Inverted returns the grid with dark and light changed over.
func (g Grid) Inverted() Grid {
	out := NewGrid(g.Size)
	for i, dark := range g.Dark {
		out.Dark[i] = !dark
	}
	return out
}

// Text is what a symbol holds.
type Text struct {
	Text string
	Part Part // of a text spread over several symbols (structured append)

	bytes []byte // of a part: its bytes, where Text may end within a character
}

// Read returns what the symbol says, also of one seen in a mirror. The grid's
// first row and column are those of the symbol, without a margin.
// Errors: ErrUnreadable.
func Read(g Grid) (Text, error) {
	if g.Size < MinSize || g.Size > MaxSize || g.Size%4 != 1 {
		return Text{}, ErrUnreadable
	}
	result, text := read(g)
	if result == nil {
		return Text{}, ErrUnreadable
	}
	t := Text{Text: text}
	if result.HasStructuredAppend() {
		t.Part = partOf(result)
		t.bytes = exactBytes(g, text)
	}
	return t, nil
}

// utf8Error stands in a text where its bytes are not UTF-8.
const utf8Error = '\uFFFD'

// read decodes g. Most symbols do not say which characters their bytes are.
// Today that is UTF-8, and only what can not be UTF-8 is guessed.
func read(g Grid) (result *common.DecoderResult, text string) {
	for _, charset := range []string{"UTF-8", ""} {
		guess := decode(g, charset)
		if guess == nil {
			break
		}
		result, text = guess, guess.GetText()
		if !strings.ContainsRune(text, utf8Error) {
			break
		}
	}
	return result, text
}

// decode returns nil for what gozxing can not decode. Some grids make it panic,
// with an index outside of what it looks at: those are unreadable, too.
func decode(g Grid, charset string) (result *common.DecoderResult) {
	defer func() {
		if recover() != nil {
			result = nil
		}
	}()
	bits, err := gozxing.NewSquareBitMatrix(g.Size) // the decoder writes on it
	if err != nil {
		return nil
	}
	for i, dark := range g.Dark {
		if dark {
			bits.Set(i%g.Size, i/g.Size)
		}
	}
	var hints map[gozxing.DecodeHintType]any
	if charset != "" {
		hints = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_CHARACTER_SET: charset}
	}
	result, err = decoder.NewDecoder().Decode(bits, hints)
	if err != nil {
		return nil
	}
	return result
}
