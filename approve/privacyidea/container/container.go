// Package container is the driver of privacyIDEA's smartphone container: a set of
// tokens that the server holds for one device, which registers once and is then kept
// up to date. No login request comes that way; the push tokens of a container are
// pairings of their own.
//
// It is off unless a person asks for it, because of what the protocol does: with each
// synchronisation the server gives every token that the device does not list a new
// secret, and the same token stops working elsewhere; and the registration is bound to
// nothing but the link. The key with which the server seals the new secrets is not
// signed, so TLS with certificates checked is all that says whose it is: without it
// this driver does nothing.
package container

// This file is the driver, and what needs no server.

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
)

// Name is what vault.Device.Driver holds.
const Name = "privacyidea-container"

// pushDriver has the pairings that are push tokens.
const pushDriver = "privacyidea"

// idle is between two polls, which do nothing.
const idle = time.Hour

// driver implements approve.Driver and approve.Synchroniser.
type driver struct {
	connections *approve.Connections

	mu     sync.Mutex
	signed map[string]time.Time // nonces of challenges, since when
}

// New returns the driver; client is never nil.
func New(client *http.Client) approve.Driver { return newDriver(client) }

func newDriver(client *http.Client) *driver {
	return &driver{connections: approve.NewConnections(client), signed: map[string]time.Time{}}
}

// Name returns "privacyidea-container".
func (*driver) Name() string { return Name }

// PushDriver returns the name of the driver for push tokens.
func (*driver) PushDriver() string { return pushDriver }

// Poll asks nobody: a container has no requests.
func (*driver) Poll(context.Context, approve.Device, time.Duration) (approve.Batch, error) {
	return approve.Batch{Interval: idle, Unasked: true}, nil
}

// Answer answers nothing.
func (*driver) Answer(context.Context, approve.Device, approve.Request, approve.Decision, vault.Signer) (approve.Outcome, error) {
	return approve.Outcome{}, fmt.Errorf("answer: %w", approve.ErrNotOffered)
}

// Status tells what was learned at pairing: there is no call that only asks.
func (*driver) Status(_ context.Context, d approve.Device) (approve.Status, error) {
	return approve.Status{State: d.State, App: d.App, Account: d.Account}, nil
}

// Rename does nothing: the server takes a name at the registration only.
func (*driver) Rename(context.Context, approve.Device, string) error { return nil }
