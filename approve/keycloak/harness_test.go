package keycloak

// This file holds what the tests of both drivers share: their servers, which are those
// of keycloaktest, and devices.

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
	"nod/vault"
)

const (
	testOrigin = keycloaktest.Origin
	testBase   = keycloaktest.Base
	testUser   = keycloaktest.User

	testClient       = keycloaktest.ClientID
	testClientSecret = keycloaktest.ClientSecret
)

// fields are the claims of a token, or the members of an object.
type fields = keycloaktest.Fields

// appServer is a server with devices as the vault would hold them.
type appServer struct{ *keycloaktest.App }

func newAppServer(t testing.TB) *appServer {
	return &appServer{keycloaktest.NewApp(testBase, t.Errorf)}
}

// device is a device that this server knows.
func (s *appServer) device() approve.Device {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = 7
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	id := newUUID()
	s.Register(id, public)
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: NameApp, Server: testOrigin, App: "demo", Name: "ana-laptop", RemoteID: id, State: vault.DeviceActive,
			Memory: map[string]string{
				memoryBase: testBase, memoryUser: testUser, memoryKey: base64.StdEncoding.EncodeToString(public),
			},
		},
		Secret: &testSecret{raw: seed}, Clock: &approve.Clock{},
	}
}

// pushServer is a server with devices as the vault would hold them.
type pushServer struct{ *keycloaktest.Push }

func newPushServer(t testing.TB) *pushServer {
	return &pushServer{keycloaktest.NewPush(testBase, t.Errorf)}
}

// device is a device that is enrolled.
func (s *pushServer) device() approve.Device {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	id, credential := newUUID(), newUUID()
	s.Enrol(id, credential, "nod-1", &private.PublicKey)
	return approve.Device{
		Device: vault.Device{
			ID: "d-BBBBBB", Driver: NamePush, Server: testOrigin, App: "demo", Account: "ana", Name: "ana-laptop", RemoteID: id,
			State:  vault.DeviceActive,
			Memory: map[string]string{memoryBase: testBase, memoryUser: testUser, memoryCredential: credential},
		},
		Secret: &testSecret{raw: pushRaw(private)}, Clock: &approve.Clock{},
	}
}

// offer is what a person brings to pair with the push MFA extension.
func offer(link string) approve.Offer {
	return approve.Offer{Link: link, DeviceName: "ana-laptop", Platform: "linux terminal", ClientID: testClient, ClientSecret: testClientSecret}
}

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

// pushRaw is what the vault keeps of a push MFA device with that key.
func pushRaw(private *ecdsa.PrivateKey) []byte {
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		panic(err)
	}
	raw, err := (&pushSecret{Key: key, KeyID: "nod-1", ClientID: testClient, ClientSecret: []byte(testClientSecret)}).encode()
	if err != nil {
		panic(err)
	}
	return raw
}
