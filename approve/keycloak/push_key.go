package keycloak

// This file is the key of a push MFA device: how it is kept, and what it signs.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// pushSecret is what the vault keeps of a pairing, as JSON.
type pushSecret struct {
	Key          []byte `json:"key"` // P-256, PKCS #8
	KeyID        string `json:"kid"`
	Next         []byte `json:"next,omitempty"` // while the server may or may not have taken another key
	NextID       string `json:"next_kid,omitempty"`
	ClientID     string `json:"client"`
	ClientSecret []byte `json:"client_secret"`
}

func (s *pushSecret) wipe() {
	clear(s.Key)
	clear(s.Next)
	clear(s.ClientSecret)
}

// encode returns s for approve.Secret; the caller wipes it.
func (s *pushSecret) encode() ([]byte, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("keep the key: %w", err)
	}
	return raw, nil
}

// use lends what is kept, which is wiped after f returns.
func (a account) use(f func(s *pushSecret) error) error {
	return a.secret.Use(func(raw []byte) error {
		var s pushSecret
		defer s.wipe()
		if json.Unmarshal(raw, &s) != nil || len(s.Key) == 0 {
			return errors.New("the key of this pairing is not there: pair this device again")
		}
		return f(&s)
	})
}

// change stores what f makes of what is kept.
func (a account) change(f func(s *pushSecret)) error {
	var raw []byte
	defer func() { clear(raw) }()
	err := a.use(func(s *pushSecret) (err error) {
		f(s)
		raw, err = s.encode()
		return err
	})
	if err != nil {
		return err
	}
	return a.secret.Set(raw)
}

// lent is a Secret in memory, for a device that is not in the vault yet.
type lent struct{ raw []byte }

func (l *lent) Use(use func(secret []byte) error) error { return use(l.raw) }

func (l *lent) Set(secret []byte) error {
	clear(l.raw)
	l.raw = append([]byte(nil), secret...)
	return nil
}

// newKey makes a key and its id.
func newKey() (pkcs8 []byte, id string, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	pkcs8, err = x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, "", fmt.Errorf("make key: %w", err)
	}
	return pkcs8, "nod-" + newUUID(), nil
}

// readKey reads a key as newKey made it.
func readKey(pkcs8 []byte, id string) (jose.JSONWebKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8)
	private, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || private.Curve != elliptic.P256() {
		return jose.JSONWebKey{}, errors.New("the key of this pairing can not be read: pair this device again")
	}
	return jose.JSONWebKey{Key: private, KeyID: id, Algorithm: string(jose.ES256), Use: "sig"}, nil
}

// key is the one that a signs with.
func (a account) key(s *pushSecret) (jose.JSONWebKey, error) {
	if a.next {
		return readKey(s.Next, s.NextID)
	}
	return readKey(s.Key, s.KeyID)
}

// sign returns what claims makes of the key's public half as a compact JWS of type typ.
func (a account) sign(typ string, options *jose.SignerOptions, claims func(public jose.JSONWebKey) any) (token string, err error) {
	err = a.use(func(s *pushSecret) error {
		key, err := a.key(s)
		if err != nil {
			return err
		}
		payload, err := json.Marshal(claims(key.Public()))
		if err != nil {
			return err
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options.WithType(jose.ContentType(typ)))
		if err != nil {
			return err
		}
		signed, err := signer.Sign(payload)
		if err != nil {
			return err
		}
		token, err = signed.CompactSerialize()
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return token, nil
}

// proofClaims are those of a DPoP proof (RFC 9449), and two of the extension's.
type proofClaims struct {
	Method   string `json:"htm"`
	Address  string `json:"htu"`
	IssuedAt int64  `json:"iat"`
	ID       string `json:"jti"`
	Token    string `json:"ath,omitempty"`
	Subject  string `json:"sub"`
	DeviceID string `json:"deviceId"`
}

// proof makes a DPoP proof for one call; address is without query, token "" when
// there is none yet.
func (a account) proof(method, address, token string, now time.Time) (string, error) {
	c := proofClaims{Method: method, Address: address, IssuedAt: now.Unix(), ID: newUUID(), Subject: a.user, DeviceID: a.device}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		c.Token = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return a.sign("dpop+jwt", &jose.SignerOptions{EmbedJWK: true}, func(jose.JSONWebKey) any { return c })
}
