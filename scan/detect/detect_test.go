package detect

// This file: what a picture holds, kind by kind, and what it does not hold.

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"

	"nod/scan/sample"
)

// rates is of how many in ten pictures of a kind at least the text is found. Peers
// find none of most of these.
var rates = map[string]int{
	"blurred": 6, "curved": 6, "hidden corner": 7, "photo": 7, "rumpled": 4, "small": 8,
}

func TestHard(t *testing.T) {
	for _, kind := range sample.Hard {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			n, few := 10, testing.Short() || sample.Raced
			if few {
				n = 2
			}
			found := 0
			for seed := range n {
				img, text := sample.Draw(kind, uint64(seed))
				for _, c := range Find(img).Codes {
					if c.Text.Text != text {
						t.Errorf("picture %d holds %q, found %q", seed, text, c.Text.Text)
					} else {
						found++
					}
				}
			}
			least, hard := rates[kind]
			if !hard {
				least = 10
			}
			if !few && found < least {
				t.Errorf("%d of %d found, want %d", found, n, least)
			}
		})
	}
}

// TestBox asks for the place of each code.
func TestBox(t *testing.T) {
	small, large := sample.Code(t, "small", 100), sample.Code(t, sample.Link, 300)
	img := sample.Page(1280, 800, map[image.Point]image.Image{{300, 100}: small, {800, 300}: sample.Dark(large)})
	places := map[string]image.Rectangle{
		"small": small.Rect.Add(image.Pt(300, 100)), sample.Link: large.Rect.Add(image.Pt(800, 300)),
	}
	for _, c := range Find(img).Codes {
		at, known := places[c.Text.Text]
		if !known || !c.Box.In(at) || c.Box.Dx() < at.Dx()/2 {
			t.Errorf("%q in %v, want it in %v", c.Text.Text, c.Box, at)
		}
		delete(places, c.Text.Text)
	}
	if len(places) > 0 {
		t.Errorf("not found: %v", places)
	}
}

// TestManyCodes finds a whole sheet of them, in one look.
func TestManyCodes(t *testing.T) {
	codes := map[image.Point]image.Image{}
	want := map[string]bool{}
	for i := range 24 {
		text := fmt.Sprintf("otpauth://totp/ana%02d?secret=GEZDGNBVGY3TQOJQ", i)
		codes[image.Pt(240+i%6*170, 70+i/6*170)] = sample.Code(t, text, 150)
		want[text] = true
	}
	for _, c := range Find(sample.Page(1300, 800, codes)).Codes {
		delete(want, c.Text.Text)
	}
	if len(want) > 0 {
		t.Errorf("not found: %v", want)
	}
}

// TestHostile shows finders without end, so that there are more ways to combine
// them than anyone has time for, and things that are nearly finders.
func TestHostile(t *testing.T) {
	for _, side := range []int{12, 40} {
		img := image.NewGray(image.Rect(0, 0, side*30+30, side*30+30))
		for i := range img.Pix {
			img.Pix[i] = white
		}
		for n := range side * side {
			corner := image.Rect(0, 0, 21, 21).Add(image.Pt(n%side*30+15, n/side*30+15))
			sample.Fill(img, corner, color.Black)
			sample.Fill(img, corner.Inset(3), color.White)
			sample.Fill(img, corner.Inset(6), color.Black)
		}
		if got := Find(img); len(got.Codes) > 0 || got.Unsupported != "" {
			t.Errorf("%d by %d finders: %+v", side, side, got)
		}
		if n := len(newPyramid(mustGrey(img).shrunk(), usual).finders(never)); n > 2*maxFinders {
			t.Errorf("%d by %d finders: %d are kept", side, side, n)
		}
	}
}

func mustGrey(img image.Image) *plane {
	p, _ := grey(img, white)
	return p
}

// TestUnsupported draws what Micro QR and rMQR symbols begin with.
func TestUnsupported(t *testing.T) {
	small := func(width, height int) *image.Gray {
		const module = 5
		img := image.NewGray(image.Rect(0, 0, (width+8)*module, (height+8)*module))
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				u, v := x/module-4, y/module-4
				img.Pix[y*img.Stride+x] = white
				switch {
				case u < 0 || v < 0 || u >= width || v >= height:
				case u < 8 && v < 8:
					if darkInFinder(u, v) {
						img.Pix[y*img.Stride+x] = black
					}
				case u == 0 && v%2 == 0, v == 0 && u%2 == 0, width > height && v == height-1 && u%2 == 0, u > 8 && v > 8 && v < height-1 && (u*7+v*13+u*v)%3 == 0:
					img.Pix[y*img.Stride+x] = black
				}
			}
		}
		return img
	}
	for _, v := range []struct {
		width, height int
		want          string
	}{{11, 11, MicroQR}, {13, 13, MicroQR}, {15, 15, MicroQR}, {17, 17, MicroQR}, {27, 11, RMQR}, {43, 13, RMQR}, {77, 17, RMQR}} {
		upright := small(v.width, v.height)
		pictures := map[string]*image.Gray{
			"upright": upright, "light on dark": sample.Each(upright, func(v, _, _ float64) float64 { return 255 - v }),
		}
		if v.width == v.height {
			pictures["turned"] = sample.Perspective(upright, 0, 0, 0.5)
		}
		for name, img := range pictures {
			if got := Find(img); got.Unsupported != v.want || len(got.Codes) > 0 {
				t.Errorf("%d by %d modules, %s: %+v, want %s", v.width, v.height, name, got, v.want)
			}
		}
	}
}

// TestNothing looks at pictures without codes.
func TestNothing(t *testing.T) {
	c := sample.Code(t, sample.Link, 200)
	for name, img := range map[string]image.Image{
		"page":        sample.Page(1280, 800, nil),
		"one colour":  image.NewGray(image.Rect(0, 0, 300, 300)),
		"one pixel":   image.NewGray(image.Rect(0, 0, 1, 1)),
		"one row":     image.NewGray(image.Rect(0, 0, 500, 1)),
		"one column":  image.NewGray(image.Rect(0, 0, 1, 500)),
		"22 by 22":    image.NewGray(image.Rect(0, 0, 22, 22)),
		"transparent": image.NewNRGBA(image.Rect(0, 0, 100, 100)),
		"half a code": c.SubImage(image.Rect(0, 0, 200, 90)),
		"noise":       sample.Noisy(image.NewGray(image.Rect(0, 0, 640, 480)), 400, sample.Random(1)),
	} {
		if got := Find(img); len(got.Codes) > 0 || got.Unsupported != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestSubImage looks at a part of a picture, whose corner is not at 0, 0.
func TestSubImage(t *testing.T) {
	img := sample.Page(1280, 800, map[image.Point]image.Image{{300, 100}: sample.Code(t, "left", 150), {800, 100}: sample.Code(t, "right", 150)})
	got := Find(img.SubImage(image.Rect(700, 50, 1280, 400))).Codes
	if len(got) != 1 || got[0].Text.Text != "right" {
		t.Errorf("%+v, want the right one alone", got)
	}
}

// TestRepeatable looks at one picture many times: the goroutines may not matter.
func TestRepeatable(t *testing.T) {
	img, _ := sample.Draw("photo", 3)
	first := Find(img)
	for range 5 {
		if got := Find(img); !slices.EqualFunc(got.Codes, first.Codes, func(a, b Code) bool { return a.Text.Text == b.Text.Text && a.Box == b.Box }) {
			t.Fatalf("%+v, then %+v", first, got)
		}
	}
}

// FuzzFind looks at any pixels, repeated to a picture of some size, with a code or
// without.
func FuzzFind(f *testing.F) {
	f.Add(uint8(60), uint8(60), []byte{0, 255, 7})
	f.Add(uint8(200), uint8(40), []byte("\x00\x00\x00\xff\xff"))
	code := sample.Gray(sample.Code(f, "a", 29))
	f.Add(uint8(29), uint8(29), code.Pix)
	f.Fuzz(func(t *testing.T, width, height uint8, pixels []byte) {
		if width == 0 || height == 0 || len(pixels) == 0 {
			return
		}
		img := image.NewGray(image.Rect(0, 0, int(width), int(height)))
		for i := range img.Pix {
			img.Pix[i] = pixels[i%len(pixels)]
		}
		for _, c := range Find(img).Codes {
			if c.Box.Empty() {
				t.Errorf("%+v is nowhere", c)
			}
		}
	})
}
