package sample

// This file: kinds of pictures that are hard to read, as many of each as one wants.

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

// A subject is a clean code that something is done to.
type subject struct {
	*image.Gray
	module float64 // pixels
	seed   uint64
	random *rand.Rand
}

func (s subject) between(low, high float64) float64 { return low + (high-low)*s.random.Float64() }

// kinds are the kinds of pictures, each with what is done to the code.
var kinds = []struct {
	name string
	do   func(subject) image.Image
}{
	{"perspective", func(s subject) image.Image {
		return Perspective(s.Gray, s.between(-0.55, 0.55), s.between(-0.55, 0.55), s.between(0, 6.3))
	}},
	{"turned", func(s subject) image.Image { return Perspective(s.Gray, 0, 0, s.between(0, 6.3)) }},
	{"curved", func(s subject) image.Image { return Curved(s.Gray, s.between(0.5, 1.2)) }},
	{"rumpled", func(s subject) image.Image { return Rumpled(s.Gray, s.module*s.between(0.5, 1.3), s.random) }},
	{"blurred", func(s subject) image.Image { return Blurred(s.Gray, s.module*s.between(0.5, 0.95)) }},
	{"shaken", func(s subject) image.Image {
		return Shaken(s.Gray, s.module*s.between(0.8, 1.6), s.between(0, 3.1))
	}},
	{"noisy", func(s subject) image.Image {
		return Noisy(Each(s.Gray, func(v, _, _ float64) float64 { return 70 + v*0.45 }), s.between(25, 60), s.random)
	}},
	{"speckled", func(s subject) image.Image { return Speckled(s.Gray, s.between(0.05, 0.22), s.random) }},
	{"blotted", func(s subject) image.Image {
		return Blotted(s.Gray, 1+s.random.IntN(5), s.between(0.03, 0.06), s.random)
	}},
	{"hidden corner", hiddenCorner},
	{"logo", func(s subject) image.Image {
		r := s.between(0.07, 0.1)
		return Each(s.Gray, func(v, x, y float64) float64 {
			if math.Abs(x-0.5) < r && math.Abs(y-0.5) < r {
				return 90 + 100*x
			}
			return v
		})
	}},
	{"spot", func(s subject) image.Image {
		x, y, r := s.between(0.2, 0.8), s.between(0.2, 0.8), s.between(0.12, 0.25)
		return Each(s.Gray, func(v, px, py float64) float64 {
			d := math.Hypot(px-x, py-y) / r
			return 20 + v*0.35 + 330*math.Exp(-d*d)
		})
	}},
	{"glare", func(s subject) image.Image {
		sin, cos := math.Sincos(s.between(0, 6.3))
		w := s.between(0.04, 0.09)
		return Each(s.Gray, func(v, px, py float64) float64 {
			d := ((px-0.5)*cos + (py-0.5)*sin) / w
			return 30 + v*0.5 + 200*math.Exp(-d*d)
		})
	}},
	{"shadow", shadow},
	{"faint", func(s subject) image.Image {
		low, apart := s.between(20, 180), s.between(8, 22)
		return Noisy(Each(s.Gray, func(v, _, _ float64) float64 { return low + apart*v/255 }), s.between(0.5, 1.5), s.random)
	}},
	{"dots", func(s subject) image.Image { return s.Gray }},
	{"narrow", func(s subject) image.Image {
		by := s.between(1.4, 2.2)
		return Warped(s.Gray, int(float64(s.Rect.Dx())/by), s.Rect.Dy(), func(x, y float64) (float64, float64) { return x * by, y })
	}},
	{"small", func(s subject) image.Image {
		by := s.between(1.05, 1.6)
		side := int(float64(s.Rect.Dx()) / by)
		return Warped(s.Gray, side, side, func(x, y float64) (float64, float64) { return x * by, y * by })
	}},
	{"tall", func(s subject) image.Image { // rows of a terminal with gaps between them
		return Each(s.Gray, func(v, _, y float64) float64 {
			if int(y*float64(s.Rect.Dy()))%(2*int(s.module)) == 0 {
				return 255
			}
			return v
		})
	}},
	{"coloured", coloured},
	{"no margin", withoutMargin},
	{"light on dark", func(s subject) image.Image {
		return Each(s.Gray, func(v, _, _ float64) float64 { return 30 + (255-v)*0.7 })
	}},
	{"photo", photo},
	{"large", func(s subject) image.Image {
		img := Perspective(s.Gray, s.between(-0.12, 0.12), s.between(-0.12, 0.12), s.between(-0.1, 0.1))
		return Curved(img, s.between(0.2, 0.5))
	}},
}

// Hard are the names of the kinds that Draw knows.
var Hard = func() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}()

// Draw returns a picture of a kind and the text in it. Pictures of one kind and
// seed are the same on every machine.
func Draw(kind string, seed uint64) (image.Image, string) {
	random := rand.New(rand.NewPCG(seed, uint64(len(kind))+uint64(kind[0])<<8))
	text := fmt.Sprintf("otpauth://totp/Demo:user%d@demo.test?secret=%s&issuer=Demo", seed, letters(random, 16+16*random.IntN(5)))
	module := 4 + random.IntN(6)
	level := decoder.ErrorCorrectionLevel_M
	switch kind {
	case "blotted", "hidden corner", "logo":
		level = decoder.ErrorCorrectionLevel_H
	case "spot", "glare":
		level = decoder.ErrorCorrectionLevel_Q
	case "small":
		module = 2
	case "large":
		module, level = 3, decoder.ErrorCorrectionLevel_L
		text = "otpauth-migration://offline?data=" + letters(random, 900+random.IntN(1000))
	}
	img := Modules(text, level, module, 4, kind == "dots")
	i := slices.Index(Hard, kind)
	return kinds[i].do(subject{img, float64(module), seed, random}), text
}

func hiddenCorner(s subject) image.Image {
	x, y := [3]float64{0.13, 0.87, 0.13}[s.seed%3], [3]float64{0.13, 0.13, 0.87}[s.seed%3]
	r := s.between(0.09, 0.14)
	img := Each(s.Gray, func(v, px, py float64) float64 {
		if math.Hypot(px-x, py-y) < r {
			return 120
		}
		return v
	})
	return Perspective(img, s.between(-0.15, 0.15), s.between(-0.15, 0.15), s.between(0, 6.3))
}

func shadow(s subject) image.Image {
	sin, cos := math.Sincos(s.between(0, 6.3))
	dim := s.between(0.2, 0.35)
	img := Each(s.Gray, func(v, px, py float64) float64 {
		light := 1.0
		if (px-0.5)*cos+(py-0.5)*sin > 0.06*math.Sin(20*py) {
			light = dim
		}
		return (30 + v*0.8) * light * (1 - 0.4*px)
	})
	return Noisy(img, 3, s.random)
}

func photo(s subject) image.Image {
	img := Perspective(s.Gray, s.between(-0.3, 0.3), s.between(-0.3, 0.3), s.between(-0.6, 0.6))
	img = Blurred(img, s.module*s.between(0.2, 0.45))
	k := s.between(0.3, 0.8)
	img = Each(img, func(v, px, py float64) float64 { return 25 + v*(0.75-0.5*k*px-0.3*k*py) })
	return Noisy(img, s.between(4, 10), s.random)
}

func coloured(s subject) image.Image {
	dark, light := colours(s.random)
	return Mapped(s.Gray, func(r, _, _, _ uint8) color.Color {
		if r < 128 {
			return dark
		}
		return light
	})
}

// withoutMargin puts a code on black or on grey.
func withoutMargin(s subject) image.Image {
	crop := s.Rect.Inset(int(4 * s.module))
	out := image.NewGray(s.Rect)
	shade := uint8(s.random.IntN(3) * 100)
	for i := range out.Pix {
		out.Pix[i] = shade
	}
	for y := crop.Min.Y; y < crop.Max.Y; y++ {
		copy(out.Pix[y*out.Stride+crop.Min.X:], s.Pix[y*s.Stride+crop.Min.X:y*s.Stride+crop.Max.X])
	}
	return out
}

// colours returns two that differ in colour, and not much in brightness.
func colours(random *rand.Rand) (dark, light color.Color) {
	pairs := [][2]color.RGBA{
		{{200, 30, 40, 255}, {40, 130, 40, 255}},
		{{30, 60, 200, 255}, {90, 110, 40, 255}},
		{{120, 20, 130, 255}, {30, 140, 140, 255}},
		{{230, 80, 20, 255}, {60, 160, 240, 255}},
		{{10, 60, 120, 255}, {250, 220, 80, 255}},
	}
	p := pairs[random.IntN(len(pairs))]
	return p[0], p[1]
}

func letters(random *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[random.IntN(32)])
	}
	return b.String()
}

// Modules draws the code of a text, module pixels a module, with a margin of so
// many modules. Round modules have gaps between them.
func Modules(text string, level decoder.ErrorCorrectionLevel, module, margin int, round bool) *image.Gray {
	code, err := encoder.Encoder_encode(text, level, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		panic(err) // the texts here are short enough
	}
	m := code.GetMatrix()
	size := m.GetWidth()
	img := image.NewGray(image.Rect(0, 0, (size+2*margin)*module, (size+2*margin)*module))
	half := float64(module) / 2
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			u, v := x/module-margin, y/module-margin
			dark := u >= 0 && v >= 0 && u < size && v < size && m.Get(u, v) == 1
			if round && math.Hypot(float64(x%module)+0.5-half, float64(y%module)+0.5-half) > 0.86*half {
				dark = false
			}
			img.Pix[y*img.Stride+x] = 255
			if dark {
				img.Pix[y*img.Stride+x] = 0
			}
		}
	}
	return img
}
