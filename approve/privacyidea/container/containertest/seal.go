package containertest

// This file seals the answer to a synchronisation.

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
)

// Seal encrypts a text as an answer for the holder of a key.
func Seal(client string, plain []byte) map[string]any { return seal(client, plain) }

func seal(client string, plain []byte) map[string]any {
	raw, err := base64.URLEncoding.DecodeString(client)
	if err != nil {
		return nil
	}
	other, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return nil
	}
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil
	}
	secret, err := key.ECDH(other)
	if err != nil {
		return nil
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil
	}
	vector := random(16)
	aead, err := cipher.NewGCMWithNonceSize(block, len(vector))
	if err != nil {
		return nil
	}
	text := aead.Seal(nil, vector, plain, nil)
	encode, n := base64.URLEncoding.EncodeToString, len(text)-16
	return map[string]any{
		"public_server_key": encode(key.PublicKey().Bytes()), "container_dict_server": encode(text[:n]), "encryption_algorithm": "AES",
		"encryption_params": map[string]any{"algorithm": "AES", "mode": "GCM", "init_vector": encode(vector), "tag": encode(text[n:])},
	}
}
