package keycloak

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
)

// TestAppWait is the long poll: news end it at once, none ends it after the wait, and
// while something is pending there is none.
func TestAppWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		driver := NewApp(keycloaktest.Client(s))
		began := time.Now()
		b, err := driver.Poll(t.Context(), d, 25*time.Second)
		if took := time.Since(began); err != nil || len(b.Requests) != 0 || b.Interval != 0 || took != 25*time.Second {
			t.Errorf("batch %+v, %v after %v", b, err, took)
		}
		if s.Called(pathWait) != 1 || s.Called(pathChallenges) != 1 {
			t.Errorf("calls %v", s.Calls)
		}
		time.AfterFunc(7*time.Second, func() { s.Ask(testCode, nil, nil) })
		began = time.Now()
		b, err = driver.Poll(t.Context(), d, 25*time.Second)
		if took := time.Since(began); err != nil || len(b.Requests) != 1 || b.Interval != pollEvery || took != 7*time.Second {
			t.Errorf("batch %+v, %v after %v", b, err, took)
		}
		if b, err = driver.Poll(t.Context(), d, 25*time.Second); err != nil || len(b.Requests) != 1 || b.Interval != pollEvery || s.Called(pathWait) != 2 {
			t.Errorf("batch %+v, %v; calls %v", b, err, s.Calls)
		}
		if _, err := driver.Answer(t.Context(), d, b.Requests[0], approve.Decision{Act: approve.Deny}, nil); err != nil {
			t.Fatal(err)
		}
		if b, err = driver.Poll(t.Context(), d, 25*time.Second); err != nil || b.Interval != 0 || s.Called(pathWait) != 2 {
			t.Errorf("batch %+v, %v; calls %v", b, err, s.Calls)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, err := driver.Poll(ctx, d, 25*time.Second); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, approve.ErrUnreachable) {
			t.Errorf("the caller's own end: %v", err)
		}
	})
}

// TestAppNoWait: a server that can not wait is asked again and again, and after a
// while whether it can by now.
func TestAppNoWait(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"not there": keycloaktest.Status(404, ""), "timed out": keycloaktest.Status(503, ""), "broken": keycloaktest.Status(500, ""),
		"a page": keycloaktest.Status(200, "<html>"), "does not wait": keycloaktest.Status(200, "[]"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newAppServer(t)
				d := s.device()
				driver := NewApp(keycloaktest.Client(s))
				s.Lie = func(w http.ResponseWriter, r *http.Request) bool {
					return strings.HasSuffix(r.URL.Path, pathWait) && answer(w, r)
				}
				for range 3 {
					if b, err := driver.Poll(t.Context(), d, 25*time.Second); err != nil || b.Interval != pollEvery {
						t.Errorf("batch %+v, %v", b, err)
					}
				}
				if s.Called(pathWait) != 1 || s.Called(pathChallenges) != 3 {
					t.Errorf("calls %v", s.Calls)
				}
				time.Sleep(waitAgain + time.Second)
				s.Lie = nil
				if b, err := driver.Poll(t.Context(), d, 25*time.Second); err != nil || b.Interval != 0 || s.Called(pathWait) != 2 {
					t.Errorf("batch %+v, %v; calls %v", b, err, s.Calls)
				}
			})
		})
	}
}

// TestAppBroken: a connection that breaks says nothing of what the server can do.
func TestAppBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		base, breaks := keycloaktest.Client(s).Transport, true
		driver := NewApp(&http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			if breaks && strings.HasSuffix(r.URL.Path, pathWait) {
				return nil, errors.New("the connection broke")
			}
			return base.RoundTrip(r)
		})})
		if b, err := driver.Poll(t.Context(), d, 25*time.Second); err != nil || b.Interval != pollEvery {
			t.Errorf("batch %+v, %v", b, err)
		}
		breaks = false
		if b, err := driver.Poll(t.Context(), d, 25*time.Second); err != nil || b.Interval != 0 || s.Called(pathWait) != 1 {
			t.Errorf("batch %+v, %v; calls %v", b, err, s.Calls)
		}
	})
}

// TestAppSilent: a server that accepts calls and never answers is not called live.
func TestAppSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		s.Lie = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
		_, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 25*time.Second)
		if !errors.Is(err, approve.ErrUnreachable) {
			t.Errorf("error %v", err)
		}
	})
}
