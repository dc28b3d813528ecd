package scan

// This file: what people paste or copy in place of a picture: the text of a
// code, a code drawn as text, a picture as a data: address.

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// Pasted returns the codes of a text that was pasted or copied. A text that is
// one or more addresses, such as otpauth://..., counts as that of a code.
// Errors: those of Text and, for the picture of a data: address, of Image.
func Pasted(text string) (Result, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	trimmed := strings.TrimSpace(text)
	if isDataPicture(trimmed) {
		data, err := dataPicture(trimmed)
		if err != nil {
			return Result{}, err
		}
		return Image(bytes.NewReader(data))
	}
	if codes := addresses(trimmed); len(codes) > 0 {
		return Result{Format: "text", Codes: codes}, nil
	}
	if trimmed == "" {
		return Result{Format: "text"}, nil
	}
	return Text(text)
}

// address is what begins the texts of codes that set something up. A drive of
// Windows is none.
var address = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]{2,}:\S*$`)

// addresses are the lines of a text that is nothing else. A terminal breaks a
// long address into lines, of which only the first looks like one.
func addresses(text string) (codes []Code) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case address.MatchString(line):
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

const dataScheme = "data:"

func isDataPicture(text string) bool {
	return len(text) > len(dataScheme) && strings.EqualFold(text[:len(dataScheme)], dataScheme)
}

// dataPicture decodes data:image/png;base64,... Terminals break it into lines.
func dataPicture(text string) ([]byte, error) {
	head, body, found := strings.Cut(strings.Join(strings.Fields(text), ""), ",")
	damaged := &FormatError{Reason: "the data: address is damaged or cut off: copy it again"}
	if !found {
		return nil, damaged
	}
	body, err := url.PathUnescape(body)
	if err != nil {
		return nil, damaged
	}
	if !strings.HasSuffix(strings.ToLower(head), ";base64") {
		return []byte(body), nil
	}
	data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(body), "="))
	if err != nil {
		return nil, damaged
	}
	return data, nil
}
