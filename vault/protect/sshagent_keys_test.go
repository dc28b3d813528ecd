package protect

// This file tests which keys can open a slot, without any agent.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"testing"

	"golang.org/x/crypto/ssh"
)

// rsaBlob returns a public RSA key of that length in wire form.
func rsaBlob(t *testing.T, bits int) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return blobOf(t, key)
}

// ecdsaBlob returns a public key on that curve in wire form.
func ecdsaBlob(t *testing.T, curve elliptic.Curve) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return blobOf(t, key)
}

// certBlob returns a certificate of key in wire form.
func certBlob(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := &ssh.Certificate{Key: signer.PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, signer); err != nil {
		t.Fatal(err)
	}
	return cert.Marshal()
}

// TestSlotKeys goes through the kinds of keys. Only two sign alike each time.
func TestSlotKeys(t *testing.T) {
	p256 := ecdsaBlob(t, elliptic.P256())
	var point struct {
		Type, Curve string
		Point       []byte
	}
	if err := ssh.Unmarshal(p256, &point); err != nil {
		t.Fatal(err)
	}
	ed := restlessKey.Public().(ed25519.PublicKey)
	for name, c := range map[string]struct {
		blob []byte
		want bool
	}{
		"ssh-ed25519":         {blobOf(t, restlessKey), true},
		"ssh-rsa":             {rsaBlob(t, 2048), true},
		"ssh-rsa, short":      {rsaBlob(t, 2047), false},
		"ecdsa-sha2-nistp256": {p256, false},
		"ecdsa-sha2-nistp384": {ecdsaBlob(t, elliptic.P384()), false},
		"ecdsa-sha2-nistp521": {ecdsaBlob(t, elliptic.P521()), false},
		"sk-ssh-ed25519": {ssh.Marshal(struct {
			Type string
			Key  []byte
			App  string
		}{"sk-ssh-ed25519@openssh.com", ed, "ssh:"}), false},
		"sk-ecdsa": {ssh.Marshal(struct {
			Type, Curve string
			Point       []byte
			App         string
		}{"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", point.Point, "ssh:"}), false},
		"ssh-ed25519 certificate": {certBlob(t, restlessKey), false},
	} {
		if _, err := ssh.ParsePublicKey(c.blob); err != nil {
			t.Fatalf("%s is no key: %v", name, err)
		}
		if _, err := slotKey(c.blob); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
