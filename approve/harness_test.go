package approve

// This file holds what the tests stand on: one vault for all of them (opening
// one costs real work), an inbox and a bubble of time.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

const testPIN = "739164"

var testVault *vault.Vault

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "nod-approve")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if testVault, err = newVault(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer testVault.Close()
	return m.Run()
}

func newVault(dir string) (*vault.Vault, error) {
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte(testPIN), Cost: vault.FloorCost})
	return v, err
}

func pin() vault.Credential { return vault.PIN([]byte(testPIN)) }

// bench is an inbox with one active pairing to a fake server.
type bench struct {
	*testing.T
	v   *vault.Vault
	in  *Inbox
	srv *fakeServer
	dev vault.Device
}

// inBubble runs test in a synctest bubble. When it returns with a goroutine
// left, the bubble fails.
func inBubble(t *testing.T, test func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{T: t, v: testVault, srv: newFakeServer("fake")}
		b.in = NewInbox(b.v, b.srv)
		b.dev = b.pair(vault.DeviceActive, "fake", "https://nod.demo.test")
		test(b)
		for _, d := range b.v.Devices() {
			if err := b.v.RemoveDevice(d.ID); err != nil {
				t.Error(err)
			}
		}
	})
}

// pair puts a device into the vault.
func (b *bench) pair(state vault.DeviceState, driver, server string) vault.Device {
	b.Helper()
	d, err := b.v.AddDevice(vault.Device{
		Driver: driver, Server: server, App: "RMS", Account: "ana@demo.test", Name: "ana-laptop",
		RemoteID: "x-1", State: state, ServerKey: make([]byte, 32), Words: []string{"copper", "lantern", "orbit", "maple"},
	}, vault.NewKeys())
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// watch begins to watch; stop ends it and waits until it has ended.
func (b *bench) watch() (events <-chan Event, stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	events = b.in.Watch(ctx)
	return events, func() {
		cancel()
		for range events {
		}
	}
}

// latest lets everything happen that happens at once, and returns the newest event.
func (b *bench) latest(events <-chan Event) Event {
	b.Helper()
	synctest.Wait()
	select {
	case ev := <-events:
		return ev
	default:
		b.Fatal("no event")
		return Event{}
	}
}

// fetched is a Fetch that must not fail.
func (b *bench) fetched() Event {
	b.Helper()
	ev, err := b.in.Fetch(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return ev
}

// only returns the one request of ev.
func (b *bench) only(ev Event) Request {
	b.Helper()
	if len(ev.Requests) != 1 {
		b.Fatalf("%d requests, want 1: %+v", len(ev.Requests), ev.Requests)
	}
	return ev.Requests[0]
}

// history returns the kinds of all lines about a request, oldest first.
func (b *bench) history(request string) []vault.EventKind {
	var kinds []vault.EventKind
	for _, h := range slices.Backward(b.v.History()) {
		if h.Request == request && h.Device == b.dev.ID {
			kinds = append(kinds, h.Kind)
		}
	}
	return kinds
}

// lastLine returns the newest line of history about a device.
func (b *bench) lastLine(device string) vault.Event {
	for _, h := range b.v.History() {
		if h.Device == device {
			return h
		}
	}
	return vault.Event{}
}

func (b *bench) wantHistory(request string, want ...vault.EventKind) {
	b.Helper()
	if got := b.history(request); !slices.Equal(got, want) {
		b.Errorf("history of %s = %v, want %v", request, got, want)
	}
}

// newRequest is a request that runs out after two minutes.
func newRequest(id string) Request {
	return Request{
		ID: id, App: "RMS", Account: "ana@demo.test", Action: "sign in", IP: "192.0.2.10", Place: "Vilnius, LT",
		AskedAt: time.Now(), ExpiresAt: time.Now().Add(2 * time.Minute), NumberNeeded: true,
		State: Waiting, Challenge: []byte("challenge of " + id),
	}
}
