package sim_test

// Phones against the real server: each behaviour, and several phones at once.

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/protocol"
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

// result is what an outcome must be.
type result struct {
	status      int
	state, code string
	first       string // with already_answered
}

func (r result) check(t *testing.T, o sim.Outcome) {
	t.Helper()
	if got := (result{o.Status, o.State, o.Code, o.First}); got != r || (o.Err == nil) != (r.code == "") {
		t.Errorf("outcome %+v, want %+v", o, r)
	}
}

func ok(state string) result { return result{status: http.StatusOK, state: state} }

func answered(first string) result {
	return result{status: http.StatusConflict, code: protocol.CodeAnswered, first: first}
}

var (
	mismatch = result{status: http.StatusUnprocessableEntity, code: protocol.CodeNumberMismatch}
	expired  = result{status: http.StatusGone, code: protocol.CodeExpired}
)

func TestPhoneOutcomes(t *testing.T) {
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
		{"wrong-number", []result{mismatch}, "number_mismatch", 0},
		{"twice", []result{ok("accepted"), answered("accepted")}, "signed_in", 0},
		{"deny twice", []result{ok("denied"), answered("denied")}, "denied", 0},
		{"late", []result{expired}, "expired", 121 * time.Second},
		{"accept after 130s", []result{expired}, "expired", 130 * time.Second},
		{"app=rms: deny", []result{ok("denied")}, "denied", 0},
		{"user=ana@demo.test: accept", []result{ok("accepted")}, "signed_in", 0},
	}
	for _, test := range tests {
		b, err := sim.ParseBehaviour(test.do)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(test.do, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
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
					want.check(t, o)
					if o.Try != i+1 || o.Behaviour != b || o.Took < test.took || o.Took > test.took+time.Second {
						t.Errorf("try %d by %q took %v, want %d, %q and %v", o.Try, o.Behaviour, o.Took, i+1, b, test.took)
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
		ok("accepted").check(t, first)
		answered("accepted").check(t, second)
		if second.Device != winner.Name() {
			t.Errorf("the second was told of %q, want %s", second.Device, winner.Name())
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
