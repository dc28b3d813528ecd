package cli

// This file: the QR codes of what --qr and `nod scan` name: picture files,
// folders, standard input, the clipboard, the screen, the camera.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"nod/scan"
)

// sight is a QR code that was found.
type sight struct {
	text   string
	file   string // the picture, or "" where it is no file
	where  string // as a person names it: "setup.png", "the screen"
	source string // as an account remembers it: "QR image setup.png"
	// part and parts are 0, or say that text is a part of one in so many codes.
	part, parts int
}

// sourcesHelp says in help what --qr takes.
const sourcesHelp = `a picture file, a folder of pictures, - for standard input, or
one of the words clipboard, screen, region (of the screen, which you choose) and
camera; a file of such a name is ./screen`

// sightAll finds the whole texts in all that is named, each once. A part of one,
// cut off within a key, must not pass for a key.
func (a *app) sightAll(ctx context.Context, names []string) ([]sight, error) {
	var all []sight
	for _, name := range names {
		found, err := a.sight(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return eachOnce(slices.DeleteFunc(all, func(s sight) bool { return s.parts > 0 })), nil
}

func eachOnce(all []sight) (once []sight) {
	for _, s := range all {
		if !slices.ContainsFunc(once, func(o sight) bool { return o.text == s.text }) {
			once = append(once, s)
		}
	}
	return once
}

// isSource tells whether a name is the word for a source.
func isSource(name string) bool { return slices.Contains(scan.Sources, scan.Source(name)) }

func (a *app) sight(ctx context.Context, name string) ([]sight, error) {
	switch {
	case name == "-":
		if err := a.stdinTaken("a picture"); err != nil {
			return nil, err
		}
		r, err := await(a, func() (scan.Result, error) { return readCodes(a.env.Stdin) })
		if err != nil {
			return nil, fmt.Errorf("scan standard input: %w", err)
		}
		return a.sights(r, sight{where: "standard input", source: "QR image"}), nil
	case isSource(name):
		return a.sightSource(ctx, scan.Source(name))
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the picture: %w", err)}
	}
	if info.IsDir() {
		return a.sightFolder(ctx, name)
	}
	return a.sightFile(name)
}

// sightSource takes what a tool brings.
func (a *app) sightSource(ctx context.Context, s scan.Source) ([]sight, error) {
	if a.flags.timeout > 0 {
		limited, cancel := a.limited(ctx, 0)
		defer cancel()
		ctx = limited
	}
	if s == scan.Camera && scan.NewDesk(a.env.Getenv).Check(ctx, s) == nil {
		a.say("hold the code in front of the camera; Ctrl+C ends")
	}
	r, err := scan.NewDesk(a.env.Getenv).Scan(ctx, s)
	if err != nil {
		return nil, err
	}
	about := map[scan.Source]string{
		scan.Clipboard: "the clipboard", scan.Screen: "the screen", scan.Region: "the screen", scan.Camera: "the camera",
	}[s]
	return a.sights(r, sight{where: about, source: "QR code of " + about}), nil
}

func (a *app) sightFile(name string) ([]sight, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the picture: %w", err)}
	}
	defer f.Close()
	r, err := readCodes(f)
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", name, err)
	}
	return a.sights(r, sight{file: name, where: filepath.Base(name), source: "QR image " + filepath.Base(name)}), nil
}

// sightFolder reads the pictures in a folder; those that can not be read are
// told of, and the rest counts.
func (a *app) sightFolder(ctx context.Context, dir string) ([]sight, error) {
	files, more, err := scan.Folder(dir)
	if err != nil {
		return nil, &usageError{err: err}
	}
	if len(files) == 0 {
		return nil, &statusError{exit: exitNotFound, name: "no_qr_code", text: dir + " holds no pictures", hint: "nod looks at the pictures in the folder itself, not in folders in it"}
	}
	var all []sight
	for _, name := range files {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		found, err := a.sightFile(name)
		if err != nil {
			a.warn("%v", err)
			continue
		}
		all = append(all, found...)
	}
	if more > 0 {
		a.warn("%s holds %d more pictures; nod looked at the first %d", dir, more, len(files))
	}
	return all, nil
}

// sights makes each code of a result one like about.
func (a *app) sights(r scan.Result, about sight) (found []sight) {
	for _, note := range r.Notes {
		a.warn("%s: %s", about.where, note)
	}
	for _, c := range r.Codes {
		about.text, about.part, about.parts = c.Text, c.Part, c.Parts
		found = append(found, about)
	}
	return found
}

// hintOf is what an error of a source says to do next.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
