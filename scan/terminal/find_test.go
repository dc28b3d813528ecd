package terminal

// This file: drawn codes are found in every style, and what stands around them
// is no hindrance.

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestStyles draws codes of all versions in all styles, both polarities, with
// and without a margin.
func TestStyles(t *testing.T) {
	for name, draw := range styles {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(4, 3))
			for version := 1; version <= 10; version++ {
				text := textOf(version, random)
				for _, margin := range []int{0, 1, 4} {
					m := encoded(t, text, margin)
					check(t, fmt.Sprintf("version %d, margin %d", version, margin), draw(m), text)
					check(t, fmt.Sprintf("version %d, margin %d, inverted", version, margin), draw(m.inverted()), text)
				}
			}
		})
	}
}

func check(t *testing.T, name, printed string, want ...string) {
	t.Helper()
	if got := texts(Find([]byte(printed))); !slices.Equal(got, want) {
		t.Errorf("%s: found %q, want %q", name, got, want)
	}
}

// surroundings are what people and programs put around a drawing.
var surroundings = map[string]func(string) string{
	"as it is":       func(s string) string { return s },
	"CRLF":           func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"CR CR LF":       func(s string) string { return strings.ReplaceAll(s, "\n", "\r\r\n") },
	"doubled lines":  func(s string) string { return strings.ReplaceAll(s, "\n", "\n\n") },
	"no last line":   func(s string) string { return strings.TrimSuffix(s, "\n") },
	"indented":       eachLine("        ", ""),
	"tab":            eachLine("\t", ""),
	"quoted":         eachLine("> ", ""),
	"quoted twice":   eachLine("> > ", ""),
	"piped":          eachLine("| ", ""),
	"box":            eachLine("│", "│"),
	"box with text":  eachLine("dir  ││  ", "  ║ more text here"),
	"comment":        eachLine("// ", ""),
	"log":            eachLine("2025-03-01T10:00:00Z app[12]: ", ""),
	"trimmed":        trimmed,
	"line numbers":   numbered,
	"after a prompt": func(s string) string { return "ana@demo:~$ qr\n" + s + "ana@demo:~$ " },
	"on the prompt's line": func(s string) string {
		return "$ " + s
	},
	"code block": func(s string) string { return "Scan this:\n```\n" + s + "```\nThen go on.\n" },
	"lines of text": func(s string) string {
		return "Your code is here: please scan it\n" + s + "Your new secret key is: ABCDEF\n"
	},
	"text without end":    func(s string) string { return strings.Repeat("words and more words. ", 40) + "\n" + s },
	"cursor right":        eachLine("\x1b[30C", ""),
	"cursor to":           placedByCursor,
	"erased to the right": eachLine("", "\x1b[K"),
	"title before":        func(s string) string { return "\x1b]0;title\x07\x1b[?25l\x1b(B" + s + "\x1b[?25h" },
	"title without end":   func(s string) string { return "\x1b]0;title\n" + s },
	"screen cleared":      func(s string) string { return "text\n\x1b[2J\x1b[H" + s + "\x1b[2J\x1b[Hdone\n" },
	"alternate screen":    func(s string) string { return "$ nod\r\n\x1b[?1049h\x1b[H" + placedByCursor(s) + "\x1b[?1049l$ " },
	"broken UTF-8":        func(s string) string { return "\xc3(\xf0\x9f\x92 \xe2\x96\n" + s + "\xff\xfe\xe2" },
	"mark of UTF-8":       func(s string) string { return "\ufeff" + s },
	"progress bar before": func(s string) string {
		return "\r 10% ███▌     \r 90% ███████▌ \r100% ████████ \n" + s
	},
	"spinner before": func(s string) string { return "⠋\b⠙\b⠹\b⠸\b done\n" + s },
	"typescript": func(s string) string {
		return "Script started on 2025-03-01\n$ qr\r\n" + strings.ReplaceAll(s, "\n", "\r\n") + "Script done\n"
	},
}

func eachLine(before, after string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for line := range strings.Lines(s) {
			b.WriteString(before + strings.TrimSuffix(line, "\n") + after + "\n")
		}
		return b.String()
	}
}

func trimmed(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.TrimRight(line, " \n\u00a0") + "\n")
	}
	return b.String()
}

func numbered(s string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(s) {
		n++
		fmt.Fprintf(&b, "%4d  %s", n, line)
	}
	return b.String()
}

func placedByCursor(s string) string {
	var b strings.Builder
	n := 3
	for line := range strings.Lines(s) {
		n++
		fmt.Fprintf(&b, "\x1b[%d;20H%s", n, strings.TrimSuffix(line, "\n"))
	}
	return b.String()
}

// usual are the styles that all surroundings are tried with.
var usual = []string{"qrencode ANSI", "ASCII", "half blocks", "ANSIUTF8i", "google-authenticator", "quadrants", "Braille", "reverse", "emoji"}

func TestSurroundings(t *testing.T) {
	for name, around := range surroundings {
		t.Run(name, func(t *testing.T) {
			for _, style := range usual {
				for _, margin := range []int{0, 2} {
					m := encoded(t, link, margin)
					check(t, fmt.Sprintf("%s, margin %d", style, margin), around(styles[style](m)), link)
					check(t, fmt.Sprintf("%s, margin %d, inverted", style, margin), around(styles[style](m.inverted())), link)
				}
			}
		})
	}
}

// TestSeveral looks for codes under and beside each other.
func TestSeveral(t *testing.T) {
	for _, style := range usual {
		draw := func(text string) string { return styles[style](encoded(t, text, 2)) }
		first, second, third := draw("first of them"), draw("second one"), draw("the third")
		check(t, style+", under", "1:\n"+first+"\n2:\n"+second+third, "first of them", "second one", "the third")
		check(t, style+", beside", beside(first, second, third), "first of them", "second one", "the third")
		check(t, style+", equal", first+first, "first of them", "first of them")
		check(t, style+", drawn again", first+"\x1b[2J\x1b[H"+first, "first of them")
	}
	mixed := styles["qrencode ANSI"](encoded(t, "one", 2)) + styles["half blocks"](encoded(t, "two", 2)) + styles["Braille"](encoded(t, "three", 2).inverted())
	check(t, "mixed", mixed, "one", "two", "three")
}

func beside(all ...string) string {
	var lines []string
	for _, s := range all {
		for i, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
			if i == len(lines) {
				lines = append(lines, "")
			}
			lines[i] += line + "\x1b[0m   "
		}
	}
	return strings.Join(lines, "\n")
}

// TestBroken is a window narrower than the code.
func TestBroken(t *testing.T) {
	m := encoded(t, link, 2)
	for _, name := range []string{"ASCII", "half blocks", "full blocks"} {
		var b strings.Builder
		for line := range strings.Lines("$ qr\n" + styles[name](m.inverted()) + "$ \n") {
			line := []rune(strings.TrimSuffix(line, "\n"))
			if len(line) > 40 {
				b.WriteString(strings.TrimRight(string(line[:len(line)*2/3]), " ") + "\n")
				line = line[len(line)*2/3:]
			}
			b.WriteString(strings.TrimRight(string(line), " ") + "\n")
		}
		check(t, name, b.String(), link)
	}
}

// TestDamaged has wrong cells, as many as the code's own correction mends.
func TestDamaged(t *testing.T) {
	s := styles["half blocks"](encoded(t, link, 2))
	lines := strings.Split(s, "\n")
	row := []rune(lines[10])
	copy(row[20:], []rune("█ █ "))
	lines[10] = string(row)
	check(t, "wrong cells", strings.Join(lines, "\n"), link)
}

func TestPlace(t *testing.T) {
	for style, want := range map[string]Found{
		"ASCII":       {Row: 6, Column: 9, Rows: 37, Columns: 74},
		"half blocks": {Row: 5, Column: 7, Rows: 19, Columns: 37},
	} {
		got := Find([]byte("1\n2\n3\n4\n" + eachLine("12345", "")(styles[style](encoded(t, link, 2)))))
		if len(got) != 1 {
			t.Fatalf("%s: found %d, want 1", style, len(got))
		}
		want.Text = got[0].Text
		if got[0].Row != want.Row || got[0].Column != want.Column || got[0].Rows != want.Rows || got[0].Columns != want.Columns {
			t.Errorf("%s: %+v, want %+v", style, got[0].place(), want.place())
		}
	}
}

// TestUTF16 is what PowerShell makes of a program's output.
func TestUTF16(t *testing.T) {
	s := styles["half blocks"](encoded(t, link, 2))
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		var data []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + s)) {
			data = order.AppendUint16(data, unit)
		}
		check(t, name, string(data), link)
	}
}

func (f Found) place() [4]int { return [4]int{f.Row, f.Column, f.Rows, f.Columns} }
