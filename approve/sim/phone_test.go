package sim_test

// Phones against the real server: each behaviour, and several phones at once.

import (
	"context"
	"errors"
	"net/http"
	"slices"
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

// outcomes waits for n outcomes of p.
func outcomes(t *testing.T, p *sim.Phone, n int) []sim.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	all, err := p.WaitOutcomes(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// audited counts the audit entries of a type.
func audited(t *testing.T, srv *simtest.Server, kind string) (n int) {
	t.Helper()
	entries, err := srv.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestPhoneOutcomes(t *testing.T) {
	type result struct {
		status            int
		state, code, then string // then: the first verdict
	}
	ok := func(state string) result { return result{status: http.StatusOK, state: state} }
	answered := func(then string) result {
		return result{status: http.StatusConflict, code: protocol.CodeAnswered, then: then}
	}
	tests := []struct {
		do   string
		want []result
		ends string
		took time.Duration
	}{
		{"accept", []result{ok("accepted")}, "signed_in", 0},
		{"accept after 300ms", []result{ok("accepted")}, "signed_in", 300 * time.Millisecond},
		{"ignore", []result{ok("ignored")}, "expired", 0},
		{"ignore twice", []result{ok("ignored"), ok("ignored")}, "expired", 0},
		{"deny after 2s", []result{ok("denied")}, "denied", 2 * time.Second},
		{"report", []result{ok("reported")}, "reported", 0},
		{"wrong-number", []result{{status: http.StatusUnprocessableEntity, code: protocol.CodeNumberMismatch}}, "number_mismatch", 0},
		{"twice", []result{ok("accepted"), answered("accepted")}, "signed_in", 0},
		{"deny twice", []result{ok("denied"), answered("denied")}, "denied", 0},
		{"late", []result{{status: http.StatusGone, code: protocol.CodeExpired}}, "expired", 121 * time.Second},
		{"accept after 130s", []result{{status: http.StatusGone, code: protocol.CodeExpired}}, "expired", 130 * time.Second},
		{"app=rms: deny", []result{ok("denied")}, "denied", 0},
		{"user=ana@demo.test: accept", []result{ok("accepted")}, "signed_in", 0},
	}
	for _, test := range tests {
		t.Run(test.do, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, err := sim.ParseBehaviour(test.do)
				if err != nil {
					t.Fatal(err)
				}
				srv := simtest.NewServer(t)
				p := srv.Phone(t, "ana", sim.Deny().OnApp("helpdesk"), b)
				login := srv.Login(t, "rms", "ana")
				all := outcomes(t, p, len(test.want))
				login.Want(test.ends)
				if len(p.Outcomes()) != len(test.want) {
					t.Errorf("%d outcomes, want %d", len(p.Outcomes()), len(test.want))
				}
				for i, want := range test.want {
					o := all[i]
					if got := (result{o.Status, o.State, o.Code, o.First}); got != want || o.Try != i+1 || (o.Err == nil) != (want.code == "") {
						t.Errorf("outcome %d = %+v, want %+v", i+1, o, want)
					}
					if o.Behaviour != b || o.Took < test.took || o.Took > test.took+time.Second {
						t.Errorf("outcome %d by %q took %v, want %q and %v", i+1, o.Behaviour, o.Took, b, test.took)
					}
				}
			})
		})
	}
}

// T14: the request is at the phone within two seconds.
func TestPhoneSeesRequestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		p := srv.Phone(t, "ana") // no behaviour: it only looks
		time.Sleep(time.Minute)  // in the middle of a long poll
		began := time.Now()
		login := srv.Login(t, "rms", "ana")
		login.Number()
		all, err := p.WaitRequests(t.Context(), 1)
		if err != nil || len(all) != 1 || time.Since(began) > 2*time.Second {
			t.Fatalf("%v after %v, %v", all, time.Since(began), err)
		}
		r := all[0]
		if r.App != "rms" || r.Site != "RMS" || r.Account != "ana@demo.test" || r.Expires.Sub(began).Round(time.Second) != 2*time.Minute {
			t.Errorf("request = %+v", r)
		}
		login.Want("expired")
		if all := p.Outcomes(); len(all) != 0 {
			t.Errorf("it answered: %+v", all)
		}
		if err := p.WaitOver(t.Context(), 1); err != nil {
			t.Error(err)
		}
	})
}

// T16: all devices get the request; of two that accept at once, one wins.
func TestThreePhones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		accept := sim.Accept().After(300 * time.Millisecond) // all have it by then
		phones := []*sim.Phone{srv.Phone(t, "ana", accept), srv.Phone(t, "ana", accept), srv.Phone(t, "ana")}
		var names []string
		began := time.Now()
		login := srv.Login(t, "rms", "ana")
		for _, p := range phones {
			if all, err := p.WaitRequests(t.Context(), 1); err != nil || len(all) != 1 {
				t.Fatalf("%s has %v, %v", p.Name(), all, err)
			}
			names = append(names, p.Name())
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("all have it after %v, want at most 2 s", took)
		}
		if want := []string{"phone-ana", "phone-ana-2", "phone-ana-3"}; !slices.Equal(names, want) {
			t.Errorf("phones %v, want %v", names, want)
		}
		one, two := outcomes(t, phones[0], 1)[0], outcomes(t, phones[1], 1)[0]
		first, second, winner := one, two, phones[0]
		if one.Status != http.StatusOK {
			first, second, winner = two, one, phones[1]
		}
		if first.Status != http.StatusOK || first.State != "accepted" {
			t.Errorf("first = %+v, want 200 accepted", first)
		}
		if second.Status != http.StatusConflict || second.Code != protocol.CodeAnswered || second.First != "accepted" || second.Device != winner.Name() {
			t.Errorf("second = %+v, want 409 already_answered by %s", second, winner.Name())
		}
		login.WantSignedIn()
		if n := audited(t, srv, "login.signed_in"); n != 1 {
			t.Errorf("%d sessions, want 1", n)
		}
		for _, p := range phones {
			if err := p.WaitOver(t.Context(), 1); err != nil {
				t.Error(err)
			}
		}
	})
}

// T17: one device may ignore what another accepts; when all ignore, it expires.
func TestPhonesIgnore(t *testing.T) {
	tests := []struct {
		second sim.Behaviour
		state  string
		text   string
	}{
		{sim.Accept().After(5 * time.Second), "signed_in", "Signed in to RMS as ana@demo.test"},
		{sim.Ignore(), "expired", "No device answered."},
	}
	for _, test := range tests {
		t.Run(test.second.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := simtest.NewServer(t)
				first, second := srv.Phone(t, "ana", sim.Ignore()), srv.Phone(t, "ana", test.second)
				end := srv.Login(t, "rms", "ana").End()
				if end.State != test.state || end.Page.Text != test.text {
					t.Errorf("end = %+v, want %s %q", end, test.state, test.text)
				}
				if o := outcomes(t, first, 1)[0]; o.State != "ignored" {
					t.Errorf("first = %+v", o)
				}
				if o := outcomes(t, second, 1)[0]; o.Status != http.StatusOK {
					t.Errorf("second = %+v", o)
				}
			})
		})
	}
}

func TestReportPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		p := srv.Phone(t, "ana", sim.Report())
		srv.Login(t, "rms", "ana").Want("reported")
		if o := outcomes(t, p, 1)[0]; o.Ticket == "" {
			t.Errorf("outcome without a ticket: %+v", o)
		}
		time.Sleep(11 * time.Second)
		end := srv.Login(t, "rms", "ana").End()
		if end.State != "limited" || !strings.HasPrefix(end.Page.Text, "Requests are paused until") {
			t.Errorf("end = %+v, want paused", end)
		}
	})
}

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
