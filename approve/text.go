package approve

// This file makes server text fit for a terminal: a User-Agent, for one, is
// written by whoever tries to sign in.

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// The longest texts that a Request and a longer message may hold, in runes.
const (
	maxText     = 64
	maxLongText = 256
)

// escapes are whole terminal sequences: control strings (OSC, DCS, APC, PM, SOS)
// to their end, control sequences (CSI) and two-byte escapes; 7 and 8 bit.
var escapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x07\x1b\x{9c}]*(?:\x07|\x1b\\|\x{9c}|$)` +
			`|(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?` +
			`|\x1b[ -/]*[0-~]?`)
})

// Text returns s as one line without terminal sequences, control, bidi and
// invisible characters, at most 64 runes long. Drivers pass every text of a
// server through it.
func Text(s string) string { return clean(s, maxText) }

// LongText is Text for messages: at most 256 runes.
func LongText(s string) string { return clean(s, maxLongText) }

func clean(s string, limit int) string {
	const most = 16 << 10 // bytes looked at, so that a long text costs little
	s = escapes().ReplaceAllString(strings.ToValidUTF8(s[:min(len(s), most)], "\uFFFD"), "")
	var b strings.Builder
	n, gap := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = n > 0
			continue
		case !unicode.IsPrint(r), isBlank(r):
			continue
		}
		if gap && n+2 <= limit {
			b.WriteByte(' ')
			n++
		}
		gap = false
		if n == limit {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimRight(b.String(), " ")
}

// isBlank tells whether r counts as a letter or symbol but shows nothing.
func isBlank(r rune) bool {
	switch r {
	case '\u115F', '\u1160', '\u3164', '\uFFA0', '\u2800', '\u034F', '\u17B4', '\u17B5':
		return true
	}
	return unicode.Is(unicode.Variation_Selector, r)
}

// cleanRequest makes every text of r safe, whatever the driver did.
func cleanRequest(r Request) Request {
	for _, s := range []*string{&r.ID, &r.App, &r.Account, &r.Action, &r.IP, &r.Place, &r.Browser, &r.OS, &r.AnsweredBy} {
		*s = Text(*s)
	}
	r.Message = LongText(r.Message)
	r.Devices = r.Devices[:min(len(r.Devices), 32)]
	names := make([]string, len(r.Devices))
	for i, name := range r.Devices {
		names[i] = Text(name)
	}
	r.Devices = names
	r.Warnings = slices.Clone(r.Warnings[:min(len(r.Warnings), 8)])
	for i, text := range r.Warnings {
		r.Warnings[i] = LongText(text)
	}
	return r
}
