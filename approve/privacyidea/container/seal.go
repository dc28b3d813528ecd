package container

// This file opens the server's sealed answer: AES-256-GCM with a vector of 16 bytes,
// whose key is the plain X25519 secret.

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"strings"
)

const tagLen = 16

// unseal returns the text of an answer, for the caller to wipe.
func (s sealed) unseal(key *ecdh.PrivateKey) ([]byte, error) {
	p := s.Parameters
	if s.Algorithm != "" && s.Algorithm != "AES" || p.Algorithm != "" && p.Algorithm != "AES" || p.Mode != "GCM" {
		return nil, errors.New("its answer is sealed in a way that this nod does not know")
	}
	public, err := decode(s.Key)
	if err != nil {
		return nil, errSealed
	}
	vector, err := decode(p.Vector)
	if err != nil || len(vector) < 12 || len(vector) > 16 {
		return nil, errSealed
	}
	tag, err := decode(p.Tag)
	if err != nil || len(tag) != tagLen {
		return nil, errSealed
	}
	text, err := decode(s.Text)
	if err != nil {
		return nil, errSealed
	}
	other, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		return nil, errSealed
	}
	secret, err := key.ECDH(other) // refuses keys that give zero
	if err != nil {
		return nil, errSealed
	}
	defer clear(secret)
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, errSealed
	}
	aead, err := cipher.NewGCMWithNonceSize(block, len(vector))
	if err != nil {
		return nil, errSealed
	}
	plain, err := aead.Open(nil, vector, append(text, tag...), nil)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// decode reads base64 of the kind for URLs, padded or not.
func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errSealed
	}
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}
