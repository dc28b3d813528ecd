package server

// The app API: what an app may ask, and what it is refused.

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func TestAuthAccepted(t *testing.T) {
	b := newBench(t)
	c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
	started := c.start(object{"action": "deploy", "message": "nod 1.0.0 to production", "ttl": 60})
	if len(started.Number) != 2 || started.ExpiresIn != 60 || started.Interval != 5 || !started.Time.Equal(b.now()) {
		t.Errorf("started = %+v", started)
	}
	q := p.only()
	got := p.challenge(q)
	if got.App != "Deploy" || got.Action != "deploy" || got.Message != "nod 1.0.0 to production" || got.IP != "192.0.2.10" ||
		got.Browser != "Firefox 145" || got.OS != "Linux" || got.Account != "ana@demo.test" || !got.NumberNeeded || got.ID != started.ID {
		t.Errorf("the device sees %+v", got)
	}
	if s := c.stands(started.ID); s.State != "pending" || s.At != nil || s.Method != "" {
		t.Errorf("before an answer: %+v", s)
	}
	p.decide(q, protocol.ActApprove, started.Number, "")
	s := c.stands(started.ID)
	if s.State != "accepted" || s.Method != "device" || s.Device != "one" || s.At == nil || !s.At.Equal(b.now()) {
		t.Errorf("accepted: %+v", s)
	}
	b.wantAudit(auditRequestCreated, 1)
	b.wantAudit(auditRequestAnswered, 1)
	var lines []store.Activity
	b.update(func(tx *store.Tx) (err error) {
		lines, err = tx.Activities(b.user("ana").ID, "rms", kindAnswer, 10)
		return err
	})
	if len(lines) != 1 || lines[0].Result != "accepted" || lines[0].Device != "Deploy, one" {
		t.Errorf("activity = %+v", lines)
	}
}

// Every end has its own state.
func TestAuthEnds(t *testing.T) {
	tests := map[string]struct {
		end    func(b *bench, c *asker, p *phone, started authStarted)
		device string
	}{
		"denied": {func(_ *bench, _ *asker, p *phone, _ authStarted) {
			p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonCancelled)
		}, "one"},
		"reported": {func(_ *bench, _ *asker, p *phone, _ authStarted) {
			p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonNotMe)
		}, "one"},
		"number_mismatch": {func(_ *bench, _ *asker, p *phone, started authStarted) {
			wrong := "00"
			if started.Number == wrong {
				wrong = "01"
			}
			p.decide(p.only(), protocol.ActApprove, wrong, "")
		}, "one"},
		"expired": {func(b *bench, _ *asker, _ *phone, _ authStarted) { b.advance(2 * time.Minute) }, ""},
		"cancelled": {func(b *bench, c *asker, _ *phone, started authStarted) {
			for range 2 { // a second time changes nothing
				if status, e := c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil); status != http.StatusNoContent {
					b.t.Errorf("cancel: %d %+v", status, e)
				}
			}
		}, ""},
	}
	for state, test := range tests {
		t.Run(state, func(t *testing.T) {
			b := newBench(t)
			c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
			started := c.start(nil)
			test.end(b, c, p, started)
			got := c.stands(started.ID)
			if got.State != state || got.Device != test.device || got.At == nil || (got.Ticket != "") != (state == "reported") {
				t.Errorf("stands %+v", got)
			}
			if rest := p.poll("").Requests; len(rest) != 0 {
				t.Errorf("the device still sees %+v", rest)
			}
			status, e := c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil)
			switch state {
			case "cancelled":
			case "expired":
				if status != http.StatusGone || e.Code != protocol.CodeExpired {
					t.Errorf("cancel: %d %s", status, e.Code)
				}
			default:
				if status != http.StatusConflict || e.Code != protocol.CodeAnswered || e.Decision != state {
					t.Errorf("cancel: %d %+v", status, e)
				}
			}
		})
	}
}

// Who has no secret learns nothing, not even whether a person or app exists.
func TestAuthSecret(t *testing.T) {
	b := newBench(t)
	c, other := b.asker("Deploy", ""), b.asker("Wiki", "")
	b.paired("ana@demo.test", "one")
	started := c.start(nil)
	closed := b.asker("Old", "")
	b.update(func(tx *store.Tx) error {
		a, err := tx.App(closed.id)
		a.ClosedAt = b.millis()
		return errors.Join(err, tx.SetApp(a))
	})
	rotated := b.asker("Rotated", "")
	b.update(func(tx *store.Tx) error {
		a, err := tx.App(rotated.id)
		a.OldHash, a.OldUntil, a.Hash = a.Hash, b.millis()+1000, b.appHash(a.ID, "new")
		return errors.Join(err, tx.SetApp(a))
	})
	for _, secret := range []string{"new", rotated.secret} {
		if status, e := rotated.as(rotated.id+"."+secret, http.MethodPost, "/v1/auth", object{"user": "nobody"}, nil); status != http.StatusNotFound {
			t.Errorf("rotated secret: %d %+v", status, e)
		}
	}
	b.advance(time.Second)
	var texts []string
	for name, credentials := range map[string]string{
		"none": "", "no dot": c.id, "empty secret": c.id + ".", "wrong secret": c.id + ".x", "another's secret": c.id + "." + other.secret,
		"no such app": "a-NONE." + c.secret, "closed": closed.id + "." + closed.secret, "no longer": rotated.id + "." + rotated.secret,
	} {
		for _, user := range []string{"ana@demo.test", "nobody@demo.test"} {
			status, e := c.as(credentials, http.MethodPost, "/v1/auth", object{"user": user}, nil)
			if status != http.StatusUnauthorized || e.Code != codeUnauthorized {
				t.Errorf("%s: %d %s, want 401 unauthorized", name, status, e.Code)
			}
			texts = append(texts, e.Message)
		}
		if status, e := c.as(credentials, http.MethodGet, "/v1/auth/"+started.ID, nil, nil); status != http.StatusUnauthorized || e.Code != codeUnauthorized {
			t.Errorf("%s: %d %s, want 401 unauthorized", name, status, e.Code)
		}
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("refusals differ: %q, %q", text, texts[0])
		}
	}
	// Another app's request is none, whatever is asked.
	for method, path := range map[string]string{http.MethodGet: "", http.MethodDelete: "", http.MethodPost: "/code"} {
		if status, e := other.call(method, "/v1/auth/"+started.ID+path, object{"code": "123456"}, nil); status != http.StatusNotFound || e.Code != protocol.CodeNotFound {
			t.Errorf("%s by another app: %d %s, want 404", method, status, e.Code)
		}
	}
	if s := c.stands(started.ID); s.State != "pending" {
		t.Errorf("afterwards it stands %+v", s)
	}
}

func TestAuthRefusals(t *testing.T) {
	b := newBench(t, func(c *Config) { c.PushSpacing = 10 * time.Second })
	c := b.asker("Deploy", "")
	b.update(func(tx *store.Tx) error {
		cleo, err := tx.UserByName("cleo")
		cleo.ClosedAt = b.millis()
		return errors.Join(err, tx.SetUser(cleo))
	})
	refused := func(name string, message any, status int, code, field string) protocol.Error {
		t.Helper()
		got, e := c.call(http.MethodPost, "/v1/auth", message, nil)
		if got != status || e.Code != code || e.Field != field {
			t.Errorf("%s: %d %s field %q, want %d %s field %q", name, got, e.Code, e.Field, status, code, field)
		}
		return e
	}
	ana := func(name string, value any) object { return object{"user": "ana", name: value} }
	refused("not JSON", "{", 400, protocol.CodeBadRequest, "")
	refused("oversize", `{"user":"`+strings.Repeat("a", protocol.MaxBody)+`"}`, 400, protocol.CodeBadRequest, "")
	refused("no user", object{}, 400, protocol.CodeBadRequest, "user")
	refused("bad ip", ana("ip", "here"), 400, protocol.CodeBadRequest, "ip")
	refused("long message", ana("message", strings.Repeat("m", maxMessage+1)), 400, protocol.CodeBadRequest, "message")
	refused("two lines", ana("message", "a\nb"), 400, protocol.CodeBadRequest, "message")
	refused("bidi", ana("message", "a\u202eb"), 400, protocol.CodeBadRequest, "message")
	refused("short life", ana("ttl", 29), 400, protocol.CodeBadRequest, "ttl")
	refused("long life", ana("ttl", 301), 400, protocol.CodeBadRequest, "ttl")
	refused("unknown", object{"user": "dora"}, 404, codeUnknownUser, "user")
	refused("closed", object{"user": "cleo"}, 404, codeUnknownUser, "user")
	refused("no device", object{"user": "ana"}, 409, codeNoDevice, "")
	refused("nothing to show a code of", ana("push", false), 409, codeNoDevice, "")

	p := b.paired("ana@demo.test", "one")
	c.start(nil)
	if e := refused("too soon", ana("ttl", 0), 429, protocol.CodeTooMany, ""); e.RetryAfter != 10 {
		t.Errorf("retry after %d, want 10", e.RetryAfter)
	}
	b.asker("Wiki", "").start(nil) // the spacing is for each app
	b.advance(10 * time.Second)
	c.start(nil)
	b.advance(10 * time.Second)
	refused("three wait", ana("ttl", 0), 429, protocol.CodeTooMany, "")

	p.decide(p.poll("").Requests[0], protocol.ActDeny, "", protocol.ReasonNotMe)
	b.advance(5 * time.Minute)
	if e := refused("paused", ana("ttl", 0), 409, codePaused, ""); e.RetryAfter != 15*60 {
		t.Errorf("paused for %d s more, want 900", e.RetryAfter)
	}
}

// FuzzCleanMessage: what is accepted is shown as it came.
func FuzzCleanMessage(f *testing.F) {
	for _, seed := range []string{"", "pay 30 EUR", "a\u202eb", "\x1b[2J", " x ", strings.Repeat("ä", 51)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		message, ok := cleanMessage(text)
		if ok && (message != strings.TrimSpace(text) || cleanName(message) != message || len([]rune(message)) > maxMessage) {
			t.Errorf("%q was accepted as %q", text, message)
		}
	})
}
