package scan

// This file: what is found in pictures.

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"nod/scan/sample"
)

// TestScreenshots are the pictures of requirement T12, and their likes.
func TestScreenshots(t *testing.T) {
	shot := sample.Page(1920, 1080, map[image.Point]image.Image{{1100, 400}: sample.Code(t, sample.Link, 240)})
	for name, v := range map[string]struct {
		format string
		img    image.Image
	}{
		"plain":                 {"png", shot},
		"rotated 90":            {"png", sample.Turned(shot)},
		"rotated 180":           {"png", sample.Turned(sample.Turned(shot))},
		"dark mode":             {"png", sample.Dark(shot)},
		"dark, rotated":         {"png", sample.Dark(sample.Turned(shot))},
		"JPEG of quality 50":    {"jpeg", shot},
		"dark JPEG":             {"jpeg", sample.Dark(shot)},
		"light code, dark page": {"png", sample.Page(1920, 1080, map[image.Point]image.Image{{300, 80}: sample.Dark(sample.Code(t, sample.Link, 200))})},
		"small":                 {"png", sample.Page(1280, 800, map[image.Point]image.Image{{600, 300}: sample.Code(t, sample.Link, 100)})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, sample.Encoded(t, v.format, v.img), v.format, v.img.Bounds().Max, sample.Link)
		})
	}
}

func TestFormats(t *testing.T) {
	img := sample.Code(t, sample.Link, 200)
	for format := range sample.Encoders {
		t.Run(format, func(t *testing.T) { check(t, sample.Encoded(t, format, img), format, img.Rect.Max, sample.Link) })
	}
	for _, file := range []string{"lossless.webp", "lossy.webp"} {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile("picture/testdata/" + file)
			if err != nil {
				t.Fatal(err)
			}
			check(t, data, "webp", img.Rect.Max, sample.Link)
		})
	}
}

// TestColours shows one code in colours and with transparent parts.
func TestColours(t *testing.T) {
	img := sample.Code(t, sample.Link, 200)
	shades := func(dark, light color.Color) image.Image {
		return sample.Mapped(img, func(r, _, _, _ uint8) color.Color {
			if r == 0 {
				return dark
			}
			return light
		})
	}
	nothing := color.NRGBA{}
	for name, m := range map[string]image.Image{
		"dark on nothing":         shades(color.Black, nothing),
		"light on nothing":        shades(color.White, nothing),
		"nothing on white":        shades(nothing, color.White),
		"half transparent":        shades(color.NRGBA{0, 0, 0, 128}, nothing),
		"blue on yellow":          shades(color.NRGBA{20, 30, 120, 255}, color.NRGBA{250, 230, 90, 255}),
		"grey on grey":            shades(color.Gray{120}, color.Gray{136}),
		"16 bits":                 rgba64(img),
		"16 bits and transparent": nrgba64(shades(color.Black, nothing)),
		"higher than wide":        sample.Stretched(img, 1, 2),
		"wider than high":         sample.Stretched(img, 2, 1),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, sample.Encoded(t, "png", m), "png", m.Bounds().Max, sample.Link)
		})
	}
}

func rgba64(img image.Image) image.Image {
	out := image.NewRGBA64(img.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}

func nrgba64(img image.Image) image.Image {
	out := image.NewNRGBA64(img.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return out
}

func TestTexts(t *testing.T) {
	for name, text := range map[string]string{
		"digits":  "0123456789",
		"letters": "HTTPS://DEMO.TEST/",
		"UTF-8":   "otpauth://totp/Käse:ana?secret=JBSWY3DPEHPK3PXP",
		"short":   "ä",
		"Chinese": "你好",
		"emoji":   "🔑 key",
		"control": "a\x00b\x1b[31m\n",
		"long":    strings.Repeat("otpauth-migration://offline?data=CiMKFC82QH ", 30),
	} {
		t.Run(name, func(t *testing.T) {
			img := sample.Code(t, text, 300)
			check(t, sample.Encoded(t, "png", img), "png", img.Rect.Max, text)
		})
	}
}

// TestOrder looks for several codes: rows from the top, each from the left,
// where a row need not be exactly level.
func TestOrder(t *testing.T) {
	places := []image.Point{{300, 130}, {700, 100}, {1200, 150}, {250, 500}, {1000, 480}}
	codes := map[image.Point]image.Image{}
	var want []string
	for i, at := range places {
		text := fmt.Sprintf("text number %d", i)
		codes[at] = sample.Code(t, text, 150+20*i)
		want = append(want, text)
	}
	img := sample.Page(1440, 800, codes)
	check(t, sample.Encoded(t, "png", img), "png", img.Rect.Max, want...)
}

// TestSameTextTwice finds both of two equal codes.
func TestSameTextTwice(t *testing.T) {
	c := sample.Code(t, sample.Link, 200)
	img := sample.Page(1280, 800, map[image.Point]image.Image{{300, 100}: c, {800, 300}: c})
	check(t, sample.Encoded(t, "png", img), "png", img.Rect.Max, sample.Link, sample.Link)
}

// TestBothPolarities finds a light code beside a dark one.
func TestBothPolarities(t *testing.T) {
	img := sample.Page(1280, 800, map[image.Point]image.Image{
		{300, 100}: sample.Code(t, "dark", 200), {800, 100}: sample.Dark(sample.Code(t, "light", 200)),
	})
	check(t, sample.Encoded(t, "png", img), "png", img.Rect.Max, "dark", "light")
}

func TestNothingFound(t *testing.T) {
	for name, img := range map[string]image.Image{
		"page":        sample.Page(800, 500, nil),
		"one colour":  image.NewGray(image.Rect(0, 0, 300, 300)),
		"one pixel":   image.NewGray(image.Rect(0, 0, 1, 1)),
		"one row":     image.NewGray(image.Rect(0, 0, 500, 1)),
		"nothing":     image.NewNRGBA(image.Rect(0, 0, 100, 100)),
		"half a code": sample.Code(t, sample.Link, 200).SubImage(image.Rect(0, 0, 200, 90)),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, sample.Encoded(t, "png", img), "png", img.Bounds().Size())
		})
	}
}

// TestMovingGIF holds a code in its second frame, which covers a part only.
func TestMovingGIF(t *testing.T) {
	colours := color.Palette{color.White, color.Black}
	first := image.NewPaletted(image.Rect(0, 0, 400, 300), colours)
	c := sample.Code(t, sample.Link, 200)
	second := image.NewPaletted(c.Rect.Add(image.Pt(60, 40)), colours)
	for y := range c.Rect.Dy() {
		for x := range c.Rect.Dx() {
			second.Set(60+x, 40+y, c.At(x, y))
		}
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{first, second}, Delay: []int{10, 10}})
	if err != nil {
		t.Fatal(err)
	}
	check(t, b.Bytes(), "gif", image.Pt(400, 300), sample.Link)
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := Image(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("%v, want the error of the reader", err)
	}
}

func check(t *testing.T, data []byte, format string, size image.Point, want ...string) {
	t.Helper()
	res, err := Image(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range res.Codes {
		got = append(got, c.Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if res.Format != format || res.Width != size.X || res.Height != size.Y {
		t.Errorf("%s of %d x %d, want %s of %v", res.Format, res.Width, res.Height, format, size)
	}
}
