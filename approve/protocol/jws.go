package protocol

// This file wraps claims in a JWS (RFC 7515, compact, EdDSA) and takes them out
// again. The protected header holds alg and typ and nothing else.

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	// Its decoder refuses a name that is there twice and matches names exactly;
	// the standard one takes the last and ignores case.
	strictjson "github.com/go-jose/go-jose/v4/json"
)

// The values of typ.
const (
	TypeChallenge = "nod-challenge+jwt"
	TypeDecision  = "nod-decision+jwt"
	TypeProof     = "nod-pair+jwt"
)

// signJWS returns claims as a compact JWS of type typ.
func signJWS(typ string, claims any, key Signer) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	opts := (&jose.SignerOptions{}).WithType(jose.ContentType(typ))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: opaque{key}}, opts)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	return text, nil
}

// parseJWS reads a compact JWS of type typ; nothing is verified yet.
func parseJWS(text, typ string) (*jose.JSONWebSignature, error) {
	if len(text) > MaxBody {
		return nil, refuse("longer than any message")
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return nil, refuse("not a compact JWS with alg EdDSA")
	}
	if len(signed.Signatures) != 1 {
		return nil, refuse("not one signature")
	}
	h := signed.Signatures[0].Protected
	if got, _ := h.ExtraHeaders[jose.HeaderType].(string); got != typ {
		return nil, refuse("typ is not " + typ)
	}
	if len(h.ExtraHeaders) != 1 || h.KeyID != "" || h.JSONWebKey != nil || h.Nonce != "" {
		return nil, refuse("the header holds more than alg and typ")
	}
	return signed, nil
}

// verifyJWS checks the signature of a JWS of type typ and reads its claims.
func verifyJWS(text, typ string, key ed25519.PublicKey, claims any) error {
	signed, err := parseJWS(text, typ)
	if err != nil {
		return err
	}
	if len(key) != ed25519.PublicKeySize {
		return refuse("the key is not an Ed25519 key")
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return refuse("the signature does not verify")
	}
	return readClaims(payload, claims)
}

// readClaims decodes claims; names that it does not know are left aside.
func readClaims(payload []byte, claims any) error {
	if err := strictjson.Unmarshal(payload, claims); err != nil {
		return refuse("the claims are not the JSON object of this type")
	}
	return nil
}

// opaque lets go-jose sign with a key that it never gets.
type opaque struct{ key Signer }

// Public names no key: the header shall hold none.
func (opaque) Public() *jose.JSONWebKey { return nil }

// Algs is EdDSA alone.
func (opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.EdDSA} }

// SignPayload signs with the hidden key.
func (o opaque) SignPayload(payload []byte, alg jose.SignatureAlgorithm) ([]byte, error) {
	if alg != jose.EdDSA {
		return nil, errors.New("sign: only EdDSA")
	}
	return o.key.Sign(payload)
}
