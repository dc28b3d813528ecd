package keycloak

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
	"nod/approve/keycloak/keycloaktest"
)

func TestPushPoll(t *testing.T) { synctest.Test(t, pushPoll) }

func pushPoll(t *testing.T) {
	s := newPushServer(t)
	d := s.device()
	driver := NewPush(keycloaktest.Client(s))
	if b, err := driver.Poll(t.Context(), d, time.Minute); err != nil || len(b.Requests) != 0 || b.Interval != pollEvery {
		t.Errorf("batch %+v, %v", b, err)
	}
	now := time.Now()
	id := s.Ask(fields{"username": "a\x1b[31mna", "clientName": "Wi\u202eki"})
	r := one(t, driver, d)
	if r.ID != id || r.Account != "ana" || r.App != "Wiki" || r.Device != d.ID || r.Server != testOrigin || r.State != approve.Waiting || r.Asks() {
		t.Errorf("request %+v", r)
	}
	if !near(r.AskedAt, now) || !near(r.ExpiresAt, now.Add(4*time.Minute)) || len(r.Warnings) != 0 || r.Acts != nil {
		t.Errorf("request %+v, now %v", r, now)
	}
	if got := s.Called("POST " + pathToken); got != 1 {
		t.Errorf("%d tokens for two polls", got)
	}
}

// TestPushVerification is what the sign-in page shows, as the person will be asked.
func TestPushVerification(t *testing.T) {
	for name, test := range map[string]struct {
		asked   any
		choices []string
		length  int
		dropped int
	}{
		"none":             {nil, nil, 0, 0},
		"numbers":          {fields{"type": "number-match", "numbers": []string{"5", "34", "0"}}, []string{"5", "34", "0"}, 0, 0},
		"pin":              {fields{"type": "pin", "pinLength": 4, "numbers": nil}, nil, 4, 0},
		"one number":       {fields{"type": "number-match", "numbers": []string{"5"}}, nil, 0, 1},
		"no numbers":       {fields{"type": "number-match"}, nil, 0, 1},
		"a number twice":   {fields{"type": "number-match", "numbers": []string{"5", "5"}}, nil, 0, 1},
		"many numbers":     {fields{"type": "number-match", "numbers": strings.Split("1 2 3 4 5 6 7 8 9 10 11", " ")}, nil, 0, 1},
		"escapes":          {fields{"type": "number-match", "numbers": []string{"5", "\x1b[2J"}}, nil, 0, 1},
		"three digits":     {fields{"type": "number-match", "numbers": []string{"5", "100"}}, nil, 0, 1},
		"words":            {fields{"type": "number-match", "numbers": []string{"5", "yes"}}, nil, 0, 1},
		"pin of nothing":   {fields{"type": "pin"}, nil, 0, 1},
		"pin of a hundred": {fields{"type": "pin", "pinLength": 100}, nil, 0, 1},
		"something else":   {fields{"type": "voice"}, nil, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			d := s.device()
			s.Ask(fields{"userVerification": test.asked})
			b, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), d, 0)
			if err != nil || b.Dropped != test.dropped || len(b.Requests) != 1-test.dropped {
				t.Fatalf("batch %+v, %v", b, err)
			}
			if len(b.Requests) == 1 && (!slices.Equal(b.Requests[0].Choices, test.choices) || b.Requests[0].CodeLength != test.length) {
				t.Errorf("request %+v", b.Requests[0])
			}
		})
	}
}

// TestPushDowngrade: once requests have asked for a number, one that does not is told
// apart.
func TestPushDowngrade(t *testing.T) {
	s := newPushServer(t)
	d := s.device()
	driver := NewPush(keycloaktest.Client(s))
	s.Ask(nil)
	if b, err := driver.Poll(t.Context(), d, 0); err != nil || b.Memory != nil || len(b.Requests[0].Warnings) != 0 {
		t.Errorf("batch %+v, %v", b, err)
	}
	s.AskPIN("0071")
	b, err := driver.Poll(t.Context(), d, 0)
	if err != nil || len(b.Memory) != len(d.Memory)+1 || len(d.Memory) != 3 {
		t.Fatalf("batch %+v, %v", b, err)
	}
	d.Memory = b.Memory
	b, err = driver.Poll(t.Context(), d, 0)
	if err != nil || b.Memory != nil || len(b.Requests[0].Warnings) != 1 || len(b.Requests[1].Warnings) != 0 {
		t.Errorf("batch %+v, %v", b, err)
	}
}

// TestPushHostile: what is listed and must not be shown.
func TestPushHostile(t *testing.T) {
	for name, test := range map[string]struct {
		change  fields
		dropped int
	}{
		"another's account": {fields{"userId": newUUID()}, 1},
		"no account":        {fields{"userId": nil}, 1},
		"no id":             {fields{"cid": nil}, 1},
		"a path for an id":  {fields{"cid": "../lockout"}, 1},
		"no end":            {fields{"expiresAt": nil}, 1},
		"for a week":        {fields{"expiresAt": time.Now().Add(7 * 24 * time.Hour).Unix()}, 1},
		"from tomorrow":     {fields{"createdAt": time.Now().Add(24 * time.Hour).Unix()}, 1},
		"from long ago":     {fields{"createdAt": 1}, 1},
		"over":              {fields{"expiresAt": time.Now().Unix() - 1}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			d := s.device()
			s.Ask(test.change)
			if b, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Dropped != test.dropped {
				t.Errorf("batch %+v, %v", b, err)
			}
		})
	}
	s := newPushServer(t)
	d := s.device()
	s.Ask(nil)
	for range 99 {
		s.Challenges = append(s.Challenges, s.Challenges[0])
	}
	if b, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 1 || b.Dropped != 99 {
		t.Errorf("%d requests, %d dropped, %v", len(b.Requests), b.Dropped, err)
	}
}

// TestPushNoCreation: older releases do not say since when a request waits.
func TestPushNoCreation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPushServer(t)
		d := s.device()
		driver := NewPush(keycloaktest.Client(s))
		s.Ask(fields{"createdAt": nil, "clientName": nil})
		first := one(t, driver, d)
		time.Sleep(9 * time.Second)
		if again := one(t, driver, d); !near(again.AskedAt, first.AskedAt) || !near(first.AskedAt, time.Now().Add(-9*time.Second)) || again.App != "wiki" {
			t.Errorf("request %+v, then %+v", first, again)
		}
	})
}

func TestPushPollErrors(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		want   error
	}{
		{403, fmt.Sprintf(`{"error":%q}`, notRegistered), approve.ErrRevoked},
		{403, `{"error":"Access token DPoP binding mismatch"}`, approve.ErrRefused},
		{403, "", approve.ErrRefused},
		{401, "", approve.ErrRefused},
		{400, `{"error":"DPoP proof missing iat"}`, approve.ErrRefused},
		{404, `{"error":"User not found"}`, approve.ErrRefused},
		{429, "", nil},
		{200, "<html>", approve.ErrUnreachable},
		{200, "{}", approve.ErrUnreachable},
		{200, `{"challenges":null}`, approve.ErrUnreachable},
		{200, `{"challenges":[{"cid":1}]}`, approve.ErrUnreachable},
		{200, `{"challenges":[],"challenges":[]}`, approve.ErrUnreachable},
		{204, "", approve.ErrUnreachable},
		{500, "", approve.ErrUnreachable},
		{200, strings.Repeat(" ", maxBody+1), approve.ErrUnreachable},
	} {
		s := newPushServer(t)
		d := s.device()
		s.Lie = func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/login/pending") && keycloaktest.Status(test.status, test.body)(w, r)
		}
		_, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), d, 0)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || errors.Is(err, approve.ErrRevoked) != (test.want == approve.ErrRevoked) {
			t.Errorf("%d %.40s: error %v, want %v", test.status, test.body, err, test.want)
		}
		if strings.Contains(err.Error(), "token-") || strings.Contains(err.Error(), testClientSecret) {
			t.Errorf("the error has a secret: %v", err)
		}
	}
}

// TestPushRemoved: a device that the person removed at the site.
func TestPushRemoved(t *testing.T) {
	s := newPushServer(t)
	d := s.device()
	delete(s.Devices, d.RemoteID)
	if _, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), d, 0); !errors.Is(err, approve.ErrRevoked) {
		t.Errorf("error %v", err)
	}
	d.Memory = approve.Trust{Unchecked: true}.Remember(d.Memory)
	if _, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), d, 0); !errors.Is(err, approve.ErrRefused) || errors.Is(err, approve.ErrRevoked) {
		t.Errorf("from anyone on the way: %v", err)
	}
}

// TestPushTokens: a token is used until shortly before its end, and another is asked
// for when the server has forgotten it.
func TestPushTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPushServer(t)
		d := s.device()
		driver := NewPush(keycloaktest.Client(s))
		poll := func(want int) {
			t.Helper()
			if _, err := driver.Poll(t.Context(), d, 0); err != nil || s.Called("POST "+pathToken) != want {
				t.Errorf("error %v, %d tokens, want %d", err, s.Called("POST "+pathToken), want)
			}
		}
		poll(1)
		time.Sleep(270 * time.Second)
		poll(1)
		time.Sleep(11 * time.Second)
		poll(2)
		clear(s.Tokens) // it was started anew
		poll(3)
		s.Life = 0
		clear(s.Tokens)
		poll(4)
		poll(5) // a token without a life is used once
		if err := driver.Unpair(t.Context(), d, false); err != nil {
			t.Error(err)
		}
	})
}

// TestPushClock: proofs are made by the server's clock.
func TestPushClock(t *testing.T) {
	for _, offset := range []time.Duration{10 * time.Second, 10 * time.Minute, -10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := newPushServer(t)
			s.Offset = offset
			d := s.device()
			driver := NewPush(keycloaktest.Client(s))
			s.Ask(nil)
			r := one(t, driver, d)
			if !near(r.ExpiresAt, time.Now().Add(4*time.Minute)) || !near(r.AskedAt, time.Now()) {
				t.Errorf("%v: request %+v", offset, r)
			}
			s.Offset = -offset // it changes between poll and answer
			_, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if err != nil || len(s.Actions) != 1 {
				t.Errorf("%v: %v, actions %v", offset, err, s.Actions)
			}
		})
	}
	s := newPushServer(t)
	s.Dates, s.Offset = false, time.Hour
	if _, err := NewPush(keycloaktest.Client(s)).Poll(t.Context(), s.device(), 0); !errors.Is(err, approve.ErrClock) {
		t.Errorf("without a Date: %v", err)
	}
}

// FuzzPushChallenge: what is shown is of the account, safe to print and to answer.
func FuzzPushChallenge(f *testing.F) {
	s := newPushServer(f)
	d := s.device()
	s.AskNumber("34", "5", "34")
	f.Add(fields{"challenges": s.Challenges}.JSON())
	f.Add([]byte(`{"challenges":[{"cid":"x","userVerification":{"type":"pin","pinLength":4}}]}`))
	a, err := accountOf(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := readPushChallenges(body)
		if err != nil {
			return
		}
		driver := &push{first: map[requestKey]time.Time{}}
		found, dropped := driver.requests(d, a, list)
		if len(found)+dropped > len(list) || len(found) > maxList {
			t.Errorf("%d found, %d dropped of %d", len(found), dropped, len(list))
		}
		for _, r := range found {
			if !uuid().MatchString(r.ID) || r.App != approve.Text(r.App) || r.Account != approve.Text(r.Account) || r.CodeLength > maxPIN {
				t.Errorf("request %+v", r)
			}
			for _, choice := range r.Choices {
				if approve.Text(choice) != choice || !r.Fits(choice) {
					t.Errorf("choice %q", choice)
				}
			}
		}
	})
}
