package server

// The CIBA channel, with the test in the place of a Keycloak: its request to the
// channel and its callback do what those of Keycloak 26 do.

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const callbackPath = "/realms/demo/protocol/openid-connect/ext/ciba/auth/callback"

// realm plays Keycloak.
type realm struct {
	c *asker

	mu    sync.Mutex
	state map[string]string // by token: pending, SUCCEED ..., dropped
	calls []string
	news  chan string
	fail  int // calls that fail with 503 before
}

// realm makes an app for a realm; without a network its address is made up.
func (b *bench) realm() *realm {
	k := &realm{state: map[string]string{}, news: make(chan string, 100)}
	k.c = b.asker("Keycloak", "https://keycloak.demo.test/realms/demo")
	b.through(k)
	return k
}

// ServeHTTP takes results: a token counts while its request is pending, and a
// second result drops the request.
func (k *realm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var result struct {
		Status string `json:"status"`
	}
	err := json.Unmarshal(readAll(r), &result)
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	k.calls = append(k.calls, r.Method+" "+r.URL.Path+" "+result.Status)
	status := http.StatusOK
	switch {
	case k.fail > 0:
		k.fail--
		status = http.StatusServiceUnavailable
	case r.Method != http.MethodPost || r.URL.Path != callbackPath || err != nil || r.Header.Get("Content-Type") != "application/json":
		status = http.StatusBadRequest
	case !ok:
		status = http.StatusUnauthorized
	case k.state[token] != "pending":
		k.state[token] = "dropped"
		status = http.StatusForbidden
	case result.Status != "SUCCEED" && result.Status != "UNAUTHORIZED" && result.Status != "CANCELLED":
		status = http.StatusBadRequest
	default:
		k.state[token] = result.Status
	}
	w.WriteHeader(status)
	k.news <- k.state[token]
}

// token is a bearer token of the realm that runs out at end.
func (k *realm) token(end time.Time) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	id := randomID("", 12)
	token := part(`{"alg":"HS512","typ":"JWT"}`) + "." + part(fmt.Sprintf(`{"exp":%d,"jti":%q,"iss":"https://keycloak.demo.test/realms/demo","typ":"Bearer"}`, end.Unix(), id)) + "." + part("mac")
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state[token] = "pending"
	return token
}

// ask sends what Keycloak sends to its channel.
func (k *realm) ask(token string, message any) (int, protocol.Error) {
	k.c.b.t.Helper()
	return k.c.as(token, http.MethodPost, "/v1/ciba/"+k.c.id+"/"+k.c.secret, message, nil)
}

// hint is Keycloak's message for ana.
func hint(more object) object {
	message := object{"login_hint": "ana", "scope": "openid email", "binding_message": "W4SCT", "is_consent_required": false, "acr_values": nil}
	for name, value := range more {
		message[name] = value
	}
	return message
}

// What the person decides is what the realm is told.
func TestAuthCIBA(t *testing.T) {
	tests := map[string]struct {
		answer func(b *bench, p *phone)
		want   string
	}{
		"accepted": {func(_ *bench, p *phone) { p.decide(p.only(), protocol.ActApprove, "", "") }, "SUCCEED"},
		"denied": {func(_ *bench, p *phone) {
			p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonCancelled)
		}, "UNAUTHORIZED"},
		"reported": {func(_ *bench, p *phone) { p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonNotMe) }, "UNAUTHORIZED"},
		"expired":  {func(b *bench, _ *phone) { b.advance(2 * time.Minute) }, "CANCELLED"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			k, p := b.realm(), b.paired("ana@demo.test", "one")
			token := k.token(b.now().Add(5 * time.Minute))
			if status, e := k.ask(token, hint(nil)); status != http.StatusCreated {
				t.Fatalf("ask: %d %+v", status, e)
			}
			if c := p.challenge(p.only()); c.App != "Keycloak" || c.Message != "W4SCT" || c.Action != "sign in" || c.NumberNeeded {
				t.Errorf("the device sees %+v", c)
			}
			test.answer(b, p)
			if got := <-k.news; got != test.want {
				t.Errorf("the realm is told %s, want %s", got, test.want)
			}
		})
	}
}

func TestAuthCIBAConsent(t *testing.T) {
	b := newBench(t)
	k, p := b.realm(), b.paired("ana@demo.test", "one")
	if status, e := k.ask(k.token(b.now().Add(time.Minute)), hint(object{"login_hint": "Ana@demo.test", "is_consent_required": true})); status != http.StatusCreated {
		t.Fatalf("ask: %d %+v", status, e)
	}
	c := p.challenge(p.only())
	if c.Action != "allow openid email" || c.Expires-c.IssuedAt != 60 {
		t.Errorf("the device sees %+v", c)
	}
}

func TestAuthCIBARefusals(t *testing.T) {
	b := newBench(t)
	k, other := b.realm(), b.asker("Deploy", "https://deploy.demo.test/hook")
	hour := b.now().Add(time.Hour - time.Second)
	refused := func(name, path, token string, message any, status int, code string) {
		t.Helper()
		if got, e := k.c.as(token, http.MethodPost, path, message, nil); got != status || e.Code != code {
			t.Errorf("%s: %d %s, want %d %s", name, got, e.Code, status, code)
		}
	}
	right := "/v1/ciba/" + k.c.id + "/" + k.c.secret
	refused("wrong secret", "/v1/ciba/"+k.c.id+"/x", k.token(hour), hint(nil), 401, codeUnauthorized)
	refused("no such app", "/v1/ciba/a-NONE/"+k.c.secret, k.token(hour), hint(nil), 401, codeUnauthorized)
	refused("another's secret", "/v1/ciba/"+k.c.id+"/"+other.secret, k.token(hour), hint(nil), 401, codeUnauthorized)
	refused("no realm", "/v1/ciba/"+other.id+"/"+other.secret, k.token(hour), hint(nil), 409, codeNoCallback)
	refused("not JSON", right, k.token(hour), "{", 400, protocol.CodeBadRequest)
	refused("oversize", right, k.token(hour), strings.Repeat(" ", protocol.MaxBody+1), 400, protocol.CodeBadRequest)
	refused("no token", right, "", hint(nil), 400, protocol.CodeBadRequest)
	refused("huge token", right, strings.Repeat("t", maxToken+1), hint(nil), 400, protocol.CodeBadRequest)
	refused("token of the past", right, k.token(b.now().Add(-time.Minute)), hint(nil), 400, protocol.CodeBadRequest)
	refused("nobody", right, k.token(hour), hint(object{"login_hint": ""}), 400, protocol.CodeBadRequest)
	refused("message", right, k.token(hour), hint(object{"binding_message": "\x1b[2J"}), 400, protocol.CodeBadRequest)
	refused("unknown", right, k.token(hour), hint(object{"login_hint": "dora"}), 404, codeUnknownUser)
	refused("no device", right, k.token(hour), hint(nil), 409, codeNoDevice)
	p := b.paired("ana@demo.test", "one")
	token := k.token(hour)
	if status, e := k.ask(token, hint(nil)); status != http.StatusCreated {
		t.Fatalf("ask: %d %+v", status, e)
	}
	refused("too soon", right, k.token(hour), hint(nil), 429, protocol.CodeTooMany)
	b.advance(time.Second)
	refused("the same token", right, token, hint(nil), 409, protocol.CodeUsed)
	p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonNotMe)
	refused("the same token after the end", right, token, hint(nil), 409, protocol.CodeUsed)
	refused("paused", right, k.token(hour), hint(nil), 409, codePaused)
	// The app's other door shows the request to no other app.
	var id string
	b.update(func(tx *store.Tx) error {
		all, err := tx.Answered(b.user("ana").ID, "rms", 1)
		if len(all) == 1 {
			id = all[0].ID
		}
		return err
	})
	if status, e := other.call(http.MethodGet, "/v1/auth/"+id, nil, nil); status != http.StatusNotFound {
		t.Errorf("another app: %d %+v", status, e)
	}
}

// A realm that is away for a while is told later; never twice.
func TestAuthCIBARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		k, p := b.realm(), b.paired("ana@demo.test", "one")
		k.fail = 2
		token := k.token(time.Now().Add(2 * time.Minute))
		k.ask(token, hint(nil))
		p.decide(p.only(), protocol.ActApprove, "", "")
		begin := time.Now()
		for <-k.news != "SUCCEED" {
		}
		if took := time.Since(begin).Truncate(time.Second); took != 7*time.Second {
			t.Errorf("told after %v, want 7s", took)
		}
		time.Sleep(time.Hour)
		if len(k.calls) != 3 || k.state[token] != "SUCCEED" {
			t.Errorf("calls %q, state %s", k.calls, k.state[token])
		}
	})
}

// When the realm's token has run out nobody tries on; a realm that refuses is not
// asked again.
func TestAuthCIBAGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		k, p := b.realm(), b.paired("ana@demo.test", "one")
		k.fail = 1000
		k.ask(k.token(time.Now().Add(time.Minute)), hint(nil))
		q := p.only()
		p.decide(q, protocol.ActApprove, "", "")
		time.Sleep(time.Hour)
		if d := b.delivery(q.ID); d.State != store.DeliveryFailed || d.Problem != "the realm answers with status 503" || len(k.calls) != d.Tries || d.Tries < 4 || d.Tries > 6 {
			t.Errorf("after %d calls: %+v", len(k.calls), d)
		}
		k.fail, k.calls = 0, nil
		token := k.token(time.Now().Add(time.Minute))
		k.ask(token, hint(nil))
		k.state[token] = "SUCCEED" // someone else has ended it there
		q = p.only()
		p.decide(q, protocol.ActApprove, "", "")
		time.Sleep(time.Hour)
		if d := b.delivery(q.ID); d.State != store.DeliveryFailed || d.Tries != 1 || len(k.calls) != 1 {
			t.Errorf("after %d calls: %+v", len(k.calls), d)
		}
		b.wantAudit(auditDeliveryFailed, 2)
	})
}

// Real connections: a redirect is not followed with the token, and a result that
// may have arrived is not sent again.
func TestAuthCIBATarget(t *testing.T) {
	b := newBench(t)
	c := b.asker("Keycloak", "")
	h := newHook()
	h.answer = func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
			return
		}
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	site := httptest.NewServer(h)
	t.Cleanup(site.Close)
	var a store.App
	b.update(func(tx *store.Tx) (err error) {
		a, err = tx.App(c.id)
		return err
	})
	d := store.Delivery{Event: "e", Token: b.keys.seal([]byte("token"), "e"), Body: `{"status":"SUCCEED"}`}
	for _, test := range []struct {
		address string
		want    outcome
	}{
		{site.URL + "/realms/demo/", outcome{final: true, problem: "the realm answers with status 307"}},
		{site.URL + "/realms/demo", outcome{final: true, problem: "the connection failed"}},
		{"http://127.0.0.1:1/realms/demo", outcome{problem: "it can not be reached"}},
		{site.URL + "/hook", outcome{final: true, problem: "the app's address is not that of a realm any more"}},
		{"http://demo.test/realms/demo", outcome{final: true, problem: "read address: the address is not https"}},
	} {
		a.Webhook = test.address
		if got := b.tellRealm(t.Context(), a, d); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.address, got, test.want)
		}
	}
	for _, m := range h.all() {
		if m.path != callbackPath || m.header.Get("Authorization") != "Bearer token" {
			t.Errorf("called %s with %q", m.path, m.header.Get("Authorization"))
		}
	}
	if len(h.all()) != 2 {
		t.Errorf("%d calls, want 2", len(h.all()))
	}
}

// FuzzTokenEnd: no token moves the end into the far future or fails.
func FuzzTokenEnd(f *testing.F) {
	now := time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)
	for _, payload := range []string{`{"exp":1}`, `{"exp":9223372036854775807}`, `{"exp":"x"}`, `{"exp":-1}`, `[`} {
		f.Add("a." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".b")
	}
	f.Add("opaque")
	f.Fuzz(func(t *testing.T, token string) {
		if end := tokenEnd(token, now); end.After(now.Add(time.Hour)) {
			t.Errorf("%q ends at %v", token, end)
		}
	})
}
