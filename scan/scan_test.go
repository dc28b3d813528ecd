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
)

// TestScreenshots are the pictures of requirement T12, and their likes.
func TestScreenshots(t *testing.T) {
	shot := page(1920, 1080, map[image.Point]image.Image{{1100, 400}: code(t, link, 240)})
	for name, v := range map[string]struct {
		format string
		img    image.Image
	}{
		"plain":                 {"png", shot},
		"rotated 90":            {"png", turned(shot)},
		"rotated 180":           {"png", turned(turned(shot))},
		"dark mode":             {"png", dark(shot)},
		"dark, rotated":         {"png", dark(turned(shot))},
		"JPEG of quality 50":    {"jpeg", shot},
		"dark JPEG":             {"jpeg", dark(shot)},
		"light code, dark page": {"png", page(1920, 1080, map[image.Point]image.Image{{300, 80}: dark(code(t, link, 200))})},
		"small":                 {"png", page(1280, 800, map[image.Point]image.Image{{600, 300}: code(t, link, 100)})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, encoded(t, v.format, v.img), v.format, v.img.Bounds().Max, link)
		})
	}
}

func TestFormats(t *testing.T) {
	img := code(t, link, 200)
	for format := range encoders {
		t.Run(format, func(t *testing.T) { check(t, encoded(t, format, img), format, img.Rect.Max, link) })
	}
	for _, file := range []string{"lossless.webp", "lossy.webp"} {
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + file)
			if err != nil {
				t.Fatal(err)
			}
			check(t, data, "webp", img.Rect.Max, link)
		})
	}
}

// TestColours shows one code in colours and with transparent parts.
func TestColours(t *testing.T) {
	img := code(t, link, 200)
	shades := func(dark, light color.Color) image.Image {
		return mapped(img, func(r, _, _, _ uint8) color.Color {
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
		"higher than wide":        stretched(img, 1, 2),
		"wider than high":         stretched(img, 2, 1),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, encoded(t, "png", m), "png", m.Bounds().Max, link)
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
			img := code(t, text, 300)
			check(t, encoded(t, "png", img), "png", img.Rect.Max, text)
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
		codes[at] = code(t, text, 150+20*i)
		want = append(want, text)
	}
	img := page(1440, 800, codes)
	check(t, encoded(t, "png", img), "png", img.Rect.Max, want...)
}

// TestSameTextTwice finds both of two equal codes.
func TestSameTextTwice(t *testing.T) {
	c := code(t, link, 200)
	img := page(1280, 800, map[image.Point]image.Image{{300, 100}: c, {800, 300}: c})
	check(t, encoded(t, "png", img), "png", img.Rect.Max, link, link)
}

// TestBothPolarities finds a light code beside a dark one.
func TestBothPolarities(t *testing.T) {
	img := page(1280, 800, map[image.Point]image.Image{
		{300, 100}: code(t, "dark", 200), {800, 100}: dark(code(t, "light", 200)),
	})
	check(t, encoded(t, "png", img), "png", img.Rect.Max, "dark", "light")
}

func TestNothingFound(t *testing.T) {
	for name, img := range map[string]image.Image{
		"page":        page(800, 500, nil),
		"one colour":  image.NewGray(image.Rect(0, 0, 300, 300)),
		"one pixel":   image.NewGray(image.Rect(0, 0, 1, 1)),
		"one row":     image.NewGray(image.Rect(0, 0, 500, 1)),
		"nothing":     image.NewNRGBA(image.Rect(0, 0, 100, 100)),
		"half a code": code(t, link, 200).SubImage(image.Rect(0, 0, 200, 90)),
	} {
		t.Run(name, func(t *testing.T) {
			check(t, encoded(t, "png", img), "png", img.Bounds().Size())
		})
	}
}

// TestMovingGIF holds a code in its second frame, which covers a part only.
func TestMovingGIF(t *testing.T) {
	colours := color.Palette{color.White, color.Black}
	first := image.NewPaletted(image.Rect(0, 0, 400, 300), colours)
	c := code(t, link, 200)
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
	check(t, b.Bytes(), "gif", image.Pt(400, 300), link)
}

// TestHostilePatterns shows corners of codes without end. The finder gives up
// instead of trying all of their combinations.
func TestHostilePatterns(t *testing.T) {
	for _, side := range []int{12, 40} {
		img := image.NewGray(image.Rect(0, 0, side*30+30, side*30+30))
		for i := range img.Pix {
			img.Pix[i] = white
		}
		for n := range side * side {
			corner := image.Rect(0, 0, 21, 21).Add(image.Pt(n%side*30+15, n/side*30+15))
			fill(img, corner, color.Black)
			fill(img, corner.Inset(3), color.White)
			fill(img, corner.Inset(6), color.Black)
		}
		r := reader{left: maxTries}
		if codes := r.bothPolarities(img); len(codes) > 0 {
			t.Errorf("%d by %d corners: found %v", side, side, codes)
		}
		if r.left < 0 || side == 12 && r.left == maxTries {
			t.Errorf("%d by %d corners: %d tries left of %d", side, side, r.left, maxTries)
		}
	}
}

// TestAnotherFinder holds the seam for a better one.
func TestAnotherFinder(t *testing.T) {
	var sizes []image.Point
	res, err := imageWith(bytes.NewReader(encoded(t, "png", code(t, link, 200))), func(g *image.Gray) []found {
		sizes = append(sizes, g.Rect.Max)
		low, high := image.Rect(0, 60, 10, 70), image.Rect(50, 0, 60, 10)
		return []found{{"b", low}, {"a", high}, {"b", low.Add(image.Pt(1, 1))}}
	})
	if err != nil || !slices.Equal(res.Codes, []Code{{"a"}, {"b"}}) {
		t.Errorf("%+v, %v, want a and b", res, err)
	}
	if !slices.Equal(sizes, []image.Point{{200, 200}}) {
		t.Errorf("the finder saw pictures of %v, want one of 200 by 200", sizes)
	}
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
