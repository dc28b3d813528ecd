// Package privacyidea is the driver of two servers that speak nearly alike:
// privacyIDEA with its push tokens, and eduMFA, which grew out of it. Both are
// asked every few seconds for what waits. The driver shows and answers nothing
// that the key which the server gave at pairing has not signed, and sends answers
// only to the address of the pairing link.
//
// The signed texts are short and not bound to the HTTP request that carries them, so
// TLS with certificates checked is what keeps an answer from being read or changed.
// Without it (approve.Trust.Unchecked) a request can only be ignored.
package privacyidea

// This file is the driver, its two profiles, and what needs no server.

import (
	"context"
	"net/http"

	"nod/approve"
)

// What vault.Device.Driver holds for each profile.
const (
	Name       = "privacyidea"
	NameEduMFA = "edumfa"
)

// The size of the device's key, that of the servers' own app, and the smallest that
// can be asked for.
const (
	keyBits    = 4096
	minKeyBits = 2048
)

// profile is what sets the two kinds of server apart.
type profile struct {
	name   string
	server string   // as an error calls it
	links  []string // schemes and hosts of pairing links
	policy string   // of the server, that allows asking
	newer  bool     // choices, capabilities, and reasons of a refusal
	silent bool     // 204 and 404 mean that nothing waits
}

var (
	profilePrivacyIDEA = profile{
		name: Name, server: "a privacyIDEA server", policy: "push_allow_polling",
		links: []string{"otpauth://pipush", "pia://pipush"}, newer: true,
	}
	profileEduMFA = profile{
		name: NameEduMFA, server: "an eduMFA server", policy: "edupush_allow_polling",
		links: []string{"edumfa-push://edumfa"}, silent: true,
	}
)

// driver implements approve.Driver.
type driver struct {
	profile
	connections *approve.Connections
	bits        int // of a new key
	links       sightings
	seen        memory
}

// Option changes a driver.
type Option func(*driver)

// KeyBits sets the size of the keys that are made at pairing, 0 for the usual 4096;
// it is never less than 2048. Only tests use it: a key of 4096 bits takes seconds.
func KeyBits(bits int) Option {
	return func(d *driver) {
		if bits != 0 {
			d.bits = max(bits, minKeyBits)
		}
	}
}

// New returns the driver for privacyIDEA; client is never nil. It also pairs with
// the tokens that eduMFA has kept from before, whose links are the same.
func New(client *http.Client, options ...Option) approve.Driver {
	return newDriver(profilePrivacyIDEA, client, options...)
}

// NewEduMFA returns the driver for eduMFA; client is never nil.
func NewEduMFA(client *http.Client, options ...Option) approve.Driver {
	return newDriver(profileEduMFA, client, options...)
}

func newDriver(p profile, client *http.Client, options ...Option) *driver {
	d := &driver{profile: p, connections: approve.NewConnections(client), bits: keyBits}
	for _, set := range options {
		set(d)
	}
	return d
}

// Name returns "privacyidea" or "edumfa".
func (p *driver) Name() string { return p.name }

// Status tells what was learned at pairing: a device can ask these servers for
// nothing but requests, and is active from the start.
func (*driver) Status(_ context.Context, d approve.Device) (approve.Status, error) {
	return approve.Status{State: d.State, App: d.App, Account: d.Account}, nil
}

// Rename does nothing: the servers keep no name of a device.
func (*driver) Rename(context.Context, approve.Device, string) error { return nil }

// Unpair does nothing at the server, which lets no device remove its token. The
// person or the administrator deletes the token there.
func (*driver) Unpair(context.Context, approve.Device, bool) error { return nil }
