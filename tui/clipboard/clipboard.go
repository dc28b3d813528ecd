// Package clipboard puts a code onto the clipboard of the display, of tmux or of
// the terminal, tells what has really happened, and takes it away again as long as
// it is still there. It says nothing and waits for nothing itself; the program, the
// commands and the agent do.
//
// A tool of the display is asked first, then the tmux around this process. Where
// there is none of them, or none works, only the terminal is left (Sequence), which
// never answers.
package clipboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// ErrNoTool says that no tool of this machine took the text: ask the terminal.
var ErrNoTool = errors.New("no clipboard tool works here")

// Terminal is the Receipt.Tool of what Sequence sends.
const Terminal = "terminal"

// Board is the clipboard that a session can reach.
type Board struct {
	system string // GOOS
	getenv func(string) string
}

// New returns the clipboard that getenv tells of.
func New(getenv func(string) string) *Board { return &Board{runtime.GOOS, getenv} }

// Receipt tells where a text went. It does not hold the text, only what tells that
// text from others; a code is short enough to be found by trying, so a receipt is
// for the clipboard's lifetime and no longer.
type Receipt struct {
	Tool     string `json:"tool"`     // "wl-copy", "tmux", ... or Terminal
	Readable bool   `json:"readable"` // it was read back: Clear can see whether it is still there
	Passed   bool   `json:"passed"`   // tmux was to hand it to the terminal, too, which never tells
	Size     int    `json:"size"`     // bytes
	Salt     []byte `json:"salt"`
	Sum      []byte `json:"sum"` // SHA-256 of salt and text
}

// NewReceipt is the receipt of text that went to tool.
func NewReceipt(tool, text string) Receipt {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	return Receipt{Tool: tool, Size: len(text), Salt: salt, Sum: sum(salt, text)}
}

// Is tells whether text is the one that r is of.
func (r Receipt) Is(text string) bool {
	return len(text) == r.Size && subtle.ConstantTimeCompare(sum(r.Salt, text), r.Sum) == 1
}

func sum(salt []byte, text string) []byte {
	s := sha256.Sum256(append(append([]byte(nil), salt...), text...))
	return s[:]
}

// Tools lists the tools worth trying here, best first, and tells of each whether
// it is installed.
func (b *Board) Tools() []Tool {
	all := candidates(b.system, b.getenv)
	for i := range all {
		_, err := exec.LookPath(all[i].copy[0])
		all[i].Installed = err == nil
	}
	return all
}

// Copy puts text onto the clipboard with the first tool that does. The error is
// ErrNoTool, with what the tools that were tried said.
func (b *Board) Copy(ctx context.Context, text string) (Receipt, error) {
	failed := ErrNoTool
	for _, t := range b.Tools() {
		if !t.Installed {
			continue
		}
		r, err := t.Copy(ctx, text)
		if err == nil {
			return r, nil
		}
		if failed == ErrNoTool {
			failed = fmt.Errorf("%w: %w", failed, err)
		} else {
			failed = fmt.Errorf("%w; %w", failed, err)
		}
	}
	return Receipt{}, failed
}

// Clear empties the clipboard if it still holds what r is of, and tells whether it
// did. Of what tmux handed to the terminal only tmux's own buffer goes. A text that
// can not be read back stays.
func (b *Board) Clear(ctx context.Context, r Receipt) (cleared bool, err error) {
	for _, t := range b.Tools() {
		if t.Name == r.Tool && r.Readable {
			return t.clearIf(ctx, r)
		}
	}
	return false, nil
}

// ClearBlindly is Clear, and then empties also what can not be read, whatever is
// there now. send, which may be nil, writes a sequence to the terminal.
func (b *Board) ClearBlindly(ctx context.Context, r Receipt, send func(sequence string) error) (cleared bool, err error) {
	switch {
	case r.Tool == Terminal:
		if send == nil {
			return false, nil
		}
		return true, send(b.Sequence(""))
	case r.Readable && !r.Passed:
		return b.Clear(ctx, r)
	}
	for _, t := range b.Tools() {
		if t.Name == r.Tool {
			if _, err := b.Clear(ctx, r); err != nil {
				return false, err
			}
			return true, t.empty(ctx)
		}
	}
	return false, nil
}
