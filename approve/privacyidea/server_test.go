package privacyidea

// This file is what the tests of the driver need of the fake server: one whose keys
// are those of testdata/vectors.json, and a pairing with it.

import (
	"crypto/x509"
	"testing"

	"nod/approve"
	"nod/approve/privacyidea/privacyideatest"
	"nod/vault"
)

const (
	testOrigin     = privacyideatest.Origin
	testURL        = privacyideatest.URL
	testSerial     = privacyideatest.Serial
	testCredential = privacyideatest.Credential
)

type ask = privacyideatest.Ask

// server is the fake server of one test.
type server struct {
	*testing.T
	*privacyideatest.Server
}

func newServer(t *testing.T) *server {
	s := privacyideatest.New(t)
	s.Key = vectors(t).server
	return &server{t, s}
}

// driver is a driver that talks to s and makes small keys.
func (s *server) driver() *driver {
	p := profilePrivacyIDEA
	if s.EduMFA {
		p = profileEduMFA
	}
	return newDriver(p, s.Client(), KeyBits(2048))
}

// paired is a device that s has paired.
func (s *server) paired() approve.Device {
	v := vectors(s.T)
	s.Device = &v.device.PublicKey
	public, err := x509.MarshalPKIXPublicKey(&s.Key.PublicKey)
	if err != nil {
		s.Fatal(err)
	}
	u, err := readAddress(s.URL, true)
	if err != nil {
		s.Fatal(err)
	}
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: Name, Server: approve.Origin(u), App: "Demo", Account: "ana", Name: "ana-laptop",
			RemoteID: testSerial, ServerKey: public, State: vault.DeviceActive, Memory: map[string]string{"url": s.URL},
		},
		Secret: &testSecret{v.devicePKCS8}, Clock: &approve.Clock{},
	}
}

// testSecret is an approve.Secret in memory.
type testSecret struct{ secret []byte }

func (s *testSecret) Use(use func([]byte) error) error { return use(s.secret) }

func (s *testSecret) Set(secret []byte) error {
	s.secret = secret
	return nil
}

// testKey stands for an opened approval key, which signs nothing here.
type testKey struct{ vault.Signer }
