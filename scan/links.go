package scan

// This file: links of authenticators that are written out in text.

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// link is a link that authenticators read, written in text.
var link = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^a-z0-9+.-])((?:otpauth://|otpauth-migration://|motp://|nod:|pia:)[^\s"'<>\x60\\]{12,})`)
})

// links returns the links written in lines.
func links(lines []string) []Code {
	var codes []Code
	for _, line := range joinedLines(lines) {
		for _, found := range link().FindAllStringSubmatchIndex(line, -1) {
			text := strings.TrimRight(line[found[2]:found[3]], ".,;:!?)]}│|")
			if within := line[:found[2]]; strings.HasSuffix(within, "=") {
				text = unwrapped(text)
			}
			codes = append(codes, Code{Text: text})
		}
	}
	return codes
}

// unwrapped is a link that was the value of another link's query, where it has
// no question mark of its own.
func unwrapped(text string) string {
	value, _, _ := strings.Cut(text, "&")
	plain, err := url.QueryUnescape(value)
	if err != nil || strings.Contains(value, "?") || !strings.Contains(plain, "?") {
		return text
	}
	return plain
}

const narrowest = 40 // columns of a window that breaks lines

// joinedLines puts a link together that a window broke because it was as wide as
// the longest line. Half a link would hold a wrong key.
func joinedLines(lines []string) []string {
	width := narrowest
	for _, line := range lines {
		width = max(width, len([]rune(line)))
	}
	var all []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		for i+1 < len(lines) && len([]rune(lines[i])) == width && continued(line, lines[i+1]) {
			i++
			line += lines[i]
		}
		all = append(all, line)
	}
	return all
}

var (
	// lineEnd is a link at the end of a line; openSecret one that may go on with
	// a key.
	lineEnd    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(?:otpauth|otpauth-migration|motp)://\S+$`) })
	openSecret = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?:secret|data)(?:=|%3D)[^&]*$`) })
	// rest is what may be the rest of a link: more parts of a query, or a key.
	rest = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[A-Za-z0-9+/._~:@?-]*[%&=][A-Za-z0-9%&=+/._~:@?-]*$`)
	})
	key = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z2-7]+$|^[A-Za-z0-9+/]{40,}$`) })
)

// continued reports whether next is the rest of the link that line ends with.
func continued(line, next string) bool {
	return lineEnd().MatchString(line) && !strings.Contains(next, "://") &&
		(rest().MatchString(next) || openSecret().MatchString(line) && key().MatchString(next))
}
