// Package protocol is nod's own open approval protocol: its JSON messages, the
// HTTP message signature on each device request (RFC 9421, fixed profile) and
// the signed challenge and decision (JWS). Client and server share it; it
// stores and sends nothing. docs/protocol.md specifies it.
package protocol

// This file holds what the whole protocol shares: limits, errors, the signer
// and the two ways to write a key.

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"
)

// Signer signs with an Ed25519 key.
type Signer interface {
	Public() ed25519.PublicKey
	Sign(message []byte) ([]byte, error)
}

// Limits of the profile.
const (
	MaxSignatureAge  = 60 * time.Second // created to expires, and the clock window to both sides
	MaxBody          = 64 << 10         // bytes of any message
	MaxChallengeLife = 10 * time.Minute // iat to exp of a challenge
)

// ErrInsecure refuses a server address that is neither https nor loopback.
var ErrInsecure = errors.New("the address is not https")

// SignatureError says what is wrong with a signature or with the claims that it covers.
type SignatureError struct {
	Reason   string
	Skew     bool // only the time is wrong: the clocks differ, or it came too late
	WrongKey bool // a decision names another key than its act needs
}

func (e *SignatureError) Error() string { return "verify signature: " + e.Reason }

// refuse returns the error of a signature that is wrong for good.
func refuse(reason string) error { return &SignatureError{Reason: reason} }

// late returns the error of a signature that is wrong only in its time.
func late(reason string) error { return &SignatureError{Reason: reason, Skew: true} }

// Thumbprint is the JWK thumbprint (RFC 7638, RFC 8037) of an Ed25519 public key, base64url.
func Thumbprint(pub ed25519.PublicKey) string {
	return Hash(`{"crv":"Ed25519","kty":"OKP","x":"` + EncodeKey(pub) + `"}`)
}

// EncodeKey returns a public key as messages hold it: base64url of its 32 bytes.
func EncodeKey(pub ed25519.PublicKey) string { return base64.RawURLEncoding.EncodeToString(pub) }

// DecodeKey reads a public key as messages hold it.
func DecodeKey(s string) (ed25519.PublicKey, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != ed25519.PublicKeySize {
		return nil, errors.New("read key: not 32 bytes in base64url")
	}
	return raw, nil
}

// Hash returns base64url(SHA-256(s)): what chh and sec hold.
func Hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Nonce returns 128 fresh random bits, base64url.
func Nonce() string {
	var raw [16]byte
	rand.Read(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// isNonce tells whether s is 128 bits in base64url, in the one way to write them.
func isNonce(s string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(raw) == 16
}
