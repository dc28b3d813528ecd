package native

import (
	"crypto/ed25519"
	"net/url"
	"strings"

	"nod/approve/protocol"
)

// testKey is a protocol.Signer in memory.
type testKey struct{ private ed25519.PrivateKey }

func newTestKey(seed byte) testKey {
	raw := make([]byte, ed25519.SeedSize)
	raw[0] = seed
	return testKey{ed25519.NewKeyFromSeed(raw)}
}

func (k testKey) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

func (k testKey) Sign(message []byte) ([]byte, error) { return ed25519.Sign(k.private, message), nil }

func testLink(key testKey) string {
	return protocol.Link{Server: origin, Token: protocol.Nonce(), Fingerprint: protocol.Thumbprint(key.Public())}.String()
}

// query returns a parameter of a call such as "GET /v1/requests?wait=25".
func query(call, name string) string {
	_, path, _ := strings.Cut(call, " ")
	u, err := url.Parse(path)
	if err != nil {
		return err.Error()
	}
	return u.Query().Get(name)
}
