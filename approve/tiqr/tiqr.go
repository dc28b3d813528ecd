// Package tiqr is the driver for servers that speak tiqr (tiqr.org): the library
// tiqr-server-libphp, Stepup-tiqr and what is built on them. A person scans or pastes
// the link of each sign-in page; nothing can be polled. Answers are OCRA codes from
// a secret that the server holds as well, sent only to the address of the pairing.
// It has no messages for refusing, renaming and unpairing, and fetches no logos.
package tiqr

// This file is the driver itself, and what a tiqr server can not be asked.

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
)

// Name is what vault.Device.Driver holds for this driver.
const Name = "tiqr"

// version is the protocol's, which nod sends.
const version = "2"

// answerTime is how long a server may take to answer, and what it may send at most.
const (
	answerTime  = 15 * time.Second
	maxMetadata = 64 << 10
	maxReply    = 4 << 10
)

// What a pairing's memory holds, beside its trust.
const (
	memoryService = "tiqr.service"        // identifier of the service, as sign-in links name it
	memoryAnswers = "tiqr.authentication" // where answers go
	memorySuite   = "tiqr.suite"          // OCRA suite
)

// driver implements approve.Driver and approve.Scanner.
type driver struct {
	connections *approve.Connections

	mu       sync.Mutex
	sessions []*session      // scanned in the last day, oldest first
	news     chan struct{}   // closed when sessions change
	fresh    map[string]bool // vault device ids whose news no Poll has told yet
}

// New returns the driver; client is never nil and must not follow redirects
// (New sees to that on a copy).
func New(client *http.Client) approve.Driver {
	return &driver{connections: approve.NewConnections(client), news: make(chan struct{}), fresh: map[string]bool{}}
}

// Name returns "tiqr".
func (*driver) Name() string { return Name }

// Status tells what is stored: a tiqr server can not be asked.
func (*driver) Status(_ context.Context, d approve.Device) (approve.Status, error) {
	return approve.Status{State: vault.DeviceActive, App: d.App, Account: d.Account}, nil
}

// Rename does nothing: a tiqr server knows no names of devices.
func (*driver) Rename(context.Context, approve.Device, string) error { return nil }

// Unpair forgets what was scanned for d. The server is not told, as there is no
// message for it: the person ends the registration at the site.
func (t *driver) Unpair(_ context.Context, d approve.Device, _ bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sessions = slices.DeleteFunc(t.sessions, func(s *session) bool { return s.request.Device == d.ID })
	delete(t.fresh, d.ID)
	return nil
}

// changed wakes the polls that wait; t.mu is held.
func (t *driver) changed(device string) {
	t.fresh[device] = true
	close(t.news)
	t.news = make(chan struct{})
}
