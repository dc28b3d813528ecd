package keycloak

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
)

const testCode = "Qw3rTy0Aa9Zz"

func TestAppPoll(t *testing.T) { synctest.Test(t, appPoll) }

func appPoll(t *testing.T) {
	s := newAppServer(t)
	d := s.device()
	driver := NewApp(keycloaktest.Client(s))
	if b, err := driver.Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Interval != 0 {
		t.Errorf("batch %+v, %v", b, err)
	}
	s.Ask(testCode, nil, fields{"userName": "a\x1b[31mna\u202e", "clientName": "Wi\x07ki", "browser": "Fire\nfox", "osVersion": strings.Repeat("x", 100)})
	now := time.Now()
	r := one(t, driver, d)
	if r.Account != "ana" || r.App != "Wiki" || r.Browser != "Fire fox" || r.IP != "192.0.2.10" || len(r.OS) != 64 || r.Action != "sign in" {
		t.Errorf("request %+v", r)
	}
	if r.Device != d.ID || r.Server != testOrigin || r.State != approve.Waiting || r.Acts != nil || r.Asks() || len(r.Warnings) != 0 {
		t.Errorf("request %+v", r)
	}
	if !near(r.AskedAt, now) || !near(r.ExpiresAt, now.Add(time.Minute)) {
		t.Errorf("asked at %v, expires at %v; now %v", r.AskedAt, r.ExpiresAt, now)
	}
	if again := one(t, driver, d); again.ID != r.ID || string(again.Challenge) != string(r.Challenge) || r.ID != approve.Text(r.ID) {
		t.Errorf("request %q came again as %q", r.ID, again.ID)
	}
	s.Ask(testCode, nil, nil)
	if other := one(t, driver, d); other.ID == r.ID {
		t.Error("two logins have one id")
	}
}

// TestAppHostile: what is listed and must not be shown.
func TestAppHostile(t *testing.T) {
	target := func(change fields) fields {
		s := newAppServer(t)
		return fields{"targetUrl": keycloaktest.ActionLink(testBase, s.LoginClaims().With(change))}
	}
	moved := func(old, new string) fields {
		link := target(nil)["targetUrl"].(string)
		if !strings.Contains(link, old) {
			t.Fatalf("no %q to replace", old)
		}
		return fields{"targetUrl": strings.Replace(link, old, new, 1)}
	}
	for name, change := range map[string]fields{
		"another host":        moved("id.demo.test", "evil.demo.test"),
		"another port":        moved("id.demo.test", "id.demo.test:8443"),
		"host with a user":    moved("id.demo.test", "id.demo.test@evil.demo.test"),
		"host with a suffix":  moved("id.demo.test", "id.demo.test.evil.test"),
		"plain http":          moved("https", "http"),
		"another realm":       moved("/realms/demo", "/realms/master"),
		"a realm below":       moved("/realms/demo", "/x/realms/demo"),
		"dots":                moved("/realms/demo", "/realms/x/../demo"),
		"escaped realm":       moved("/realms/demo", "/realms/d%65mo"),
		"another action":      moved("action-token", "authenticate"),
		"more after it":       moved("action-token", "action-token/x"),
		"a fragment":          moved("?client_id", "#?client_id"),
		"no token":            moved("key=", "kex="),
		"two tokens":          moved("&key=", "&key=a.e30.b&key="),
		"no target":           {"targetUrl": nil},
		"setup again":         target(fields{"typ": typeSetup}),
		"another's account":   target(fields{"sub": newUUID()}),
		"another's issuer":    target(fields{"iss": "https://evil.demo.test/realms/demo"}),
		"no end":              target(fields{"exp": nil}),
		"for a week":          target(fields{"exp": time.Now().Add(7 * 24 * time.Hour).Unix()}),
		"granting code":       {"codeChallenge": testCode + ",granted:true"},
		"code with a newline": {"codeChallenge": testCode + "\n"},
		"code with a letter":  {"codeChallenge": "Qw3rTy0é"},
		"empty code":          {"codeChallenge": ""},
		"no code":             {"codeChallenge": nil},
		"long code":           {"codeChallenge": strings.Repeat("a", maxCode+1)},
		"no time":             {"updatedTimestamp": nil},
		"tomorrow":            {"updatedTimestamp": time.Now().Add(24 * time.Hour).UnixMilli()},
		"long ago":            {"updatedTimestamp": 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAppServer(t)
			d := s.device()
			s.Ask(testCode, nil, change)
			if name == "tomorrow" {
				s.Lie = keycloaktest.Status(200, "["+string(s.Listed[0].JSON())+"]") // the real server hides it
			}
			b, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 0)
			if err != nil || len(b.Requests) != 0 || b.Dropped != 1 {
				t.Errorf("batch %+v, %v", b, err)
			}
		})
	}
	t.Run("over", func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		s.Ask(testCode, fields{"exp": time.Now().Unix()}, nil)
		if b, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Dropped != 0 {
			t.Errorf("batch %+v, %v", b, err)
		}
	})
	t.Run("many", func(t *testing.T) {
		s := newAppServer(t)
		d := s.device()
		s.Ask(testCode, nil, nil)
		for range 99 {
			s.Listed = append(s.Listed, s.Listed[0])
		}
		if b, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 1 || b.Dropped != 99 {
			t.Errorf("%d requests, %d dropped, %v", len(b.Requests), b.Dropped, err)
		}
	})
}

// TestAppBehind: a clock that is a little behind hides no request, though the server
// tells no time.
func TestAppBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{4 * time.Second, 0, -5 * time.Second} {
			s := newAppServer(t)
			s.Dates, s.Offset = false, offset
			d := s.device()
			s.Ask(testCode, nil, nil)
			one(t, NewApp(keycloaktest.Client(s)), d)
		}
	})
}

func TestAppPollErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"gone":                   {409, `{"error":"no_credential","message":"App credential does not exist"}`, approve.ErrRevoked},
		"gone in older releases": {412, "", approve.ErrRevoked},
		"another conflict":       {409, `{"error":"conflict"}`, approve.ErrRefused},
		"signature":              {401, `{"error":"challenge_rejected"}`, approve.ErrRefused},
		"forbidden":              {403, "", approve.ErrRefused},
		"no extension":           {404, `{"error":"RESTEASY003210"}`, approve.ErrRefused},
		"page":                   {200, "<html>", approve.ErrUnreachable},
		"object":                 {200, "{}", approve.ErrUnreachable},
		"null":                   {200, "null", approve.ErrUnreachable},
		"one name twice":         {200, `[{"userName":"a","userName":"b"}]`, approve.ErrUnreachable},
		"other types":            {200, `[{"updatedTimestamp":"x"}]`, approve.ErrUnreachable},
		"no content":             {204, "", approve.ErrUnreachable},
		"too long":               {200, "[" + strings.Repeat(" ", maxBody) + "]", approve.ErrUnreachable},
		"broken":                 {500, "", approve.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAppServer(t)
			d := s.device()
			s.Lie = keycloaktest.Status(test.status, test.body)
			_, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 0)
			if !errors.Is(err, test.want) || errors.Is(err, approve.ErrRevoked) != (test.want == approve.ErrRevoked) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
	s := newAppServer(t)
	d := s.device()
	s.Lie = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	_, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 0)
	if limited, ok := errors.AsType[*approve.LimitedError](err); !ok || limited.RetryAfter != 7*time.Second {
		t.Errorf("error %v", err)
	}
}

// TestAppClock: the clock is learned from the Date, and a refusal for its sake is
// repeated once.
func TestAppClock(t *testing.T) {
	for _, test := range []struct {
		offset time.Duration
		calls  int
	}{{0, 1}, {3 * time.Second, 1}, {time.Minute, 1}, {-time.Minute, 2}, {-24 * time.Hour, 2}} {
		t.Run(test.offset.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newAppServer(t)
				s.Offset = test.offset
				d := s.device()
				driver := NewApp(keycloaktest.Client(s))
				if _, err := driver.Poll(t.Context(), d, 0); err != nil || s.Called(pathChallenges) != test.calls {
					t.Errorf("error %v, %d calls", err, s.Called(pathChallenges))
				}
				if off, ok := d.Clock.Offset(); !ok || !near(time.Now().Add(off), s.Now()) {
					t.Errorf("offset %v, %v, want %v", off, ok, test.offset)
				}
				s.Ask(testCode, nil, nil)
				r := one(t, driver, d)
				if !near(r.ExpiresAt, time.Now().Add(time.Minute)) {
					t.Errorf("expires at %v", r.ExpiresAt)
				}
				if _, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil); err != nil || s.Burnt {
					t.Errorf("error %v, burnt %v", err, s.Burnt)
				}
			})
		})
	}
	for name, prepare := range map[string]func(*appServer){
		"too far":        func(s *appServer) { s.Offset = -50 * time.Hour },
		"without a Date": func(s *appServer) { s.Dates, s.Offset = false, -time.Minute },
		"in a cached Date": func(s *appServer) {
			s.Lie = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Age", "3600")
				w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
		},
	} {
		s := newAppServer(t)
		prepare(s)
		d := s.device()
		_, err := NewApp(keycloaktest.Client(s)).Poll(t.Context(), d, 0)
		if off, measured := d.Clock.Offset(); err == nil || measured || s.Called(pathChallenges) != 1 {
			t.Errorf("%s: error %v, offset %v, %d calls", name, err, off, s.Called(pathChallenges))
		}
		if name != "in a cached Date" && !errors.Is(err, approve.ErrClock) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// FuzzAppChallenge: what is shown can be answered without leaving the realm, and its
// code can not change what is signed.
func FuzzAppChallenge(f *testing.F) {
	s := newAppServer(f)
	s.Ask(testCode, nil, nil)
	f.Add([]byte("[" + string(s.Listed[0].JSON()) + "]"))
	f.Add([]byte(`[{"targetUrl":"https://id.demo.test/realms/demo/login-actions/action-token?key=a.e30.b","codeChallenge":"a,granted:true"}]`))
	f.Add([]byte(`[]`))
	d := s.device()
	p, err := pairingOf(d.Device)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := readAppChallenges(body)
		if err != nil {
			return
		}
		driver := &app{}
		found, dropped := driver.requests(d, p, list)
		if len(found)+dropped > len(list) || len(found) > maxList {
			t.Errorf("%d found, %d dropped of %d", len(found), dropped, len(list))
		}
		for _, r := range found {
			var c answerable
			if err := json.Unmarshal(r.Challenge, &c); err != nil {
				t.Fatal(err)
			}
			target, err := url.Parse(c.Target)
			if err != nil || !strings.EqualFold(target.Hostname(), "id.demo.test") || target.Path != "/realms/demo"+actionToken {
				t.Errorf("target %q, %v", c.Target, err)
			}
			if text := answerText(1, c.Code, false); strings.Count(text, ",") != 2 || strings.Count(text, ":") != 3 || strings.ContainsAny(text, "\r\n") {
				t.Errorf("to sign: %q", text)
			}
			if r.Account != approve.Text(r.Account) || r.App != approve.Text(r.App) || r.OS != approve.Text(r.OS) {
				t.Errorf("request %+v", r)
			}
		}
	})
}
