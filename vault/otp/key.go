// Package otp computes one-time codes (HOTP of RFC 4226, TOTP of RFC 6238,
// Steam, mOTP, Yandex) and reads and writes the otpauth:// links that carry
// their keys. It is pure: no clock, no files, no network.
package otp

// This file: the key and what makes one valid.

import (
	"errors"
	"fmt"
	"math"
)

// Type is the kind of a code.
type Type string

// The kinds of codes.
const (
	TOTP   Type = "totp"
	HOTP   Type = "hotp"
	Steam  Type = "steam"
	MOTP   Type = "motp"
	Yandex Type = "yandex"
)

// Algorithm is the hash below HOTP and TOTP.
type Algorithm string

// The hashes of RFC 6238, and the one of mOTP.
const (
	SHA1   Algorithm = "SHA1"
	SHA256 Algorithm = "SHA256"
	SHA512 Algorithm = "SHA512"
	MD5    Algorithm = "MD5"
)

// Key is what a code is computed from.
type Key struct {
	Type      Type
	Issuer    string
	Name      string // the account at the issuer
	Secret    []byte // raw bytes
	Algorithm Algorithm
	Digits    int    // 1-10; letters for Steam and Yandex
	Period    int    // seconds, at least 1; 0 for HOTP
	Counter   uint64 // HOTP: of the next code
	PIN       string // mOTP and Yandex
	Half      *Half  // Secret is the server's half; nil: it is whole
}

const (
	maxSecret = 1024 // bytes; real ones have 10 to 64
	maxDigits = 10   // RFC 4226 truncates to 31 bits, which fill 10 digits
	maxPIN    = 64   // bytes
)

// ErrPIN says that an mOTP or Yandex key still lacks its PIN, which setup
// links mostly leave to the person.
var ErrPIN = errors.New("the PIN of this account is missing: type it in")

// shape is what the kind of a key prescribes; other values give wrong codes.
type shape struct {
	algorithm Algorithm
	digits    int
	period    int // seconds
}

var shapes = map[Type]shape{
	Steam:  {SHA1, 5, 30},
	MOTP:   {MD5, 6, 10},
	Yandex: {SHA256, 8, 30},
}

// Validate reports the first thing that keeps k from making codes.
func (k Key) Validate() error {
	if err := k.validateSettings(); err != nil {
		return err
	}
	if k.Half != nil {
		return ErrHalf
	}
	switch k.Type {
	case MOTP:
		if k.PIN == "" {
			return ErrPIN
		}
	case Yandex:
		return validateYandex(k.Secret, k.PIN)
	}
	return nil
}

// validateSettings checks all but the PIN and the inside of the secret.
func (k Key) validateSettings() error {
	switch {
	case len(k.Secret) == 0:
		return errEmptySecret
	case len(k.Secret) > maxSecret:
		return errLongSecret
	case len(k.PIN) > maxPIN:
		return fmt.Errorf("the PIN is longer than %d characters", maxPIN)
	}
	if s, fixed := shapes[k.Type]; fixed {
		if (shape{k.Algorithm, k.Digits, k.Period}) != s {
			return fmt.Errorf("%s codes always have %s, %d characters and %d seconds",
				k.Type, s.algorithm, s.digits, s.period)
		}
		return nil
	}
	switch {
	case k.Type != TOTP && k.Type != HOTP:
		return errors.New("unknown kind of code: use totp, hotp, steam, motp or yandex")
	case k.Algorithm != SHA1 && k.Algorithm != SHA256 && k.Algorithm != SHA512:
		return errAlgorithm
	case k.Digits < 1 || k.Digits > maxDigits:
		return errDigits
	case k.Type == TOTP && (k.Period < 1 || k.Period > math.MaxInt32):
		return errPeriod
	case k.Type == HOTP && k.Period != 0:
		return errors.New("a counter-based code has no period: use 0")
	}
	return nil
}

var (
	errEmptySecret = errors.New("the secret key is empty")
	errLongSecret  = fmt.Errorf("the secret key is longer than %d bytes", maxSecret)
	errAlgorithm   = errors.New("unknown algorithm: use SHA1, SHA256 or SHA512")
	errDigits      = fmt.Errorf("the number of digits must be from 1 to %d", maxDigits)
	errPeriod      = errors.New("the period must be a whole number of seconds, 1 or more")
	errCounter     = errors.New("the counter must be a whole number, 0 or more")
)
