package main

// This file: pictures of our own, for where there is no collection.

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nod/scan/sample"
)

// drawing makes the n-th picture of a set, and tells the texts in it.
type drawing func(t testing.TB, n int) (img image.Image, texts []string)

// perSet is how many pictures a set has.
const perSet = 6

var drawings = map[string]drawing{
	"d-page": func(t testing.TB, n int) (image.Image, []string) { return page(t, 1280, 800, n) },
	"d-page-dark": func(t testing.TB, n int) (image.Image, []string) {
		img, texts := page(t, 1280, 800, n)
		return sample.Dark(img), texts
	},
	"d-page-turned": func(t testing.TB, n int) (image.Image, []string) {
		img, texts := page(t, 1280, 800, n)
		return sample.Turned(img), texts
	},
	"d-screen-4k": func(t testing.TB, n int) (image.Image, []string) { return page(t, 3840, 2160, n) },
	"d-code": func(t testing.TB, n int) (image.Image, []string) {
		text := linkOf(n)
		return sample.Code(t, text, 150+50*n), []string{text}
	},
	"d-low-contrast": func(t testing.TB, n int) (image.Image, []string) {
		text := linkOf(n)
		return sample.Mapped(sample.Code(t, text, 300), func(r, _, _, _ uint8) color.Color {
			return color.Gray{120 + r/16}
		}), []string{text}
	},
	"d-multi": func(t testing.TB, n int) (image.Image, []string) {
		codes := map[image.Point]image.Image{}
		var texts []string
		for i := range 2 + n {
			text := linkOf(10*n + i)
			codes[image.Pt(240+i%4*250, 70+i/4*250)] = sample.Code(t, text, 200)
			texts = append(texts, text)
		}
		return sample.Page(1280, 800, codes), texts
	},
	"d-negative": func(_ testing.TB, n int) (image.Image, []string) {
		if n%2 == 0 {
			return sample.Page(1280, 800+100*n, nil), nil
		}
		return noise(800, 600, n), nil
	},
}

// drawSets draws all sets into a folder, every second picture as JPEG.
func drawSets(dir string) error {
	for set, draw := range drawings {
		if err := os.MkdirAll(filepath.Join(dir, set), 0o700); err != nil {
			return err
		}
		for n := range perSet {
			if err := drawOne(filepath.Join(dir, set, fmt.Sprintf("%02d", n)), draw, n); err != nil {
				return err
			}
		}
	}
	return nil
}

func drawOne(name string, draw drawing, n int) (err error) {
	t := &failing{}
	defer func() {
		if r := recover(); r != nil {
			err = errors.New(fmt.Sprint(r))
		}
	}()
	img, texts := draw(t, n)
	format := "png"
	if n%2 == 1 {
		format = "jpeg"
	}
	if err := os.WriteFile(name+"."+format, sample.Encoded(t, format, img), 0o600); err != nil || texts == nil {
		return err
	}
	return os.WriteFile(name+".txt", []byte(strings.Join(texts, "\n=====\n")), 0o600)
}

// failing stands for a test where package sample wants one.
type failing struct{ testing.TB }

func (*failing) Helper()           {}
func (*failing) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func page(t testing.TB, width, height, n int) (*image.RGBA, []string) {
	text := linkOf(n)
	at := image.Pt(260+90*n, 70+60*n)
	return sample.Page(width, height, map[image.Point]image.Image{at: sample.Code(t, text, 120+40*n)}), []string{text}
}

// linkOf is a link of its own for each number, some longer than others.
func linkOf(n int) string {
	return fmt.Sprintf("%s&number=%d%s", sample.Link, n, strings.Repeat("0", 7*n))
}

// noise is a picture without a code that has edges everywhere.
func noise(width, height, seed int) image.Image {
	random := rand.New(rand.NewPCG(uint64(seed), 5))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for range 4000 {
		at := image.Pt(random.IntN(width), random.IntN(height))
		side := 2 + random.IntN(30)
		shade := uint8(random.IntN(256))
		sample.Fill(img, image.Rectangle{at, at.Add(image.Pt(side, side))}, color.RGBA{shade, shade / 2, 255 - shade, 255})
	}
	return img
}
