package picture

// This file: the elements of an SVG drawing, read within limits. Entities are
// not expanded.

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of drawings. A QR code of the largest version has 15,000 dark modules.
const (
	maxElements   = 100_000 // of a file, and drawn
	maxAttributes = 1_000_000
	maxNesting    = 64
	maxPoints     = 2_000_000 // of all lines
	maxWork       = 128 << 20 // pixels that shapes cover, and rows that lines cross
)

var errTooMuch = &SizeError{"the drawing has too many parts: " + takeShot}

// node is an element.
type node struct {
	name     string // without a namespace
	attrs    []attribute
	children []*node
}

type attribute struct{ name, value string }

// attr is an attribute, empty if there is none.
func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// document is a drawing.
type document struct {
	root  *node
	ids   map[string]*node
	rules []rule
}

// parseSVG reads a drawing. Errors: *FormatError, *SizeError, those of XML.
func parseSVG(data []byte) (*document, error) {
	if err := checkTags(data); err != nil {
		return nil, err
	}
	if !utf8.Valid(data) { // some one-byte encoding, whose ASCII is what counts
		text := make([]rune, len(data))
		for i, b := range data {
			text[i] = rune(b)
		}
		data = []byte(string(text))
	}
	p := &svgParser{doc: &document{ids: map[string]*node{}}}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false // leaves unknown entities as they are
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for p.doc.root == nil || len(p.open) > 0 {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if err := p.token(t); err != nil {
			return nil, err
		}
	}
	p.doc.rules = parseCSS(p.css.String())
	return p.doc, nil
}

// checkTags refuses more than the limits before anything is parsed.
func checkTags(data []byte) error {
	const inTag = 10_000 // attributes of one element
	tags, attributes := 0, 0
	for _, b := range data {
		switch b {
		case '<':
			tags, attributes = tags+1, 0
		case '=':
			attributes++
		}
		if tags > 2*maxElements+1000 || attributes > inTag {
			return errTooMuch
		}
	}
	return nil
}

// svgParser builds the tree of elements.
type svgParser struct {
	doc        *document
	open       []*node
	css        strings.Builder
	elements   int
	attributes int
}

func (p *svgParser) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		if len(p.open) > 0 {
			p.open = p.open[:len(p.open)-1]
		}
	case xml.CharData:
		if len(p.open) > 0 && p.open[len(p.open)-1].name == "style" {
			p.css.Write(t)
		}
	}
	return nil
}

func (p *svgParser) start(t xml.StartElement) error {
	n := &node{name: t.Name.Local}
	if p.doc.root == nil {
		if n.name != "svg" {
			return &FormatError{"this is XML, but not an SVG drawing: " + takeShot}
		}
		p.doc.root = n
	}
	for _, a := range t.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			n.attrs = append(n.attrs, attribute{a.Name.Local, a.Value})
		}
	}
	p.elements++
	p.attributes += len(n.attrs)
	if p.elements > maxElements || p.attributes > maxAttributes || len(p.open) >= maxNesting {
		return errTooMuch
	}
	if id := n.attr("id"); id != "" && p.doc.ids[id] == nil {
		p.doc.ids[id] = n
	}
	if len(p.open) > 0 {
		parent := p.open[len(p.open)-1]
		parent.children = append(parent.children, n)
	}
	p.open = append(p.open, n)
	return nil
}

// target is the element that an href or url() means, nil for one elsewhere.
func (d *document) target(ref string) *node {
	ref = strings.TrimSpace(ref)
	if inner, ok := strings.CutPrefix(ref, "url("); ok {
		ref, _, _ = strings.Cut(inner, ")")
		ref = strings.Trim(ref, " \"'")
	}
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		return d.ids[id]
	}
	return nil
}
