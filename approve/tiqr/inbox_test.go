package tiqr

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/tiqr/tiqrtest"
	"nod/vault"
)

const testPIN = "739164"

// newVault is a vault in a directory of the test.
func newVault(t *testing.T) *vault.Vault {
	dir := t.TempDir()
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte(testPIN), Cost: vault.FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func pin(text string) vault.Credential { return vault.PIN([]byte(text)) }

// TestThroughInbox takes the whole way with a real vault: pairing, a scanned sign-in,
// a wrong PIN that sends nothing, the right one, the same link again, one that is
// ignored, and links of other services.
func TestThroughInbox(t *testing.T) {
	v := newVault(t)
	s := tiqrtest.New(t)
	in := approve.NewInbox(v, New(s.Client()))
	d, err := in.Pair(t.Context(), approve.Offer{Link: s.Enrol(), DeviceName: "ana-laptop"})
	if err != nil {
		t.Fatal(err)
	}
	if d.State != vault.DeviceActive || d.Server != origin || d.App != "Demo tiqr" || d.Account != "Ana Demo" || d.RemoteID != testUser {
		t.Errorf("paired %+v", d)
	}
	if err := v.DeviceSecret(d.ID, func(secret []byte) error {
		if !slices.Equal(secret, s.Secret(testUser)) || len(secret) != secretSize {
			t.Errorf("the vault keeps %d bytes, the server %d", len(secret), len(s.Secret(testUser)))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if ev, err := in.Fetch(t.Context()); err != nil || len(ev.Requests) != 0 {
		t.Errorf("event %+v, %v", ev, err)
	}

	link := s.Ask("")
	r, err := in.Scan(t.Context(), link)
	if err != nil || r.State != approve.Waiting || r.Account != "Ana Demo" || r.Server != origin || r.Message != "https://mail.demo.test/metadata" {
		t.Fatalf("scanned %+v, %v", r, err)
	}
	if again, err := in.Scan(t.Context(), link); err != nil || again.ID != r.ID {
		t.Errorf("scanned again while it waits: %+v, %v", again, err)
	}
	before := len(s.Calls())
	_, err = in.Answer(t.Context(), r.ID, accept, pin("222111"))
	if _, ok := errors.AsType[*vault.PINError](err); !ok || len(s.Calls()) != before {
		t.Errorf("a wrong PIN: %v, sent %v", err, s.Calls()[before:])
	}
	if _, err := in.Answer(t.Context(), r.ID, approve.Decision{Act: approve.Deny}, vault.Credential{}); !errors.Is(err, approve.ErrNotOffered) {
		t.Errorf("denied: %v", err)
	}
	out, err := in.Answer(t.Context(), r.ID, accept, pin(testPIN))
	if err != nil || out.State != approve.Accepted || !slices.Equal(s.Answers(), letIn) {
		t.Errorf("outcome %+v, %v, let in %v", out, err, s.Answers())
	}
	if h := v.History()[0]; h.Kind != vault.EventAccepted || h.Request != r.ID {
		t.Errorf("history = %+v", h)
	}
	if _, ok := errors.AsType[*approve.AnsweredError](second(in.Scan(t.Context(), link))); !ok {
		t.Error("the link of an answered sign-in was taken again")
	}

	ignored, err := in.Scan(t.Context(), s.Ask(testUser))
	if err != nil {
		t.Fatal(err)
	}
	before = len(s.Calls())
	if out, err := in.Answer(t.Context(), ignored.ID, approve.Decision{Act: approve.Ignore}, vault.Credential{}); err != nil || out.State != approve.Ignored {
		t.Errorf("ignored: %+v, %v", out, err)
	}
	if len(s.Calls()) != before {
		t.Errorf("ignoring sent %v", s.Calls()[before:])
	}
	ev, err := in.Fetch(t.Context())
	if err != nil || len(ev.Requests) != 2 || slices.ContainsFunc(ev.Requests, func(r approve.Request) bool { return r.State == approve.Waiting }) {
		t.Errorf("event %+v, %v", ev, err)
	}
	if _, err := in.Scan(t.Context(), strings.Replace(s.Ask(""), "tiqr.demo", "other.demo", 1)); !errors.Is(err, approve.ErrNotPaired) {
		t.Errorf("another service: %v", err)
	}
	if _, err := in.Scan(t.Context(), "https://demo.test/"); !errors.Is(err, approve.ErrNotMine) {
		t.Errorf("no tiqr link: %v", err)
	}
	if err := in.Unpair(t.Context(), d.ID, false); err != nil || len(v.Devices()) != 0 {
		t.Errorf("unpaired: %v, left %v", err, v.Devices())
	}
	if got, want := len(s.Calls()), 3; got != want { // metadata, registration, one answer
		t.Errorf("%d calls, want %d: %v", got, want, s.Calls())
	}
}

// A link that was answered is not taken again by a program that starts later: the
// history knows it.
func TestReplayAcrossStarts(t *testing.T) {
	v := newVault(t)
	s := tiqrtest.New(t)
	in := approve.NewInbox(v, New(s.Client()))
	if _, err := in.Pair(t.Context(), approve.Offer{Link: s.Enrol(), DeviceName: "ana-laptop"}); err != nil {
		t.Fatal(err)
	}
	link := s.Ask("")
	r, err := in.Scan(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Answer(t.Context(), r.ID, accept, pin(testPIN)); err != nil {
		t.Fatal(err)
	}
	later := approve.NewInbox(v, New(s.Client()))
	answered, ok := errors.AsType[*approve.AnsweredError](second(later.Scan(t.Context(), link)))
	if !ok || answered.State != approve.Accepted || answered.Device != "ana-laptop" {
		t.Errorf("taken again, or not said why not: %+v", answered)
	}
}

// second is the error of a call with two results.
func second[T any](_ T, err error) error { return err }
