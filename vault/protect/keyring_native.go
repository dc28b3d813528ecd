//go:build darwin || windows

package protect

// This file keeps items in the Keychain of macOS, through the program
// security, and in the Credential Manager of Windows. Neither can be stopped
// by a context, and items have no label of ours there. The text of an item is
// a string on its way, which can not be wiped.

import (
	"context"
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// keyringReady looks for an item that nobody makes.
func keyringReady(ctx context.Context) error {
	_, err := keyringGet(ctx, "ready")
	if errors.Is(err, errNoItem) {
		return nil
	}
	return err
}

func keyringPut(_ context.Context, account string, text []byte) error {
	return plainError(keyring.Set(keyringService, account, string(text)))
}

func keyringGet(_ context.Context, account string) ([]byte, error) {
	text, err := keyring.Get(keyringService, account)
	return []byte(text), plainError(err)
}

func keyringDelete(_ context.Context, account string) error {
	return plainError(keyring.Delete(keyringService, account))
}

// plainError says what err means to the person.
func plainError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return errNoItem
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return ErrAbsent
	}
	return fmt.Errorf("%w (log in at the desktop or unlock it there)", err)
}
