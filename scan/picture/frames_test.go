package picture

// This file: moving pictures: what is seen of them, and which frames are kept.

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"slices"
	"testing"
)

var few = color.Palette{color.Transparent, color.White, color.Black, color.NRGBA{255, 0, 0, 255}}

// block is a frame of one colour.
func block(r image.Rectangle, index uint8) *image.Paletted {
	img := image.NewPaletted(r, few)
	for i := range img.Pix {
		img.Pix[i] = index
	}
	return img
}

// movingGIF packs frames as a GIF.
func movingGIF(t testing.TB, g *gif.GIF) []byte {
	t.Helper()
	g.Config.ColorModel = few
	for len(g.Delay) < len(g.Image) {
		g.Delay = append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDisposal follows one pixel that is covered, and one beside it, through
// frames that stay, are taken away, and give back what was there.
func TestDisposal(t *testing.T) {
	all, part := image.Rect(0, 0, 20, 20), image.Rect(0, 0, 10, 10)
	data := movingGIF(t, &gif.GIF{
		Config: image.Config{Width: 20, Height: 20},
		Image: []*image.Paletted{
			block(all, 1), block(part, 2), block(part, 3), block(image.Rect(10, 10, 20, 20), 2), block(image.Rect(19, 19, 20, 20), 3),
		},
		Disposal: []byte{gif.DisposalNone, gif.DisposalPrevious, gif.DisposalBackground, gif.DisposalNone, gif.DisposalNone},
	})
	red := color.RGBA{255, 0, 0, 255}
	want := [][2]color.RGBA{
		{{255, 255, 255, 255}, {255, 255, 255, 255}},
		{{0, 0, 0, 255}, {255, 255, 255, 255}},
		{red, {255, 255, 255, 255}},
		{{}, {0, 0, 0, 255}}, // the second one left, and took nothing with it
		{{}, {0, 0, 0, 255}},
	}
	frames := loaded(t, data).Frames
	if len(frames) != len(want) {
		t.Fatalf("%d frames, want %d", len(frames), len(want))
	}
	for i, f := range frames {
		if got := [2]color.RGBA{f.(*image.RGBA).RGBAAt(5, 5), f.(*image.RGBA).RGBAAt(15, 15)}; got != want[i] {
			t.Errorf("frame %d: %v, want %v", i, got, want[i])
		}
	}
}

// TestLongGIF keeps sixteen frames of many: the first, the last, one that stays
// long.
func TestLongGIF(t *testing.T) {
	g := &gif.GIF{Config: image.Config{Width: 100, Height: 100}}
	for i := range 300 {
		frame := block(image.Rect(0, 0, 100, 100), 1)
		frame.Pix[i] = 2
		g.Image = append(g.Image, frame)
		g.Delay = append(g.Delay, 5)
	}
	g.Delay[77] = 300
	frames := loaded(t, movingGIF(t, g)).Frames
	if len(frames) != maxFrames {
		t.Fatalf("%d frames, want %d", len(frames), maxFrames)
	}
	var kept []int
	for _, f := range frames {
		for i := range 300 {
			if f.(*image.RGBA).Pix[4*i] == 0 {
				kept = append(kept, i)
			}
		}
	}
	for _, i := range []int{0, 77, 299} {
		if !slices.Contains(kept, i) {
			t.Errorf("frames %v are kept, want %d too", kept, i)
		}
	}
}

// TestCutGIF keeps the frames that came through whole.
func TestCutGIF(t *testing.T) {
	r := image.Rect(0, 0, 50, 50)
	data := movingGIF(t, &gif.GIF{Config: image.Config{Width: 50, Height: 50}, Image: []*image.Paletted{block(r, 1), block(r, 2), block(r, 3)}})
	if p := loaded(t, data[:len(data)-10]); len(p.Frames) != 2 {
		t.Errorf("%d frames, want 2", len(p.Frames))
	}
}

func TestMovingWebP(t *testing.T) {
	if frames := loaded(t, file(t, "moving.webp")).Frames; len(frames) != 3 {
		t.Errorf("%d frames, want 3", len(frames))
	} else {
		black := color.RGBAModel.Convert(frames[1].At(30, 20)).(color.RGBA)
		if black.R > 40 || black.A != 255 {
			t.Errorf("%v in the middle of the second frame, want black", black)
		}
	}
}

// movingPNG has a red picture and a black frame in its middle.
func movingPNG(t testing.TB) []byte {
	var first, second bytes.Buffer
	for img, b := range map[image.Image]*bytes.Buffer{
		flat(60, 40, color.NRGBA{255, 0, 0, 255}): &first, flat(20, 20, color.NRGBA{0, 0, 0, 255}): &second,
	} {
		if err := png.Encode(b, img); err != nil {
			t.Fatal(err)
		}
	}
	f, err := parsePNG(first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	g, err := parsePNG(second.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	control := func(w, h, x, y uint32) []byte {
		data := []byte{0, 0, 0, 0}
		for _, v := range []uint32{w, h, x, y} {
			data = binary.BigEndian.AppendUint32(data, v)
		}
		return append(data, 0, 1, 0, 10, 0, 1)
	}
	whole := f.single(first.Bytes()[16:24], f.pixels)
	end := whole[len(whole)-12:]
	data := slices.Concat(whole[:33], pngPart("acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}), pngPart("fcTL", control(60, 40, 0, 0)), whole[33:len(whole)-12])
	data = append(data, pngPart("fcTL", control(20, 20, 20, 10))...)
	for _, p := range g.pixels {
		data = append(data, pngPart("fdAT", append([]byte{0, 0, 0, 1}, p...))...)
	}
	return append(data, end...)
}

// pngPart is a chunk with its length and checksum.
func pngPart(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

func flat(w, h int, c color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

func TestMovingPNG(t *testing.T) {
	frames := loaded(t, movingPNG(t)).Frames
	if len(frames) != 2 {
		t.Fatalf("%d frames, want 2", len(frames))
	}
	for i, want := range []color.RGBA{{255, 0, 0, 255}, {0, 0, 0, 255}} {
		if got := frames[i].At(30, 20); got != want {
			t.Errorf("middle of frame %d: %v, want %v", i, got, want)
		}
		if got := frames[i].At(5, 5); got != (color.RGBA{255, 0, 0, 255}) {
			t.Errorf("corner of frame %d: %v", i, got)
		}
	}
}

// TestOddGIF reads one without a size, and one with a frame outside of it.
func TestOddGIF(t *testing.T) {
	palette := image.NewPaletted(flag().Rect, color.Palette{color.White, color.Black, color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 0, 255, 255}})
	draw.Draw(palette, palette.Rect, flag(), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := gif.Encode(&b, palette, nil); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	copy(data[6:], []byte{0, 0, 0, 0})
	near(t, loaded(t, data).Frames[0], flag(), 0)
	copy(data[6:], []byte{30, 0, 30, 0})
	if p := loaded(t, data); p.Width != 30 || p.Height != 30 {
		t.Errorf("%d x %d", p.Width, p.Height)
	}
}
