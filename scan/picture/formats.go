package picture

// This file: telling formats apart by their first bytes, also those that are
// not read, each with what to do then.

import (
	"bytes"
	"image"
	"strings"
)

// format is one that is read. One of the two functions is set.
type format struct {
	name    string
	matches func(head []byte) bool
	frames  func(*input) ([]image.Image, error)
	whole   func(*input) (Picture, error) // of what holds a picture of another format
}

// formats is a function since some of them hold pictures of others.
func formats() []format {
	return []format{
		{name: "png", matches: starts(pngMagic), frames: loadPNG},
		{name: "jpeg", matches: starts("\xff\xd8"), frames: loadJPEG},
		{name: "gif", matches: starts("GIF87a", "GIF89a"), frames: loadGIF},
		{name: "webp", matches: isWebP, frames: loadWebP},
		{name: "bmp", matches: isBMP, frames: loadBMP},
		{name: "tiff", matches: starts("II*\x00", "MM\x00*"), frames: loadTIFF},
		{name: "pnm", matches: isPNM, frames: loadPNM},
		{name: "ico", matches: isICO, whole: loadICO},
		{name: "svg", matches: isSVG, frames: loadSVG},
		{name: "svg", matches: starts("\x1f\x8b"), frames: loadSVGZ},
		{name: "data: URI", matches: isDataURI, whole: loadDataURI},
	}
}

func starts(with ...string) func([]byte) bool {
	return func(head []byte) bool {
		for _, s := range with {
			if bytes.HasPrefix(head, []byte(s)) {
				return true
			}
		}
		return false
	}
}

// others are formats that are told apart only, by what they start with.
var others = []struct{ start, name string }{
	{"%PDF-", "a PDF"},
	{"%!PS", "a PostScript file"},
	{"PK\x03\x04", "a ZIP archive or an office document"},
	{"8BPS", "a Photoshop picture"},
	{"gimp xcf", "a GIMP picture"},
	{"\xff\x0a", "a JPEG XL picture"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"},
	{"\xff\x4f\xff\x51", "a JPEG 2000 picture"},
	{"II+\x00", "a BigTIFF picture"},
	{"MM\x00+", "a BigTIFF picture"},
	{"\x1aE\xdf\xa3", "a film"},
	{"\x00\x00\x02\x00", "a mouse pointer"},
	{"qoif", "a QOI picture"},
	{"v/1\x01", "an OpenEXR picture"},
}

// unknownFormat says what the data is, where a look at its start tells.
func unknownFormat(head []byte) error {
	const formats = "nod reads PNG, JPEG, GIF, WebP, BMP, TIFF, PNM and SVG: take a screenshot of it"
	if len(head) == 0 {
		return &FormatError{"the file is empty"}
	}
	what := "not a picture"
	text := strings.ToLower(string(head[:min(len(head), 512)]))
	for _, o := range others {
		if strings.HasPrefix(string(head), o.start) {
			what = o.name
		}
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		what = film(string(head[8:12]))
	}
	if strings.Contains(text, "<html") || strings.Contains(text, "<!doctype html") {
		what = "a web page"
	}
	return &FormatError{"this is " + what + "; " + formats}
}

// film names a file by the brand of its ISO container.
func film(brand string) string {
	switch {
	case strings.HasPrefix(brand, "avi"):
		return "an AVIF picture"
	case strings.HasPrefix(brand, "he"), strings.HasPrefix(brand, "mif"), strings.HasPrefix(brand, "msf"):
		return "a HEIC picture"
	}
	return "a film"
}
