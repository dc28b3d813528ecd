package picture

// This file: the input, read within limits.

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
)

// The limits. What is held of the file, the pixels and what the decoder needs
// beside them stay below maxMemory for every picture that is accepted, so that
// the whole of it takes less than 250 MB.
//
// A screenshot of 7680 x 4320 has 33 million pixels, 133 MB of RGBA, and fits
// with its colours. One of two such screens has 66 million, and fits as grey
// (see rows in pngrows.go); JPEG, WebP and PNM hold it anyway.
const (
	maxFile   = 64 << 20  // bytes of a file that is held in memory
	maxStream = 256 << 20 // bytes of a file that is not held: PNM and BMP
	maxMemory = 232 << 20 // bytes, see above
	maxPixels = 100 << 20 // of a picture
	maxSide   = 1<<16 - 1 // pixels

	maxFrames = 16        // looking for a code where there is none takes long
	maxStages = 128 << 20 // bytes of all frames
)

// input is a file that is read once from its beginning.
type input struct {
	*bufio.Reader
	from  *source
	held  int // bytes of files in memory
	depth int // pictures around this one: a data: URI, a drawing
}

// source remembers the error of a reader, which decoders hide in their own, and
// ends it at the limit.
type source struct {
	r    io.Reader
	left int
	err  error
}

func newInput(r io.Reader) *input {
	s := &source{r: r, left: maxStream}
	return &input{Reader: bufio.NewReaderSize(s, 64<<10), from: s}
}

func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		s.err = &SizeError{fmt.Sprintf("the file is larger than %d MiB: crop the picture to the code", maxStream>>20)}
		return 0, s.err
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	if err != nil && err != io.EOF {
		s.err = fmt.Errorf("read picture: %w", err)
	}
	return n, err
}

// readErr is nil unless reading the file failed.
func (in *input) readErr() error { return in.from.err }

// head returns the beginning of the file without reading on.
func (in *input) head() ([]byte, error) {
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, in.readErr()
	}
	return head, nil
}

// all reads the whole file into memory.
func (in *input) all(limit int) ([]byte, error) {
	data := make([]byte, 0, min(max(in.from.size(), 1<<16), limit)+1)
	for {
		n, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case len(data) > limit:
			return nil, &SizeError{fmt.Sprintf("the file is larger than %d MiB: crop the picture to the code", limit>>20)}
		case errors.Is(err, io.EOF):
			in.held += len(data)
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			more := make([]byte, len(data), min(2*len(data), limit)+1)
			copy(more, data)
			data = more
		}
	}
}

// size is about that of the file in bytes, 0 where it is not known.
func (s *source) size() int {
	switch r := s.r.(type) {
	case interface{ Len() int }:
		return r.Len()
	case *os.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return int(info.Size())
		}
	}
	return 0
}

// check refuses a picture that would take too much memory, going by its header.
// Each pixel takes halves/2 bytes while the picture is decoded, and the decoder
// takes beside bytes more.
func (in *input) check(size image.Point, halves, beside int) error {
	switch {
	case size.X < 1 || size.Y < 1:
		return &FormatError{"the picture has no pixels: save it again"}
	case size.X > maxSide || size.Y > maxSide || size.X*size.Y > maxPixels ||
		size.X*size.Y*halves/2+beside+in.held > maxMemory:
		return &SizeError{fmt.Sprintf("%d x %d pixels are too many: crop the picture to the code", size.X, size.Y)}
	}
	return nil
}

// stagesFor is how many frames of a size can be kept, each with bytes a pixel.
func stagesFor(size image.Point, bytes int) int {
	return min(maxFrames, maxStages/max(1, size.X*size.Y*bytes))
}
