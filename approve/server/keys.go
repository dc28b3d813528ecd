package server

// The server's key: one Ed25519 key in a file, made once. The keys that hash
// tokens, seal secrets and authenticate cookies are derived from it.

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"

	"golang.org/x/crypto/chacha20poly1305"
)

// keys is a protocol.Signer, and the source of the other keys.
type keys struct {
	private ed25519.PrivateKey
	hashing []byte
	sealing []byte
}

// loadKeys reads the key at path, or makes it.
func loadKeys(path string) (keys, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKey(path)
	}
	if err != nil {
		return keys{}, fmt.Errorf("read server key: %w", err)
	}
	return parseKeys(text, path)
}

// parseKeys reads the PEM text of a key; from says where it stood.
func parseKeys(text []byte, from string) (keys, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return keys{}, fmt.Errorf("read server key: %s is not a PEM file", from)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return keys{}, fmt.Errorf("read server key: %w", err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return keys{}, fmt.Errorf("read server key: %s holds another kind of key than Ed25519", from)
	}
	k := keys{private: private}
	k.hashing, k.sealing = k.derive("hash"), k.derive("seal")
	return k, nil
}

func makeKey(path string) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	// O_EXCL: two servers that start at once must not end up with two keys.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(text)
	return text, errors.Join(err, file.Sync(), file.Close())
}

// Public returns the server's public key.
func (k keys) Public() ed25519.PublicKey { return k.private.Public().(ed25519.PublicKey) }

// Sign signs message.
func (k keys) Sign(message []byte) ([]byte, error) { return ed25519.Sign(k.private, message), nil }

// derive returns a key of 32 bytes for one purpose.
func (k keys) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, k.private.Seed(), nil, "nod server "+purpose, chacha20poly1305.KeySize)
	if err != nil {
		panic(err) // only for a length that HKDF can not give
	}
	return key
}

// hash returns a keyed hash of text for one purpose. Who has only the database
// can not try out codes with it.
func (k keys) hash(purpose, text string) []byte {
	mac := hmac.New(sha256.New, k.hashing)
	mac.Write([]byte(purpose + "\x00" + text))
	return mac.Sum(nil)
}

// seal encrypts secret for the database; context binds it to its place.
func (k keys) seal(secret []byte, context string) []byte {
	aead, err := chacha20poly1305.NewX(k.sealing)
	if err != nil {
		panic(err) // only for a wrong key length
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(secret)+aead.Overhead())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, secret, []byte(context))
}

// open is the reverse of seal.
func (k keys) open(sealed []byte, context string) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(k.sealing)
	if err != nil {
		panic(err)
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("open sealed secret: too short")
	}
	secret, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(context))
	if err != nil {
		return nil, fmt.Errorf("open sealed secret: %w", err)
	}
	return secret, nil
}

// randomBytes returns n random bytes.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// randomDigits returns n random decimal digits.
func randomDigits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	number, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // rand.Reader never fails
	}
	return fmt.Sprintf("%0*d", n, number)
}

// randomID returns prefix and n letters and digits that are hard to mistake.
func randomID(prefix string, n int) string {
	const letters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" // 32 of them: no bias
	id := randomBytes(n)
	for i, b := range id {
		id[i] = letters[b%32]
	}
	return prefix + string(id)
}
