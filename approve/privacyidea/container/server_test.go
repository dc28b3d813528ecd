package container

// This file is what the tests stand on: a registered device at the fake server of
// containertest.

import (
	"crypto/x509"
	"encoding/json"
	"net/http"
	"testing"

	"nod/approve"
	"nod/approve/privacyidea/container/containertest"
	"nod/vault"
)

const (
	testOrigin = "https://pi.demo.test"
	testBase   = testOrigin + "/pi"
)

// testSecret is an approve.Secret in memory.
type testSecret struct{ secret []byte }

func (s *testSecret) Use(use func([]byte) error) error { return use(s.secret) }

func (s *testSecret) Set(secret []byte) error {
	s.secret = append([]byte(nil), secret...)
	return nil
}

// offerOf wants a container.
func offerOf(link string) approve.Offer {
	return approve.Offer{Link: link, Container: true, DeviceName: "ana|laptop"}
}

// bench is a device that is registered with a fake server.
type bench struct {
	*testing.T
	srv    *containertest.Server
	driver *driver
	dev    approve.Device
	secret *testSecret
}

func newBench(t *testing.T) *bench {
	srv := containertest.New(testBase)
	b := &bench{T: t, srv: srv, driver: newDriver(srv.Client())}
	keys := vault.NewKeys()
	defer keys.Wipe()
	paired, err := b.driver.Pair(t.Context(), offerOf(srv.Link("", "", false)), keys)
	if err != nil {
		t.Fatal(err)
	}
	b.registered(paired)
	return b
}

// registered takes a pairing with a key that the test knows.
func (b *bench) registered(p approve.Paired) {
	key, private, _, err := makeKey()
	if err != nil {
		b.Fatal(err)
	}
	l, err := readLink(b.srv.Link("", "", false), false)
	if err != nil {
		b.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		b.Fatal(err)
	}
	if err := b.driver.finalize(b.Context(), l, approve.Trust{}, key, pemOf(der), p.Device.Name, ""); err != nil {
		b.Fatal(err)
	}
	p.Device.ID = "d-AAAAAA"
	b.secret = &testSecret{private}
	b.dev = approve.Device{Device: p.Device, Secret: b.secret, Clock: &approve.Clock{}}
}

// sync is a synchronisation that must not fail.
func (b *bench) sync(have ...approve.Held) approve.Synced {
	b.Helper()
	synced, err := b.driver.Sync(b.Context(), b.dev, have)
	if err != nil {
		b.Fatal(err)
	}
	return synced
}

func held(serial, kind string) approve.Held {
	return approve.Held{ID: "a-" + serial, Serial: serial, Type: kind}
}

func serialsOf(tokens []approve.NewToken) (all []string) {
	for _, t := range tokens {
		all = append(all, t.Serial)
	}
	return all
}

func heldSerials(tokens []approve.Held) (all []string) {
	for _, t := range tokens {
		all = append(all, t.Serial)
	}
	return all
}

// answerWith answers with a value in the server's envelope.
func answerWith(w http.ResponseWriter, value any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"result": map[string]any{"status": true, "value": value}})
}
