package agent

// This file: the agents that the tests speak to.

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/vaulttest"
)

const testPIN = "4821"

// testSecrets are those of the accounts of a test's vault.
var testSecrets = [][]byte{[]byte("first secret, 20 byt"), []byte("second secret, longer than that")}

func pin(text string) vault.Credential { return vault.PIN([]byte(text)) }

// newVault makes a vault with two accounts and closes it.
func newVault(t testing.TB) (vault.Place, []vault.Account) {
	t.Helper()
	dir := t.TempDir()
	place := vault.Place{File: filepath.Join(dir, "nod.vault"), State: filepath.Join(dir, "state")}
	v, _, err := vault.Create(place, vault.Options{PIN: []byte(testPIN), Cost: vaulttest.Cost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	var accounts []vault.NewAccount
	for i, secret := range testSecrets {
		accounts = append(accounts, vault.NewAccount{Key: otp.Key{
			Type: otp.TOTP, Issuer: []string{"HelpDesk", "RMS"}[i], Name: "ana@demo.test", Secret: bytes.Clone(secret),
			Algorithm: otp.SHA1, Digits: 6 + 2*i, Period: 30,
		}})
	}
	added, err := v.Add(false, accounts...)
	if err != nil {
		t.Fatal(err)
	}
	return place, added
}

// expected is the code of account i, made without vault and agent.
func expected(t testing.TB, i int, at time.Time) string {
	t.Helper()
	k := otp.Key{Type: otp.TOTP, Secret: testSecrets[i], Algorithm: otp.SHA1, Digits: 6 + 2*i, Period: 30}
	code, err := k.Code(at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// serve runs an agent and returns its socket.
func serve(t testing.TB, c Config) (*Server, string) {
	t.Helper()
	path := socketPath(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	return serveAt(t, c, l), path
}

// socketPath is a place for a socket, short enough for the system's limit of about 100.
func socketPath(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nod-agent")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "agent.sock")
}

func serveAt(t testing.TB, c Config, l net.Listener) *Server {
	t.Helper()
	s := NewServer(c)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(t.Context(), l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s
}

func client(t testing.TB, path string, place vault.Place) *Client {
	t.Helper()
	c, _, err := Dial(t.Context(), path, place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// unlocked is an agent with an unlocked vault, and a client of it.
func unlocked(t testing.TB, drivers ...approve.Driver) (*Server, *Client, []vault.Account) {
	t.Helper()
	place, accounts := newVault(t)
	s, path := serve(t, Config{Place: place, Drivers: drivers})
	c := client(t, path, place)
	if _, err := c.Unlock(t.Context(), pin(testPIN), 0); err != nil {
		t.Fatal(err)
	}
	return s, c, accounts
}

// statusOf is how the agent stands, which must be told.
func statusOf(t testing.TB, c *Client) Status {
	t.Helper()
	s, err := c.Status(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
