package picture

// This file: pictures of all formats, drawn here or in testdata: pixels come out
// as they went in.

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// flag is the picture in the files of testdata: 60 x 40, white with a red square
// of 20 in the upper left corner, a blue one in the lower right corner, and a
// black one of 10 in the lower left corner.
func flag() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 60, 40))
	for r, c := range map[image.Rectangle]color.Color{
		image.Rect(0, 0, 20, 20): color.NRGBA{255, 0, 0, 255}, image.Rect(40, 20, 60, 40): color.NRGBA{0, 0, 255, 255},
		image.Rect(0, 30, 10, 40): color.Black,
	} {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i+3] == 0 {
			copy(img.Pix[i:], []byte{255, 255, 255, 255})
		}
	}
	return img
}

func loaded(t testing.TB, data []byte) Picture {
	t.Helper()
	p, err := Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if b := p.Frames[0].Bounds(); p.Width != b.Dx() || p.Height != b.Dy() || b.Min != (image.Point{}) {
		t.Fatalf("picture of %d x %d, frame %v", p.Width, p.Height, b)
	}
	return p
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// near checks that all pixels but for edges are equal within a tolerance.
func near(t *testing.T, got, want image.Image, tolerance int) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("%v, want %v", got.Bounds(), want.Bounds())
	}
	for y := 2; y < want.Bounds().Dy(); y += 5 { // not on the edges of squares
		for x := 2; x < want.Bounds().Dx(); x += 5 {
			g := color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA)
			w := color.NRGBAModel.Convert(want.At(x, y)).(color.NRGBA)
			for i, d := range [4]int{int(g.R) - int(w.R), int(g.G) - int(w.G), int(g.B) - int(w.B), int(g.A) - int(w.A)} {
				if d > tolerance || -d > tolerance {
					t.Fatalf("pixel %d, %d: %v, want %v (channel %d)", x, y, g, w, i)
				}
			}
		}
	}
}

// greyFlag is the flag without its colours.
func greyFlag() *image.Gray { return greyOf(flag()) }

func TestFiles(t *testing.T) {
	for name, tolerance := range map[string]int{
		"cmyk.jpg": 30, "ycck.jpg": 30, "interlaced.png": 0, "moving.webp": 30,
	} {
		t.Run(name, func(t *testing.T) { near(t, loaded(t, file(t, name)).Frames[0], flag(), tolerance) })
	}
	frame := loaded(t, file(t, "alpha.webp")).Frames[0]
	_, _, _, seen := frame.At(10, 10).RGBA()
	_, _, _, unseen := frame.At(30, 30).RGBA()
	if seen != 0xffff || unseen != 0 {
		t.Errorf("alpha.webp: alpha %d and %d, want 65535 and 0", seen, unseen)
	}
}

// TestFourColours reads a JPEG of four colours without Adobe's mark: they are
// not inverted then.
func TestFourColours(t *testing.T) {
	data := file(t, "ycck.jpg")
	at := bytes.Index(data, []byte("Adobe"))
	data[at+11] = 0 // no YCCK
	inverted := loaded(t, data).Frames[0].(*image.CMYK)
	data = append(data[:at-4:at-4], data[at+12:]...)
	plain := loaded(t, data).Frames[0].(*image.CMYK)
	for i, v := range plain.Pix {
		if v != 255-inverted.Pix[i] {
			t.Fatalf("byte %d: %d, with the mark %d", i, v, inverted.Pix[i])
		}
	}
}

// pnms are the flag in grey, or a part of it, in all kinds of PNM.
func pnms() map[string]struct {
	data []byte
	want image.Image
} {
	grey, colours := greyFlag(), flag()
	bw := image.NewGray(grey.Rect)
	var bits, bitText, text, wide, rgb, rgbText, rgba bytes.Buffer
	for y := range 40 {
		var packed byte
		for x := range 60 {
			v, c := grey.GrayAt(x, y).Y, colours.NRGBAAt(x, y)
			dark := byte(0)
			if bw.Pix[y*bw.Stride+x] = 255; v < 128 {
				dark, bw.Pix[y*bw.Stride+x] = 1, 0
			}
			if packed |= dark << (7 - x%8); x%8 == 7 || x == 59 {
				bits.WriteByte(packed)
				packed = 0
			}
			bitText.WriteString(string('0'+rune(dark)) + "\n")
			text.WriteString(" " + strconv.Itoa(int(v)))
			wide.Write([]byte{v, v})
			rgb.Write([]byte{c.R, c.G, c.B})
			rgbText.WriteString(strconv.Itoa(int(c.R)/17) + " " + strconv.Itoa(int(c.G)/17) + "\t" + strconv.Itoa(int(c.B)/17) + "\n")
			rgba.Write([]byte{c.R, c.G, c.B, 255})
		}
	}
	all := map[string]struct {
		data []byte
		want image.Image
	}{}
	for name, v := range map[string]struct {
		header string
		body   []byte
		want   image.Image
	}{
		"P1":         {"P1 60 40\n", bitText.Bytes(), bw},
		"P1, tight":  {"P1\n#\n60 40\n", bytes.ReplaceAll(bitText.Bytes(), []byte("\n"), nil), bw},
		"P2":         {"P2\n# a comment\n60# and one\n40\n255\n", text.Bytes(), grey},
		"P3":         {"P3\n60 40\n15\n", rgbText.Bytes(), colours},
		"P4":         {"P4\n60 40\n", bits.Bytes(), bw},
		"P5":         {"P5\n60 40\n255\n", grey.Pix, grey},
		"P5, 16 bit": {"P5\n60 40 65535\n", wide.Bytes(), grey},
		"P6":         {"P6 60 40 255\n", rgb.Bytes(), colours},
		"P7, grey":   {"P7\nWIDTH 60\nHEIGHT 40\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n", grey.Pix, grey},
		"P7, RGBA":   {"P7\n# a comment\nWIDTH 60\nHEIGHT 40\nDEPTH 4\nMAXVAL 255\nENDHDR\n", rgba.Bytes(), colours},
	} {
		all[name] = struct {
			data []byte
			want image.Image
		}{append([]byte(v.header), v.body...), v.want}
	}
	return all
}

func TestPNM(t *testing.T) {
	for name, v := range pnms() {
		t.Run(name, func(t *testing.T) {
			p := loaded(t, v.data)
			near(t, p.Frames[0], v.want, 0)
			if p.Format != "pnm" {
				t.Errorf("format %q", p.Format)
			}
			_, err := Load(bytes.NewReader(v.data[:len(v.data)-70]))
			if err == nil || !strings.Contains(err.Error(), "damaged or cut off") {
				t.Errorf("cut off: %v", err)
			}
		})
	}
}

// TestPages reads a TIFF of two pages, the second one of them turned.
func TestPages(t *testing.T) {
	var b bytes.Buffer
	if err := tiff.Encode(&b, flag(), nil); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes() // its directory is at its end
	at := int(binary.LittleEndian.Uint32(data[4:]))
	n := int(binary.LittleEndian.Uint16(data[at:]))
	second := bytes.Clone(data[at+2 : at+2+12*n])
	binary.LittleEndian.PutUint32(data[at+2+12*n:], uint32(len(data)))
	data = binary.LittleEndian.AppendUint16(data, uint16(n+1))
	done := false
	for ; len(second) > 0; second = second[12:] {
		if tag := binary.LittleEndian.Uint16(second); tag > orientationTag && !done {
			data = append(data, 0x12, 1, 3, 0, 1, 0, 0, 0, 3, 0, 0, 0)
			done = true
		}
		data = append(data, second[:12]...)
	}
	data = append(data, 0, 0, 0, 0)
	p := loaded(t, data)
	if len(p.Frames) != 2 {
		t.Fatalf("%d pages", len(p.Frames))
	}
	near(t, p.Frames[0], flag(), 0)
	if got := p.Frames[1].At(59, 39); got != color.Color(color.NRGBA{255, 0, 0, 255}) && got != color.Color(color.RGBA{255, 0, 0, 255}) {
		t.Errorf("the second page is not turned around: %v", got)
	}
}

func TestDataURI(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, flag()); err != nil {
		t.Fatal(err)
	}
	packed := base64.StdEncoding.EncodeToString(b.Bytes())
	for _, text := range []string{
		"data:image/png;base64," + packed,
		" \"DATA:image/png;charset=x;base64," + packed[:50] + "\n" + packed[50:] + "\"\n",
		"data:;base64," + strings.TrimRight(packed, "="),
	} {
		if p := loaded(t, []byte(text)); p.Format != "png" {
			t.Errorf("format %q", p.Format)
		} else {
			near(t, p.Frames[0], greyFlag(), 1)
		}
	}
	for _, text := range []string{"data:image/png;base64,!!!", "data:,", "data:text/plain,hello", "data:image/png"} {
		if _, err := Load(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

// TestMissingEnd reads a JPEG whose last two bytes are missing, but not one whose
// pixels are.
func TestMissingEnd(t *testing.T) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, flag(), nil); err != nil {
		t.Fatal(err)
	}
	near(t, loaded(t, b.Bytes()[:b.Len()-2]).Frames[0], flag(), 30)
	if _, err := Load(bytes.NewReader(b.Bytes()[:b.Len()-40])); err == nil {
		t.Error("no error for a JPEG cut off")
	}
}
