package sim_test

// Phones that do not poll, have no number, are refused or can not reach the
// server; and the server's page for numbers.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/approve/server"
	"nod/approve/sim"
	"nod/approve/sim/simtest"
)

// counter counts the calls of a phone.
type counter struct {
	http.RoundTripper
	calls map[string]int // by path; only read when the phone rests
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.calls[r.URL.Path]++
	return c.RoundTripper.RoundTrip(r)
}

func TestNeverDoesNotPoll(t *testing.T) {
	for do, polls := range map[string]bool{"never": false, "app=rms: never": true} {
		t.Run(do, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, err := sim.ParseBehaviour(do)
				if err != nil {
					t.Fatal(err)
				}
				srv := simtest.NewServer(t)
				p := srv.NewPhone(b)
				count := &counter{srv.Client().Transport, map[string]int{}}
				p.Client = &http.Client{Transport: count}
				srv.Pair(t, p, "ana")
				simtest.Run(t, p)
				srv.Login(t, "rms", "ana").Want("expired")
				synctest.Wait()
				if got := count.calls[protocol.PathRequests] > 0; got != polls || p.Polls() != polls {
					t.Errorf("polled %d times, want any: %t", count.calls[protocol.PathRequests], polls)
				}
				if got, want := len(p.Requests()), 0; !polls && got != want {
					t.Errorf("saw %d requests, want %d", got, want)
				}
				if got := len(p.Outcomes()); got != 0 {
					t.Errorf("%d answers, want none", got)
				}
			})
		})
	}
}

// The phone follows the server's clock when that jumps.
func TestPhoneFollowsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		late, quick := srv.Phone(t, "ana", sim.Accept().Late()), srv.Phone(t, "ben", sim.Accept())
		began := time.Now()
		login := srv.Login(t, "rms", "ana")
		login.Number()
		if _, err := late.WaitRequests(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		srv.Clock.Advance(3 * time.Minute)
		if o := outcomes(t, late, 1)[0]; o.Status != http.StatusGone {
			t.Errorf("late = %+v, want 410", o)
		}
		login.Want("expired")
		srv.Login(t, "rms", "ben").WantSignedIn()
		if o := outcomes(t, quick, 1)[0]; o.Status != http.StatusOK {
			t.Errorf("quick = %+v", o)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("took %v: it waited for the clock of this machine", took)
		}
	})
}

func TestNumberFails(t *testing.T) {
	tests := []struct {
		name   string
		number sim.NumberFunc
		want   string
	}{
		{"none", nil, "not told"},
		{"an error", func(context.Context, string, string, string) (string, error) { return "", errors.New("nobody looked") }, "nobody looked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := simtest.NewServer(t)
				p := srv.NewPhone(sim.Accept())
				p.Number = test.number
				srv.Pair(t, p, "ana")
				simtest.Run(t, p)
				srv.Login(t, "rms", "ana").Number()
				o := outcomes(t, p, 1)[0]
				if o.Status != 0 || o.Err == nil || !strings.Contains(o.Err.Error(), test.want) {
					t.Errorf("outcome = %+v, want an error with %q", o, test.want)
				}
			})
		})
	}
}

// The number of the demo's page for phones is the one that the person sees.
func TestDevNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		p := srv.Phone(t, "ana")
		shown := srv.Login(t, "rms", "ana").Number()
		all, err := p.WaitRequests(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		number := sim.DevNumber(srv.URL+"/", srv.Client())
		if got, err := number(t.Context(), all[0].ID, "rms", "ana@demo.test"); err != nil || got != shown {
			t.Errorf("number %q, %v, want %q", got, err, shown)
		}
		if got, err := number(t.Context(), "r-other", "rms", "ana@demo.test"); !errors.Is(err, approve.ErrNoRequest) {
			t.Errorf("of no request: %q, %v", got, err)
		}
		foreign := sim.DevNumber("http://nod.demo.test", srv.Client())
		if got, err := foreign(t.Context(), all[0].ID, "", ""); err == nil {
			t.Errorf("under another name: %q", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t, func(c *server.Config) { c.Demo = false })
		if got, err := sim.DevNumber(srv.URL, srv.Client())(t.Context(), "r-1", "", ""); err == nil {
			t.Errorf("a server that is no demo says %q", got)
		}
	})
}

func TestPhoneRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		p := srv.NewPhone(sim.Accept())
		if err := p.Run(t.Context()); err == nil {
			t.Error("a phone that is not paired runs")
		}
		if err := p.Confirmed(t.Context()); err == nil || p.Words() != "" {
			t.Errorf("a phone that is not paired is confirmed with %q", p.Words())
		}
		srv.Pair(t, p, "ana")
		if err := p.Unpair(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context()); !errors.Is(err, approve.ErrRevoked) {
			t.Errorf("run = %v, want %v", err, approve.ErrRevoked)
		}
	})
}

func TestPairRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		code, err := srv.RegistrationCode(t.Context(), "ana@demo.test")
		if err != nil {
			t.Fatal(err)
		}
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		tests := []struct {
			name, server, secret string
			want                 error
		}{
			{"wrong code", srv.URL, wrong, approve.ErrBadCode},
			{"right code", srv.URL, code, nil},
			{"again", srv.URL, code, approve.ErrUsed},
			{"no address", "http://nod.demo.test", code, protocol.ErrInsecure},
		}
		for _, test := range tests {
			if err := srv.NewPhone().Pair(t.Context(), test.server, test.secret, "phone"); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", test.name, err, test.want)
			}
		}
	})
}

// listener keeps the message of a pairing.
type listener struct {
	http.RoundTripper
	pair protocol.PairRequest
}

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == protocol.PathPair {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &l.pair); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return l.RoundTripper.RoundTrip(r)
}

// A phone says what it is.
func TestPhoneIsMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		line := &listener{RoundTripper: srv.Client().Transport}
		p := srv.NewPhone()
		p.Client = &http.Client{Transport: line}
		srv.Pair(t, p, "ana")
		if !line.pair.Simulated || line.pair.Name != "phone-ana" || !strings.HasSuffix(line.pair.Platform, " simulated") {
			t.Errorf("it pairs as %+v", line.pair)
		}
	})
}

// Trouble with the network is told, and passes.
func TestPhoneInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		p := srv.NewPhone(sim.Accept())
		line := &flaky{RoundTripper: srv.Client().Transport}
		p.Client = &http.Client{Transport: line}
		srv.Pair(t, p, "ana")
		line.failures = 3
		troubles := make(chan error, 10)
		p.Notify = func(e sim.Event) {
			if e.Kind == sim.EventTrouble {
				troubles <- e.Err
			}
		}
		began := time.Now()
		simtest.Run(t, p)
		srv.Login(t, "rms", "ana").WantSignedIn()
		if len(troubles) != 3 {
			t.Errorf("%d troubles, want 3", len(troubles))
		}
		for len(troubles) > 0 {
			if err := <-troubles; !errors.Is(err, approve.ErrUnreachable) {
				t.Errorf("trouble = %v", err)
			}
		}
		if took, want := outcomes(t, p, 1)[0], time.Since(began); want < 14*time.Second {
			t.Errorf("signed in after %v (%+v), want pauses of 2, 4 and 8 s before", want, took)
		}
	})
}

// flaky is a line that fails some times.
type flaky struct {
	http.RoundTripper
	failures int
}

func (f *flaky) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.failures > 0 {
		f.failures--
		return nil, errors.New("no route")
	}
	return f.RoundTripper.RoundTrip(r)
}
