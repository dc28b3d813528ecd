package scan

// This file: how fast pictures are read, drawn as people have them. The median
// and the 95th percentile are of single pictures; docs/benchmarks.md compares
// with other programs.

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"nod/scan/sample"
)

// shots are the pictures of one benchmark; each counts as often as the others.
type shots struct {
	codes    int // in each picture
	pictures [][]byte
}

func BenchmarkPage(b *testing.B) { benchmark(b, pages(b, 1280, 800, 1)) }

func BenchmarkPageDark(b *testing.B) {
	s := shots{codes: 1}
	for n := range 8 {
		s.add(b, sample.Dark(pageWith(b, 1280, 800, n)))
	}
	benchmark(b, s)
}

func Benchmark4K(b *testing.B) { benchmark(b, pages(b, 3840, 2160, 1)) }

func BenchmarkNoCode(b *testing.B) { benchmark(b, pages(b, 1280, 800, 0)) }

// BenchmarkNoCodePhoto has edges of all sizes everywhere, as a photo has, and
// noise on top.
func BenchmarkNoCodePhoto(b *testing.B) {
	s := shots{}
	for n := range 4 {
		s.add(b, photo(1600, 1200, n))
	}
	benchmark(b, s)
}

// BenchmarkNoCode4K is the screen that has no code on it.
func BenchmarkNoCode4K(b *testing.B) { benchmark(b, pages(b, 3840, 2160, 0)) }

// pages are screenshots with codes of several sizes at several places.
func pages(b *testing.B, width, height, codes int) shots {
	s := shots{codes: codes}
	for n := range 8 {
		if codes == 0 {
			s.add(b, sample.Page(width, height-8*n, nil))
		} else {
			s.add(b, pageWith(b, width, height, n))
		}
	}
	return s
}

func pageWith(b *testing.B, width, height, n int) *image.RGBA {
	code := sample.Code(b, fmt.Sprintf("%s&number=%d", sample.Link, n), 120+30*n)
	return sample.Page(width, height, map[image.Point]image.Image{{260 + 80*n, 70 + 40*n}: code})
}

func (s *shots) add(b *testing.B, img image.Image) {
	s.pictures = append(s.pictures, sample.Encoded(b, "png", img))
}

// photo is a picture of soft shades, shapes and noise.
func photo(width, height, seed int) *image.RGBA {
	random := rand.New(rand.NewPCG(uint64(seed), 21))
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{uint8(255 * x / width), uint8(255 * y / height), uint8(40 * (x/160 + y/160)), 255})
		}
	}
	for range 2000 {
		at := image.Pt(random.IntN(width), random.IntN(height))
		shade := uint8(random.IntN(256))
		size := image.Pt(1+random.IntN(60), 1+random.IntN(60))
		sample.Fill(img, image.Rectangle{at, at.Add(size)}, color.RGBA{shade, shade / 2, 255 - shade, 255})
	}
	for i := range img.Pix {
		if i%4 < 3 {
			img.Pix[i] = uint8(min(255, max(0, int(img.Pix[i])+random.IntN(31)-15)))
		}
	}
	return img
}

// benchmark reads the pictures in turn and reports, besides the mean, the median
// and the 95th percentile in milliseconds.
func benchmark(b *testing.B, s shots) {
	var times []time.Duration
	read := func(n int) {
		start := time.Now()
		res, err := Image(bytes.NewReader(s.pictures[n%len(s.pictures)]))
		times = append(times, time.Since(start))
		if err != nil || len(res.Codes) != s.codes {
			b.Fatalf("found %d codes, %v, want %d", len(res.Codes), err, s.codes)
		}
	}
	read(0) // the first one takes memory from the system
	times = nil
	for n := 0; b.Loop(); n++ {
		read(n)
	}
	slices.Sort(times)
	part := func(p float64) float64 {
		return float64(times[min(len(times)-1, int(p*float64(len(times))))]) / float64(time.Millisecond)
	}
	b.ReportMetric(part(0.5), "median-ms")
	b.ReportMetric(part(0.95), "p95-ms")
}
