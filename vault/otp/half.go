package otp

// This file: keys whose other half is made here (privacyIDEA's and eduMFA's
// two-step enrolment). The link holds the server's half; this side adds random
// bytes, which the person types at the site.

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Half says how the missing half of a key is made and joined.
type Half struct {
	Length int // of this side's half, in bytes
	Output int // of the whole key, in bytes
	Rounds int // of PBKDF2
}

// ErrHalf says that a key is only the server's half: Complete makes the whole.
var ErrHalf = errors.New("the key of this account is only half: the other half is made here and typed at the site")

// What the parameters 2step_salt, 2step_output and 2step_difficulty may be. The
// missing ones are those of the servers; the limits keep a link from stopping nod.
const (
	halfLength = 10
	halfRounds = 10000

	maxHalf   = 64
	maxOutput = 128
	maxRounds = 10_000_000
)

// outputs are the lengths of keys by algorithm where a link names none, in bytes.
var outputs = map[Algorithm]int{SHA1: 20, SHA256: 32, SHA512: 64}

// readHalf reads the parameters of a two-step enrolment, nil when there are none.
func (k *Key) readHalf(p query) error {
	salt, output, rounds := p.text("2step_salt"), p.text("2step_output"), p.text("2step_difficulty")
	if salt == "" && output == "" && rounds == "" && !isTrue(p.text("2step")) {
		return nil
	}
	var h Half
	var ok1, ok2, ok3 bool
	h.Length, ok1 = parseNumber(salt, halfLength, maxHalf)
	h.Output, ok2 = parseNumber(output, outputs[k.Algorithm], maxOutput)
	h.Rounds, ok3 = parseNumber(rounds, halfRounds, maxRounds)
	if !ok1 || !ok2 || !ok3 || k.Type != TOTP && k.Type != HOTP {
		return errors.New("its two-step parameters can not be used")
	}
	k.Half = &h
	return nil
}

func isTrue(text string) bool { return text == "1" || strings.EqualFold(text, "true") }

// Complete returns the whole key and this side's half as the site wants it typed:
// Base32 of four bytes of its SHA-1 and the half itself, without padding. It does
// nothing to a key that is whole.
func (k Key) Complete() (whole Key, half string, err error) {
	if k.Half == nil {
		return k, "", nil
	}
	salt := make([]byte, k.Half.Length)
	rand.Read(salt)
	return k.join(salt)
}

// join makes the whole key: PBKDF2 with HMAC-SHA-1 over the hex text of the
// server's half, salted with this side's.
func (k Key) join(salt []byte) (Key, string, error) {
	server := []byte(hex.EncodeToString(k.Secret))
	defer clear(server)
	secret, err := pbkdf2.Key(sha1.New, string(server), salt, k.Half.Rounds, k.Half.Output)
	if err != nil {
		return Key{}, "", fmt.Errorf("complete key: %w", err)
	}
	sum := sha1.Sum(salt)
	k.Secret, k.Half = secret, nil
	return k, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bytes.Join([][]byte{sum[:4], salt}, nil)), nil
}
