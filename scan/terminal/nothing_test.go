package terminal

// This file: output without a code, and such as is made to take long.

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nothings hold blocks, signs and colours, but no code.
func nothings(t testing.TB) map[string]string {
	random := rand.New(rand.NewPCG(8, 1))
	any := func(glyphs string, columns, rows int) string {
		all := []rune(glyphs)
		var b strings.Builder
		for range rows {
			for range columns {
				b.WriteRune(all[random.IntN(len(all))])
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	half := strings.SplitAfter(styles["half blocks"](encoded(t, link, 2)), "\n")
	all := map[string]string{
		"empty":          "",
		"one line":       "hello\n",
		"lines":          strings.Repeat("\n", 5000),
		"source code":    source(t),
		"log":            strings.Repeat("2025-03-01T10:00:00Z INFO  [app] request id=12 took 12ms ####### ok\n", 300),
		"progress bars":  strings.Repeat("\r[#####     ] 50%  ███████▌░░░░░ 12/24\n", 60),
		"bar graph":      any("▁▂▃▄▅▆▇█ ", 120, 40),
		"blocks":         any("█▀▄ ", 120, 60),
		"Braille graph":  any("⠀⡀⣀⣄⣤⣦⣶⣷⣿", 120, 40),
		"Braille":        any("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", 200, 40),
		"htop":           strings.Repeat("  1[\x1b[32m||||||\x1b[31m|||\x1b[0m      33.3%]   Tasks: \x1b[1m55\x1b[0m\n\x1b[30;42m  PID USER  PRI\x1b[0m\n", 40),
		"ASCII art":      strings.Repeat("  ####  ##   ##  ######  ##  \n ##  ## ###  ##    ##    ##  \n", 40),
		"box drawing":    strings.Repeat("┌──────┬──────┐\n│ a    │ b    │\n└──────┴──────┘\n", 40),
		"chequered":      strings.Repeat("█ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ \n █ █ █ █ █ █ █ █ █ █ █ █ █ █ █ █\n", 40),
		"half a code":    strings.Join(half[:len(half)/2], ""),
		"spoilt code":    spoilt(half, random),
		"escapes alone":  strings.Repeat("\x1b[47m\x1b[0m\x1b[2K\x1b[1;1H", 500),
		"colours":        colours(random),
		"corners alone":  corner(20),
		"random bytes":   randomBytes(random, 20000),
		"CSI unfinished": "\x1b[", "OSC unfinished": "\x1b]0;", "DCS unfinished": "\x1bPq#0!9", "ESC": "\x1b",
	}
	return all
}

// source is the code of this package.
func source(t testing.TB) string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(data)
	}
	return b.String()
}

// spoilt is a code with more wrong cells than can be mended.
func spoilt(lines []string, random *rand.Rand) string {
	var b strings.Builder
	for i, line := range lines {
		row := []rune(line)
		for range 12 {
			if i >= 5 && i < len(lines)-7 && len(row) > 10 {
				row[5+random.IntN(len(row)-9)] = []rune("█▀▄ ")[random.IntN(4)]
			}
		}
		b.WriteString(string(row))
	}
	return b.String()
}

func colours(random *rand.Rand) string {
	var b strings.Builder
	for range 60 {
		for range 60 {
			fmt.Fprintf(&b, "\x1b[48;5;%dm  ", random.IntN(256))
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}

// corner draws n x n squares as those in a code's corners.
func corner(n int) string {
	lines := []string{"█▀▀▀▀▀█ ", "█ ███ █ ", "█ ▀▀▀ █ ", "▀▀▀▀▀▀▀ "}
	var b strings.Builder
	for range n {
		for _, line := range lines {
			b.WriteString(strings.Repeat(line, n) + "\n")
		}
	}
	return b.String()
}

func randomBytes(random *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return string(b)
}

func TestNothing(t *testing.T) {
	for name, s := range nothings(t) {
		check(t, name, s)
	}
}

// hostile are texts of size bytes that are to take long or much memory.
func hostile(size int) map[string]string {
	random := rand.New(rand.NewPCG(6, 6))
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	noise := make([]rune, size/3)
	for i := range noise {
		noise[i] = []rune("█▀▄ ")[random.IntN(4)]
		if i%500 == 499 {
			noise[i] = '\n'
		}
	}
	many := corner(min(100, size/200))
	return map[string]string{
		"blocks":        string(noise),
		"corners":       fill(many),
		"full":          fill(strings.Repeat("█", 900) + "\n"),
		"one line":      fill("█▀▄ "),
		"newlines":      fill("\n"),
		"far cells":     fill("\x1b[20000;1000Hx\x1b[1;1H\x1b[2J"),
		"repeated":      fill("█\x1b[999b\n"),
		"erased":        fill("\x1b[47m\x1b[999X\n"),
		"inserted":      fill("x\x1b[999@\r"),
		"deleted":       fill("xxxx\r\x1b[P"),
		"screens":       fill("x\x1b[2J"),
		"levels":        fill("\x1b[48;5;240m  \x1b[48;5;250m \x1b[30m▀▀⣿🬁\n"),
		"OSC":           fill("\x1b]"),
		"OSC lines":     fill("\x1b]\n"),
		"CSI":           fill("\x1b[1;"),
		"params":        "\x1b[" + fill("1;") + "m",
		"sixel":         "\x1bPq" + fill("!9999~-!9999~$") + "\x1b\\",
		"sixels":        fill("\x1bPq!1200~$!1200~-!1200~\x1b\\"),
		"everything":    fill("█ ⣿ 🬁 x \x1b[7m░\x1b[0m\x1b[44m▞\x1b[0m "),
		"blank between": fill("#### ## # ### #\n\n"),
	}
}

// TestHostile ends: a search without bounds would not.
func TestHostile(t *testing.T) {
	for name, s := range hostile(1 << 20) {
		t.Run(name, func(t *testing.T) { check(t, name, s) })
	}
}

func TestTooLong(t *testing.T) {
	check(t, "behind the limit", strings.Repeat("text\n", MaxText/5)+styles["ASCII"](encoded(t, link, 2)))
}

func BenchmarkFind(b *testing.B) {
	text := strings.Repeat("total 48 drwxr-xr-x  2 ana ana 4096 Mar  1 10:00 documents\n", 15)
	all := map[string]string{
		"screen of half blocks": text + styles["half blocks"](encoded(b, link, 2)) + text,
		"screen of ANSI":        text + styles["qrencode ANSI"](encoded(b, link, 2)) + text,
		"screen without a code": strings.Repeat(text, 3),
		"1 MiB of text":         strings.Repeat(text, 1<<20/len(text)),
	}
	for name, s := range hostile(1 << 20) {
		all["1 MiB hostile, "+name] = s
	}
	for name, s := range all {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Find([]byte(s))
			}
		})
	}
}
