package privacyidea

// This file makes keys, signs and verifies: RSASSA-PKCS1-v1_5 with SHA-256, written
// as base32 of RFC 4648 with padding.

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"nod/approve"
)

// The sizes of a server's key that are taken, in bits.
const (
	minServerBits = 2048
	maxServerBits = 8192
)

// makeKey makes a key, which takes seconds. When ctx ends it returns at once.
func makeKey(ctx context.Context, bits int) (*rsa.PrivateKey, error) {
	type result struct {
		key *rsa.PrivateKey
		err error
	}
	done := make(chan result, 1) // so that a key that nobody waits for is let go
	go func() {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		done <- result{key, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.key, cmp.Or(ctx.Err(), r.err)
	}
}

// readServerKey reads the key that a server gives at pairing, base64 of PKCS#1 or
// SubjectPublicKeyInfo with blanks anywhere, and returns it as SubjectPublicKeyInfo.
func readServerKey(text string) ([]byte, error) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("its key is not base64")
	}
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		if key, err = parsePublic(der); err != nil {
			return nil, err
		}
	}
	if n := key.N.BitLen(); n < minServerBits || n > maxServerBits || key.E < 3 || key.E%2 == 0 {
		return nil, errors.New("its key is too weak or too long")
	}
	return x509.MarshalPKIXPublicKey(key)
}

// parsePublic reads an RSA key in SubjectPublicKeyInfo.
func parsePublic(der []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("its key can not be read")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("its key is not of the kind RSA")
	}
	return key, nil
}

// sign signs message with the key in secret, PKCS#8.
func sign(secret approve.Secret, message string) (text string, err error) {
	if secret == nil {
		return "", errors.New("sign: this pairing has no key; pair again")
	}
	err = secret.Use(func(der []byte) error {
		parsed, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			return errors.New("the key of this pairing can not be read; pair again")
		}
		key, ok := parsed.(*rsa.PrivateKey)
		if !ok {
			return errors.New("the key of this pairing is of another kind; pair again")
		}
		text, err = signWith(key, message)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return text, nil
}

func signWith(key *rsa.PrivateKey, message string) (string, error) {
	sum := sha256.Sum256([]byte(message))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return base32.StdEncoding.EncodeToString(signature), nil
}

// verify tells whether signature is that of message by key.
func verify(key *rsa.PublicKey, message []byte, signature string) bool {
	raw, err := base32.StdEncoding.DecodeString(signature)
	if err != nil || len(signature) > maxSignature || bytes.ContainsAny([]byte(signature), "\r\n") {
		return false
	}
	sum := sha256.Sum256(message)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
}
