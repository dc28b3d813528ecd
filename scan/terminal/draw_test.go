package terminal

// This file: the ways in which programs draw codes, as functions from modules to
// text. Everything random comes from a seed.

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

const link = "otpauth://totp/HelpDesk:ana@demo.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HelpDesk&period=60"

// modules is a code with its margin.
type modules struct {
	size int
	dark func(x, y int) bool
}

func encoded(t testing.TB, text string, margin int) modules {
	t.Helper()
	code, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_L,
		map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	m := code.GetMatrix()
	size := m.GetWidth()
	return modules{size + 2*margin, func(x, y int) bool {
		x, y = x-margin, y-margin
		return x >= 0 && y >= 0 && x < size && y < size && m.Get(x, y) == 1
	}}
}

// inverted has dark and light changed over, the margin too.
func (m modules) inverted() modules {
	return modules{m.size, func(x, y int) bool { return x < m.size && y < m.size && !m.dark(x, y) }}
}

// textOf returns a text that makes a code of that version.
func textOf(version int, random *rand.Rand) string {
	capacity := [...]int{0, 17, 32, 53, 78, 106, 134, 154, 192, 230, 271}
	var b strings.Builder
	for b.Len() < capacity[version]-10 {
		b.WriteByte("abcdefghijklmnopqrstuvwxyz:/?=&"[random.IntN(31)])
	}
	return b.String()
}

// byModule draws each module as one of two strings.
func byModule(dark, light string) func(modules) string {
	return func(m modules) string {
		var b strings.Builder
		for y := range m.size {
			for x := range m.size {
				if m.dark(x, y) {
					b.WriteString(dark)
				} else {
					b.WriteString(light)
				}
			}
			b.WriteString("\x1b[0m\n")
		}
		return b.String()
	}
}

// plain is byModule without any escape sequence.
func plain(dark, light string) func(modules) string {
	draw := byModule(dark, light)
	return func(m modules) string { return strings.ReplaceAll(draw(m), "\x1b[0m", "") }
}

// byCell draws cells of wide x high modules, each as what glyph makes of their
// bits, row by row from the lowest bit on. before stands in front of each row.
func byCell(wide, high int, before string, glyph func(bits int) string) func(modules) string {
	return func(m modules) string {
		var b strings.Builder
		for y := 0; y < m.size; y += high {
			b.WriteString(before)
			for x := 0; x < m.size; x += wide {
				bits := 0
				for i := range wide * high {
					if m.dark(x+i%wide, y+i/wide) {
						bits |= 1 << i
					}
				}
				b.WriteString(glyph(bits))
			}
			if before != "" {
				b.WriteString("\x1b[0m")
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
}

// glyphsOf returns the bits of a cell of wide x high parts as the character that
// has that shape, from the ranges given.
func glyphsOf(wide, high int, ranges ...[2]rune) func(int) string {
	known := map[int]rune{0: ' ', 1<<(wide*high) - 1: '█'}
	for _, r := range ranges {
		for c := r[0]; c <= r[1]; c++ {
			s, bits := shapeOf(c), 0
			if s.ink != 255 || wide%s.cols != 0 || high%s.rows != 0 {
				continue
			}
			for i := range wide * high {
				part := i/wide*s.rows/high*s.cols + i%wide*s.cols/wide
				bits |= int(s.bits>>part&1) << i
			}
			if _, there := known[bits]; !there {
				known[bits] = c
			}
		}
	}
	return func(bits int) string {
		r, ok := known[bits]
		if !ok {
			panic(fmt.Sprintf("no character for %b of %d x %d", bits, wide, high))
		}
		return string(r)
	}
}

// halves are half blocks written down, not derived from shapeOf.
func halves(space string) func(int) string {
	return func(bits int) string { return [...]string{space, "▀", "▄", "█"}[bits] }
}

// styles are the ways of drawing.
var styles = map[string]func(modules) string{
	"qrencode ANSI":        byModule("\x1b[40m  ", "\x1b[47m  "),
	"qrencode ANSI256":     byModule("\x1b[48;5;16m  ", "\x1b[48;5;231m  "),
	"true colour":          byModule("\x1b[48;2;30;30;46m  ", "\x1b[48;2;205;214;244m  "),
	"true colour, colons":  byModule("\x1b[48:2::20:20:60m  ", "\x1b[48:2::250:240:180m  "),
	"near colours":         byModule("\x1b[48;2;90;90;90m  ", "\x1b[48;2;125;125;125m  "),
	"bright":               byModule("\x1b[40m  ", "\x1b[107m  "),
	"dark on default":      byModule("\x1b[40m  ", "\x1b[49m  "),
	"light on default":     byModule("\x1b[49m  ", "\x1b[47m  "),
	"reverse":              byModule("\x1b[7m  ", "\x1b[27m  "),
	"reverse, white":       byModule("\x1b[30;47m\x1b[7m  ", "\x1b[30;47m\x1b[27m  "),
	"letters on colours":   byModule("\x1b[37;40mab", "\x1b[30;47mcd"),
	"one column":           byModule("\x1b[40m ", "\x1b[47m "),
	"three columns":        byModule("\x1b[40m   ", "\x1b[47m   "),
	"coloured blocks":      byModule("\x1b[30m██", "\x1b[97m██"),
	"ASCII":                plain("##", "  "),
	"ASCII, one column":    plain("#", " "),
	"XX":                   plain("XX", "  "),
	"at and dot":           plain("@@", ".."),
	"ones and zeros":       plain("1", "0"),
	"full blocks":          plain("██", "  "),
	"full blocks, NBSP":    plain("██", "\u00a0\u00a0"),
	"block and space":      plain("█ ", "  "),
	"shade and block":      plain("██", "░░"),
	"shades":               plain("▓▓", "░░"),
	"emoji":                plain("⬛", "⬜"),
	"emoji and spaces":     plain("⬛", "  "),
	"coloured emoji":       plain("🟦", "⬜"),
	"squares, VS16":        plain("◼️", "◻️"),
	"squares":              plain("■", "□"),
	"full-width spaces":    plain("██", "\u3000"),
	"half blocks":          byCell(1, 2, "", halves(" ")),
	"half blocks, NBSP":    byCell(1, 2, "", halves("\u00a0")),
	"ANSIUTF8i":            byCell(1, 2, "\x1b[40;37;1m", halves(" ")),
	"ANSI256UTF8":          byCell(1, 2, "\x1b[38;5;231m\x1b[48;5;16m", halves(" ")),
	"google-authenticator": byCell(1, 2, "\x1b[30;47;27m", halves(" ")),
	"nod":                  byCell(1, 2, "\x1b[30;107m", halves(" ")),
	"halves in two colours": byCell(1, 2, "\x1b[30m", func(bits int) string {
		return [...]string{"\x1b[97;107m▀", "\x1b[30;107m▀", "\x1b[97;40m▀", "\x1b[30;40m▀"}[bits]
	}),
	"left and right halves": byCell(2, 1, "", func(bits int) string { return [...]string{" ", "▌", "▐", "█"}[bits] }),
	"quadrants":             byCell(2, 2, "", glyphsOf(2, 2, [2]rune{0x2580, 0x259f})),
	"sextants":              byCell(2, 3, "", glyphsOf(2, 3, [2]rune{0x2580, 0x259f}, [2]rune{0x1fb00, 0x1fb3b})),
	"Braille":               byCell(2, 4, "", glyphsOf(2, 4, [2]rune{0x2800, 0x28ff})),
	"code page 437":         byCell(1, 2, "", func(bits int) string { return [...]string{" ", "\xdf", "\xdc", "\xdb"}[bits] }),
}
