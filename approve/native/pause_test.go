package native_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"nod/approve"
	"nod/approve/native"
	"nod/approve/sim/simtest"
	"nod/vault"
)

// pairedInbox is an inbox of a new vault, paired with ana's account at srv.
func pairedInbox(t *testing.T, srv *simtest.Server, client *http.Client) (*approve.Inbox, vault.Device) {
	t.Helper()
	dir := t.TempDir()
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte("739164"), Cost: vault.FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	email := simtest.Person(t, "ana").Email
	code, err := srv.RegistrationCode(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	in := approve.NewInbox(v, native.New(client))
	d, err := in.Pair(t.Context(), approve.Offer{Server: srv.URL, Code: code, DeviceName: "ana-laptop"})
	if err != nil {
		t.Fatal(err)
	}
	if err := srv.Confirm(t.Context(), email, d.RemoteID); err != nil {
		t.Fatal(err)
	}
	if d, err = in.Await(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	return in, d
}

// The server of this repository pauses, also when its clock is another; a pause
// after a report is not lifted.
func TestPause(t *testing.T) {
	srv := simtest.NewServer(t)
	in, d := pairedInbox(t, srv, srv.Client())
	srv.Clock.Advance(45 * time.Second) // the driver does not know that yet
	near := func(p approve.Pause, length time.Duration, why approve.PauseReason) {
		t.Helper()
		if left := time.Until(p.Until); p.Why != why || left < length-time.Minute || left > length+time.Minute {
			t.Errorf("paused for %s (%s), want %s (%s)", left, p.Why, length, why)
		}
	}
	p, err := in.Pause(t.Context(), d.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	near(p, time.Hour, approve.PauseDevice)
	s, err := in.Status(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	near(s.Pause, time.Hour, approve.PauseDevice)
	srv.Login(t, "rms", "ana").Want("limited")

	if p, err = in.Resume(t.Context(), d.ID); err != nil || p != (approve.Pause{}) {
		t.Fatalf("resumed: %+v, %v", p, err)
	}
	if s, err = in.Status(t.Context(), d.ID); err != nil || s.Pause.On(time.Now()) {
		t.Errorf("status after that: %+v, %v", s.Pause, err)
	}
	login := srv.Login(t, "rms", "ana")
	login.Number()
	ev, err := in.Fetch(t.Context())
	if err != nil || len(ev.Requests) != 1 {
		t.Fatalf("requests %+v, %v", ev.Requests, err)
	}
	if _, err := in.Answer(t.Context(), ev.Requests[0].ID, approve.Decision{Act: approve.Report}, vault.Credential{}); err != nil {
		t.Fatal(err)
	}
	if p, err = in.Resume(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	near(p, 20*time.Minute, approve.PauseReport)
}

// A server of another make may not have the call.
func TestPauseRefused(t *testing.T) {
	srv := simtest.NewServer(t)
	client := srv.Client()
	real := client.Transport
	status, code := 0, ""
	client.Transport = transport(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/v1/pause" || status == 0 {
			return real.RoundTrip(r)
		}
		w := httptest.NewRecorder()
		w.WriteHeader(status)
		w.WriteString(`{"error":{"code":"` + code + `","message":"As the test wants."}}`)
		return w.Result(), nil
	})
	in, d := pairedInbox(t, srv, client)
	for _, c := range []struct {
		status int
		code   string
		want   error
	}{
		{404, "not_found", approve.ErrNoPause},
		{405, "", approve.ErrNoPause},
		{400, "bad_request", approve.ErrRefused},
		{503, "", approve.ErrUnreachable},
		{403, "device_revoked", approve.ErrRevoked}, // last: the pairing is over then
	} {
		status, code = c.status, c.code
		if _, err := in.Pause(t.Context(), d.ID, time.Hour); !errors.Is(err, c.want) {
			t.Errorf("status %d: error = %v, want %v", c.status, err, c.want)
		}
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
