package tiqr

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/tiqr/tiqrtest"
	"nod/vault"
)

// scanned is a server, a driver, a pairing and a request that waits.
func scanned(t *testing.T, user string) (*tiqrtest.Server, *driver, approve.Device, approve.Request) {
	t.Helper()
	s, d, n := ready(t)
	r, err := n.Scan([]approve.Device{d}, s.Ask(user))
	if err != nil {
		t.Fatal(err)
	}
	return s, n, d, r
}

func TestAccept(t *testing.T) {
	for name, json := range map[string]bool{"text": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			s, n, d, r := scanned(t, testUser)
			s.JSON = json
			out, err := n.accept(t.Context(), d, r)
			if err != nil || out.State != approve.Accepted || out.AnsweredBy != "ana-laptop" || !slices.Equal(s.Answers(), letIn) {
				t.Errorf("outcome %+v, %v, let in %v", out, err, s.Answers())
			}
			form := s.Forms()[0]
			if form.Get("userId") != testUser || form.Get("operation") != "login" || form.Get("version") != "2" || len(form) != 8 || form.Has("secret") {
				t.Errorf("form %v", form)
			}
			answered, ok := errors.AsType[*approve.AnsweredError](second(n.accept(t.Context(), d, r)))
			if !ok || answered.State != approve.Accepted || len(s.Calls()) != 1 {
				t.Errorf("answered twice: %+v, calls %v", answered, s.Calls())
			}
			b, err := n.Poll(t.Context(), d, 0)
			if err != nil || len(b.Requests) != 0 || len(b.Ended) != 1 || b.Ended[0].State != approve.Accepted || b.Ended[0].AnsweredBy != "ana-laptop" {
				t.Errorf("poll %+v, %v", b, err)
			}
		})
	}
}

// Only an accept with the approval key is sent; all the rest stays here.
func TestNotSent(t *testing.T) {
	s, n, d, r := scanned(t, "")
	for _, act := range []approve.Act{approve.Deny, approve.Report, ""} {
		if _, err := n.Answer(t.Context(), d, r, approve.Decision{Act: act}, nil); !errors.Is(err, approve.ErrNotOffered) {
			t.Errorf("%q: %v", act, err)
		}
	}
	if _, err := n.Answer(t.Context(), d, r, accept, nil); err == nil {
		t.Error("accepted without the key")
	}
	if out, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Ignore}, nil); err != nil || out.State != approve.Ignored {
		t.Errorf("ignored: %+v, %v", out, err)
	}
	other := r
	other.ID = "t-0000000000"
	if _, err := n.accept(t.Context(), d, other); !errors.Is(err, approve.ErrNoRequest) {
		t.Errorf("unknown request: %v", err)
	}
	moved := d
	moved.Server = "https://other.demo.test"
	if _, err := n.accept(t.Context(), moved, r); !errors.Is(err, approve.ErrAddress) {
		t.Errorf("the address is not of the pairing's server: %v", err)
	}
	if got := s.Calls(); len(got) != 0 {
		t.Errorf("calls %v", got)
	}
	if _, err := n.accept(t.Context(), d, r); err != nil {
		t.Errorf("an ignored request is still alive: %v", err)
	}
}

func TestTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n, d, r := scanned(t, "")
		time.Sleep(life)
		if _, err := n.accept(t.Context(), d, r); !errors.Is(err, approve.ErrExpired) || len(s.Calls()) != 0 {
			t.Errorf("after %v: %v, calls %v", life, err, s.Calls())
		}
	})
}

// The server does not know the session any more, though it waits here.
func TestEndedAtTheServer(t *testing.T) {
	s, n, d, r := scanned(t, "")
	s.End()
	if _, err := n.accept(t.Context(), d, r); !errors.Is(err, approve.ErrExpired) {
		t.Errorf("error %v", err)
	}
	if b, err := n.Poll(t.Context(), d, 0); err != nil || len(b.Ended) != 1 || b.Ended[0].State != approve.Expired {
		t.Errorf("poll %+v, %v", b, err)
	}
}

// Wrong answers are counted by the server until it blocks the account. Each is sent
// once: the same code would only be wrong again.
func TestWrongUntilBlocked(t *testing.T) {
	for name, json := range map[string]bool{"text": false, "JSON": true} {
		t.Run(name, func(t *testing.T) {
			s, d, n := ready(t)
			s.JSON = json
			s.SetSecret(testUser, []byte(strings.Repeat("x", 32)))
			for i, want := range []string{"2 tries left", "1 try left", "0 tries left", "blocked for 5 minutes"} {
				r, err := n.Scan([]approve.Device{d}, s.Ask(testUser))
				if err != nil {
					t.Fatal(err)
				}
				_, err = n.accept(t.Context(), d, r)
				if !errors.Is(err, approve.ErrRefused) || errors.Is(err, approve.ErrRevoked) || !strings.Contains(err.Error(), want) {
					t.Errorf("answer %d: %v, want %q", i+1, err, want)
				}
				if _, err := n.accept(t.Context(), d, r); !errors.Is(err, approve.ErrExpired) || len(s.Calls()) != i+1 {
					t.Errorf("answer %d again: %v, %d calls", i+1, err, len(s.Calls()))
				}
				if b, err := n.Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Ended[i].State != approve.Cancelled {
					t.Errorf("poll %+v, %v", b, err)
				}
			}
		})
	}
}

// A server that does not know the account of a sign-in does not end the pairing: the
// link may be of another's sign-in.
func TestUnknownUser(t *testing.T) {
	s, n, d, r := scanned(t, testUser)
	s.SetSecret(testUser, nil)
	if _, err := n.accept(t.Context(), d, r); !errors.Is(err, approve.ErrRefused) || errors.Is(err, approve.ErrRevoked) {
		t.Errorf("unknown account: %v", err)
	}
}

func TestReplies(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   error
		says   string
		final  bool
	}{
		"OK":                 {200, " OK\n", nil, "", true},
		"JSON OK":            {200, `{"responseCode":1}`, nil, "", true},
		"OK as an error":     {403, "OK", approve.ErrRefused, "status 403", true},
		"wrong":              {200, "INVALID_RESPONSE", approve.ErrRefused, "account; pair again", true},
		"wrong, odd count":   {200, "INVALID_RESPONSE:-3", approve.ErrRefused, "account; pair again", true},
		"wrong, count":       {403, "INVALID_RESPONSE:4", approve.ErrRefused, "4 tries left", true},
		"JSON wrong":         {200, `{"responseCode":201}`, approve.ErrRefused, "account; pair again", true},
		"request":            {200, "INVALID_REQUEST", approve.ErrRefused, "could not use", true},
		"challenge":          {403, "INVALID_CHALLENGE", approve.ErrExpired, "", true},
		"JSON challenge":     {200, `{"responseCode":203}`, approve.ErrExpired, "", true},
		"blocked":            {403, "ACCOUNT_BLOCKED", approve.ErrRefused, "account is blocked", true},
		"blocked, a minute":  {403, "ACCOUNT_BLOCKED:1", approve.ErrRefused, "for 1 minute", true},
		"JSON blocked":       {200, `{"responseCode":204,"duration":90}`, approve.ErrRefused, "for 90 minutes", true},
		"user":               {403, "INVALID_USERID", approve.ErrRefused, "no longer knows it", true},
		"JSON user":          {200, `{"responseCode":205}`, approve.ErrRefused, "no longer knows it", true},
		"JSON error":         {200, `{"responseCode":200}`, approve.ErrRefused, "could not use", true},
		"failed":             {403, "AUTHENTICATION_FAILED", approve.ErrRefused, "could not use", true},
		"404":                {404, "<html>", approve.ErrRefused, "status 404", true},
		"429":                {429, "", &approve.LimitedError{}, "Wait 30 seconds", false},
		"empty":              {200, "", approve.ErrUnreachable, "not a tiqr server", false},
		"HTML":               {200, "<html>OK</html>", approve.ErrUnreachable, "not a tiqr server", false},
		"cut JSON":           {200, `{"responseCode":`, approve.ErrUnreachable, "not a tiqr server", false},
		"JSON of others":     {200, `{"status":"OK"}`, approve.ErrUnreachable, "not a tiqr server", false},
		"too long":           {200, "OK" + strings.Repeat(" ", maxReply), approve.ErrUnreachable, "too long", false},
		"502":                {502, "OK", approve.ErrUnreachable, "status 502", false},
		"escape sequences":   {400, "\x1b[2JINVALID", approve.ErrRefused, "status 400", true},
		"redirect elsewhere": {307, "https://evil.demo.test/", approve.ErrRefused, "another address", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, n, d, r := scanned(t, testUser)
			lie := true
			s.Lie = func(w http.ResponseWriter, _ *http.Request) bool {
				if lie {
					w.Header().Set("Location", c.body)
					w.Header().Set("Retry-After", "30")
					w.WriteHeader(c.status)
					fmt.Fprint(w, c.body)
				}
				return lie
			}
			_, err := n.accept(t.Context(), d, r)
			if _, limited := errors.AsType[*approve.LimitedError](c.want); limited {
				_, isLimited := errors.AsType[*approve.LimitedError](err)
				if !isLimited {
					t.Errorf("error %v, want *LimitedError", err)
				}
			} else if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\x1b")) {
				t.Errorf("error %q, want %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), n.sessions[0].session) {
				t.Errorf("error %q repeats the session", err)
			}
			// What was not final can be sent again, and then lets the person in.
			lie = false
			if _, err := n.accept(t.Context(), d, r); (err == nil) == c.final {
				t.Errorf("answered again: %v", err)
			}
			want := 2
			if c.final {
				want = 1
			}
			if got := s.Calls(); len(got) != want {
				t.Errorf("calls %v, want %d", got, want)
			}
		})
	}
}

// Two answers at the same time are one.
func TestAnswersAtOnce(t *testing.T) {
	s, n, d, r := scanned(t, "")
	var inner error
	s.Lie = func(http.ResponseWriter, *http.Request) bool {
		_, inner = n.accept(t.Context(), d, r)
		return false
	}
	if _, err := n.accept(t.Context(), d, r); err != nil || inner == nil || !slices.Equal(s.Answers(), letIn) {
		t.Errorf("first %v, second %v, let in %v", err, inner, s.Answers())
	}
}

// A server is not told of names and ends.
func TestLocal(t *testing.T) {
	s, n, d, r := scanned(t, "")
	status, err := n.Status(t.Context(), d)
	if err != nil || status.State != vault.DeviceActive || status.App != "Demo tiqr" || status.Account != "Ana Demo" {
		t.Errorf("status %+v, %v", status, err)
	}
	if err := n.Rename(t.Context(), d, "desk"); err != nil {
		t.Error(err)
	}
	if err := n.Unpair(t.Context(), d, false); err != nil {
		t.Error(err)
	}
	if b, err := n.Poll(t.Context(), d, 0); err != nil || len(b.Requests)+len(b.Ended) != 0 {
		t.Errorf("poll after unpairing %+v, %v", b, err)
	}
	if _, err := n.accept(t.Context(), d, r); !errors.Is(err, approve.ErrNoRequest) || len(s.Calls()) != 0 {
		t.Errorf("answer after unpairing: %v, calls %v", err, s.Calls())
	}
}
