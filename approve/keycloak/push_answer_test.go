package keycloak

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/keycloak/keycloaktest"
	"nod/vault"
)

func TestPushAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		asked    any
		expected string
		dec      approve.Decision
		state    approve.State
		action   string // "" for none
	}{
		"accept":             {nil, "", approve.Decision{Act: approve.Accept}, approve.Accepted, "approve"},
		"accept with number": {fields{"type": "number-match", "numbers": []string{"5", "34"}}, "5", approve.Decision{Act: approve.Accept, Number: "5"}, approve.Accepted, "approve"},
		"accept with pin":    {fields{"type": "pin", "pinLength": 4}, "0071", approve.Decision{Act: approve.Accept, Number: "0071"}, approve.Accepted, "approve"},
		"deny":               {fields{"type": "pin", "pinLength": 4}, "0071", approve.Decision{Act: approve.Deny}, approve.Denied, "deny"},
		"report":             {nil, "", approve.Decision{Act: approve.Report}, approve.Reported, "deny"},
		"ignore":             {nil, "", approve.Decision{Act: approve.Ignore}, approve.Ignored, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			d := s.device()
			driver := NewPush(keycloaktest.Client(s))
			s.Expected[s.Ask(fields{"userVerification": test.asked})] = test.expected
			listed := s.Challenges[0]
			r := one(t, driver, d)
			var key vault.Signer
			if test.dec.Act == approve.Accept {
				key = approval(t)
			}
			before := len(s.Calls)
			out, err := driver.Answer(t.Context(), d, r, test.dec, key)
			if err != nil || out.State != test.state || out.AnsweredBy != "ana-laptop" {
				t.Errorf("outcome %+v, %v", out, err)
			}
			if got := strings.Join(s.Actions, ","); got != test.action {
				t.Errorf("actions %q, want %q", got, test.action)
			}
			if test.action == "" {
				if len(s.Calls) != before {
					t.Errorf("ignoring called %v", s.Calls[before:])
				}
				return
			}
			s.Challenges = []fields{listed} // a server that shows it again
			if b, err := driver.Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Dropped != 0 {
				t.Errorf("again: %+v, %v", b, err)
			}
			s.Challenges = []fields{listed.With(fields{"clientName": "Bank"})}
			if b, err := driver.Poll(t.Context(), d, 0); err != nil || len(b.Requests) != 0 || b.Dropped != 1 {
				t.Errorf("again with another text: %+v, %v", b, err)
			}
			_, err = driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if answered, ok := errors.AsType[*approve.AnsweredError](err); !ok || answered.State != test.state || len(s.Actions) != 1 {
				t.Errorf("again: %v, actions %v", err, s.Actions)
			}
		})
	}
}

// TestPushWrongNumber: the server would let it be tried again, this driver does not.
func TestPushWrongNumber(t *testing.T) {
	s := newPushServer(t)
	d := s.device()
	driver := NewPush(keycloaktest.Client(s))
	s.AskNumber("34", "5", "34")
	r := one(t, driver, d)
	accept := approve.Decision{Act: approve.Accept, Number: "5"}
	out, err := driver.Answer(t.Context(), d, r, accept, approval(t))
	if !errors.Is(err, approve.ErrNumber) || out.State != approve.Mismatch {
		t.Errorf("outcome %+v, %v", out, err)
	}
	accept.Number = "34"
	if _, err := driver.Answer(t.Context(), d, r, accept, approval(t)); err == nil || len(s.Actions) != 0 {
		t.Errorf("second try: %v, actions %v", err, s.Actions)
	}
}

// TestPushRefusedHere: nothing is sent.
func TestPushRefusedHere(t *testing.T) {
	accept := approve.Decision{Act: approve.Accept, Number: "5"}
	same := func(*approve.Device, *approve.Request) {}
	for name, test := range map[string]struct {
		change func(d *approve.Device, r *approve.Request)
		dec    approve.Decision
		want   error
	}{
		"no number":         {same, approve.Decision{Act: approve.Accept}, approve.ErrNumberNeeded},
		"not one of them":   {same, approve.Decision{Act: approve.Accept, Number: "7"}, approve.ErrNumberNeeded},
		"without asking":    {func(_ *approve.Device, r *approve.Request) { r.Choices = nil }, approve.Decision{Act: approve.Accept}, approve.ErrNumberNeeded},
		"another request":   {func(_ *approve.Device, r *approve.Request) { r.ID = newUUID() }, accept, approve.ErrNoRequest},
		"no challenge":      {func(_ *approve.Device, r *approve.Request) { r.Challenge = nil }, accept, approve.ErrNoRequest},
		"another's account": {swap(testUser, newUUID()), accept, approve.ErrNotOffered},
		"over":              {swap(`"expiresAt":`, `"expiresAt":1,"x":`), accept, approve.ErrExpired},
		"unchecked":         {func(d *approve.Device, _ *approve.Request) { d.Memory["tls.unchecked"] = "yes" }, accept, approve.ErrNotOffered},
		"odd credential":    {func(d *approve.Device, _ *approve.Request) { d.Memory[memoryCredential] = "" }, accept, nil},
		"unknown act":       {same, approve.Decision{Act: "yes"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			d := s.device()
			driver := NewPush(keycloaktest.Client(s))
			s.AskNumber("34", "5", "34")
			r := one(t, driver, d)
			before := len(s.Calls)
			test.change(&d, &r)
			_, err := driver.Answer(t.Context(), d, r, test.dec, approval(t))
			if err == nil || test.want != nil && !errors.Is(err, test.want) || len(s.Calls) != before {
				t.Errorf("error %v, want %v; calls %v", err, test.want, s.Calls[before:])
			}
		})
	}
	s := newPushServer(t)
	d := s.device()
	driver := NewPush(keycloaktest.Client(s))
	s.Ask(nil)
	if _, err := driver.Answer(t.Context(), d, one(t, driver, d), approve.Decision{Act: approve.Accept}, nil); err == nil || len(s.Actions) != 0 {
		t.Errorf("accepted without the PIN: %v", err)
	}
}

// TestPushAnswerMeanings: each answer of the server's, and whether there can be
// another try.
func TestPushAnswerMeanings(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
		again  bool
	}{
		"expired":               {400, `{"error":"Challenge already resolved or expired"}`, approve.ErrExpired, false},
		"number missing":        {400, `{"error":"Missing user verification"}`, approve.ErrNumberNeeded, true},
		"mismatch of no number": {403, `{"error":"User verification mismatch"}`, approve.ErrRefused, true},
		"signature":             {403, `{"error":"Invalid authentication token signature"}`, approve.ErrRefused, true},
		"not there":             {404, "", approve.ErrNoRequest, false},
		"another verdict":       {200, `{"status":"approved"}`, approve.ErrUnreachable, true},
		"no verdict":            {200, "", approve.ErrUnreachable, true},
		"broken":                {503, "", approve.ErrUnreachable, true},
		"removed":               {403, `{"error":"` + notRegistered + `"}`, approve.ErrRevoked, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			d := s.device()
			driver := NewPush(keycloaktest.Client(s))
			s.Ask(nil)
			r := one(t, driver, d)
			s.Lie = atRespond(keycloaktest.Status(test.status, test.body))
			_, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if !errors.Is(err, test.want) || errors.Is(err, approve.ErrNumber) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			s.Lie = nil
			_, err = driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			if sent := len(s.Actions) == 1; sent != test.again {
				t.Errorf("again: sent %v, %v", sent, err)
			}
		})
	}
}

// atRespond lies to answers alone.
func atRespond(lie func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/respond") && lie(w, r)
	}
}

// TestPushConflict: of two answers at once the server takes one; what became of the
// request is read anew.
func TestPushConflict(t *testing.T) {
	const busy = `{"error":"Challenge is currently being resolved"}`
	for name, test := range map[string]struct {
		lie   func(s *pushServer, try int) (status int, body string) // 0: the truth
		state approve.State                                          // of the error; "" when it is sent in the end
		tries int
	}{
		"for a moment": {func(_ *pushServer, try int) (int, string) {
			if try == 1 {
				return 409, busy
			}
			return 0, ""
		}, "", 2},
		"the other was faster": {func(s *pushServer, _ int) (int, string) { s.Challenges = nil; return 409, busy }, approve.Cancelled, 1},
		"approved elsewhere":   {func(*pushServer, int) (int, string) { return 409, `{"error":"Challenge already resolved as APPROVED"}` }, approve.Accepted, 1},
		"denied elsewhere":     {func(*pushServer, int) (int, string) { return 409, `{"error":"Challenge already resolved as DENIED"}` }, approve.Denied, 1},
		"for ever":             {func(*pushServer, int) (int, string) { return 409, busy }, "busy", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPushServer(t)
			d := s.device()
			driver := NewPush(keycloaktest.Client(s))
			s.Ask(nil)
			r := one(t, driver, d)
			try := 0
			s.Lie = atRespond(func(w http.ResponseWriter, r *http.Request) bool {
				try++
				status, body := test.lie(s, try)
				return status != 0 && keycloaktest.Status(status, body)(w, r)
			})
			out, err := driver.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
			answered, isAnswered := errors.AsType[*approve.AnsweredError](err)
			_, isLimited := errors.AsType[*approve.LimitedError](err)
			switch {
			case try != test.tries:
				t.Errorf("%d tries, want %d", try, test.tries)
			case test.state == "" && (err != nil || out.State != approve.Denied):
				t.Errorf("outcome %+v, %v", out, err)
			case test.state == "busy" && !isLimited:
				t.Errorf("error %v", err)
			case test.state != "" && test.state != "busy" && (!isAnswered || answered.State != test.state):
				t.Errorf("error %v, want one with %s", err, test.state)
			}
		})
	}
}
