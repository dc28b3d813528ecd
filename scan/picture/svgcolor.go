package picture

// This file: colours and numbers as drawings write them.

import (
	"image/color"
	"math"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

// parseColor reads a name, #rgb, #rrggbb (also with alpha), rgb() or hsl().
func parseColor(s string) (color.NRGBA, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if hex, ok := strings.CutPrefix(s, "#"); ok {
		return hexColor(hex)
	}
	if kind, args, ok := strings.Cut(s, "("); ok {
		switch kind {
		case "rgb", "rgba":
			return rgbColor(args)
		case "hsl", "hsla":
			return hslColor(args)
		}
		return color.NRGBA{}, false
	}
	if s == "transparent" {
		return color.NRGBA{}, true
	}
	c, ok := colornames.Map[s]
	return color.NRGBA(c), ok // all are opaque
}

func hexColor(hex string) (color.NRGBA, bool) {
	if len(hex) == 3 || len(hex) == 4 {
		long := make([]byte, 0, 8)
		for i := range len(hex) {
			long = append(long, hex[i], hex[i])
		}
		hex = string(long)
	}
	if len(hex) == 6 {
		hex += "ff"
	}
	v, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 8 {
		return color.NRGBA{}, false
	}
	return color.NRGBA{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}, true
}

// arguments splits those of a function of CSS.
func arguments(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", /)\t\r\n", r) })
}

func rgbColor(s string) (color.NRGBA, bool) {
	args := arguments(s)
	if len(args) < 3 {
		return color.NRGBA{}, false
	}
	c := [4]byte{3: 255}
	for i, a := range args[:min(len(args), 4)] {
		number, percent := strings.CutSuffix(a, "%")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return color.NRGBA{}, false
		}
		if percent {
			v *= 2.55
		} else if i == 3 {
			v *= 255
		}
		c[i] = byte(min(max(v+0.5, 0), 255))
	}
	return color.NRGBA{c[0], c[1], c[2], c[3]}, true
}

func hslColor(s string) (color.NRGBA, bool) {
	args := arguments(s)
	if len(args) < 3 {
		return color.NRGBA{}, false
	}
	hue, err := strconv.ParseFloat(strings.TrimSuffix(args[0], "deg"), 64)
	if err != nil || math.IsInf(hue, 0) || math.IsNaN(hue) {
		return color.NRGBA{}, false
	}
	saturation, light, alpha := fraction(args[1]), fraction(args[2]), 1.0
	if len(args) > 3 {
		alpha = fraction(args[3])
	}
	channel := func(n float64) byte {
		k := math.Mod(math.Mod(n+hue/30, 12)+12, 12)
		return byte(255*(light-saturation*min(light, 1-light)*max(-1, min(k-3, 9-k, 1))) + 0.5)
	}
	return color.NRGBA{channel(0), channel(8), channel(4), byte(255*alpha + 0.5)}, true
}

// fraction reads a number from 0 to 1, or one with a percent sign. What is
// neither is 1.
func fraction(s string) float64 {
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) {
		return 1
	}
	if percent {
		v /= 100
	}
	return min(max(v, 0), 1)
}

var units = map[string]float64{
	"": 1, "px": 1, "pt": 4.0 / 3, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "ex": 8,
}

// length reads a length in pixels, where percents are of whole, and the pixels
// of its unit, 0 for one that is no length.
func length(s string, whole float64) (pixels, unit float64) {
	s = strings.TrimSpace(s)
	number := strings.TrimRight(s, "%abcdefghijklmnopqrstuvwxyz")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, 0
	}
	if s[len(number):] == "%" {
		return v * whole / 100, 0
	}
	u := units[s[len(number):]]
	return v * u, u
}

// numbers reads a list of numbers with spaces or commas between them, up to what
// is none.
func numbers(s string) []float64 {
	var list []float64
	scan := scanner{s}
	for {
		v, ok := scan.number()
		if !ok {
			return list
		}
		list = append(list, v)
	}
}
