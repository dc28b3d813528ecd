// Package scan finds QR codes in pictures and returns their texts. It knows
// nothing of what the texts mean.
package scan

// This file: the way from a picture to the texts in it.

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nod/scan/detect"
	"nod/scan/picture"
	"nod/scan/symbol"
)

// Code is one QR code found.
type Code struct {
	Text string
	// Part and Parts are 0, or say that Text is only part number Part of a text in
	// so many codes, the others of which are not in the picture.
	Part, Parts int
}

// Result is what a picture holds.
type Result struct {
	Format        string // "png", "jpeg", ..., "text"
	Width, Height int    // pixels
	Codes         []Code // top to bottom, left to right; none found is not an error
	// Notes say what else a person should know: a part that is missing of a text in
	// several codes, a code of a kind that nod does not read.
	Notes []string
}

// Texts returns the texts of the codes that are whole.
func (r Result) Texts() []string {
	var texts []string
	for _, c := range r.Codes {
		if c.Parts == 0 {
			texts = append(texts, c.Text)
		}
	}
	return texts
}

// Errors of pictures.
type (
	FormatError = picture.FormatError // not a picture that nod reads
	SizeError   = picture.SizeError   // over the limits, found before memory is taken
)

// Image reads a picture and returns all its QR codes. Of a moving picture, the
// first frame that holds a code counts. Image does not close r.
// Errors: *FormatError, *SizeError, those of reading r.
func Image(r io.Reader) (Result, error) {
	p, err := picture.Load(r)
	if err != nil {
		return Result{}, err
	}
	res := Result{Format: p.Format, Width: p.Width, Height: p.Height}
	if len(p.Frames) > 1 {
		for _, frame := range p.Frames {
			if codes := detect.Glance(frame); len(codes) > 0 {
				res.Codes, res.Notes = joined(sorted(codes))
				return res, nil
			}
		}
	}
	var unsupported string
	for _, frame := range p.Frames {
		found := detect.Find(frame)
		if len(found.Codes) > 0 {
			res.Codes, res.Notes = joined(sorted(found.Codes))
			return res, nil
		}
		unsupported = cmp.Or(unsupported, found.Unsupported)
	}
	if unsupported != "" {
		res.Notes = append(res.Notes, unsupported+" codes can not be read by nod, and there is one: ask for a QR code or the key in letters")
	}
	return res, nil
}

// sorted returns the codes as a person reads them. Codes are in one row when
// their middles lie within the height of its highest one.
func sorted(all []detect.Code) []symbol.Text {
	codes := detect.Merge(nil, all)
	middle := func(f detect.Code) int { return (f.Box.Min.Y + f.Box.Max.Y) / 2 }
	slices.SortStableFunc(codes, func(a, b detect.Code) int { return cmp.Compare(middle(a), middle(b)) })
	for row := codes; len(row) > 0; {
		n := 1
		for n < len(row) && middle(row[n]) < row[0].Box.Max.Y {
			n++
		}
		slices.SortStableFunc(row[:n], func(a, b detect.Code) int { return cmp.Compare(a.Box.Min.X, b.Box.Min.X) })
		row = row[n:]
	}
	texts := make([]symbol.Text, len(codes))
	for i, c := range codes {
		texts[i] = c.Text
	}
	return texts
}

// joined puts together the texts that are spread over several codes, each at the
// place of its first part. Where parts are missing, those that are there stay
// alone, and a note says which are not.
func joined(texts []symbol.Text) (codes []Code, notes []string) {
	sets := symbol.Collect(texts)
	done := make([]bool, len(sets))
	for _, t := range texts {
		i := slices.IndexFunc(sets, func(s symbol.Set) bool { return s.Has(t) })
		if i < 0 {
			codes = append(codes, Code{Text: t.Text})
			continue
		}
		missing := sets[i].Missing()
		if len(missing) > 0 {
			codes = append(codes, Code{Text: t.Text, Part: t.Part.Index + 1, Parts: t.Part.Size})
		}
		if done[i] {
			continue
		}
		done[i] = true
		if len(missing) > 0 {
			notes = append(notes, fmt.Sprintf("a text is spread over %d codes, of which %s could not be found: show all of them in one picture",
				t.Part.Size, numbers(missing)))
		} else {
			codes = append(codes, Code{Text: sets[i].Text()})
		}
	}
	return codes, notes
}

// numbers lists numbers as a sentence does.
func numbers(all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Itoa(n)
	}
	if len(words) == 1 {
		return "number " + words[0]
	}
	return "numbers " + strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
