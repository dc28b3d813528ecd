package scan

// This file: codes in text, and telling text from a picture.

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"nod/scan/detect"
	"nod/scan/terminal"
)

// maxInput is the most that Read takes, in bytes: the largest picture.
const maxInput = 64 << 20

// Read returns the codes of a picture or of text, which the start of the input
// tells. It does not close r.
// Errors: those of Image and Text, those of reading r.
func Read(r io.Reader) (Result, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return Result{}, fmt.Errorf("read codes: %w", err)
	}
	if isText(data) {
		return Text(string(data))
	}
	return Image(bytes.NewReader(data))
}

// Text returns the codes that a program drew with the characters of a terminal,
// in its raw output or in text copied from a window. Where none is drawn, it is
// the authenticator links that are written out: google-authenticator draws its
// code in a window, but writes a link alone into a pipe. A code or link that is
// there twice counts once.
// Errors: *FormatError if text is empty, *SizeError.
func Text(text string) (Result, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return Result{}, &FormatError{Reason: "there is nothing in it; nod reads pictures, and text with a drawn QR code or an otpauth:// link"}
	case len(text) > terminal.MaxText:
		return Result{}, &SizeError{Reason: fmt.Sprintf("the text is larger than %d MiB: cut it down to the lines around the code", terminal.MaxText>>20)}
	}
	data := []byte(text)
	var drawn []detect.Code
	for _, f := range terminal.Find(data) {
		drawn = append(drawn, detect.Code{Text: f.Text, Box: image.Rect(f.Column, f.Row, f.Column+f.Columns, f.Row+f.Rows)})
	}
	res := Result{Format: "text"}
	res.Codes, res.Notes = joined(sorted(drawn))
	if len(res.Codes) == 0 {
		res.Codes = links(terminal.Lines(data))
	}
	res.Codes = unique(res.Codes)
	return res, nil
}

func unique(codes []Code) []Code {
	var all []Code
	for _, c := range codes {
		if !slices.ContainsFunc(all, func(a Code) bool { return a.Text == c.Text }) {
			all = append(all, c)
		}
	}
	return all
}

// isText reports whether data is text rather than a picture: no picture's start,
// and no bytes that text has not.
func isText(data []byte) bool {
	head := data[:min(len(data), 1<<10)]
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return true // UTF-16 from PowerShell
	}
	if _, _, err := image.DecodeConfig(bytes.NewReader(data)); !errors.Is(err, image.ErrFormat) {
		return false
	}
	if drawing().Match(bytes.TrimPrefix(head, []byte("\ufeff"))) {
		return false
	}
	return !slices.ContainsFunc(head, func(b byte) bool {
		return b < ' ' && !strings.ContainsRune("\a\b\t\n\v\f\r\x0e\x0f\x1b", rune(b))
	})
}

// drawing begins the files of pictures and documents that consist of text.
var drawing = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(<\?xml|<!--|<!DOCTYPE svg|<svg|P[1-7]\s+[0-9#A-Z]|data:image/|%PDF-)`)
})
