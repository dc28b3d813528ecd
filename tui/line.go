package tui

// line.go edits one line of text, with the keys that Bubbles' textinput has. That
// one would do, but what it reads the clipboard with looks through $PATH for five
// programs whenever nod starts, in every command.

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

// line is a text without line breaks and the place of the next letter in it.
type line struct {
	runes []rune // never changed in place: copies of a line share it
	at    int    // from 0 to len(runes)
	limit int    // the most runes it takes; 0 is no limit
}

func (l *line) text() string { return string(l.runes) }

// set replaces the text, with the cursor behind it.
func (l *line) set(text string) {
	l.runes, l.at = nil, 0
	l.insert(text)
}

// insert puts text where the cursor is, as much of it as there is room for. Line
// breaks and tabs become spaces; other control characters are left out.
func (l *line) insert(text string) {
	added := []rune(strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t':
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r):
			return -1
		}
		return r
	}, text))
	if l.limit > 0 {
		added = added[:min(len(added), max(0, l.limit-len(l.runes)))]
	}
	l.runes = slices.Concat(l.runes[:l.at], added, l.runes[l.at:])
	l.at += len(added)
}

// press does what a key says: it moves the cursor, deletes, or puts in the letters.
func (l *line) press(k tea.KeyPressMsg) {
	end := len(l.runes)
	switch k.String() {
	case "left", "ctrl+b":
		l.at = max(0, l.at-1)
	case "right", "ctrl+f":
		l.at = min(end, l.at+1)
	case "home", "ctrl+a":
		l.at = 0
	case "end", "ctrl+e":
		l.at = end
	case "alt+left", "ctrl+left", "alt+b":
		l.at = l.wordBefore()
	case "alt+right", "ctrl+right", "alt+f":
		l.at = l.wordAfter()
	case "backspace", "ctrl+h":
		l.cut(max(0, l.at-1), l.at)
	case "delete", "ctrl+d":
		l.cut(l.at, min(end, l.at+1))
	case "alt+backspace", "ctrl+backspace", "ctrl+w":
		l.cut(l.wordBefore(), l.at)
	case "alt+delete", "ctrl+delete", "alt+d":
		l.cut(l.at, l.wordAfter())
	case "ctrl+u":
		l.cut(0, l.at)
	case "ctrl+k":
		l.cut(l.at, end)
	default:
		l.insert(k.Text)
	}
}

// cut takes out the runes from one place to another and leaves the cursor there.
func (l *line) cut(from, to int) {
	l.runes = slices.Concat(l.runes[:from], l.runes[to:])
	l.at = from
}

// wordBefore returns where the word before the cursor begins.
func (l *line) wordBefore() int {
	i := l.at
	for i > 0 && unicode.IsSpace(l.runes[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(l.runes[i-1]) {
		i--
	}
	return i
}

// wordAfter returns where the word after the cursor ends.
func (l *line) wordAfter() int {
	i := l.at
	for i < len(l.runes) && unicode.IsSpace(l.runes[i]) {
		i++
	}
	for i < len(l.runes) && !unicode.IsSpace(l.runes[i]) {
		i++
	}
	return i
}
