package container

// This file makes the device's key and signs with it: ECDSA on P-384 with SHA-256,
// the signature in DER and base64 of the kind for URLs.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"nod/approve"
)

// separator parts what is signed.
const separator = "|"

// makeKey makes a key and returns it in PKCS#8, for the caller to wipe, with its
// public half in PEM.
func makeKey() (key *ecdsa.PrivateKey, private []byte, public string, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		return nil, nil, "", err
	}
	if private, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, nil, "", err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, nil, "", err
	}
	return key, private, pemOf(der), nil
}

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// sign signs parts with the key in secret, PKCS#8.
func sign(secret approve.Secret, parts ...string) (text string, err error) {
	if secret == nil {
		return "", errors.New("sign: the key of this pairing is missing; register again")
	}
	err = secret.Use(func(private []byte) error {
		parsed, err := x509.ParsePKCS8PrivateKey(private)
		if err != nil {
			return errors.New("the key of this pairing can not be read; register again")
		}
		key, ok := parsed.(*ecdsa.PrivateKey)
		if !ok || key.Curve != elliptic.P384() {
			return errors.New("the key of this pairing is of another kind; register again")
		}
		text, err = signWith(key, parts...)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return text, nil
}

func signWith(key *ecdsa.PrivateKey, parts ...string) (string, error) {
	sum := sha256.Sum256([]byte(strings.Join(parts, separator)))
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		return "", err
	}
	return base64.URLEncoding.EncodeToString(signature), nil
}
