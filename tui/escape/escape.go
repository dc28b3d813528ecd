// Package escape brings control sequences to the terminal that a person looks at,
// through tmux and GNU screen, which keep to themselves what they do not know. It
// writes nothing itself and knows no sequence of its own.
package escape

import (
	"strings"
	"unicode/utf8"
)

// The strings that sequences are made of.
const (
	ESC = "\x1b"
	BEL = "\a"
	ST  = ESC + "\\" // ends an OSC or DCS string
)

// Mux is the program between nod and the terminal.
type Mux string

// The programs that Between knows.
const (
	None   Mux = ""
	Tmux   Mux = "tmux"
	Screen Mux = "screen"
)

// Between tells from the environment what runs between nod and the terminal. Of a
// tmux on another machine, that the terminal of an SSH session is in, it knows nothing.
func Between(getenv func(string) string) Mux {
	switch {
	case getenv("TMUX") != "":
		return Tmux
	case getenv("STY") != "":
		return Screen
	}
	return None
}

// screenLimit is how many bytes of a DCS string GNU screen keeps.
const screenLimit = 768

// Through wraps sequence so that m hands it to the terminal as it is. tmux does so
// only with "allow-passthrough on", and tells nobody when it does not. For screen
// an OSC string in sequence must end with BEL: screen takes each ST for its own.
func (m Mux) Through(sequence string) string {
	switch m {
	case Tmux:
		return ESC + "Ptmux;" + strings.ReplaceAll(sequence, ESC, ESC+ESC) + ST
	case Screen:
		var b strings.Builder
		for part := range chunks(sequence, screenLimit-8) {
			b.WriteString(ESC + "P" + part + ST)
		}
		return b.String()
	}
	return sequence
}

// chunks cuts s into parts of at most n bytes.
func chunks(s string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			part := s[:min(n, len(s))]
			if s = s[len(part):]; !yield(part) {
				return
			}
		}
	}
}

// Text makes s fit to stand in a sequence: no control characters, among them what
// would end the sequence or begin another, nothing that turns the direction of
// writing, one line, and at most limit runes.
func Text(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x61c:
			return -1
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029:
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:max(limit-1, 0)]) + "…"
	}
	return s
}
