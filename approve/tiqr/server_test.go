package tiqr

// This file is what the tests have beside the fake server: a pairing with it, and a
// person who accepts.

import (
	"context"
	"slices"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/tiqr/tiqrtest"
	"nod/vault"
)

const (
	origin   = tiqrtest.Origin
	suite    = tiqrtest.Suite
	testUser = tiqrtest.User
	// enrolLink is for tests in which no server would know it.
	enrolLink = "tiqrenroll://" + origin + "/tiqr.php?key=" + tiqrtest.Keys
)

// letIn is what a server has noted that took one answer, and no other.
var letIn = []tiqrtest.Answer{{User: testUser, Reply: "OK"}}

// device is a pairing that the server knows.
func device(s *tiqrtest.Server) approve.Device {
	secret := []byte(strings.Repeat("k", 32))
	s.SetSecret(testUser, secret)
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: Name, Server: origin, App: "Demo tiqr", Account: "Ana Demo", Name: "ana-laptop",
			RemoteID: testUser, State: vault.DeviceActive,
			Memory: map[string]string{memoryService: tiqrtest.Service, memoryAnswers: origin + "/tiqr.php", memorySuite: suite},
		},
		Secret: held(secret), Clock: &approve.Clock{},
	}
}

// held is a secret that stands for one in a vault.
type held []byte

func (h held) Use(use func([]byte) error) error {
	lent := slices.Clone(h)
	defer clear(lent)
	return use(lent)
}

func (held) Set([]byte) error { return nil }

// approvalKey is what the vault gives to Answer when the PIN was right.
type approvalKey struct{ vault.Signer }

// scanner is New for tests of both of its interfaces.
func scanner(s *tiqrtest.Server) *driver { return New(s.Client()).(*driver) }

// ready is a server, a pairing with it and the driver for it.
func ready(t *testing.T) (*tiqrtest.Server, approve.Device, *driver) {
	s := tiqrtest.New(t)
	return s, device(s), scanner(s)
}

var accept = approve.Decision{Act: approve.Accept}

func (t *driver) accept(ctx context.Context, d approve.Device, r approve.Request) (approve.Outcome, error) {
	return t.Answer(ctx, d, r, accept, approvalKey{})
}
