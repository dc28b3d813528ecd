package agent

// This file tests pairing by the agent, with real servers.

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/native"
	"nod/approve/privacyidea"
	"nod/approve/privacyidea/privacyideatest"
	"nod/approve/sim/simtest"
	"nod/vault"
)

func TestPair(t *testing.T) {
	srv := simtest.NewServer(t)
	_, c, _ := unlocked(t, native.New(srv.Client()))
	in := c.Inbox()
	email := simtest.Person(t, "ana").Email
	code, err := srv.RegistrationCode(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	d, err := in.Pair(t.Context(), approve.Offer{Server: srv.URL, Code: code, DeviceName: "laptop", Platform: "linux terminal"})
	if err != nil || d.State != vault.DevicePending || len(d.Words) != 4 || d.Name != "laptop" {
		t.Fatalf("paired %+v, %v", d, err)
	}
	confirmed := make(chan error, 1)
	go func() {
		now, err := in.Await(t.Context(), d.ID)
		if err == nil && now.State != vault.DeviceActive {
			err = errors.New("it is " + string(now.State))
		}
		confirmed <- err
	}()
	// Others need not wait for that.
	if got := c.Accounts(); len(got) != 3 || got[2].Device != d.ID {
		t.Errorf("accounts after pairing, with the code for when there is no network: %+v", got)
	}
	if err := srv.Confirm(t.Context(), email, d.RemoteID); err != nil {
		t.Fatal(err)
	}
	if err := <-confirmed; err != nil {
		t.Fatal(err)
	}
	clocks := in.Clocks(t.Context(), nil, c.Devices())
	if len(clocks) != 1 || clocks[0].Err != nil || clocks[0].Reading.Offset.Abs() > 10*time.Second || clocks[0].Device.ID != d.ID {
		t.Errorf("clocks: %+v", clocks)
	}
	if err := in.Rotate(t.Context(), d.ID); err != nil && !errors.Is(err, approve.ErrNoRotation) {
		t.Errorf("rotate: %v", err)
	}
	if _, err := in.Tokens(d.ID); !errors.Is(err, approve.ErrNoSet) {
		t.Errorf("tokens: %v", err)
	}
	if err := in.Rollover(t.Context(), d.ID); !errors.Is(err, approve.ErrNoSet) {
		t.Errorf("rollover: %v", err)
	}
	if _, err := in.Pair(t.Context(), approve.Offer{Server: srv.URL, Code: code, DeviceName: "laptop"}); !errors.Is(err, approve.ErrUsed) {
		t.Errorf("a code that is used up: %v", err)
	}
	if c.Err() != nil {
		t.Error(c.Err())
	}
}

// Who says no at the site, and who does not wait any more.
func TestAwait(t *testing.T) {
	srv := simtest.NewServer(t)
	_, c, _ := unlocked(t, native.New(srv.Client()))
	in := c.Inbox()
	code, err := srv.RegistrationCode(t.Context(), simtest.Person(t, "ana").Email)
	if err != nil {
		t.Fatal(err)
	}
	d, err := in.Pair(t.Context(), approve.Offer{Server: srv.URL, Code: code, DeviceName: "laptop"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("enough"))
	defer cancel()
	if _, err := in.Await(ctx, d.ID); err == nil || err.Error() != "enough" {
		t.Errorf("a wait that was ended: %v", err)
	}
	if _, err := in.Await(t.Context(), "d-000000"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("none such: %v", err)
	}
}

// A driver's steps reach the client, and its link is no part of what comes back.
func TestPairSteps(t *testing.T) {
	s := privacyideatest.New(t)
	_, c, _ := unlocked(t, privacyidea.New(s.Client(), privacyidea.KeyBits(2048)))
	var steps []string
	d, err := c.Inbox().Pair(t.Context(), approve.Offer{
		Link: s.Link(nil), DeviceName: "laptop", Progress: func(step string) { steps = append(steps, step) },
	})
	if err != nil || d.State != vault.DeviceActive {
		t.Fatalf("paired %+v, %v", d, err)
	}
	if len(steps) != 2 || steps[1] != "registering with the server" {
		t.Errorf("steps: %q", steps)
	}
	if _, err := c.Inbox().Pair(t.Context(), approve.Offer{Link: "https://demo.test"}); !errors.Is(err, approve.ErrNotMine) {
		t.Errorf("a link of another kind: %v", err)
	}
}

// A client asks again until the person has confirmed, and each time is a use.
func TestAwaitAsksAgain(t *testing.T) {
	was := awaitRound
	t.Cleanup(func() { awaitRound = was })
	awaitRound = 10 * time.Millisecond
	srv := simtest.NewServer(t)
	_, c, _ := unlocked(t, native.New(srv.Client()))
	code, err := srv.RegistrationCode(t.Context(), simtest.Person(t, "ana").Email)
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Inbox().Pair(t.Context(), approve.Offer{Server: srv.URL, Code: code, DeviceName: "laptop"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := c.Inbox().Await(ctx, d.ID)
		ended <- err
	}()
	for range 3 {
		last := statusOf(t, c).LastUse
		waitFor(t, "another use", func() bool { return statusOf(t, c).LastUse.After(last) })
	}
	cancel(errTest)
	if err := <-ended; !errors.Is(err, errTest) {
		t.Errorf("a wait that was ended: %v", err)
	}
}

var errTest = errors.New("the test has seen enough")

// While a person is busy at the site the agent does not lock for want of use: it has the
// client ask again before.
func TestAwaitKeepsAwake(t *testing.T) {
	place, _ := newVault(t)
	v, err := vault.Open(place, pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	d, err := v.AddDevice(vault.Device{Driver: "undecided", Server: "https://demo.test", State: vault.DevicePending}, vault.NewKeys())
	v.Close()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Config{Place: place, Drivers: []approve.Driver{undecided{}}, Idle: 2 * time.Second})
		defer synctest.Wait() // memory is swept afterwards
		defer s.Close()
		if err := s.k.unlock(pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
		near, far := net.Pipe()
		defer near.Close()
		go s.handle(t.Context(), far)
		for began := time.Now(); time.Since(began) < 5*time.Second; {
			r, err := exchange(t.Context(), near, opAwait, idArgs{d.ID}, nil)
			var a awaited
			if err == nil {
				err = json.Unmarshal(r.Result, &a)
			}
			if err != nil || a.Over {
				t.Fatalf("after %s: over %v, %v", time.Since(began), a.Over, err)
			}
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if is, why := lockState(s.k); !is || why != "idle" {
			t.Errorf("afterwards: locked %v, %q", is, why)
		}
	})
}

// undecided is a driver whose server never says yes or no.
type undecided struct{ approve.Driver }

func (undecided) Name() string { return "undecided" }

func (undecided) Status(context.Context, approve.Device) (approve.Status, error) {
	return approve.Status{State: vault.DevicePending}, nil
}
