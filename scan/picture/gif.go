package picture

// This file: GIF, its frames cut into files of their own, so that only one is
// unpacked at a time.

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"io"
)

const (
	gifHeader     = 13 // bytes of magic, size, flags
	gifDescriptor = 10 // bytes in front of a frame: mark, place, size, flags
	maxBlocks     = 1 << 16
)

// gifFile walks over the blocks of a file.
type gifFile struct {
	data    []byte
	size    image.Point
	colours []byte // for frames without a table of their own
	at      int

	control []byte // in front of the next frame: how long, which colour is none
	steps   []step
}

func loadGIF(in *input) ([]image.Image, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return nil, err
	}
	if len(data) < gifHeader {
		return nil, io.ErrUnexpectedEOF
	}
	f := &gifFile{data: data, at: gifHeader}
	f.size = image.Pt(int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:])))
	if f.size.X > 0 && f.size.Y > 0 {
		if err := in.check(f.size, 4, 0); err != nil {
			return nil, err
		}
	}
	f.colours = f.table(data[10])
	for range maxBlocks {
		if !f.block() {
			break
		}
	}
	if len(f.steps) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if f.size.X == 0 || f.size.Y == 0 {
		f.size = f.steps[0].at.Max
	}
	if len(f.steps) > 1 || f.steps[0].at != (image.Rectangle{Max: f.size}) {
		return in.moving(f.size, f.steps)
	}
	if err := in.check(f.size, 4, 0); err != nil {
		return nil, err
	}
	img, err := f.steps[0].decode()
	return []image.Image{img}, err
}

// table skips the table of colours that flags announce, and returns it.
func (f *gifFile) table(flags byte) []byte {
	if flags&0x80 == 0 {
		return nil
	}
	start := min(f.at, len(f.data))
	f.at = min(start+3<<(flags&7+1), len(f.data))
	return f.data[start:f.at]
}

// block goes over one block. It reports whether there may be more.
func (f *gifFile) block() bool {
	if f.at+2 > len(f.data) {
		return false
	}
	switch f.data[f.at] {
	case 0x21: // extension: its kind, then blocks
		start := f.at
		if !f.skipBlocks(f.at + 2) {
			return false
		}
		if f.data[start+1] == 0xf9 && f.at-start == 8 {
			f.control = f.data[start:f.at]
		}
		return true
	case 0x2c:
		return f.frame()
	}
	return false
}

// skipBlocks goes to the end of a run of blocks, each with its length in front,
// which an empty one ends. It reports whether the end is there.
func (f *gifFile) skipBlocks(at int) bool {
	for at < len(f.data) {
		n := int(f.data[at])
		at += n + 1
		if n == 0 {
			f.at = at
			return true
		}
	}
	return false
}

// frame adds a step for the frame here, if it is whole.
func (f *gifFile) frame() bool {
	start := f.at
	f.at += gifDescriptor
	if f.at > len(f.data) {
		return false
	}
	d := f.data[start:f.at]
	number := func(at int) int { return int(binary.LittleEndian.Uint16(d[at:])) }
	corner, size := image.Pt(number(1), number(3)), image.Pt(number(5), number(7))
	colours, control := f.table(d[9]), f.control
	flags := d[9]
	if colours == nil && f.colours != nil {
		colours, flags = f.colours, flags|0x80|f.data[10]&7
	}
	pixels := f.at
	const reasonable = 4 << 20 // pixels of a frame larger than the picture
	if !f.skipBlocks(pixels+1) || size.X*size.Y == 0 || size.X*size.Y > max(f.size.X*f.size.Y, reasonable) {
		return false
	}
	packed := f.data[pixels:f.at]
	s := step{at: image.Rectangle{corner, corner.Add(size)}, decode: func() (image.Image, error) {
		return single(size, flags, control, colours, packed)
	}}
	if control != nil {
		s.delay = 10 * int(binary.LittleEndian.Uint16(control[4:]))
		s.after = map[byte]disposal{2: cleared, 3: restore}[control[3]>>2&7]
	}
	f.control = nil
	f.steps = append(f.steps, s)
	return true
}

// single decodes one frame as a file of its own.
func single(size image.Point, flags byte, control, colours, packed []byte) (image.Image, error) {
	sides := binary.LittleEndian.AppendUint16(nil, uint16(size.X))
	sides = binary.LittleEndian.AppendUint16(sides, uint16(size.Y))
	file := bytes.Join([][]byte{
		[]byte("GIF89a"), sides, {0, 0, 0}, control, {0x2c, 0, 0, 0, 0}, sides, {flags}, colours, packed, {0x3b},
	}, nil)
	return gif.Decode(bytes.NewReader(file))
}
