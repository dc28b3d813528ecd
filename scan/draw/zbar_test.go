package draw

// This file: every drawing as zbarimg, a program of other people, reads it. A
// terminal is emulated, and its cells are painted in the colours of a theme.

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
)

// theme is a terminal's own colours, and its first 16 where they matter.
type theme struct {
	text, ground color.Color
	dark         bool
	basic        map[int]color.Color
}

var themes = map[string]theme{
	"dark":  {text: color.Gray{0xd0}, ground: color.Gray{0x1e}, dark: true},
	"light": {text: color.Gray{0x33}, ground: color.White},
	// A scheme that keeps its darkest colour where white belongs, and its lightest
	// in place of black.
	"swapped": {
		text: color.Gray{0x30}, ground: color.Gray{0xf8},
		basic: map[int]color.Color{0: color.White, 7: color.Gray{0x20}, 8: color.Gray{0xd0}, 15: color.Black},
	},
}

// drawings are the ways to draw that a terminal of a theme may be given.
func drawings(th theme) map[string]Style {
	return map[string]Style{
		"half blocks":        {Margin: Margin},
		"small margin":       {Margin: 2},
		"least margin":       {Margin: 1},
		"ASCII":              {Margin: Margin, ASCII: true},
		"bare":               {Margin: Margin, Bare: true, OnDark: th.dark},
		"bare, least margin": {Margin: 1, Bare: true, OnDark: th.dark},
		"bare ASCII":         {Margin: Margin, ASCII: true, Bare: true, OnDark: th.dark},
	}
}

func TestZbarReadsTerminal(t *testing.T) {
	tool := program(t, "zbarimg", "zbar-tools")
	codes := map[string]*Code{} // each is drawn in many ways
	for _, text := range texts() {
		codes[text] = mustDraw(t, Small, text)
	}
	for name, th := range themes {
		for way, style := range drawings(th) {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				want := map[string]string{}
				for i, text := range texts() {
					if way != "half blocks" && i%5 > 0 {
						continue
					}
					file := filepath.Join(dir, fmt.Sprintf("%02d.png", i))
					paint(t, file, codes[text], style, th)
					want[file] = text
				}
				readAll(t, tool, want)
			})
		}
	}
}

func TestZbarReadsPNG(t *testing.T) {
	tool := program(t, "zbarimg", "zbar-tools")
	dir := t.TempDir()
	want := map[string]string{}
	for i, text := range texts() {
		file := filepath.Join(dir, fmt.Sprintf("%02d.png", i))
		if err := WriteFile(file, text, false); err != nil {
			t.Fatal(err)
		}
		want[file] = text
	}
	readAll(t, tool, want)
}

func TestZbarReadsSVG(t *testing.T) {
	tool, render := program(t, "zbarimg", "zbar-tools"), program(t, "rsvg-convert", "librsvg2-bin")
	dir := t.TempDir()
	want := map[string]string{}
	for i, text := range texts() {
		svg := filepath.Join(dir, fmt.Sprintf("%02d.svg", i))
		if err := WriteFile(svg, text, false); err != nil {
			t.Fatal(err)
		}
		file := svg + ".png"
		if out, err := exec.Command(render, "-o", file, svg).CombinedOutput(); err != nil {
			t.Fatalf("rsvg-convert: %v: %s", err, out)
		}
		want[file] = text
	}
	readAll(t, tool, want)
}

// program finds a program of other people, or skips the test.
func program(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatalf("%s is missing: install the package %s", name, pkg)
		}
		t.Skipf("no reading with %s: the package %s is not installed", name, pkg)
	}
	return path
}

// readAll lets zbarimg read pictures, and compares with the text of each.
func readAll(t *testing.T, tool string, want map[string]string) {
	t.Helper()
	args := []string{"--quiet", "--xml"}
	for file := range want {
		args = append(args, file)
	}
	out, err := exec.Command(tool, args...).Output()
	if err != nil {
		t.Errorf("zbarimg: %v", err) // go on: its answer says which
	}
	var answer struct {
		Sources []struct {
			File    string `xml:"href,attr"`
			Symbols []struct {
				Type string `xml:"type,attr"`
				Data string `xml:"data"`
			} `xml:"index>symbol"`
		} `xml:"source"`
	}
	if err := xml.NewDecoder(bytes.NewReader(out)).Decode(&answer); err != nil {
		t.Fatalf("zbarimg says %q: %v", out, err)
	}
	got := map[string][]string{}
	for _, s := range answer.Sources {
		for _, symbol := range s.Symbols {
			// It takes stripes of large codes for bar codes of other kinds, too.
			if symbol.Type == "QR-Code" {
				got[s.File] = append(got[s.File], symbol.Data)
			}
		}
	}
	for file, text := range want {
		if !slices.Equal(got[file], []string{text}) {
			t.Errorf("%s: zbarimg reads %q, want %q", filepath.Base(file), got[file], text)
		}
	}
}

// paint shows a code in an emulated terminal, with a prompt above and below, and
// paints that as 6 by 12 pixels a cell.
func paint(t *testing.T, file string, c *Code, s Style, th theme) {
	t.Helper()
	const wide, high = 6, 12
	width, height := c.Cells(s)
	width, height = width+4, height+2
	screen := vt.NewEmulator(width, height)
	for i, basic := range th.basic {
		screen.SetIndexedColor(i, basic)
	}
	text := "$ nod\n" + strings.Join(c.Lines(s), "\n") + "\n$ "
	if _, err := screen.WriteString(strings.ReplaceAll(text, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, width*wide, height*high))
	fill := func(x, y, from, to int, c color.Color) {
		draw.Draw(img, image.Rect(x*wide, y*high+from, (x+1)*wide, y*high+to), image.NewUniform(c), image.Point{}, draw.Src)
	}
	for y := range height {
		for x := range width {
			content, ink, ground := cell(screen, x, y, th)
			fill(x, y, 0, high, ground)
			switch content {
			case "█":
				fill(x, y, 0, high, ink)
			case "▀":
				fill(x, y, 0, high/2, ink)
			case "▄":
				fill(x, y, high/2, high, ink)
			case " ", "":
			default: // of the prompt
				fill(x, y, 3, high-4, ink)
			}
		}
	}
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// cell is what a place of the screen shows.
func cell(screen *vt.Emulator, x, y int, th theme) (content string, ink, ground color.Color) {
	const reverse = 1 << 5
	ink, ground = th.text, th.ground
	c := screen.CellAt(x, y)
	if c == nil {
		return "", ink, ground
	}
	if c.Style.Fg != nil {
		ink = c.Style.Fg
	}
	if c.Style.Bg != nil {
		ground = c.Style.Bg
	}
	if c.Style.Attrs&reverse != 0 {
		ink, ground = ground, ink
	}
	return c.Content, ink, ground
}
