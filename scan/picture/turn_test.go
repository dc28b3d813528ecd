package picture

// This file: pictures of cameras held in all ways.

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"testing"
)

// exif is metadata with an orientation.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	data := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		data = []byte("MM\x00*")
	}
	data = order.AppendUint32(data, 8)
	data = order.AppendUint16(data, 2)
	data = order.AppendUint16(data, 0x10f) // the maker's name, elsewhere
	data = order.AppendUint16(data, 2)
	data = order.AppendUint32(data, 1<<20)
	data = order.AppendUint32(data, 1<<30)
	data = order.AppendUint16(data, 0x112)
	data = order.AppendUint16(data, 3)
	data = order.AppendUint32(data, 1)
	data = order.AppendUint16(data, orientation)
	return append(data, 0, 0, 0, 0, 0, 0)
}

// held is a picture as a camera held in a way writes it: seen upright it is img.
func held(img image.Image, orientation int) *image.NRGBA {
	size := img.Bounds().Size()
	if orientation >= 5 {
		size = image.Pt(size.Y, size.X)
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	w, h := size.X, size.Y
	for y := range h {
		for x := range w {
			// Where the EXIF standard says that this row and column is seen.
			at := [9]image.Point{
				1: {x, y}, 2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {h - 1 - y, x}, 7: {h - 1 - y, w - 1 - x}, 8: {y, w - 1 - x},
			}[orientation]
			out.Set(x, y, img.At(at.X, at.Y))
		}
	}
	return out
}

func TestOrientation(t *testing.T) {
	for o := 1; o <= 8; o++ {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, held(flag(), o), &jpeg.Options{Quality: 95}); err != nil {
			t.Fatal(err)
		}
		body := append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, uint16(o))...)
		segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(body)))
		data := append([]byte{0xff, 0xd8}, append(append(segment, body...), b.Bytes()[2:]...)...)
		near(t, loaded(t, data).Frames[0], flag(), 40)

		b.Reset()
		if err := png.Encode(&b, held(flag(), o)); err != nil {
			t.Fatal(err)
		}
		chunk := append([]byte("eXIf"), exif(binary.BigEndian, uint16(o))...)
		data = binary.BigEndian.AppendUint32(bytes.Clone(b.Bytes()[:33]), uint32(len(chunk)-4))
		data = binary.BigEndian.AppendUint32(append(data, chunk...), crc32.ChecksumIEEE(chunk))
		data = append(data, b.Bytes()[33:]...)
		near(t, loaded(t, data).Frames[0], greyFlag(), 1)
		near(t, greyRows(t, data), greyFlag(), 1)
	}
}

// TestTurnedWebP reads one that is to be turned to the right.
func TestTurnedWebP(t *testing.T) {
	p := loaded(t, file(t, "turned.webp"))
	near(t, p.Frames[0], held(flag(), 8), 0)
}

// TestTurnedTypes turns images of every type.
func TestTurnedTypes(t *testing.T) {
	size := flag().Rect
	images := map[string]draw.Image{
		"Gray": image.NewGray(size), "RGBA": image.NewRGBA(size), "NRGBA": image.NewNRGBA(size), "CMYK": image.NewCMYK(size),
	}
	for name, img := range images {
		for o := 1; o <= 8; o++ {
			draw.Draw(img, size, flag(), image.Point{}, draw.Src)
			got := newInput(nil).turned(img, o)
			near(t, got, reference(img, o), 0)
			if o > 1 && got.ColorModel() != img.ColorModel() {
				t.Errorf("%s: turned into %T", name, got)
			}
		}
	}
	for _, ratio := range []image.YCbCrSubsampleRatio{
		image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio440,
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
	} {
		img := image.NewYCbCr(size, ratio)
		for i := range img.Y {
			img.Y[i] = byte(i * 7)
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = byte(128+i/50), byte(100+i/60)
		}
		for o := 2; o <= 8; o++ {
			near(t, greyOf(newInput(nil).turned(img, o)), greyOf(reference(img, o)), 6)
		}
	}
}

// reference turns an image the slow way.
func reference(img image.Image, orientation int) image.Image {
	back := [9]int{0, 1, 2, 3, 4, 5, 8, 7, 6} // undoes the turn
	return held(img, back[orientation])
}

func FuzzEXIF(f *testing.F) {
	f.Add(exif(binary.LittleEndian, 6))
	f.Add(append([]byte("Exif\x00\x00"), exif(binary.BigEndian, 3)...))
	f.Add([]byte("II*\x00\x08\x00\x00\x00\xff\xff"))
	f.Add([]byte("MM\x00*\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}
