//go:build unix

package tui

// This file keeps what is typed out of the buffers of the terminal's library.

import (
	"bytes"
	"os"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"
)

// keyboard is the program's input. The library appends what each Read brings to
// one buffer, which it starts again only when it is full: the last keys, a PIN
// among them, would stay there as long as the program runs. So Read brings one
// key at a time and fills what is left of the library's space with what means
// nothing; the next key then goes to the buffer's beginning, over the last one.
//
// Sequences of special keys and answers of the terminal come whole and alone.
// So do pastes, in large pieces: the library makes text of them, which can not be
// overwritten, and which memory.Forget erases after a lock.
type keyboard struct {
	*os.File
	more func() bool // whether a byte can be read without waiting

	begun   []byte // of a key, or the last bytes of a paste: brought, but not complete
	at      time.Time
	pasting bool
}

const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"

	// escWait is how long the library waits for the rest of a sequence; it takes
	// what it has for keys then.
	escWait = 50 * time.Millisecond
	// longest is the length, in bytes, of the longest sequence that is kept in mind.
	longest = 4096
)

// withKeyboard has the program read the terminal key by key.
func withKeyboard() tea.ProgramOption { return tea.WithInput(newKeyboard(os.Stdin)) }

func newKeyboard(f *os.File) *keyboard {
	return &keyboard{
		File: f, more: func() bool { return readable(int(f.Fd())) },
		begun: make([]byte, 0, longest+len(pasteEnd)), // it never moves, which would leave a copy
	}
}

// readable tells whether fd can be read without waiting. (On macOS, poll does not
// know terminals.)
func readable(fd int) bool {
	var set unix.FdSet
	set.Set(fd)
	n, err := unix.Select(fd+1, &set, nil, nil, &unix.Timeval{})
	return err == nil && n > 0
}

// Read brings one key, or a part of a sequence or paste of which no more is there.
func (k *keyboard) Read(space []byte) (n int, _ error) {
	if !k.pasting && time.Since(k.at) > escWait {
		k.drop() // the library does not wait for the rest of it, either
	}
	earlier := len(k.begun)
	for {
		got, err := k.File.Read(space[n:min(n+k.step(), len(space))])
		k.begun = append(k.begun, space[n:n+got]...)
		n += got
		if n == 0 {
			return 0, err
		}
		if err != nil || k.complete() || n >= len(space)/4 || !k.more() { // the error comes again
			k.at = time.Now()
			if earlier == 0 && k.typed() {
				n += filler(space[n:])
			}
			k.settle()
			return n, nil
		}
	}
}

// step is how many bytes can be read and none behind the end of what has begun.
func (k *keyboard) step() int {
	if !k.pasting {
		return 1
	}
	for n := min(len(pasteEnd)-1, len(k.begun)); n > 0; n-- {
		if bytes.HasSuffix(k.begun, []byte(pasteEnd[:n])) {
			return len(pasteEnd) - n
		}
	}
	return len(pasteEnd)
}

// complete tells whether what has begun is a key, or a sequence, or a paste.
func (k *keyboard) complete() bool {
	b := k.begun
	switch {
	case k.pasting:
		return bytes.HasSuffix(b, []byte(pasteEnd))
	case b[0] != ansi.ESC:
		return utf8.FullRune(b)
	case string(b) == "\x1bO", string(b) == "\x1b[[": // a key of old terminals follows
		return false
	}
	for len(b) > 0 {
		_, _, n, state := ansi.DecodeSequence(b, ansi.NormalState, nil)
		if state != ansi.NormalState {
			return false
		}
		b = b[max(n, 1):]
	}
	return true
}

// typed tells whether what has begun is a complete key that brings a letter. The
// number pad of some terminals sends its digits as sequences that end in u.
func (k *keyboard) typed() bool {
	if k.pasting || !k.complete() {
		return false
	}
	if k.begun[0] == ansi.ESC {
		return bytes.HasPrefix(k.begun, []byte("\x1b[")) && k.begun[len(k.begun)-1] == 'u'
	}
	return utf8.Valid(k.begun)
}

// settle keeps no more than it takes to know what the next bytes belong to.
func (k *keyboard) settle() {
	switch {
	case !k.pasting && string(k.begun) == pasteBegin:
		k.pasting = true
		k.drop()
	case k.complete(), len(k.begun) > longest:
		k.pasting = false
		k.drop()
	case k.pasting:
		keep := copy(k.begun, k.begun[max(0, len(k.begun)-len(pasteEnd)+1):])
		clear(k.begun[keep:])
		k.begun = k.begun[:keep]
	}
}

func (k *keyboard) drop() {
	clear(k.begun[:cap(k.begun)])
	k.begun = k.begun[:0]
}

// filler fills space with a string for applications (APC) that is cancelled at its
// end, of which the library makes no message.
func filler(space []byte) int {
	if len(space) < 3 {
		return 0
	}
	n := copy(space, "\x1b_")
	for ; n < len(space)-1; n++ {
		space[n] = '.'
	}
	space[n] = ansi.CAN
	return len(space)
}
