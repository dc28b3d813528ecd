package picture

// This file: drawings, what is where in them.

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"image/color"
	"image/png"
	"net/url"
	"strings"
	"testing"
)

// drawn loads a drawing of 10 x 10 units, which get 60 pixels each.
func drawn(t testing.TB, attributes, body string) Picture {
	t.Helper()
	return loaded(t, []byte(fmt.Sprintf(`<svg viewBox="0 0 10 10" xmlns="http://www.w3.org/2000/svg" %s>%s</svg>`, attributes, body)))
}

// seen names the colours in the middle of units of a row, by letters.
func seen(p Picture, row int) string {
	names := map[color.Color]string{
		color.RGBA{}: ".", color.RGBA{0, 0, 0, 255}: "#", color.RGBA{255, 0, 0, 255}: "r",
		color.RGBA{0, 128, 0, 255}: "g", color.RGBA{0, 0, 255, 255}: "b", color.RGBA{255, 255, 255, 255}: "w",
	}
	var s strings.Builder
	unit := p.Width / 10
	for x := range 10 {
		name, ok := names[p.Frames[0].At(x*unit+unit/2, row*unit+unit/2)]
		if !ok {
			name = "?"
		}
		s.WriteString(name)
	}
	return s.String()
}

// TestShapes looks at rows of small drawings.
func TestShapes(t *testing.T) {
	for name, v := range map[string]struct{ body, row0, row1 string }{
		"rect":               {`<rect x="1" y="0" width="2" height="1"/>`, ".##.......", ".........."},
		"rect in percent":    {`<rect width="100%" height="10%" fill="red"/>`, "rrrrrrrrrr", ".........."},
		"colours":            {`<rect width="1" height="1" fill="#f00"/><rect x="1" width="1" height="1" fill="rgb(0,0,255)"/><rect x="2" width="1" height="1" style="fill:green"/><rect x="3" width="1" height="1" fill="hsl(0,100%,50%)"/><rect x="4" width="1" height="1" fill="#0000ffff"/>`, "rbgrb.....", ".........."},
		"path":               {`<path d="M1,0h2v1h-2zM5 0L6 0 6 1 5 1"/>`, ".##..#....", ".........."},
		"relative path":      {`<path d="m1 0h1v1h-1zm2 0 1 0 0 1-1 0z"/>`, ".#.#......", ".........."},
		"curves":             {`<path d="M0 0C0 0 3 0 3 0S3 2 3 2 0 2 0 2z"/><path d="M5 0Q7 0 7 0T7 2L5 2"/>`, "###..##...", "###..##..."},
		"arcs":               {`<path d="M0 1a1 1 0 012 0a1 1 0 01-2 0z M5 2A2 2 0 1 0 5 1.9z"/>`, "?", "##...####."},
		"circle":             {`<circle cx="2" cy="1" r="2"/>`, "###", "####......"},
		"polygon":            {`<polygon points="1,0 3,0 3,2 1,2"/>`, ".##.......", ".##......."},
		"even-odd":           {`<path fill-rule="evenodd" d="M0 0h3v3h-3zM1 1h1v1h-1z"/>`, "###.......", "#.#......."},
		"non-zero":           {`<path d="M0 0h3v3h-3zM1 1h1v1h-1z"/>`, "###.......", "###......."},
		"hole":               {`<path d="M0 0h3v3h-3zM1 1v1h1v-1z"/>`, "###.......", "#.#......."},
		"strokes":            {`<path stroke="#000" fill="none" d="M1 .5h2m1 0h1M1 1.5h1"/>`, ".##.#.....", ".#........"},
		"thick stroke":       {`<line x1="1" y1="1" x2="4" y2="1" stroke="red" stroke-width="2"/>`, ".rrr......", ".rrr......"},
		"square ends":        {`<path stroke="#000" stroke-linecap="square" d="M1.5 .5h1"/>`, ".##.......", ".........."},
		"frame":              {`<rect x=".5" y=".5" width="3" height="3" fill="none" stroke="#000"/>`, "####......", "#..#......"},
		"transforms":         {`<g transform="translate(1 0)"><rect transform="scale(2,1)" width="1" height="1"/></g><rect transform="matrix(1 0 0 1 5 0)" width="1" height="1"/><rect transform="rotate(90 8.5 .5)" x="8" width="1" height="1"/>`, ".##..#..#.", ".........."},
		"use":                {`<defs><path id="m" d="M0 0h1v1h-1z"/></defs><use href="#m" x="1"/><use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#m" x="3" y="1"/>`, ".#........", "...#......"},
		"symbol":             {`<symbol id="s" viewBox="0 0 4 4"><rect width="4" height="2"/></symbol><use href="#s" x="2" width="2" height="2"/>`, "..##......", ".........."},
		"inner svg":          {`<svg x="2" y="0" width="2" height="2" viewBox="0 0 20 20"><rect width="20" height="20"/></svg>`, "..##......", "..##......"},
		"classes":            {`<style>/* x */ .a{fill:#f00} rect.b , #c { fill : blue !important } .a.z{fill:lime}</style><rect class="a" width="1" height="1"/><rect class="x b" x="1" width="1" height="1"/><rect id="c" class="a" x="2" width="1" height="1"/>`, "rbb.......", ".........."},
		"inherited":          {`<g fill="red"><g><rect width="1" height="1"/></g><rect x="1" width="1" height="1" fill="inherit"/></g>`, "rr........", ".........."},
		"current colour":     {`<g color="blue"><rect width="1" height="1" fill="currentColor"/></g>`, "b.........", ".........."},
		"unseen":             {`<rect width="1" height="1" fill="none"/><rect width="1" height="1" visibility="hidden"/><g display="none"><rect width="1" height="1"/></g><rect x="9" width="1" height="1"/>`, ".........#", ".........."},
		"gradient":           {`<linearGradient id="l"><stop stop-color="#000"/><stop offset="1" style="stop-color:#000"/></linearGradient><rect width="2" height="1" fill="url('#l')"/>`, "##........", ".........."},
		"clip":               {`<clipPath id="k"><rect x="1" width="1" height="1"/><rect x="3" width="1" height="1"/></clipPath><rect width="10" height="10" fill="red" clip-path="url(#k)"/>`, ".r.r......", ".........."},
		"clip of a clip":     {`<clipPath id="k"><rect x="1" width="3" height="1"/></clipPath><clipPath id="l"><rect x="3" width="3" height="1"/></clipPath><g clip-path="url(#k)"><rect width="9" height="9" clip-path="url(#l)"/></g>`, "...#......", ".........."},
		"prefix":             {`<s:g xmlns:s="http://www.w3.org/2000/svg"><s:rect width="1" height="1"/></s:g>`, "#.........", ".........."},
		"units":              {`<rect x="1px" width="1px" height="1"/>`, ".#........", ".........."},
		"order":              {`<rect width="3" height="1"/><rect x="1" width="1" height="1" fill="#fff"/>`, "#w#.......", ".........."},
		"rounded":            {`<rect width="3" height="2" rx="1"/>`, "###.......", "###......."},
		"nothing fetched":    {`<image href="file:///etc/passwd" width="9" height="9"/><use href="other.svg#a"/><rect width="1" height="1"/>`, "#.........", ".........."},
		"wrong path":         {`<path d="M0 0h1v1h-1z M garbage"/>`, "#.........", ".........."},
		"scientific numbers": {`<path d="M1e0,0H2.0E+0V1e0H1"/>`, ".#........", ".........."},
	} {
		t.Run(name, func(t *testing.T) {
			p := drawn(t, "", v.body)
			for row, want := range []string{v.row0, v.row1} {
				if got := seen(p, row); want != "?" && got[:len(want)] != want {
					t.Errorf("row %d: %s, want %s", row, got, want)
				}
			}
		})
	}
}

// TestSizes gives drawings sizes in all ways.
func TestSizes(t *testing.T) {
	for head, want := range map[string][2]int{
		`viewBox="0 0 29 29"`:                            {609, 609},
		`viewBox="0 0 29 29" width="100%" height="100%"`: {609, 609},
		`viewBox="-4 -4 37 37" width="370"`:              {629, 629},
		`width="29mm" height="29mm"`:                     {609, 609},
		`width="290" height="290"`:                       {1450, 1450},
		`width="290px" height="145px"`:                   {1450, 725},
		`viewBox="0 0 5000 2500"`:                        {1600, 800},
		``:                                               {600, 600}, // that of what is drawn
		`width="100%" height="100%"`:                     {600, 600},
	} {
		p := loaded(t, []byte("<svg "+head+"><rect width='20' height='20'/></svg>"))
		if p.Width != want[0] || p.Height != want[1] {
			t.Errorf("%s: %d x %d, want %v", head, p.Width, p.Height, want)
		}
	}
}

func TestBackground(t *testing.T) {
	if got := seen(drawn(t, `style="background: #fff"`, `<rect width="1" height="1"/>`), 0); got != "#wwwwwwwww" {
		t.Error(got)
	}
	if got := seen(drawn(t, `fill="red"`, `<rect width="1" height="1"/>`), 0); got != "r........." {
		t.Error(got)
	}
}

// TestEmbedded draws pictures in a drawing, and drawings in a data: URI.
func TestEmbedded(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, flat(2, 1, color.Black)); err != nil {
		t.Fatal(err)
	}
	uri := "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
	body := `<image x="2" width="4" height="2" xlink:href="` + uri + `"/>`
	p := drawn(t, "", body)
	if got := seen(p, 1); got != "..####...." {
		t.Error(got)
	}
	drawing := `<svg viewBox="0 0 10 10">` + body + `</svg>`
	for _, text := range []string{
		"data:image/svg+xml," + url.PathEscape(drawing), "data:image/svg+xml;utf8," + drawing,
		"data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(drawing)),
	} {
		if got := seen(loaded(t, []byte(text)), 1); got != "..####...." {
			t.Error(got)
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	fmt.Fprint(w, drawing)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := seen(loaded(t, packed.Bytes()), 1); got != "..####...." {
		t.Error(got)
	}
}

// TestEntities leaves entities as they are: these would be a gigabyte.
func TestEntities(t *testing.T) {
	doc := `<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<svg viewBox="0 0 10 10"><desc>&b; caf` + "\xe9" + `</desc><rect width="1" height="1" class="&b;"/></svg>`
	if got := seen(loaded(t, []byte(doc)), 0); got != "#........." {
		t.Error(got)
	}
}

func FuzzSVG(f *testing.F) {
	f.Add(`<rect x="1" width="50%" height="1" fill="#f00" style="opacity:.5" class="a"/><style>.a{stroke:red}</style>`)
	f.Add(`<path d="M1,0h2v1h-2zM5 0L6 0A1 2 3 0 1 5 1C1 2 3 4 5 6S1 2 3 4Q1 2 3 4T5 6" fill-rule="evenodd" stroke="#000"/>`)
	f.Add(`<symbol id="s" viewBox="0 0 4 4"><circle r="3"/></symbol><use href="#s" x="2" width="2" height="2" transform="rotate(3)scale(2)"/>`)
	f.Add(`<clipPath id="k"><polygon points="1,2 3,4 5,6"/></clipPath><g clip-path="url(#k)"><line x1="1" stroke="hsl(1,2%,3%)"/></g>`)
	f.Add(`<svg width="3" viewBox="0 0 1 1"><image href="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" width="3"/></svg>`)
	f.Add(`<linearGradient id="l"><stop stop-color="#000"/></linearGradient><ellipse rx="2" ry="1" fill="url(#l)"/>`)
	f.Fuzz(func(t *testing.T, body string) {
		for _, head := range []string{`<svg viewBox="0 0 10 10">`, `<svg>`} {
			p, err := Load(strings.NewReader(head + body + "</svg>"))
			if err == nil && (p.Width < 1 || p.Height < 1 || p.Width > 2*largeSide || p.Height > 2*largeSide) {
				t.Fatalf("%d x %d", p.Width, p.Height)
			}
		}
	})
}
