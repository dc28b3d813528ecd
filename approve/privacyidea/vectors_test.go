package privacyidea

// This file has the tests of keys and signatures, against ones that another program
// made: those of testdata/vectors.json, and a server's, where they are at hand.

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"nod/approve/privacyidea/privacyideatest"
)

// vectorFile is testdata/vectors.json.
type vectorFile struct {
	DevicePKCS8  string `json:"device_pkcs8"`
	ServerPKCS8  string `json:"server_pkcs8"`
	ServerPublic string `json:"server_pkcs1_public"`
	ServerSPKI   string `json:"server_spki_public"`
	Vectors      []struct{ Name, Signer, Message, Signature string }

	device, server *rsa.PrivateKey
	devicePKCS8    []byte
}

func vectors(t testing.TB) vectorFile {
	var v vectorFile
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	v.device, v.server = privateKey(t, v.DevicePKCS8), privateKey(t, v.ServerPKCS8)
	v.devicePKCS8 = decode64(t, v.DevicePKCS8)
	return v
}

func decode64(t testing.TB, text string) []byte {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func privateKey(t testing.TB, text string) *rsa.PrivateKey {
	t.Helper()
	key, err := x509.ParsePKCS8PrivateKey(decode64(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return key.(*rsa.PrivateKey)
}

// TestVectors: what another program signed is what is signed here, to the letter, and
// verifies; nothing that is only nearly it does.
func TestVectors(t *testing.T) {
	v := vectors(t)
	if len(v.Vectors) != 8 {
		t.Fatalf("%d vectors", len(v.Vectors))
	}
	for _, c := range v.Vectors {
		key := v.device
		if c.Signer == "server" {
			key = v.server
		}
		got, err := signWith(key, c.Message)
		if err != nil || got != c.Signature {
			t.Errorf("%s: signature %.20s..., %v, want %.20s...", c.Name, got, err, c.Signature)
		}
		if !verify(&key.PublicKey, []byte(c.Message), c.Signature) {
			t.Errorf("%s does not verify", c.Name)
		}
		for what, signature := range map[string]string{
			"lower case": strings.ToLower(c.Signature), "unpadded": strings.TrimRight(c.Signature, "="),
			"broken into lines": c.Signature[:64] + "\n" + c.Signature[64:], "empty": "",
			"too long": c.Signature + strings.Repeat("A", maxSignature), "of another key": flip(c.Signature),
		} {
			if verify(&key.PublicKey, []byte(c.Message), signature) {
				t.Errorf("%s verifies %s", c.Name, what)
			}
		}
		if verify(&key.PublicKey, []byte(c.Message+" "), c.Signature) {
			t.Errorf("%s verifies another text", c.Name)
		}
	}
}

// flip changes one character of a signature.
func flip(signature string) string {
	other := byte('A')
	if signature[7] == 'A' {
		other = 'B'
	}
	return signature[:7] + string(other) + signature[8:]
}

func TestServerKey(t *testing.T) {
	v := vectors(t)
	for name, text := range map[string]string{
		"PKCS#1 in lines": v.ServerPublic,
		"PKCS#1, CRLF":    strings.ReplaceAll(v.ServerPublic, "\n", "\r\n ") + "\n",
		"SPKI":            v.ServerSPKI,
	} {
		der, err := readServerKey(text)
		if err != nil || base64.StdEncoding.EncodeToString(der) != v.ServerSPKI {
			t.Errorf("%s: %v", name, err)
		}
	}
	small, err := rsa.GenerateKey(nil, 1024)
	if err != nil {
		t.Fatal(err)
	}
	even := rsa.PublicKey{N: v.server.N, E: 4}
	for name, text := range map[string]string{
		"empty": "", "not base64": "***", "no key": "AAAA", "a private key": v.ServerPKCS8,
		"short": privacyideatest.Lines(x509.MarshalPKCS1PublicKey(&small.PublicKey)),
		"even":  privacyideatest.Lines(x509.MarshalPKCS1PublicKey(&even)),
		"EC":    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==",
	} {
		if _, err := readServerKey(text); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestMakeKeyEnds: who does not want to wait for a key does not have to.
func TestMakeKeyEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := makeKey(ctx, 2048); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

// TestBadSecret: a pairing without a usable key says what to do.
func TestBadSecret(t *testing.T) {
	for name, secret := range map[string][]byte{"none": nil, "garbage": []byte("garbage")} {
		s := newServer(t)
		d := s.paired()
		d.Secret = &testSecret{secret}
		if _, err := s.driver().Poll(t.Context(), d, 0); err == nil || !strings.Contains(err.Error(), "pair again") {
			t.Errorf("%s: %v", name, err)
		}
		d.Secret = nil
		if _, err := s.driver().Poll(t.Context(), d, 0); err == nil || len(s.Calls()) != 0 {
			t.Errorf("%s: %v after %v", name, err, s.Calls())
		}
	}
}
