package simtest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/server"
	"nod/approve/sim"
	"nod/approve/sim/simtest"
)

// What a tester writes: no network and no waiting.
func TestInProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := simtest.NewServer(t, func(c *server.Config) { c.PushSpacing = time.Millisecond })
		srv.Phone(t, "ana", sim.Accept().OnApp("rms"))
		srv.Login(t, "rms", "ana").WantSignedIn()

		srv.Phone(t, "ben", sim.Never())
		login := srv.Login(t, "rms", "ben@demo.test")
		login.Number()
		srv.Clock.Advance(2 * time.Minute)
		login.Want("expired")

		srv.Phone(t, "ben", sim.Deny())
		srv.Login(t, "rms", "ben").Want("denied")
	})
}

// The same over the loopback, with a clock that is moved rather than waited for.
func TestListen(t *testing.T) {
	t.Parallel()
	srv := simtest.Listen(t)
	accepts, late := srv.Phone(t, "ana", sim.Accept()), srv.Phone(t, "ben", sim.Accept().Late())
	srv.Login(t, "rms", "ana").WantSignedIn()
	if all, err := accepts.WaitOutcomes(t.Context(), 1); err != nil || all[0].State != "accepted" {
		t.Errorf("outcomes %+v, %v", all, err)
	}
	login := srv.Login(t, "rms", "ben")
	if _, err := late.WaitRequests(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	srv.Clock.Advance(3 * time.Minute)
	login.Want("expired")
	if all, err := late.WaitOutcomes(t.Context(), 1); err != nil || all[0].Code != "expired" {
		t.Errorf("outcomes %+v, %v", all, err)
	}
}
