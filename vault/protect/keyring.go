package protect

// This file keeps a part in the keyring of the operating system: the Secret
// Service of the desktop (GNOME Keyring, KWallet, KeePassXC), the macOS
// Keychain or the Windows Credential Manager.

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"nod/vault/internal/waits"
)

// What an item of the keyring looks like. People see the label where the
// system has labels; service and account find the item again.
const (
	keyringService = "nod"
	keyringLabel   = "nod vault PIN"
	keyringLen     = 32 // bytes of the part; the item is their base64
)

// keyringLimit is how long an operation may take. Keyrings answer within
// milliseconds, unless they wait for a person who may not be there.
var keyringLimit = 3 * time.Second

var (
	errKeyringSlow = errors.New("it does not answer: look for a question on the desktop, or start it anew")
	errNoItem      = fmt.Errorf("this PIN's half is not in this keyring: %w", ErrAbsent)
)

// SystemKeyring is the keyring of the operating system, as the environment
// names it (DBUS_SESSION_BUS_ADDRESS and XDG_RUNTIME_DIR where there is a
// session bus). It defends copied files: every program that the person runs
// can read the item. No method takes longer than 3 seconds, and none starts a
// session bus. With the Secret Service none makes a question appear either; a
// locked Keychain of macOS asks by itself when there is a desktop.
type SystemKeyring struct{}

// Part returns Keyring.
func (SystemKeyring) Part() Part { return Keyring }

// Ready returns nil when the keyring is there and, as far as it tells, unlocked.
func (SystemKeyring) Ready() error {
	_, err := askKeyring("look at keyring", func(ctx context.Context) ([]byte, error) {
		return nil, keyringReady(ctx)
	})
	return err
}

// Seal stores 32 random bytes, and reads them back before it returns them. An
// item may be left behind when Seal fails; Forget removes it.
func (SystemKeyring) Seal(id SlotID, _ []byte) (secret, blob []byte, err error) {
	secret, err = askKeyring("store in keyring", func(ctx context.Context) ([]byte, error) {
		fresh := make([]byte, keyringLen)
		rand.Read(fresh)
		text := base64.StdEncoding.AppendEncode(nil, fresh)
		defer clear(text)
		if err := keyringPut(ctx, account(id), text); err != nil {
			clear(fresh)
			return nil, err
		}
		stored, err := keyringGet(ctx, account(id))
		defer clear(stored)
		if err == nil && !bytes.Equal(stored, text) {
			err = errors.New("it gives back something else")
		}
		if err != nil {
			clear(fresh)
			return nil, err
		}
		return fresh, nil
	})
	return secret, nil, err
}

// Open reads the part. The error wraps ErrAbsent when there is no keyring, or
// no item for the slot in it.
func (SystemKeyring) Open(id SlotID, _, _ []byte) ([]byte, error) {
	return askKeyring("read keyring", func(ctx context.Context) ([]byte, error) {
		text, err := keyringGet(ctx, account(id))
		if err != nil {
			return nil, err
		}
		defer clear(text)
		secret := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
		n, err := base64.StdEncoding.Decode(secret, text)
		if err != nil || n != keyringLen {
			clear(secret)
			return nil, fmt.Errorf("the item is not %d bytes in base64", keyringLen)
		}
		return secret[:n], nil
	})
}

// Forget deletes the item of a slot. The error wraps ErrAbsent when there is
// no keyring that could be asked.
func (SystemKeyring) Forget(id SlotID) error {
	_, err := askKeyring("delete from keyring", func(ctx context.Context) ([]byte, error) {
		err := keyringDelete(ctx, account(id))
		if errors.Is(err, errNoItem) {
			err = nil
		}
		return nil, err
	})
	return err
}

// account names the item of a slot.
func account(id SlotID) string { return hex.EncodeToString(id[:]) }

// askKeyring does work within keyringLimit. Not all keyrings can be made to
// stop: work that comes too late is left alone, and what it returns is wiped.
func askKeyring(what string, work func(context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), waits.For(keyringLimit))
	defer cancel()
	type answer struct {
		secret []byte
		err    error
	}
	answers := make(chan answer)
	go func() {
		secret, err := work(ctx)
		select {
		case answers <- answer{secret, err}:
		case <-ctx.Done():
			clear(secret)
		}
	}()
	a := answer{}
	select {
	case a = <-answers:
	case <-ctx.Done():
		a.err = ctx.Err()
	}
	if a.err != nil && ctx.Err() != nil {
		a.err = errKeyringSlow
	}
	if a.err != nil {
		return nil, fmt.Errorf("%s: %w", what, a.err)
	}
	return a.secret, nil
}
