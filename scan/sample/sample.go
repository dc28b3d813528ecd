// Package sample draws the pictures that tests and benchmarks look for codes in.
// Everything random in them comes from a seed.
package sample

// This file: codes, pages around them and simple changes of both.

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Link is the text of most codes here: what a site shows to set up codes.
const Link = "otpauth://totp/HelpDesk:ana@demo.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HelpDesk&period=60"

// Code draws a QR code with its quiet zone, side by side pixels large at least.
func Code(t testing.TB, text string, side int) *image.RGBA {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, side, side,
		map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, m.GetWidth(), m.GetHeight()))
	for y := range m.GetHeight() {
		for x := range m.GetWidth() {
			img.Set(x, y, color.White)
			if m.Get(x, y) {
				img.Set(x, y, color.Black)
			}
		}
	}
	return img
}

// Page draws a screenshot: a bar, a side column and lines of small rectangles
// for words, with codes at the given places.
func Page(width, height int, codes map[image.Point]image.Image) *image.RGBA {
	random := rand.New(rand.NewPCG(7, 9))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	Fill(img, img.Rect, color.RGBA{250, 250, 252, 255})
	Fill(img, image.Rect(0, 0, width, 56), color.RGBA{32, 44, 64, 255})
	Fill(img, image.Rect(0, 56, 220, height), color.RGBA{232, 236, 240, 255})
	for y := 80; y < height-20; y += 22 {
		for x := 250; x < width-100; {
			word := 10 + random.IntN(60)
			if random.IntN(9) > 0 {
				Fill(img, image.Rect(x, y, x+word, y+9), color.RGBA{60, 64, 72, 255})
			}
			x += word + 8
		}
	}
	for at, c := range codes {
		draw.Draw(img, c.Bounds().Add(at), c, c.Bounds().Min, draw.Src)
	}
	return img
}

// Fill paints a rectangle.
func Fill(img draw.Image, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// Mapped draws a picture of the same size with all colours changed.
func Mapped(img image.Image, change func(r, g, b, a uint8) color.Color) *image.NRGBA {
	out := image.NewNRGBA(img.Bounds())
	for y := out.Rect.Min.Y; y < out.Rect.Max.Y; y++ {
		for x := out.Rect.Min.X; x < out.Rect.Max.X; x++ {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			out.Set(x, y, change(c.R, c.G, c.B, c.A))
		}
	}
	return out
}

// Dark draws a picture with light and dark changed over.
func Dark(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = 0xff - v
		if i%4 == 3 {
			out.Pix[i] = v
		}
	}
	return out
}

// Turned draws a picture rotated by 90 degrees.
func Turned(img *image.RGBA) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, h, w))
	for y := range h {
		for x := range w {
			copy(out.Pix[out.PixOffset(h-1-y, x):][:4], img.Pix[img.PixOffset(x, y):])
		}
	}
	return out
}

// Stretched draws a picture with each pixel wide by high.
func Stretched(img image.Image, wide, high int) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()*wide, b.Dy()*high))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Set(x, y, img.At(b.Min.X+x/wide, b.Min.Y+y/high))
		}
	}
	return out
}

// Encoder writes a picture in one format.
type Encoder func(io.Writer, image.Image) error

// Encoders are those that Go has; a WebP picture is in testdata.
var Encoders = map[string]Encoder{
	"png":  (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode,
	"jpeg": func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 50}) },
	"gif":  func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
	"bmp":  bmp.Encode,
	"tiff": func(w io.Writer, m image.Image) error {
		return tiff.Encode(w, m, &tiff.Options{Compression: tiff.Deflate})
	},
}

// Encoded is a picture in a format of Encoders.
func Encoded(t testing.TB, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encoders[format](&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
