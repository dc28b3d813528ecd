package scan

// This file: what people paste or copy in place of a picture: the text of a
// code, a code drawn as text, a picture as a data: address.

import (
	"errors"
	"regexp"
	"strings"
	"sync"
)

// Pasted returns the codes of a text that was pasted or copied. A text that is
// one or more addresses, such as otpauth://..., counts as that of a code; anything
// else is read as Read does, and holding nothing is no error.
// Errors: *SizeError; *FormatError for a damaged picture of a data: address.
func Pasted(text string) (Result, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(strings.ToLower(trimmed), "data:") {
		return Image(strings.NewReader(trimmed))
	}
	if codes := addresses(trimmed); len(codes) > 0 {
		return Result{Format: "text", Codes: codes}, nil
	}
	r, err := Read(strings.NewReader(text))
	if _, no := errors.AsType[*FormatError](err); no {
		return Result{Format: "text"}, nil
	}
	return r, err
}

// address is what begins the texts of codes that set something up. A drive of
// Windows is none.
var address = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{2,}:\S*$`) })

// addresses are the lines of a text that is nothing else. A terminal breaks a
// long address into lines, of which only the first looks like one.
func addresses(text string) (codes []Code) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case address().MatchString(line):
			codes = append(codes, Code{Text: line})
		case len(codes) == 0 || strings.ContainsAny(line, " \t") || !ascii(line):
			return nil
		default:
			codes[len(codes)-1].Text += line
		}
	}
	return codes
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
