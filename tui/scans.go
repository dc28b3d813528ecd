package tui

// scans.go has the side effects that look for QR codes: in files, in what was
// pasted, in the clipboard, on the screen, before the camera. Plain functions, as
// in commands.go; they end early with their context.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	tea "charm.land/bubbletea/v2"

	"nod/scan"
)

// Desk reads QR codes from where a person has them. scan.Desk is the real one.
type Desk interface {
	// Check tells whether a source can be read: nil, *scan.AbsentError or
	// *scan.MissingError.
	Check(ctx context.Context, s scan.Source) error
	// Scan returns the codes of a source.
	Scan(ctx context.Context, s scan.Source) (scan.Result, error)
}

// seen is what was read, and where.
type seen struct {
	texts         []string
	notes         []string
	title         string      // of the preview: "Image  setup.png"
	source        string      // as an account remembers it
	where         scan.Source // to read from again, or ""
	files         []string    // the pictures that hold the codes
	width, height int         // pixels, of a single picture
}

// seenMsg brings it, with the number of the scan that it comes from.
type seenMsg struct {
	scan int
	seen seen
	err  error
}

// read is a way to look for QR codes.
type read func(ctx context.Context) (seen, error)

func look(ctx context.Context, scan int, r read) tea.Cmd {
	return func() tea.Msg {
		s, err := r(ctx)
		return seenMsg{scan, s, err}
	}
}

// readCodes is the one place where the program reads a picture or a drawn code.
func readCodes(r io.Reader) (scan.Result, error) { return scan.Read(r) }

// take adds a result.
func (s *seen) take(r scan.Result) {
	s.texts = append(s.texts, r.Texts()...)
	s.notes = append(s.notes, r.Notes...)
	s.width, s.height = r.Width, r.Height
}

// readSource reads the clipboard, the screen or the camera.
func readSource(desk Desk, from scan.Source) read {
	return func(ctx context.Context) (seen, error) {
		names := map[scan.Source]string{scan.Clipboard: "clipboard", scan.Screen: "screen", scan.Region: "screen", scan.Camera: "camera"}
		s := seen{title: capital(names[from]), source: "QR code of the " + names[from], where: from}
		r, err := desk.Scan(ctx, from)
		s.take(r)
		return s, err
	}
}

// readPath reads a picture, or the pictures of a folder.
func readPath(path string) read {
	return func(ctx context.Context) (seen, error) {
		name := filepath.Base(path)
		s := seen{title: "Image  " + name, source: "QR image " + name}
		info, err := os.Stat(path)
		if err != nil {
			return s, fmt.Errorf("read picture: %w", pathless(err))
		}
		if info.IsDir() {
			return readFolder(ctx, path, s)
		}
		err = s.file(path)
		return s, err
	}
}

func (s *seen) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read picture: %w", pathless(err))
	}
	defer f.Close()
	r, err := readCodes(f)
	s.take(r)
	if len(r.Codes) > 0 {
		s.files = append(s.files, path)
	}
	return err
}

// readFolder reads what it can, and notes what it can not.
func readFolder(ctx context.Context, dir string, s seen) (seen, error) {
	paths, more, err := scan.Folder(dir)
	if err != nil {
		return s, fmt.Errorf("read folder: %w", pathless(err))
	}
	s.title = "Folder  " + filepath.Base(dir)
	for _, path := range paths {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		if err := s.file(path); err != nil {
			s.notes = append(s.notes, "could not read "+filepath.Base(path))
		}
	}
	s.width, s.height = 0, 0
	if more > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d more pictures were not looked at", more))
	}
	return s, nil
}

// readPasted reads what was pasted: a path, a picture as text, a drawn code, the
// text of one.
func readPasted(text, home string) read {
	if path, sure := scan.Path(text, home); sure {
		return readPath(path)
	}
	return func(context.Context) (seen, error) {
		r, err := scan.Pasted(text)
		s := seen{title: "Pasted text", source: "pasted QR code"}
		s.take(r)
		return s, err
	}
}

// sourcesMsg tells which sources can not be read here, and why.
type sourcesMsg map[scan.Source]error

func checkSources(ctx context.Context, desk Desk) tea.Cmd {
	return func() tea.Msg {
		msg := sourcesMsg{}
		for _, s := range scan.Sources {
			msg[s] = desk.Check(ctx, s)
		}
		return msg
	}
}

// shreddedMsg tells that pictures were deleted, or could not be.
type shreddedMsg struct{ err error }

func deletePictures(paths []string) tea.Cmd {
	return func() tea.Msg {
		var errs []error
		for _, path := range paths {
			if err := os.Remove(path); err != nil {
				errs = append(errs, fmt.Errorf("%s is still there: %w", filepath.Base(path), pathless(err)))
			}
		}
		return shreddedMsg{errors.Join(errs...)}
	}
}
