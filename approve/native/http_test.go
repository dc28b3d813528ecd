package native

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/protocol"
)

// TestClockCorrected: a clock that is far off is corrected once, and the call
// succeeds.
func TestClockCorrected(t *testing.T) {
	for _, offset := range []time.Duration{90 * time.Second, -90 * time.Second, 48 * time.Hour} {
		t.Run(offset.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.offset = offset
				d, approval := s.device()
				n := New(s.client())
				s.ask("r-1", s.key, nil)
				r := poll(t, n, d)
				if !r.ExpiresAt.Equal(time.Now().Add(2 * time.Minute)) {
					t.Errorf("expires at %v", r.ExpiresAt)
				}
				if got := s.called("GET"); got != 2 {
					t.Errorf("%d calls, want one that failed and one that did not", got)
				}
				if off, ok := d.Clock.Offset(); !ok || off != offset {
					t.Errorf("offset = %v, %v", off, ok)
				}
				if _, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Accept, Number: "07"}, approval); err != nil {
					t.Error(err)
				}
				if got := s.called("POST"); got != 1 {
					t.Errorf("%d answers, want one with the right time at once", got)
				}
				// The clock changes between poll and answer: the decision is signed anew.
				s.offset = -offset
				s.ask("r-2", s.key, nil)
				s.requests = s.requests[1:]
				r = poll(t, n, d)
				d.Clock.Set(time.Now().Add(offset), 0)
				if _, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestClockGivenUp: one correction, no more.
func TestClockGivenUp(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	s.lie = func(w http.ResponseWriter, _ *http.Request) bool {
		s.offset += time.Hour // whatever it is told, it is another hour
		s.fail(w, 400, protocol.Error{Code: protocol.CodeClockSkew})
		return true
	}
	_, err := New(s.client()).Poll(t.Context(), d, 0)
	if !errors.Is(err, approve.ErrClock) || s.called("GET") != 2 {
		t.Errorf("error = %v after %d calls", err, s.called("GET"))
	}
}

// TestHostileAnswers: what no server of ours would say.
func TestHostileAnswers(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(code)
			fmt.Fprint(w, body)
			return true
		}
	}
	for name, c := range map[string]struct {
		lie  func(http.ResponseWriter, *http.Request) bool
		want error
	}{
		"too long":          {status(200, `{"requests":[],"cursor":"`+strings.Repeat("x", protocol.MaxBody)+`"}`), approve.ErrUnreachable},
		"too long an error": {status(400, strings.Repeat(" ", protocol.MaxBody+1)), approve.ErrUnreachable},
		"not JSON":          {status(200, "<html>Welcome to the hotel</html>"), approve.ErrUnreachable},
		"cut JSON":          {status(200, `{"requests":[`), approve.ErrUnreachable},
		"empty":             {status(200, ""), approve.ErrUnreachable},
		"wrong types":       {status(200, `{"requests":{"id":1},"time":"now"}`), approve.ErrUnreachable},
		"error not JSON":    {status(403, "<html>"), approve.ErrRefused},
		"502":               {status(502, "<html>Bad gateway</html>"), approve.ErrUnreachable},
		"redirect": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://evil.demo.test/v1/requests", http.StatusTemporaryRedirect)
			return true
		}, approve.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			d, _ := s.device()
			s.lie = c.lie
			b, err := New(s.client()).Poll(t.Context(), d, 0)
			if !errors.Is(err, c.want) || len(b.Requests) != 0 {
				t.Errorf("batch %+v, error %v, want %v", b, err, c.want)
			}
			if errors.Is(err, approve.ErrRevoked) {
				t.Error("taken for a revoked device")
			}
			if n := len(s.calls); n != 1 {
				t.Errorf("%d calls: %v", n, s.calls)
			}
		})
	}
}

// TestSilentServer: an answer that never comes is waited for 10 s, plus the
// wait that was asked for.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		d, _ := s.device()
		silence := make(chan struct{})
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			select {
			case <-silence:
			case <-r.Context().Done():
			}
			return nil, r.Context().Err()
		}), Timeout: time.Millisecond} // not ours to keep: a long poll is longer
		began := time.Now()
		_, err := New(client).Poll(t.Context(), d, 25*time.Second)
		if !errors.Is(err, approve.ErrUnreachable) || time.Since(began) != 35*time.Second {
			t.Errorf("error = %v after %v", err, time.Since(began))
		}
		if strings.Contains(err.Error(), "wait=") {
			t.Errorf("the error repeats the URL: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := New(client).Poll(ctx, d, 25*time.Second); !errors.Is(err, context.Canceled) || errors.Is(err, approve.ErrUnreachable) {
			t.Errorf("the caller's own end: %v", err)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestOldTLS: TLS 1.1 is not spoken, even when the client that was given would.
func TestOldTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	srv.Config.ErrorLog = discard
	srv.StartTLS()
	defer srv.Close()
	client := srv.Client()
	client.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS10
	if res, err := client.Get(srv.URL); err != nil {
		t.Fatalf("the plain client: %v", err)
	} else {
		res.Body.Close()
	}
	s := newServer(t)
	d, _ := s.device()
	d.Server = srv.URL
	if _, err := New(client).Poll(t.Context(), d, 0); !errors.Is(err, approve.ErrUnreachable) {
		t.Errorf("error = %v", err)
	}
}

// TestStrictCopy: the caller's client stays what it was.
func TestStrictCopy(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	given := &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	c := approve.Strict(given)
	if c.Jar != nil || c.Timeout != 0 || c.CheckRedirect == nil {
		t.Errorf("client = %+v", c)
	}
	config := c.Transport.(*http.Transport).TLSClientConfig
	if config.InsecureSkipVerify || config.MinVersion != tls.VersionTLS12 {
		t.Error("certificates are not checked, or old TLS is spoken")
	}
	if given.Jar == nil || given.Timeout == 0 || given.CheckRedirect != nil || !given.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify {
		t.Error("the given client was changed")
	}
	if c := approve.Strict(&http.Client{}); c.Transport.(*http.Transport).TLSClientConfig.MinVersion != tls.VersionTLS12 {
		t.Error("the default transport speaks old TLS")
	}
}

// TestUnreachableText: a real refused connection, and no URL in its text.
func TestUnreachableText(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	d.Server = "http://127.0.0.1:1" // nobody listens
	_, err := New(&http.Client{}).Poll(t.Context(), d, 0)
	if !errors.Is(err, approve.ErrUnreachable) || strings.Contains(err.Error(), "/v1/") {
		t.Errorf("error = %v", err)
	}
}
