package otp

// This file: secrets in Base32 (RFC 4648), as people type them.

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// SecretError names the letter that Base32 does not know.
type SecretError struct {
	Letter   rune
	Position int // from 1, counted in the text as it was typed
}

func (e *SecretError) Error() string {
	return fmt.Sprintf("keys use A-Z and 2-7; %q at position %d is not allowed", e.Letter, e.Position)
}

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// DecodeSecret reads a Base32 secret as people type it: spaces, dashes, lower
// case and padding are allowed. A wrong letter gives *SecretError. Letters at
// the end that do not fill a byte are dropped, as phone apps do: some sites
// hand out such keys.
func DecodeSecret(s string) ([]byte, error) {
	letters := make([]byte, 0, len(s))
	padding, position := 0, 0 // where the first = and the present letter are
	for _, r := range s {
		position++
		switch {
		case unicode.IsSpace(r) || r == '-':
			continue
		case r == '=':
			if padding == 0 {
				padding = position
			}
			continue
		case r >= 'a' && r <= 'z':
			r -= 'a' - 'A'
		case r >= 'A' && r <= 'Z' || r >= '2' && r <= '7':
		default:
			return nil, &SecretError{Letter: r, Position: position}
		}
		if padding > 0 { // = only ends a key
			return nil, &SecretError{Letter: '=', Position: padding}
		}
		letters = append(letters, byte(r))
	}
	return decodeLetters(letters)
}

// decodeLetters decodes upper-case Base32 without padding.
func decodeLetters(letters []byte) ([]byte, error) {
	whole := len(letters) * 5 / 8 // bytes
	switch {
	case len(letters) == 0:
		return nil, errEmptySecret
	case whole == 0:
		return nil, errors.New("the secret key is too short: check that you copied all of it")
	case whole > maxSecret:
		return nil, errLongSecret
	}
	secret := make([]byte, whole)
	if _, err := base32Text.Decode(secret, letters[:(whole*8+4)/5]); err != nil {
		return nil, errors.New("the secret key is not Base32") // the library's error names a place only
	}
	return secret, nil
}

// EncodeSecret returns the secret in Base32 without padding.
func EncodeSecret(secret []byte) string { return base32Text.EncodeToString(secret) }

// InFours puts a space after every four characters of s, for who types it.
func InFours(s string) string {
	var b strings.Builder
	for i, r := range []rune(s) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
