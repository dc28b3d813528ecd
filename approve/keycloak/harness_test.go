package keycloak

// This file holds what the tests of both drivers share: tokens, a device, a realm that
// is called in this process.

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"nod/approve"
	"nod/vault"
)

const (
	testOrigin = "https://id.demo.test"
	testBase   = testOrigin + "/realms/demo"
	testUser   = "3f0c6f0e-6f1d-4a57-9d6e-0c8f3a1b2c3d"
)

// fields are the claims of a token, or the members of an object.
type fields map[string]any

// with returns f with changes; a nil value takes a field away.
func (f fields) with(changes fields) fields {
	f = maps.Clone(f)
	for name, value := range changes {
		if f[name] = value; value == nil {
			delete(f, name)
		}
	}
	return f
}

func (f fields) json() []byte {
	raw, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return raw
}

// mint signs claims.
func mint(alg jose.SignatureAlgorithm, key any, claims fields) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(claims.json())
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

// inProcess calls a handler; the end of the context ends the call.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		done <- w.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func clientOf(h http.Handler) *http.Client { return &http.Client{Transport: inProcess{h}} }

// testSecret is an approve.Secret in memory. It lends copies, as the vault does.
type testSecret struct {
	mu   sync.Mutex
	raw  []byte
	fail bool // Set fails
}

func (s *testSecret) Use(use func([]byte) error) error {
	s.mu.Lock()
	raw := append([]byte(nil), s.raw...)
	s.mu.Unlock()
	defer clear(raw)
	return use(raw)
}

func (s *testSecret) Set(raw []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail {
		return errors.New("the disk is full")
	}
	s.raw = append([]byte(nil), raw...)
	return nil
}

// approval is a key such as the inbox hands over after the PIN was typed.
func approval(t *testing.T) vault.Signer {
	k := vault.NewKeys()
	t.Cleanup(k.Wipe)
	return k.Approval()
}

const testPIN = "739164"

// testVault is a real one, and the inbox of drivers over it.
func testVault(t *testing.T, drivers ...approve.Driver) (*vault.Vault, *approve.Inbox) {
	t.Helper()
	dir := t.TempDir()
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte(testPIN), Cost: vault.FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v, approve.NewInbox(v, drivers...)
}

// one returns the only request of a poll.
func one(t *testing.T, driver approve.Driver, d approve.Device) approve.Request {
	t.Helper()
	b, err := driver.Poll(t.Context(), d, 0)
	if err != nil || len(b.Requests) != 1 || b.Dropped != 0 {
		t.Fatalf("batch %+v, %v", b, err)
	}
	return b.Requests[0]
}

// near tells whether two times are the same but for the seconds of a Date.
func near(a, b time.Time) bool { return a.Sub(b).Abs() <= time.Second }

// lieStatus answers with that status and body, whatever was asked.
func lieStatus(code int, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		w.Write([]byte(body))
		return true
	}
}

// pushRaw is what the vault keeps of a push MFA device with that key.
func pushRaw(t *testing.T, private *ecdsa.PrivateKey) []byte {
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := (&pushSecret{Key: key, KeyID: "nod-1", ClientID: testClient, ClientSecret: []byte(testClientSecret)}).encode()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
