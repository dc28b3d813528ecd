package native

import (
	"errors"
	"io"
	"log"
	"path/filepath"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

var discard = log.New(io.Discard, "", 0)

// TestThroughInbox takes the whole way with a real vault: pairing, waiting for
// the yes at the site, a request, a wrong PIN that sends nothing, the right one.
func TestThroughInbox(t *testing.T) {
	dir := t.TempDir()
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte("739164"), Cost: vault.FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	s := newServer(t)
	in := approve.NewInbox(v, New(s.client()))
	d, err := in.Pair(t.Context(), approve.Offer{Link: testLink(s.key), DeviceName: "ana-laptop"})
	if err != nil {
		t.Fatal(err)
	}
	if d, err = in.Await(t.Context(), d.ID); err != nil || d.State != vault.DeviceActive {
		t.Fatalf("device %+v, %v", d, err)
	}
	if accounts := v.Accounts(); len(accounts) != 1 || accounts[0].Device != d.ID {
		t.Errorf("accounts = %+v", accounts)
	}
	s.ask("r-7Q2M", s.key, nil)
	ev, err := in.Fetch(t.Context())
	if err != nil || len(ev.Requests) != 1 || ev.Requests[0].NumberNeeded != true {
		t.Fatalf("event %+v, %v", ev, err)
	}

	before := len(s.calls)
	accept := approve.Decision{Act: approve.Accept, Number: "47"}
	_, err = in.Answer(t.Context(), "r-7Q2M", accept, vault.PIN([]byte("222111")))
	if _, ok := errors.AsType[*vault.PINError](err); !ok {
		t.Errorf("error = %v, want *vault.PINError", err)
	}
	if len(s.calls) != before {
		t.Errorf("a wrong PIN sent %v", s.calls[before:])
	}

	out, err := in.Answer(t.Context(), "r-7Q2M", accept, vault.PIN([]byte("739164")))
	if err != nil || out.State != approve.Accepted || time.Since(out.At) > time.Minute {
		t.Errorf("outcome %+v, %v", out, err)
	}
	if len(s.decisions) != 1 || s.decisions[0].Number != "47" {
		t.Errorf("decisions = %+v", s.decisions)
	}
	if h := v.History()[0]; h.Kind != vault.EventAccepted || h.Request != "r-7Q2M" {
		t.Errorf("history = %+v", h)
	}
}
