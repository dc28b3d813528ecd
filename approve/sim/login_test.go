package sim_test

// The person in the browser against the reference server, on the clock of a
// synctest bubble.

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/sim"
	"nod/approve/sim/simtest"
)

// ana signs in at RMS.
func ana(srv *simtest.Server) sim.Login {
	return sim.Login{Server: srv.URL, App: "rms", User: "ana", Password: "ana-demo-pass", Client: srv.Client()}
}

func TestLoginEnds(t *testing.T) {
	tests := []struct {
		name    string
		do      sim.Behaviour
		state   string
		message string
		after   time.Duration
	}{
		{"accept", sim.Accept(), "signed_in", "Signed in to RMS as ana@demo.test", 0},
		{"deny", sim.Deny(), "denied", "Sign-in was denied on phone-ana.", 0},
		{"report", sim.Report(), "reported", "It was reported. Push is paused.", 0},
		{"ignore", sim.Ignore(), "expired", "No device answered.", 120 * time.Second},
		{"never", sim.Never(), "expired", "No device answered.", 120 * time.Second},
		{"wrong number", sim.WrongNumber(), "number_mismatch", "The number did not match. Start again.", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := simtest.NewServer(t)
				srv.Phone(t, "ana", test.do)
				began := time.Now()
				end, err := ana(srv).Run(t.Context())
				if err != nil || end.State != test.state || end.Page.Text != test.message {
					t.Fatalf("end = %+v, %v", end, err)
				}
				if took := time.Since(began); took < test.after || took > test.after+2*time.Second { // pages look every second
					t.Errorf("took %v, want %v and at most 2 s more", took, test.after)
				}
			})
		})
	}
}

func TestLoginWithoutDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		l := sim.Login{Server: srv.URL, App: "rms", User: "cleo@demo.test", Password: "cleo-demo-pass", Client: srv.Client()}
		if end, err := l.Run(t.Context()); err != nil || end.State != "signed_in" || end.Page.Status != http.StatusOK {
			t.Errorf("end = %+v, %v", end, err)
		}
		l.Password = "wrong"
		if end, err := l.Run(t.Context()); err != nil || end.State != "wrong_password" || end.Page.Text != "Wrong e-mail or password." {
			t.Errorf("end = %+v, %v", end, err)
		}
		l.App = "nothing"
		if end, err := l.Run(t.Context()); err == nil {
			t.Errorf("end at no site = %+v", end)
		}
	})
}

func TestLoginGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		srv.Phone(t, "ana", sim.Never())
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if end, err := ana(srv).Run(ctx); !errors.Is(err, context.DeadlineExceeded) || end.Page.Number == "" {
			t.Errorf("end = %+v, %v", end, err)
		}
		if end, err := ana(srv).Run(t.Context()); err != nil || end.State != "expired" {
			t.Errorf("second: %+v, %v", end, err)
		}
	})
}

func TestLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		srv.Phone(t, "ana", sim.Never())
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if end, err := ana(srv).Run(ctx); !errors.Is(err, context.DeadlineExceeded) { // leaves a request behind
			t.Fatalf("first: %+v, %v", end, err)
		}
		if end, err := ana(srv).Run(t.Context()); err != nil || end.State != "limited" || end.Page.Text != "Too many requests. Use a code." {
			t.Errorf("end = %+v, %v", end, err)
		}
	})
}

// portal is ana or ben in the account's pages.
func portal(srv *simtest.Server, user string) *sim.Portal {
	return &sim.Portal{Server: srv.URL, App: "rms", User: user, Password: user + "-demo-pass", Client: srv.Client()}
}

func TestPortalPairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		person := portal(srv, "ana")
		for i, name := range []string{"phone-1", "phone-2"} {
			if err := person.SignIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, code, err := person.NewDevice(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p := srv.NewPhone(sim.Accept())
			if err := p.Pair(t.Context(), srv.URL, code, name); err != nil {
				t.Fatal(err)
			}
			words, err := person.ConfirmDevice(t.Context(), name)
			if err != nil || words != p.Words() {
				t.Fatalf("the page shows %q, the phone %q; %v", words, p.Words(), err)
			}
			if err := p.Confirmed(t.Context()); err != nil {
				t.Fatal(err)
			}
			if i == 0 { // the second sign-in needs the first phone
				if err := person.SignIn(t.Context()); err == nil {
					t.Error("signed in by password alone")
				}
				simtest.Run(t, p)
				time.Sleep(11 * time.Second) // more than the spacing of requests
				person.Wait = true
			}
		}
		time.Sleep(11 * time.Second)
		srv.Login(t, "rms", "ana").WantSignedIn()
	})
}

func TestPortalRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t)
		person := portal(srv, "ben")
		if _, _, err := person.EnableCompanion(t.Context()); err == nil {
			t.Error("a device page without signing in")
		}
		if _, _, err := person.NewDevice(t.Context()); err == nil {
			t.Error("a new device without signing in")
		}
		if err := person.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		link, _, err := person.EnableCompanion(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p := srv.NewPhone()
		if err := p.Pair(t.Context(), "", link, "evil"); err != nil {
			t.Fatal(err)
		}
		if _, err := person.ConfirmDevice(t.Context(), "phone-ben"); err == nil {
			t.Error("said yes to a device of another name")
		}
		if _, err := person.RefuseDevice(t.Context(), "evil"); err != nil {
			t.Error(err)
		}
		if err := p.Confirmed(t.Context()); !errors.Is(err, approve.ErrPairingRefused) {
			t.Errorf("refused device: %v, want %v", err, approve.ErrPairingRefused)
		}
		if _, _, err := person.AddDevice(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
