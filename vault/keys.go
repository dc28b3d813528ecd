package vault

// This file derives keys. Labels and formulas are those of format.go.

import (
	"bytes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"

	"nod/vault/memory"
)

// masterKeys are the two keys that slots wrap. They are in memory only while a
// vault is created, opened or changed.
type masterKeys struct{ vmk, amk []byte }

func newMasterKeys() masterKeys {
	return masterKeys{randomBytes(keyLen), randomBytes(keyLen)}
}

func (m masterKeys) wipe() {
	clear(m.vmk)
	clear(m.amk)
}

// clone returns keys that can be wiped on their own.
func (m masterKeys) clone() masterKeys {
	return masterKeys{bytes.Clone(m.vmk), bytes.Clone(m.amk)}
}

// of returns the key of a compartment.
func (m masterKeys) of(comp string) []byte {
	if comp == compCodes {
		return m.vmk
	}
	return m.amk
}

// sessionKeys are what an unlocked vault keeps: they read and save the codes
// compartment and open nothing else.
type sessionKeys struct{ header, codes *memory.Buffer }

// newSessionKeys derives the session keys from VMK.
func newSessionKeys(vmk []byte, vaultID [idLen]byte) (k sessionKeys) {
	memory.Do(func() {
		k.header = memory.Move(derive(vmk, vaultID[:], labelHeader))
		k.codes = memory.Move(derive(vmk, vaultID[:], labelCodes))
	})
	return k
}

func (k sessionKeys) wipe() {
	k.header.Free()
	k.codes.Free()
}

// approvalsKey derives the key pair of the approvals compartment from AMK.
func approvalsKey(amk []byte, vaultID [idLen]byte) (hpke.PrivateKey, error) {
	return deriveKeyPair(derive(amk, vaultID[:], labelApprovals))
}

// derive is HKDF-SHA256 with 32 bytes of output.
func derive(secret, salt []byte, info string) []byte {
	key, err := hkdf.Key(sha256.New, secret, salt, info, keyLen)
	if err != nil {
		panic("vault: hkdf: " + err.Error()) // only for lengths that are constants here
	}
	return key
}

// kem is the key encapsulation of all HPKE in a vault.
func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// deriveKeyPair turns 32 secret bytes into a key pair and wipes them.
func deriveKeyPair(seed []byte) (hpke.PrivateKey, error) {
	defer clear(seed)
	return kem().DeriveKeyPair(seed)
}

// sealTo seals secret to a public key.
func sealTo(public, info, secret []byte) ([]byte, error) {
	pk, err := kem().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(pk, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, secret)
}

// openWith opens what sealTo sealed.
func openWith(private hpke.PrivateKey, info, sealed []byte) ([]byte, error) {
	return hpke.Open(private, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed)
}

// wrap encrypts data under key with a fresh nonce: nonce || ciphertext.
func wrap(key, data, ad []byte) []byte {
	nonce := randomBytes(nonceLen)
	return newAEAD(key).Seal(nonce, nonce, data, ad)
}

// unwrap opens what wrap made.
func unwrap(key, wrapped, ad []byte) ([]byte, error) {
	return newAEAD(key).Open(nil, wrapped[:nonceLen], wrapped[nonceLen:], ad)
}

func newAEAD(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic("vault: " + err.Error()) // only for keys that are not 32 bytes
	}
	return a
}

// lp returns chunks joined, each with its length before it, for the caller to wipe.
func lp(chunks ...[]byte) []byte {
	size := 0
	for _, c := range chunks {
		size += 4 + len(c)
	}
	b := make([]byte, 0, size) // once: to grow leaves a copy behind
	for _, c := range chunks {
		b = binary.BigEndian.AppendUint32(b, uint32(len(c)))
		b = append(b, c...)
	}
	return b
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// sum256 returns the SHA-256 of chunks joined.
func sum256(chunks ...[]byte) []byte {
	h := sha256.New()
	for _, c := range chunks {
		h.Write(c)
	}
	return h.Sum(nil)
}

// mac256 returns HMAC-SHA256 over chunks joined.
func mac256(key []byte, chunks ...[]byte) []byte {
	m := hmac.New(sha256.New, key)
	for _, c := range chunks {
		m.Write(c)
	}
	return m.Sum(nil)
}

// equalSecret compares without telling by its time where the difference is.
func equalSecret(a, b []byte) bool { return hmac.Equal(a, b) }

// clone returns keys that can be wiped on their own.
func (k sessionKeys) clone() sessionKeys {
	return sessionKeys{k.header.Clone(), k.codes.Clone()}
}
