package keycloak

// This file is the app authenticator's Signature header. It looks like HTTP Message
// Signatures and is not: NAME:VALUE pairs with commas between, and a text of the same
// form that is signed.

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"sync"

	"nod/approve"
)

// code is the form of a challenge's secret; nothing else may get into a signed text.
var code = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]+$`) })

const maxCode = 1024

// pollText is what is signed to ask for requests. Created is in Unix milliseconds.
func pollText(created int64) string { return fmt.Sprintf("created:%d", created) }

// answerText is what is signed to answer one, in this order.
func answerText(created int64, secret string, granted bool) string {
	return fmt.Sprintf("created:%d,secret:%s,granted:%t", created, secret, granted)
}

// pollHeader and answerHeader are the header; the secret is not in it.
func pollHeader(id string, created int64, signature []byte) string {
	return fmt.Sprintf("keyId:%s,created:%d,signature:%s", id, created, base64.StdEncoding.EncodeToString(signature))
}

func answerHeader(id string, created int64, granted bool, signature []byte) string {
	return fmt.Sprintf("keyId:%s,created:%d,granted:%t,signature:%s", id, created, granted, base64.StdEncoding.EncodeToString(signature))
}

// appSign signs text with the key of d, and makes sure that it is the one that was
// registered: a signature that the server refuses ends the login.
func appSign(d approve.Device, text string) (signature []byte, err error) {
	public, err := base64.StdEncoding.DecodeString(d.Memory[memoryKey])
	if err != nil || len(public) != ed25519.PublicKeySize {
		return nil, errors.New("the key of this pairing is not known: pair this device again")
	}
	if d.Secret == nil {
		return nil, errors.New("the key of this pairing is not there")
	}
	err = d.Secret.Use(func(seed []byte) error {
		if len(seed) != ed25519.SeedSize {
			return errors.New("the key of this pairing is not there: pair this device again")
		}
		private := ed25519.NewKeyFromSeed(seed)
		defer clear(private)
		signature = ed25519.Sign(private, []byte(text))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if !ed25519.Verify(public, []byte(text), signature) {
		return nil, errors.New("sign: the key is not the one that was paired: pair this device again")
	}
	return signature, nil
}
