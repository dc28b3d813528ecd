package scan

// This file: codes from the clipboard, the screen and the camera of the computer
// that a person sits at.

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"nod/scan/source"
)

// Source is a place that holds codes and is no file.
type Source = source.Kind

// The sources.
const (
	Clipboard = source.Clipboard // a picture, a copied file or a text
	Screen    = source.Screen
	Region    = source.Region // of the screen, which the person chooses
	Camera    = source.Camera // looks until it sees a code, or a minute is over
)

// Sources are all of them.
var Sources = source.Kinds

// Errors of sources. Those that have a method Hint say what to do next.
type (
	AbsentError  = source.AbsentError  // this session has no such place
	MissingError = source.MissingError // no tool for it is installed
	FailedError  = source.FailedError  // its tools did not work
)

var (
	ErrEmpty         = source.ErrEmpty         // nothing is in the clipboard
	ErrNothingChosen = source.ErrNothingChosen // the person chose no region
)

// Desk is the computer and the session that a person sits at.
type Desk struct{ here source.Desk }

// NewDesk returns the desk of this process; getenv reads its environment.
func NewDesk(getenv func(string) string) Desk { return Desk{source.Here(getenv)} }

// Check tells, without reading anything, whether s can be read: nil,
// *AbsentError or *MissingError.
func (d Desk) Check(ctx context.Context, s Source) error { return d.here.Check(ctx, s) }

// Scan returns the codes of a source. Cancelling ctx stops its tools. Errors:
// those of Check and Image, ErrEmpty, ErrNothingChosen, *FailedError.
func (d Desk) Scan(ctx context.Context, s Source) (Result, error) {
	if s == Camera {
		return d.watch(ctx)
	}
	take, err := d.here.Take(ctx, s)
	if err != nil {
		return Result{}, err
	}
	if len(take.Pictures) == 0 {
		if path, sure := Path(take.Text, ""); sure && filepath.IsAbs(path) {
			return file(path)
		}
		return Pasted(take.Text)
	}
	return together(ctx, take.Pictures)
}

// file reads a picture whose path was copied.
func file(path string) (Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return Result{}, fmt.Errorf("read the copied path: %w", err)
	}
	defer f.Close()
	return Read(f)
}

// together returns the codes of several pictures. One that can not be read
// counts only when it is the only one.
func together(ctx context.Context, pictures [][]byte) (Result, error) {
	var all Result
	var failed error
	read := 0
	for _, data := range pictures {
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		r, err := Read(bytes.NewReader(data))
		if err != nil {
			failed = err
			continue
		}
		if read++; read == 1 {
			all.Format, all.Width, all.Height = r.Format, r.Width, r.Height
		}
		all.Codes = append(all.Codes, r.Codes...)
		all.Notes = append(all.Notes, r.Notes...)
	}
	if read == 0 {
		return Result{}, failed
	}
	return all, ctx.Err()
}

// watch looks at the frames of the camera until one holds a code.
func (d Desk) watch(ctx context.Context) (Result, error) {
	var res Result
	_, err := d.here.Watch(ctx, func(frame []byte) bool {
		r, err := Image(bytes.NewReader(frame))
		if err == nil {
			res = r
		}
		return err == nil && len(r.Codes) > 0
	})
	return res, err
}
