package native

import (
	"bytes"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/protocol"
)

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.offset = 20 * time.Second // within the window
		d, _ := s.device()
		n := New(s.client())
		s.ask("r-1", s.key, nil)
		s.ask("r-2", s.key, func(c *protocol.Challenge) { c.NumberNeeded, c.Message = false, "pay\x1b[2J \u202e30 EUR" })
		s.requests[1].Ignored = true
		s.ended = []protocol.Ended{
			{ID: "r-0", State: "denied", Device: "phone\x1b[31m-ana", At: s.now()},
			{ID: "r-9", State: "of a later version"},
		}
		b, err := n.Poll(t.Context(), d, 0)
		if err != nil || len(b.Requests) != 2 || b.Dropped != 0 || b.Interval != 0 {
			t.Fatalf("batch %+v, %v", b, err)
		}
		r := b.Requests[0]
		want := approve.Request{
			ID: "r-1", Device: d.ID, Server: origin, App: "RMS", Account: "ana@demo.test", Action: "sign in",
			IP: "192.0.2.10", Place: "Vilnius, LT", PlaceNew: true, Browser: "Firefox 133", OS: "Linux",
			NumberNeeded: true, State: approve.Waiting,
		}
		if !r.AskedAt.Equal(time.Now()) || !r.ExpiresAt.Equal(time.Now().Add(2*time.Minute)) {
			t.Errorf("asked %v, expires %v: not by this machine's clock", r.AskedAt, r.ExpiresAt)
		}
		if len(r.Devices) != 2 || !bytes.Equal(r.Challenge, []byte(s.challenges["r-1"])) {
			t.Errorf("request = %+v", r)
		}
		r.AskedAt, r.ExpiresAt, r.Devices, r.Challenge = want.AskedAt, want.ExpiresAt, nil, nil
		if r.ID != want.ID || r.App != want.App || r.Place != want.Place || !r.PlaceNew || !r.NumberNeeded || r.State != want.State || r.Server != want.Server {
			t.Errorf("request = %+v, want %+v", r, want)
		}
		if r := b.Requests[1]; r.State != approve.Ignored || r.NumberNeeded || r.Message != "pay 30 EUR" {
			t.Errorf("second request = %+v", r)
		}
		if len(b.Ended) != 1 || b.Ended[0].State != approve.Denied || b.Ended[0].AnsweredBy != "phone-ana" || !b.Ended[0].AnsweredAt.Equal(time.Now()) {
			t.Errorf("ended = %+v", b.Ended)
		}
		if off, ok := d.Clock.Offset(); !ok || off != s.offset {
			t.Errorf("offset = %v, %v", off, ok)
		}
	})
}

// TestCursor: only a poll that waits names where the last one stood.
func TestCursor(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	n := New(s.client())
	for range 2 {
		if _, err := n.Poll(t.Context(), d, 25*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := n.Poll(t.Context(), d, 0); err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct{ wait, after string }{{"25", ""}, {"25", "c 1&"}, {"0", ""}} {
		if wait, after := query(s.calls[i], "wait"), query(s.calls[i], "after"); wait != want.wait || after != want.after {
			t.Errorf("call %d = %s", i, s.calls[i])
		}
	}
}

// TestOffsetOfLongPoll: how long a poll waited says nothing about the clock.
func TestOffsetOfLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.offset = 5 * time.Second
		d, _ := s.device()
		s.lie = func(http.ResponseWriter, *http.Request) bool {
			time.Sleep(25 * time.Second)
			return false
		}
		if _, err := New(s.client()).Poll(t.Context(), d, 25*time.Second); err != nil {
			t.Fatal(err)
		}
		if off, _ := d.Clock.Offset(); off != s.offset {
			t.Errorf("offset = %v, want %v", off, s.offset)
		}
	})
}

// TestForged: what the paired server has not signed for this device is dropped
// and counted, and the good one beside it still comes.
func TestForged(t *testing.T) {
	for name, spoil := range map[string]func(*server){
		"another key": func(s *server) { s.ask("r-1", newTestKey(9), nil) },
		"another server": func(s *server) {
			s.ask("r-1", s.key, func(c *protocol.Challenge) { c.Issuer = "https://evil.demo.test" })
		},
		"another device": func(s *server) {
			s.ask("r-1", s.key, func(c *protocol.Challenge) { c.Audience = protocol.Thumbprint(s.approval) })
		},
		"under another id": func(s *server) {
			s.ask("r-1", s.key, nil)
			s.requests[0].ID = "r-8"
		},
		"no action":  func(s *server) { s.ask("r-1", s.key, func(c *protocol.Challenge) { c.Action = "" }) },
		"wild id":    func(s *server) { s.ask("../../device?x", s.key, nil) },
		"garbage":    func(s *server) { s.requests = []protocol.Pending{{ID: "r-1", Challenge: "garbage"}} },
		"empty":      func(s *server) { s.requests = []protocol.Pending{{}} },
		"a decision": func(s *server) { s.ask("r-1", s.key, nil); s.requests[0].Challenge = signedDecision(s) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			d, _ := s.device()
			spoil(s)
			s.ask("r-good", s.key, nil)
			b, err := New(s.client()).Poll(t.Context(), d, 0)
			if err != nil || b.Dropped != 1 || len(b.Requests) != 1 || b.Requests[0].ID != "r-good" {
				t.Errorf("batch = %+v, %v", b, err)
			}
		})
	}
}

func signedDecision(s *server) string {
	jws, err := protocol.Decision{Issuer: origin, Act: protocol.ActIgnore}.Sign(s.key)
	if err != nil {
		s.Fatal(err)
	}
	return jws
}

// TestExpiredOnTheWay: running out is no forgery.
func TestExpiredOnTheWay(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	s.ask("r-1", s.key, func(c *protocol.Challenge) { c.IssuedAt -= 120; c.Expires -= 120 })
	b, err := New(s.client()).Poll(t.Context(), d, 0)
	if err != nil || b.Dropped != 0 || len(b.Requests) != 0 {
		t.Errorf("batch = %+v, %v", b, err)
	}
}

// TestHostileTexts: no text of a challenge reaches a terminal with its teeth.
func TestHostileTexts(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	const evil = "\x1b]0;x\x07A\x1b[2J\u202eB\u200b\u009b31m\nC"
	s.ask("r-1", s.key, func(c *protocol.Challenge) {
		c.App, c.Account, c.Action, c.IP, c.Place, c.Browser, c.OS = evil, evil, evil, evil, evil, evil, evil
		c.Devices = []string{evil}
	})
	b, err := New(s.client()).Poll(t.Context(), d, 0)
	if err != nil || len(b.Requests) != 1 {
		t.Fatalf("batch = %+v, %v", b, err)
	}
	r := b.Requests[0]
	for i, got := range append(r.Devices, r.App, r.Account, r.Action, r.IP, r.Place, r.Browser, r.OS) {
		if got != "AB C" {
			t.Errorf("text %d = %q", i, got)
		}
	}
}
