package picture

// This file: pictures in a text, as data: URIs (RFC 2397).

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
)

// maxDepth is how many pictures may be around one: a data: URI of a drawing with
// a picture in it has two.
const maxDepth = 2

func isDataURI(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n\"'")
	return len(head) > 5 && bytes.EqualFold(head[:5], []byte("data:"))
}

func loadDataURI(in *input) (Picture, error) {
	data, err := in.all(maxFile)
	if err != nil {
		return Picture{}, err
	}
	text := strings.Trim(string(data), " \t\r\n\"'")
	return in.dataURI(text)
}

// dataURI reads the picture in a URI.
func (in *input) dataURI(uri string) (Picture, error) {
	if in.depth >= maxDepth {
		return Picture{}, &FormatError{"there are pictures in pictures in it: " + takeShot}
	}
	data, err := dataOf(uri)
	if err != nil {
		return Picture{}, damaged("data: URI")
	}
	inner := newInput(bytes.NewReader(data))
	inner.held, inner.depth = in.held+len(data), in.depth+1
	return load(inner)
}

// dataOf unpacks what a URI holds.
func dataOf(uri string) ([]byte, error) {
	head, body, ok := strings.Cut(uri, ",")
	if !ok {
		return nil, errUnsupported
	}
	if strings.Contains(body, "%") {
		text, err := url.PathUnescape(body)
		if err != nil {
			return nil, err
		}
		body = text
	}
	if !strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), ";base64") {
		return []byte(body), nil
	}
	body = strings.TrimRight(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		case '-':
			return '+'
		case '_':
			return '/'
		}
		return r
	}, body), "=")
	return base64.RawStdEncoding.DecodeString(body)
}
