package clipboard

// This file: trying the clipboard with a text that means nothing.

import (
	"context"
	"crypto/rand"
	"errors"
)

// ErrOccupied says that the clipboard holds something that could not be put back.
var ErrOccupied = errors.New("the clipboard holds something other than text, which could not be put back")

// Try puts a random text onto the tool's clipboard, reads it back, and puts back the
// text that was there. tmux hands that text to the terminal, and nod can not put back
// what the terminal had. ErrOccupied tells that nothing was tried.
func (t Tool) Try(ctx context.Context) (r Receipt, err error) {
	if t.OtherKind(ctx) {
		return Receipt{}, ErrOccupied
	}
	before := ""
	if t.Name != "tmux" {
		if before, err = t.Paste(ctx); err != nil {
			return Receipt{}, err
		}
	}
	r, err = t.Copy(ctx, "nod test "+rand.Text())
	if err != nil {
		return Receipt{}, err
	}
	if _, err := t.clearIf(ctx, r); err != nil {
		return r, err
	}
	if before != "" {
		_, err = t.Copy(ctx, before)
	}
	return r, err
}
