package picture

// This file: files made to take much memory or time. Each is refused, and little
// memory was taken by then.

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// taken is how many bytes f allocates, of which some may be free again.
func taken(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// bombs are refused.
func bombs(t testing.TB) map[string][]byte {
	le := binary.LittleEndian
	many := "<rect x='1' y='1' width='1' height='1'/>"
	uses := &strings.Builder{} // each level draws ten of the one before
	for i := range 20 {
		fmt.Fprintf(uses, "<g id='g%d'>%s</g>", i+1, strings.Repeat(fmt.Sprintf("<use href='#g%d'/>", i), 10))
	}
	var jpegData bytes.Buffer
	if err := jpeg.Encode(&jpegData, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	huge := jpegData.Bytes()
	at := bytes.Index(huge, []byte{0xff, 0xc0})
	copy(huge[at+5:], []byte{0xff, 0xff, 0xff, 0xff})
	extended := append([]byte{webpAnimation, 0, 0, 0}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	webp := func(chunks ...[]byte) []byte {
		return appendChunk(nil, "RIFF", append([]byte("WEBP"), slices.Concat(chunks...)...))
	}
	frame := appendChunk(make([]byte, frameHeader), "VP8L", []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0})
	return map[string][]byte{
		"JPEG":          huge,
		"PNG, 8 bits":   bomb(60000, 60000, 8, 6),
		"TIFF, pixels":  tiffWith(map[uint16]uint32{widthTag: 60000, lengthTag: 60000, bitsTag: 8, photometricTag: 1}),
		"TIFF, strip":   tiffWith(map[uint16]uint32{widthTag: 9000, lengthTag: 9000, bitsTag: 8, photometricTag: 1}),
		"TIFF, sides":   tiffWith(map[uint16]uint32{widthTag: 1, lengthTag: 1 << 31, bitsTag: 8, photometricTag: 1}),
		"WebP":          webp(appendChunk(nil, "VP8L", []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0})),
		"WebP, canvas":  webp(appendChunk(nil, "VP8X", extended), appendChunk(nil, "ANMF", make([]byte, 100))),
		"WebP, frame":   webp(appendChunk(nil, "VP8X", append([]byte{webpAnimation, 0, 0, 0}, make([]byte, 6)...)), appendChunk(nil, "ANMF", frame)),
		"PNM, pixels":   []byte("P6 50000 50000 255\n"),
		"PNM, number":   []byte("P5 99999999999999999999999999 1 255\n"),
		"PAM":           []byte("P7\nWIDTH 60000\nHEIGHT 60000\nDEPTH 4\nMAXVAL 255\nENDHDR\n"),
		"BMP":           bmpFile(bitmap(infoHeader, 1<<30, 1<<30, 8, dibPlain, make([]byte, 1024)), 0),
		"BMP, OS/2":     bmpFile(bitmap(coreHeader, 65535, 65535, 24, 0), 0),
		"ICO":           append(append([]byte{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, le.AppendUint32(le.AppendUint32(nil, 33), 22)...), bomb(60000, 60000, 8, 6)...),
		"SVG, elements": []byte("<svg viewBox='0 0 9 9'>" + strings.Repeat(many, maxElements+1) + "</svg>"),
		"SVG, use":      []byte("<svg viewBox='0 0 9 9'><g id='g0'/>" + uses.String() + "</svg>"),
		"SVG, itself":   []byte("<svg viewBox='0 0 9 9'><g id='a'><use href='#a'/><use href='#a'/></g></svg>"),
		"SVG, depth":    []byte("<svg viewBox='0 0 9 9'>" + strings.Repeat("<g>", 1000) + strings.Repeat("</g>", 1000) + "</svg>"),
		"SVG, work":     []byte("<svg viewBox='0 0 9 9'>" + strings.Repeat("<path d='M0 0H9V9H0z'/>", 20000) + "</svg>"),
		"SVG, points":   []byte("<svg viewBox='0 0 9 9'><path d='M0 0" + strings.Repeat("c0 0 1e9 9 0 0", 100_000) + "'/></svg>"),
		"SVG, names":    []byte("<svg viewBox='0 0 9 9'><path " + strings.Repeat("a='' ", 100_000) + "/></svg>"),
		"SVG, side":     []byte("<svg viewBox='0 0 1 1e-30'><path d='M0 0h1v1z'/></svg>"),
		"SVG in itself": []byte(nested(6)),
	}
}

// nested is a drawing with a drawing in it, and so on.
func nested(n int) string {
	s := "<svg viewBox='0 0 9 9'><path d='M0 0h1v1z'/></svg>"
	for range n {
		s = "<svg viewBox='0 0 9 9'><image width='9' height='9' href='data:image/svg+xml," +
			strings.NewReplacer("%", "%25", "'", "%27", "<", "%3C", ">", "%3E").Replace(s) + "'/></svg>"
	}
	return s
}

// tiffWith is a TIFF file with a directory of numbers, and a strip of nothing.
func tiffWith(values map[uint16]uint32) []byte {
	values[259], values[273], values[277], values[279] = 8, 0, 1, 8 // deflate
	var tags []uint16
	for tag := range values {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	data := binary.LittleEndian.AppendUint16([]byte("II*\x00\x08\x00\x00\x00"), uint16(len(tags)))
	for _, tag := range tags {
		data = binary.LittleEndian.AppendUint16(data, tag)
		data = append(data, 4, 0, 1, 0, 0, 0)
		data = binary.LittleEndian.AppendUint32(data, values[tag])
	}
	return append(data, 0, 0, 0, 0)
}

func TestBombs(t *testing.T) {
	for name, data := range bombs(t) {
		t.Run(name, func(t *testing.T) {
			var err error
			bytesTaken := taken(func() { _, err = Load(bytes.NewReader(data)) })
			_, size := errors.AsType[*SizeError](err)
			_, format := errors.AsType[*FormatError](err)
			if !size && !format {
				t.Fatalf("no error of ours: %v", err)
			}
			if !size && name != "SVG in itself" {
				t.Errorf("%v, want a *SizeError", err)
			}
			limit := 4<<20 + 4*len(data)
			if strings.HasPrefix(name, "SVG") {
				limit = 200 << 20 // of which most is free again: the parts are drawn one by one
			}
			if bytesTaken > limit {
				t.Errorf("%d bytes were taken for a file of %d", bytesTaken, len(data))
			}
		})
	}
}

// TestPackedText loads a PNG with many zeros in a compressed text, which no one
// needs to unpack.
func TestPackedText(t *testing.T) {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 8 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := movingPNG(t)
	text := append([]byte("iTXtkey\x00\x01\x00\x00\x00"), packed.Bytes()...)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(text)-4))
	chunk = binary.BigEndian.AppendUint32(append(chunk, text...), crc32.ChecksumIEEE(text))
	data = slices.Concat(data[:33], chunk, data[33:])
	if n := taken(func() { loaded(t, data) }); n > 4<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

// TestThousandsOfFrames reads a GIF with more frames than anyone wants to unpack
// and one whose frames are large.
func TestThousandsOfFrames(t *testing.T) {
	for _, v := range []struct{ frames, side, most int }{{5000, 100, maxFrames}, {300, 2000, maxFrames}, {20, 3600, 2}} {
		g := &gif.GIF{Config: image.Config{Width: v.side, Height: v.side}}
		blank := block(image.Rect(0, 0, v.side, v.side), 1)
		dot := block(image.Rect(0, 0, 1, 1), 2)
		g.Image = append(g.Image, blank)
		for range v.frames {
			dot = block(dot.Rect.Add(image.Pt(1, 0)), 2)
			if dot.Rect.Max.X > v.side {
				dot = block(image.Rect(0, 0, 1, 1), 3)
			}
			g.Image = append(g.Image, dot)
		}
		data := movingGIF(t, g)
		var p Picture
		n := taken(func() { p = loaded(t, data) })
		if len(p.Frames) > v.most || len(p.Frames) < 2 {
			t.Errorf("%d frames of %d x %d: %d kept, want 2 to %d", v.frames, v.side, v.side, len(p.Frames), v.most)
		}
		if n > maxMemory {
			t.Errorf("%d frames of %d x %d: %d bytes were taken", v.frames, v.side, v.side, n)
		}
	}
}

// TestEndless reads streams that never end.
func TestEndless(t *testing.T) {
	for name, start := range map[string]string{
		"zeros": "", "GIF": "GIF89a", "PNM with a comment": "P6 #", "BMP": string(bmpFile(bitmap(infoHeader, 60000, 1000, 8, dibRLE8, make([]byte, 1024)), 0)), "SVG": "<svg>", "gzip": "\x1f\x8b",
	} {
		zeros := &endless{}
		_, err := Load(io.MultiReader(strings.NewReader(start), zeros))
		_, size := errors.AsType[*SizeError](err)
		_, format := errors.AsType[*FormatError](err)
		if !size && !format {
			t.Errorf("%s: %v", name, err)
		}
		if zeros.read > maxStream+1<<20 {
			t.Errorf("%s: %d bytes were read", name, zeros.read)
		}
	}
}
