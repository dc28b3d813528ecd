package keycloak

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
	"nod/vault"
)

func TestAppAnswer(t *testing.T) {
	for _, test := range []struct {
		act     approve.Act
		state   approve.State
		granted string
		sent    int
	}{
		{approve.Accept, approve.Accepted, "true", 1},
		{approve.Deny, approve.Denied, "false", 1},
		{approve.Report, approve.Reported, "false", 1},
		{approve.Ignore, approve.Ignored, "", 0},
	} {
		t.Run(string(test.act), func(t *testing.T) {
			s := newAppServer(t)
			d := s.device()
			driver := NewApp(keycloaktest.Client(s))
			s.Ask(testCode, nil, nil)
			r := one(t, driver, d)
			var key vault.Signer
			if test.act == approve.Accept {
				key = approval(t)
			}
			began := time.Now()
			out, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: test.act}, key)
			if err != nil || out.State != test.state || out.AnsweredBy != "ana-laptop" || out.At.Before(began) || out.At.After(time.Now()) {
				t.Errorf("outcome %+v, %v", out, err)
			}
			if s.Granted != test.granted || s.Called(actionToken) != test.sent || s.Burnt {
				t.Errorf("granted %q, %d calls, burnt %v", s.Granted, s.Called(actionToken), s.Burnt)
			}
			if test.sent == 0 {
				return
			}
			// Again: it was answered, and the token is used up.
			_, err = driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Accept}, approval(t))
			if answered, ok := errors.AsType[*approve.AnsweredError](err); !ok || answered.State != test.state || s.Called(actionToken) != 1 {
				t.Errorf("again: %v, %d calls", err, s.Called(actionToken))
			}
		})
	}
}

// TestAppReplay: a request that was answered is not shown again, whatever the server
// lists.
func TestAppReplay(t *testing.T) {
	s := newAppServer(t)
	d := s.device()
	driver := NewApp(keycloaktest.Client(s))
	s.Ask(testCode, fields{"jti": "one"}, nil)
	listed := s.Listed
	r := one(t, driver, d)
	if _, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil); err != nil {
		t.Fatal(err)
	}
	s.Listed = listed
	if b, err := driver.Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Dropped != 0 {
		t.Errorf("the same: %+v, %v", b, err)
	}
	s.Ask("AnotherCode99", fields{"jti": "one"}, nil)
	if b, err := driver.Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Dropped != 1 {
		t.Errorf("the same id with another code: %+v, %v", b, err)
	}
	if err := driver.Unpair(t.Context(), d, false); err != nil {
		t.Fatal(err)
	}
	s.Listed = listed
	one(t, driver, d) // another pairing may get the same vault id
}

// TestAppAnswerRefusedHere: nothing is sent.
func TestAppAnswerRefusedHere(t *testing.T) {
	accept := approve.Decision{Act: approve.Accept}
	for name, test := range map[string]struct {
		change func(d *approve.Device, r *approve.Request)
		dec    approve.Decision
		want   error
	}{
		"another target":                  {swap("id.demo.test", "evil.demo.test"), accept, approve.ErrNotOffered},
		"another realm":                   {swap("/realms/demo", "/realms/master"), accept, approve.ErrNotOffered},
		"a code that signs another thing": {swap(testCode, testCode+",granted:true"), accept, approve.ErrNotOffered},
		"another request":                 {func(_ *approve.Device, r *approve.Request) { r.ID = "k-0000000000000000" }, accept, approve.ErrNoRequest},
		"no challenge":                    {func(_ *approve.Device, r *approve.Request) { r.Challenge = nil }, accept, approve.ErrNoRequest},
		"unchecked":                       {func(d *approve.Device, _ *approve.Request) { d.Memory["tls.unchecked"] = "yes" }, approve.Decision{Act: approve.Deny}, approve.ErrNotOffered},
		"moved":                           {func(d *approve.Device, _ *approve.Request) { d.Server = "https://other.demo.test" }, accept, approve.ErrAddress},
		"odd device id":                   {func(d *approve.Device, _ *approve.Request) { d.RemoteID = "x,granted:true" }, accept, approve.ErrRefused},
		"another key":                     {func(d *approve.Device, _ *approve.Request) { d.Secret.(*testSecret).raw[3]++ }, accept, nil},
		"unknown act":                     {func(*approve.Device, *approve.Request) {}, approve.Decision{Act: "yes"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAppServer(t)
			d := s.device()
			driver := NewApp(keycloaktest.Client(s))
			s.Ask(testCode, nil, nil)
			r := one(t, driver, d)
			test.change(&d, &r)
			out, err := driver.Answer(t.Context(), d, r, test.dec, approval(t))
			if err == nil || test.want != nil && !errors.Is(err, test.want) || s.Called(actionToken) != 0 {
				t.Errorf("outcome %+v, %v, want %v; %d calls", out, err, test.want, s.Called(actionToken))
			}
		})
	}
	s := newAppServer(t)
	d := s.device()
	driver := NewApp(keycloaktest.Client(s))
	s.Ask(testCode, nil, nil)
	if _, err := driver.Answer(t.Context(), d, one(t, driver, d), accept, nil); err == nil || s.Called(actionToken) != 0 {
		t.Errorf("accepted without the PIN: %v", err)
	}
}

func swap(old, new string) func(*approve.Device, *approve.Request) {
	return func(_ *approve.Device, r *approve.Request) {
		r.Challenge = []byte(strings.Replace(string(r.Challenge), old, new, 1))
	}
}

// TestAppUnchecked: without a certificate that is checked a request can only be
// ignored, and the pairing is not ended.
func TestAppUnchecked(t *testing.T) {
	s := newAppServer(t)
	d := s.device()
	d.Memory = approve.Trust{Unchecked: true}.Remember(d.Memory)
	driver := NewApp(keycloaktest.Client(s))
	s.Ask(testCode, nil, nil)
	r := one(t, driver, d)
	if len(r.Acts) != 1 || !r.Takes(approve.Ignore) || len(r.Warnings) != 1 {
		t.Errorf("request %+v", r)
	}
	if out, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Ignore}, nil); err != nil || out.State != approve.Ignored {
		t.Errorf("outcome %+v, %v", out, err)
	}
	s.Devices = nil
	if _, err := driver.Poll(t.Context(), d, 0); !errors.Is(err, approve.ErrRefused) || errors.Is(err, approve.ErrRevoked) {
		t.Errorf("error %v", err)
	}
}

// TestAppAnswerMeanings: each answer of the server's, and whether there can be
// another try.
func TestAppAnswerMeanings(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(s *appServer)
		want    error
		again   bool
	}{
		"the page was closed": {func(s *appServer) { s.Open = false }, approve.ErrNoRequest, false},
		"rejected before":     {func(s *appServer) { s.Granted = "false" }, approve.ErrNoRequest, false},
		"expired":             {func(s *appServer) { s.Lie = keycloaktest.Status(401, "") }, approve.ErrExpired, false},
		"used":                {func(s *appServer) { s.Lie = keycloaktest.Status(400, "<html>") }, approve.ErrRefused, true},
		"a page":              {func(s *appServer) { s.Lie = keycloaktest.Status(200, "<html>") }, approve.ErrUnreachable, true},
		"broken":              {func(s *appServer) { s.Lie = keycloaktest.Status(500, "") }, approve.ErrUnreachable, true},
		"elsewhere":           {func(s *appServer) { s.Lie = redirectTo("https://evil.demo.test/") }, approve.ErrRefused, true},
		"not found":           {func(s *appServer) { s.Lie = keycloaktest.Status(404, "") }, approve.ErrRefused, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAppServer(t)
			d := s.device()
			driver := NewApp(keycloaktest.Client(s))
			s.Ask(testCode, nil, nil)
			r := one(t, driver, d)
			test.prepare(s)
			_, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if !errors.Is(err, test.want) || errors.Is(err, approve.ErrRevoked) || s.Called(actionToken) != 1 {
				t.Errorf("error %v, want %v; %d calls", err, test.want, s.Called(actionToken))
			}
			if strings.Contains(err.Error(), testCode) || strings.Contains(err.Error(), "key=") {
				t.Errorf("the error has a secret: %v", err)
			}
			s.Lie, s.Open, s.Granted = nil, true, ""
			_, err = driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if sent := s.Called(actionToken) == 2; sent != test.again {
				t.Errorf("again: sent %v, %v", sent, err)
			}
		})
	}
}

// TestAppAnswerLate: what ran out while the person was thinking is not sent.
func TestAppAnswerLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		driver := NewApp(keycloaktest.Client(s))
		s.Ask(testCode, nil, nil)
		r := one(t, driver, d)
		time.Sleep(2 * time.Minute)
		_, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
		if !errors.Is(err, approve.ErrExpired) || s.Called(actionToken) != 0 {
			t.Errorf("error %v, %d calls", err, s.Called(actionToken))
		}
	})
}

// TestAppAnswerClock: the server's clock goes back between poll and answer. The token
// is used up with the first try, so there is no second.
func TestAppAnswerClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		driver := NewApp(keycloaktest.Client(s))
		s.Ask(testCode, nil, nil)
		r := one(t, driver, d)
		s.Offset = -time.Minute
		_, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
		if !errors.Is(err, approve.ErrClock) || s.Called(actionToken) != 1 {
			t.Errorf("error %v, %d calls", err, s.Called(actionToken))
		}
		if off, _ := d.Clock.Offset(); !near(time.Now().Add(off), s.Now()) {
			t.Errorf("offset %v", off)
		}
	})
}

// TestAppAnswerOnce: of answers given at once, one is sent.
func TestAppAnswerOnce(t *testing.T) {
	s := newAppServer(t)
	d := s.device()
	driver := NewApp(keycloaktest.Client(s))
	s.Ask(testCode, nil, nil)
	r := one(t, driver, d)
	hold := make(chan struct{})
	s.Lie = func(http.ResponseWriter, *http.Request) bool { <-hold; return false }
	errs := make([]error, 4)
	var wg sync.WaitGroup
	var once sync.Once
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if errs[i] != nil {
				once.Do(func() { close(hold) }) // the others lost at once
			}
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if won != 1 || s.Called(actionToken) != 1 {
		t.Errorf("%d answers came through, %d calls: %v", won, s.Called(actionToken), errs)
	}
}
