package picture

// This file: WebP, its chunks. Pictures are put together anew from the chunks
// that Go's decoder knows, each in a file of its own.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/webp"
)

func isWebP(head []byte) bool {
	return len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP"
}

const (
	webpAnimation = 1 << 1 // flags of the first chunk
	webpAlpha     = 1 << 4
	frameHeader   = 16 // bytes in front of the chunks of a frame
)

func loadWebP(in *input) ([]image.Image, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return nil, err
	}
	still, way, canvas := webpPicture{}, upright, image.Point{}
	var steps []step
	err = riffChunks(data[12:], func(kind string, body []byte) error {
		switch {
		case kind == "VP8X" && len(body) >= 10 && body[0]&webpAnimation != 0:
			canvas = image.Pt(1+number24(body[4:]), 1+number24(body[7:]))
			return in.check(canvas, 2*8, 0)
		case kind == "ANMF" && len(body) >= frameHeader:
			s, err := in.webpStep(body)
			steps = append(steps, s)
			return err
		case kind == "EXIF":
			way = orientation(body)
		default:
			still.add(kind, body)
		}
		return nil
	})
	cut := len(data) < 8+int(binary.LittleEndian.Uint32(data[4:]))
	if len(steps) == 0 && (still.pixels == nil || cut) && err == nil {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && (len(steps) == 0 || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return nil, err
	}
	if canvas.X > 0 && len(steps) > 0 {
		return in.moving(canvas, steps)
	}
	if err := in.webpCheck(still); err != nil {
		return nil, err
	}
	img, err := still.decode()
	if err != nil {
		return nil, err
	}
	return []image.Image{in.turned(img, way)}, nil
}

// riffChunks calls f for each chunk. Errors: those of f, a file cut off.
func riffChunks(data []byte, f func(kind string, body []byte) error) error {
	for len(data) >= 8 {
		kind, n := string(data[:4]), int(binary.LittleEndian.Uint32(data[4:]))
		if data = data[8:]; n > len(data) {
			return io.ErrUnexpectedEOF
		}
		if err := f(kind, data[:n]); err != nil {
			return err
		}
		data = data[min(n+n&1, len(data)):]
	}
	return nil
}

func number24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// webpPicture is one still picture, or one frame.
type webpPicture struct {
	kind   string // of pixels: "VP8 ", "VP8L"
	pixels []byte
	alpha  []byte // of VP8 only
}

func (w *webpPicture) add(kind string, body []byte) {
	switch {
	case w.pixels != nil:
	case kind == "ALPH":
		w.alpha = body
	case kind == "VP8 ", kind == "VP8L":
		w.kind, w.pixels = kind, body
	}
}

// size is that in the header of the pixels.
func (w *webpPicture) size() image.Point {
	p := w.pixels
	switch {
	case w.kind == "VP8 " && len(p) >= 10:
		return image.Pt(int(binary.LittleEndian.Uint16(p[6:])&0x3fff), int(binary.LittleEndian.Uint16(p[8:])&0x3fff))
	case w.kind == "VP8L" && len(p) >= 5:
		bits := binary.LittleEndian.Uint32(p[1:])
		return image.Pt(1+int(bits&0x3fff), 1+int(bits>>14&0x3fff))
	}
	return image.Point{}
}

// webpCheck refuses a picture too large. A lossless one takes 4 bytes a pixel,
// half as many again while its colours are few, and tables for unpacking that
// are larger than what describes them.
func (in *input) webpCheck(w webpPicture) error {
	const tables = 12
	size := w.size()
	if size.X == 0 || size.Y == 0 {
		return io.ErrUnexpectedEOF
	}
	switch {
	case w.kind == "VP8L":
		return in.check(size, 2*6, tables*len(w.pixels))
	case w.alpha != nil:
		return in.check(size, 2*9, tables*len(w.alpha))
	}
	return in.check(size, 2*2, 1<<20)
}

func (w *webpPicture) decode() (image.Image, error) {
	var body []byte
	if w.kind == "VP8 " && w.alpha != nil {
		size := w.size()
		extended := make([]byte, 10)
		extended[0] = webpAlpha
		for i, v := range []int{size.X - 1, size.Y - 1} {
			extended[4+3*i], extended[5+3*i] = byte(v), byte(v>>8)
		}
		body = appendChunk(body, "VP8X", extended)
		body = appendChunk(body, "ALPH", w.alpha)
	}
	body = appendChunk(body, w.kind, w.pixels)
	img, err := webp.Decode(bytes.NewReader(appendChunk(nil, "RIFF", append([]byte("WEBP"), body...))))
	switch m := img.(type) {
	case *image.YCbCr:
		widen(m)
	case *image.NYCbCrA:
		widen(&m.YCbCr)
	}
	return img, err
}

// widen changes pixels whose black is 16 and white 235, as those of VP8, into
// ones from 0 to 255, as package image takes them.
func widen(m *image.YCbCr) {
	var light, colour [256]byte
	for i := range 256 {
		light[i] = byte(min(max((i-16)*255/219, 0), 255))
		colour[i] = byte(min(max((i-128)*255/224+128, 0), 255))
	}
	for i, v := range m.Y {
		m.Y[i] = light[v]
	}
	for i, v := range m.Cb {
		m.Cb[i], m.Cr[i] = colour[v], colour[m.Cr[i]]
	}
}

func appendChunk(to []byte, kind string, body []byte) []byte {
	to = binary.LittleEndian.AppendUint32(append(to, kind...), uint32(len(body)))
	to = append(to, body...)
	if len(body)%2 == 1 {
		to = append(to, 0)
	}
	return to
}

// webpStep reads a frame: where it is, for how long, its chunks.
func (in *input) webpStep(body []byte) (step, error) {
	var w webpPicture
	err := riffChunks(body[frameHeader:], func(kind string, body []byte) error {
		w.add(kind, body)
		return nil
	})
	if err != nil {
		return step{}, err
	}
	if err := in.webpCheck(w); err != nil {
		return step{}, err
	}
	corner := image.Pt(2*number24(body), 2*number24(body[3:]))
	flags := body[15]
	s := step{
		at:     image.Rectangle{corner, corner.Add(w.size())},
		delay:  number24(body[12:]),
		covers: flags&2 != 0,
		decode: w.decode,
	}
	if flags&1 != 0 {
		s.after = cleared
	}
	return s, nil
}
