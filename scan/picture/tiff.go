package picture

// This file: TIFF, its pages. Go's decoder reads the first page of a file, so
// each page gets a header that makes it the first.

import (
	"encoding/binary"
	"image"
	"io"
	"slices"

	"golang.org/x/image/tiff"
)

// Tags of a page.
const (
	widthTag        = 0x100
	lengthTag       = 0x101
	bitsTag         = 0x102
	photometricTag  = 0x106
	samplesTag      = 0x115
	rowsPerStripTag = 0x116
	planarTag       = 0x11c
	tileWidthTag    = 0x142
	tileLengthTag   = 0x143
)

// tiffPage is what a directory says of a page.
type tiffPage struct {
	at     int // of the directory
	values map[uint16]int
}

func loadTIFF(in *input) ([]image.Image, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return nil, err
	}
	order, at, _ := tiffHeader(data)
	pages := tiffPages(data, order, at)
	if len(pages) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	var frames []image.Image
	kept := 0 // bytes
	for i, p := range pages {
		err := in.check(p.size(), 2*p.bytes(), p.block()+kept)
		if err == nil && p.values[planarTag] == 2 && p.values[samplesTag] > 1 {
			err = errUnsupported
		}
		var img image.Image
		if err == nil {
			img, err = tiff.Decode(&pageReader{data: data, order: order, at: uint32(p.at)})
		}
		if err != nil && i == 0 {
			return nil, err
		}
		if err != nil {
			break // the pages before it are whole
		}
		img = in.turned(eightBits(img), p.values[orientationTag])
		frames = append(frames, img)
		if kept += bytesOf(img); kept > maxStages {
			break
		}
	}
	return frames, nil
}

// tiffPages follows the directories, as far as pages are read.
func tiffPages(data []byte, order binary.ByteOrder, at int) []tiffPage {
	var pages []tiffPage
	for len(pages) < maxFrames && !slices.ContainsFunc(pages, func(p tiffPage) bool { return p.at == at }) {
		entries, next := directory(data, order, at)
		if len(entries) == 0 {
			break
		}
		p := tiffPage{at, map[uint16]int{}}
		for ; len(entries) > 0; entries = entries[entrySize:] {
			p.values[order.Uint16(entries)] = int(entryValue(entries, order))
			if order.Uint16(entries) == bitsTag && order.Uint32(entries[4:]) > 2 {
				p.values[bitsTag] = 16 // a list elsewhere: the most that it can say
				if list := int(order.Uint32(entries[8:])); list+2 <= len(data) && list >= 0 {
					p.values[bitsTag] = int(order.Uint16(data[list:]))
				}
			}
		}
		pages = append(pages, p)
		at = next
	}
	return pages
}

func (p tiffPage) size() image.Point { return image.Pt(p.values[widthTag], p.values[lengthTag]) }

// bytes is what a pixel of the page takes in memory.
func (p tiffPage) bytes() int {
	const rgb = 2
	bytes := 1
	if p.values[photometricTag] == rgb {
		bytes = 4
	}
	if p.values[bitsTag] > 8 {
		bytes *= 2
	}
	return bytes
}

// block is what the largest strip or tile can take while it is unpacked: the
// decoder allows it 8 bytes a pixel, and a buffer grows by copying.
func (p tiffPage) block() int {
	size := p.size()
	if w, h := p.values[tileWidthTag], p.values[tileLengthTag]; w > 0 {
		// What is larger than the picture the decoder refuses.
		size = image.Pt(min(w, size.X+1024), min(h, size.Y+1024))
	} else if rows := p.values[rowsPerStripTag]; rows > 0 {
		size.Y = min(size.Y, rows)
	}
	if size.X > maxSide || size.Y > maxSide || size.X < 0 || size.Y < 0 {
		return maxMemory
	}
	return min(size.X*size.Y*8*9/4+1<<20, maxMemory)
}

// pageReader is a file with another first directory.
type pageReader struct {
	data  []byte
	order binary.ByteOrder
	at    uint32
	read  int // by Read
}

func (r *pageReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(r.data)) {
		return 0, io.EOF
	}
	n := copy(p, r.data[off:])
	var header [4]byte
	r.order.PutUint32(header[:], r.at)
	for i := off; i < 8 && i < off+int64(n); i++ {
		if i >= 4 {
			p[i-off] = header[i-4]
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (r *pageReader) Read(p []byte) (int, error) {
	n, err := r.ReadAt(p, int64(r.read))
	r.read += n
	return n, err
}
