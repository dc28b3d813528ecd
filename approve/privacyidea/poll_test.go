package privacyidea

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
)

func poll(t *testing.T, n approve.Driver, d approve.Device) approve.Batch {
	t.Helper()
	b, err := n.Poll(t.Context(), d, 25*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.Offset = 50 * time.Second // within the window
		d, n := s.paired(), s.driver()
		if b := poll(t, n, d); len(b.Requests) != 0 || b.Dropped != 0 || b.Interval != 3*time.Second || b.Memory != nil {
			t.Errorf("nothing waits: %+v", b)
		}
		plain := s.Ask(nil)
		s.Ask(func(a *ask) {
			a.Title, a.Choices, a.Capabilities = "Intranet | VPN", "07,42,99", `{"decline_reason":true}`
			a.Question = "Log in \x1b[2Jana from \u202e192.0.2.10? | It is " + strings.Repeat("long ", 40)
		})
		first := time.Now()
		for range 3 {
			b := poll(t, n, d)
			if len(b.Requests) != 2 || b.Dropped != 0 {
				t.Fatalf("batch %+v", b)
			}
			r := b.Requests[0]
			if r.ID != plain.Nonce || r.Device != d.ID || r.Server != testOrigin || r.App != "Demo" || r.Account != "ana" || r.Action != "sign in" ||
				r.Message != "Do you want to confirm the login?" || r.IP != "" || r.Asks() || r.Acts != nil || r.State != approve.Waiting || len(r.Warnings) != 0 {
				t.Errorf("request %+v", r)
			}
			if !r.AskedAt.Equal(first) || !r.ExpiresAt.Equal(first.Add(2*time.Minute)) {
				t.Errorf("asked %v, expires %v, first seen %v", r.AskedAt, r.ExpiresAt, first)
			}
			r = b.Requests[1]
			if r.App != "Intranet | VPN" || !strings.HasPrefix(r.Message, "Log in ana from 192.0.2.10? | It is long") || len(r.Message) > 256 ||
				r.IP != "192.0.2.10" || !slices.Equal(r.Choices, []string{"07", "42", "99"}) {
				t.Errorf("request %+v", r)
			}
			want := map[string]string{"url": testURL, "presence": "yes", "capabilities": "yes"}
			if !maps.Equal(b.Memory, want) {
				t.Errorf("memory = %v", b.Memory)
			}
			time.Sleep(3 * time.Second)
		}
		// It is over two minutes after its first sight, even where the server keeps it.
		time.Sleep(2 * time.Minute)
		plain.At = s.Now()
		if b := poll(t, n, d); len(b.Requests) != 0 || b.Dropped != 0 {
			t.Errorf("batch %+v", b)
		}
	})
}

// TestDropped: what does not verify is dropped and counted, and the good one beside
// it still comes.
func TestDropped(t *testing.T) {
	for name, test := range map[string]func(*ask){
		"unsigned":         func(a *ask) { a.Spoil = func(f map[string]any) { delete(f, "signature") } },
		"another key":      func(a *ask) { a.Key = vectors(t).device },
		"another origin":   func(a *ask) { a.URL = "https://evil.demo.test/" },
		"a foreign serial": func(a *ask) { a.Serial = "PIPU9" },
		"choices stripped": func(a *ask) { a.Choices = "A,B"; a.Spoil = func(f map[string]any) { delete(f, "require_presence") } },
		"capabilities wrong": func(a *ask) {
			a.Capabilities = `{}`
			a.Spoil = func(f map[string]any) { f["capabilities"] = `{"x":1}` }
		},
		"| in choices": func(a *ask) { a.Choices = "A|B,C" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			d := s.paired()
			s.Ask(test)
			good := s.Ask(nil)
			if b := poll(t, s.driver(), d); b.Dropped != 1 || len(b.Requests) != 1 || b.Requests[0].ID != good.Nonce {
				t.Errorf("batch %+v", b)
			}
		})
	}
}

// TestManyChallenges: a server can not fill the screen.
func TestManyChallenges(t *testing.T) {
	s := newServer(t)
	d := s.paired()
	for range maxListed + 5 {
		s.Ask(nil)
	}
	if b := poll(t, s.driver(), d); len(b.Requests) != maxListed || b.Dropped != 5 {
		t.Errorf("%d requests, %d dropped", len(b.Requests), b.Dropped)
	}
}

// TestSameNonce: one nonce is one request, and another one under it is dropped, at
// once or later.
func TestSameNonce(t *testing.T) {
	s := newServer(t)
	d, n := s.paired(), s.driver()
	first := s.Ask(nil)
	s.Ask(func(a *ask) { a.Nonce = first.Nonce })
	if b := poll(t, n, d); len(b.Requests) != 1 || b.Dropped != 0 {
		t.Errorf("listed twice: %+v", b)
	}
	s.Asked[1].Question = "Pay 30 EUR?"
	if b := poll(t, n, d); len(b.Requests) != 1 || b.Dropped != 1 || b.Requests[0].Message != first.Question {
		t.Errorf("altered: %+v", b)
	}
	s.Asked = s.Asked[1:]
	if b := poll(t, n, d); len(b.Requests) != 0 || b.Dropped != 1 {
		t.Errorf("altered alone: %+v", b)
	}
	other := d
	other.ID = "d-BBBBBB"
	if b := poll(t, n, other); len(b.Requests) != 1 || b.Dropped != 0 {
		t.Errorf("another pairing: %+v", b)
	}
}

// TestDowngrade: what an account once had is missed.
func TestDowngrade(t *testing.T) {
	for name, test := range map[string]struct {
		memory   map[string]string
		change   func(*ask)
		warnings int
	}{
		"never had":         {nil, nil, 0},
		"choices gone":      {map[string]string{"presence": "yes"}, nil, 1},
		"choices there":     {map[string]string{"presence": "yes"}, func(a *ask) { a.Choices = "A,B" }, 0},
		"capabilities gone": {map[string]string{"capabilities": "yes"}, nil, 1},
		"capabilities stripped": {map[string]string{"capabilities": "yes"}, func(a *ask) {
			a.Capabilities = `{}`
			a.Spoil = func(f map[string]any) { delete(f, "capabilities_signature") }
		}, 1},
		"capabilities there": {map[string]string{"capabilities": "yes"}, func(a *ask) { a.Capabilities = `{}` }, 0},
		"both gone":          {map[string]string{"capabilities": "yes", "presence": "yes"}, nil, 2},
		"unchecked":          {map[string]string{"tls.unchecked": "yes"}, nil, 1},
		"biometric":          {map[string]string{"lock": "biometric"}, nil, 1},
	} {
		s := newServer(t)
		d := s.paired()
		maps.Copy(d.Memory, test.memory)
		s.Ask(test.change)
		b := poll(t, s.driver(), d)
		if len(b.Requests) != 1 || len(b.Requests[0].Warnings) != test.warnings {
			t.Errorf("%s: %+v", name, b)
			continue
		}
		for name, value := range test.memory {
			if b.Memory != nil && b.Memory[name] != value {
				t.Errorf("%s is forgotten: %v", name, b.Memory)
			}
		}
		for _, w := range b.Requests[0].Warnings {
			if approve.LongText(w) != w {
				t.Errorf("%q is cut", w)
			}
		}
		if acts := b.Requests[0].Acts; (acts != nil) != (name == "unchecked") || acts != nil && !slices.Equal(acts, []approve.Act{approve.Ignore}) {
			t.Errorf("%s: acts %v", name, acts)
		}
	}
}

// TestPollRefused: refusals, and answers that no server of this kind gives.
func TestPollRefused(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   any
		want   error
		text   string
	}{
		"signature":     {400, wrapped(false, nil, 10, nil), approve.ErrRefused, "signature"},
		"parameter":     {400, wrapped(false, nil, 905, nil), approve.ErrRefused, "code 905"},
		"policy":        {403, wrapped(false, nil, 303, nil), approve.ErrRefused, "policy push_allow_polling"},
		"a proxy":       {403, "<html>", approve.ErrRefused, "policy push_allow_polling"},
		"no such page":  {404, "<html>", approve.ErrRefused, "status 404"},
		"login":         {401, nil, approve.ErrRefused, "status 401"},
		"too often":     {429, nil, nil, "Wait 7 seconds"},
		"broken":        {500, wrapped(false, nil, -500, nil), approve.ErrUnreachable, "status 500"},
		"elsewhere":     {302, nil, approve.ErrRefused, "another address"},
		"not JSON":      {200, "<html>", approve.ErrUnreachable, "not a privacyIDEA server"},
		"no list":       {200, wrapped(true, map[string]any{"x": 1}, 0, nil), approve.ErrUnreachable, "not a privacyIDEA server"},
		"refused, 200":  {200, wrapped(false, nil, 10, nil), approve.ErrRefused, "code 10"},
		"code a text":   {400, map[string]any{"result": map[string]any{"error": map[string]any{"code": "10"}}}, approve.ErrRefused, "signature"},
		"status a text": {200, map[string]any{"result": map[string]any{"status": "true"}}, approve.ErrUnreachable, ""},
		"no content":    {204, nil, approve.ErrUnreachable, ""},
		"too long":      {200, strings.Repeat("x", maxBody), approve.ErrUnreachable, "too long"},
	} {
		s := newServer(t)
		d := s.paired()
		s.Lie = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Location", "https://evil.demo.test/")
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(test.status)
			if test.status != 204 {
				if err := json.NewEncoder(w).Encode(test.body); err != nil {
					t.Error(err)
				}
			}
			return true
		}
		b, err := s.driver().Poll(t.Context(), d, 0)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || len(b.Requests) != 0 || !strings.Contains(err.Error(), test.text) || len(s.Calls()) != 1 {
			t.Errorf("%s: %v after %v", name, err, s.Calls())
			continue
		}
		if errors.Is(err, approve.ErrRevoked) {
			t.Errorf("%s is taken for the end of the pairing", name)
		}
		for _, secret := range []string{"demo.test", "signature=", testCredential, "\x1b"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error tells too much: %v", name, err)
			}
		}
	}
}

// TestSlow: a server that says nothing is waited for 15 s.
func TestSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		d := s.paired()
		silent := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		started := time.Now()
		_, err := New(silent).Poll(t.Context(), d, 0)
		if !errors.Is(err, approve.ErrUnreachable) || time.Since(started) != answerTime || strings.Contains(fmt.Sprint(err), "demo.test") {
			t.Errorf("%v after %v", err, time.Since(started))
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestDamagedPairing: what a pairing must hold is checked before it is used.
func TestDamagedPairing(t *testing.T) {
	for name, change := range map[string]func(*approve.Device){
		"no address":      func(d *approve.Device) { delete(d.Memory, "url") },
		"another address": func(d *approve.Device) { d.Memory["url"] = "https://evil.demo.test/" },
		"plain http":      func(d *approve.Device) { d.Memory["url"], d.Server = "http://pi.demo.test/", "http://pi.demo.test" },
		"serial":          func(d *approve.Device) { d.RemoteID = "a|b" },
		"server key":      func(d *approve.Device) { d.ServerKey = []byte("x") },
		"no server key":   func(d *approve.Device) { d.ServerKey = nil },
	} {
		s := newServer(t)
		d := s.paired()
		change(&d)
		if _, err := New(&http.Client{Transport: unused{t}}).Poll(t.Context(), d, 0); err == nil || !strings.Contains(err.Error(), "pair again") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressIn(t *testing.T) {
	for question, want := range map[string]string{
		"":                                  "",
		"Login from 192.0.2.10?":            "192.0.2.10",
		"from 192.0.2.10.":                  "192.0.2.10",
		"192.0.2.10: ok?":                   "192.0.2.10",
		"from 2001:db8::1, ok?":             "2001:db8::1",
		"from [2001:DB8:0::1]":              "2001:db8::1",
		"at 12:30 by None, version 1.2.3":   "",
		"from 192.0.2.10 to 192.0.2.11":     "",
		"192.0.2.10 and again (192.0.2.10)": "192.0.2.10",
		"from 0.0.0.0 or ::":                "",
		"from 300.1.1.1":                    "",
	} {
		if got := addressIn(question); got != want {
			t.Errorf("%q: %q, want %q", question, got, want)
		}
	}
}
