package picture

// This file: icons of Windows. The largest picture of the file is read.

import (
	"bytes"
	"encoding/binary"
	"io"
)

const icoEntry = 16 // bytes of the directory a picture

func isICO(head []byte) bool {
	return len(head) >= 6+icoEntry && string(head[:4]) == "\x00\x00\x01\x00" && head[4] > 0 && head[5] == 0 && head[9] == 0
}

func loadICO(in *input) (Picture, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return Picture{}, err
	}
	var best []byte
	for i := range int(data[4]) {
		entry := data[min(6+i*icoEntry, len(data)):]
		if len(entry) < icoEntry {
			return Picture{}, io.ErrUnexpectedEOF
		}
		size, at := int64(binary.LittleEndian.Uint32(entry[8:])), int64(binary.LittleEndian.Uint32(entry[12:]))
		if at+size > int64(len(data)) {
			return Picture{}, io.ErrUnexpectedEOF
		}
		if size > int64(len(best)) {
			best = data[at : at+size]
		}
	}
	inner := newInput(bytes.NewReader(best))
	inner.held = in.held
	p := Picture{Format: "ico"}
	if bytes.HasPrefix(best, []byte(pngMagic)) {
		p.Frames, err = loadPNG(inner)
		return p, err
	}
	d, err := readDIB(inner)
	if err != nil {
		return Picture{}, err
	}
	d.size.Y /= 2 // below the picture is a mask of what is transparent
	if d.depth == 32 {
		d.fields[3] = 0xff000000 // and this is used in its place
	}
	p.Frames, err = inner.dibPixels(d)
	return p, err
}
