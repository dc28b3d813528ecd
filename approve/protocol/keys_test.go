package protocol

import (
	"crypto/ed25519"
	"encoding/base64"
	"testing"
	"time"
)

// testKey is a Signer in memory, made from one byte.
type testKey struct{ private ed25519.PrivateKey }

func newTestKey(seed byte) testKey {
	raw := make([]byte, ed25519.SeedSize)
	raw[0] = seed
	return testKey{ed25519.NewKeyFromSeed(raw)}
}

func (k testKey) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

func (k testKey) Sign(message []byte) ([]byte, error) { return ed25519.Sign(k.private, message), nil }

// noon is when most tests happen.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// fixedNonce makes what is signed in a test the same in every run.
const fixedNonce = "AAECAwQFBgcICQoLDA0ODw"

// rawJWS signs any header and payload, right or wrong.
func rawJWS(header, payload string, key testKey) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	return text + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key.private, []byte(text)))
}

// TestThumbprint uses the key of RFC 8037, A.3.
func TestThumbprint(t *testing.T) {
	pub, err := DecodeKey("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Thumbprint(pub), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("thumbprint = %s, want %s", got, want)
	}
	if got := EncodeKey(pub); got != "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" {
		t.Errorf("encoded key = %s", got)
	}
}

func TestDecodeKeyRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":         "",
		"short":         "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ",
		"padded":        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
		"standard":      "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
		"trailing bits": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp",
	} {
		if _, err := DecodeKey(s); err == nil {
			t.Errorf("%s: read without error", name)
		}
	}
}

func TestNonce(t *testing.T) {
	a, b := Nonce(), Nonce()
	if a == b || !isNonce(a) || !isNonce(b) {
		t.Errorf("nonces %q and %q", a, b)
	}
	for _, s := range []string{"", "AAAA", a + "A", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAAA=="} {
		if s != a && isNonce(s) {
			t.Errorf("%q passes as a nonce", s)
		}
	}
}
