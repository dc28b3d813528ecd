package server

// Every operation of docs/openapi.yaml and every answer that it documents comes
// up: mostly in the tests of the calls themselves, the rest here.

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// signedCalls are the operations that a paired device signs.
var signedCalls = []struct{ method, path string }{
	{http.MethodGet, "/v1/device"},
	{http.MethodPatch, "/v1/device"},
	{http.MethodDelete, "/v1/device"},
	{http.MethodGet, "/v1/requests"},
	{http.MethodPost, "/v1/requests/r-NONE/answer"},
	{http.MethodPost, "/v1/pause"},
	{http.MethodGet, "/v1/activity"},
}

// secretCalls are the operations of apps, and those of the admin API.
var secretCalls = []struct{ method, path string }{
	{http.MethodPost, "/v1/auth"},
	{http.MethodGet, "/v1/auth/r-NONE"},
	{http.MethodDelete, "/v1/auth/r-NONE"},
	{http.MethodPost, "/v1/auth/r-NONE/code"},
	{http.MethodGet, "/v1/admin/policy/rms"},
	{http.MethodPut, "/v1/admin/policy/rms"},
	{http.MethodGet, "/v1/admin/users"},
	{http.MethodPost, "/v1/admin/users/u-ben/reset"},
	{http.MethodGet, "/v1/admin/audit"},
}

func TestOpenAPI(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"meta", TestMeta},
		{"call errors", TestCallErrors},
		{"rename", TestRename},
		{"last device", TestLastDevice},
		{"email", TestEmail},
		{"email limits", TestEmailLimits},
		{"pair errors", TestPairErrors},
		{"pair codes", TestWrongCodes},
		{"pairing life", TestPairingLife},
		{"simulated", simulatedPairing},
		{"wrong number", TestWrongNumber},
		{"forged", TestForgedDecisions},
		{"late", TestLateAnswer},
		{"report", TestDenyAndReport},
		{"pause", TestAuthPause},
		{"activity", TestAuthActivity},
		{"auth", TestAuthEnds},
		{"auth refusals", TestAuthRefusals},
		{"auth secret", TestAuthSecret},
		{"auth code", TestAuthCode},
		{"auth silent", TestAuthSilent},
		{"slow down", TestAuthSlowDown},
		{"ciba", TestAuthCIBARefusals},
		{"admin", TestAdminAPI},
		{"admin users", TestAdminAPIUsers},
		{"signed", signedErrors},
		{"states", stateErrors},
		{"pair", pairErrors},
		{"oversize", oversize},
		{"wrong secrets", wrongSecrets},
		{"admin errors", adminErrors},
		{"health", health},
		{"internal", internalErrors},
	} {
		t.Run(test.name, test.do)
	}
	for _, key := range theAPI().missing() {
		t.Errorf("no test brings %s", key)
	}
}

// want makes a call and checks the error.
func (p *phone) want(r *http.Request, status int, code string) {
	p.b.t.Helper()
	if got, e := p.send(r, nil); got != status || e.Code != code {
		p.b.t.Errorf("%s %s: %d %s, want %d %s", r.Method, r.URL.Path, got, e.Code, status, code)
	}
}

func signedErrors(t *testing.T) {
	b := newBench(t)
	p, stranger := b.paired("ana@demo.test", "one"), b.phone("stranger")
	for _, call := range signedCalls {
		p.want(stranger.request(call.method, call.path, object{}), 401, protocol.CodeBadSignature)
		body := []byte("{}")
		r, _ := http.NewRequest(call.method, testOrigin+call.path, bytes.NewReader(body))
		if err := protocol.SignRequest(r, body, p.transport, b.now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		p.want(r, 400, protocol.CodeClockSkew)
		nonces := func(n int) {
			b.update(func(tx *store.Tx) error {
				for range n {
					if _, err := tx.UseNonce(protocol.Thumbprint(p.transport.Public()), randomID("", 12), b.millis()); err != nil {
						return err
					}
				}
				return nil
			})
		}
		nonces(maxCalls)
		p.want(p.request(call.method, call.path, object{}), 429, protocol.CodeSlowDown)
		b.advance(5 * time.Minute)
	}
	for _, call := range signedCalls {
		p := b.paired("ben@demo.test", call.method+" "+call.path)
		r := p.request(call.method, call.path, object{})
		again := r.Clone(t.Context())
		again.Body, _ = r.GetBody()
		p.send(r, nil)
		p.want(again, 401, protocol.CodeReplayed)
	}
}

// stateErrors: what devices in other states than active are told.
func stateErrors(t *testing.T) {
	b := newBench(t)
	ben := "ben@demo.test"
	register := func(name string) *phone {
		code, err := b.RegistrationCode(t.Context(), ben)
		if err != nil {
			t.Fatal(err)
		}
		p := b.phone(name)
		if status, e := p.register("", code); status != http.StatusAccepted {
			t.Fatalf("pair: %d %+v", status, e)
		}
		return p
	}
	refused := register("refused")
	b.advance(pairingLife)
	pending, removed, active := register("pending"), b.paired(ben, "removed"), b.paired(ben, "active")
	removed.call(http.MethodDelete, "/v1/device", nil, nil)
	for _, call := range signedCalls {
		if call.path != "/v1/device" || call.method == http.MethodPatch { // a pending device may look, and give up
			pending.want(pending.request(call.method, call.path, object{}), 403, protocol.CodeDevicePending)
		}
		refused.want(refused.request(call.method, call.path, object{}), 403, protocol.CodePairingRefused)
		removed.want(removed.request(call.method, call.path, object{}), 403, protocol.CodeDeviceRevoked)
	}
	if err := b.CloseUser(t.Context(), ben); err != nil {
		t.Fatal(err)
	}
	for _, call := range signedCalls {
		active.want(active.request(call.method, call.path, object{}), 403, protocol.CodeAccountClosed)
	}
}

// simulatedPairing: where people are real no simulated device pairs.
func simulatedPairing(t *testing.T) {
	data := t.TempDir()
	newBench(t, func(c *Config) { c.Data = data }).Close() // for its people
	b := newBench(t, func(c *Config) { c.Data, c.Demo = data, false })
	code, err := b.RegistrationCode(t.Context(), "ben@demo.test")
	if err != nil {
		t.Fatal(err)
	}
	p := b.phone("sim")
	message := p.pairRequest("", code)
	message.Simulated = true
	p.want(p.request(http.MethodPost, protocol.PathPair, message), 403, protocol.CodePairingRefused)
}

func pairErrors(t *testing.T) {
	b := newBench(t)
	code, _ := b.RegistrationCode(t.Context(), "ana@demo.test")
	p := b.phone("one")
	body, _ := json.Marshal(p.pairRequest("", code))
	r, _ := http.NewRequest(http.MethodPost, testOrigin+protocol.PathPair, bytes.NewReader(body))
	if err := protocol.SignRequest(r, body, p.transport, b.now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	p.want(r, 400, protocol.CodeClockSkew)
	r = p.request(http.MethodPost, protocol.PathPair, p.pairRequest("", code))
	again := r.Clone(t.Context())
	again.Body, _ = r.GetBody()
	p.send(r, nil)
	p.want(again, 401, protocol.CodeReplayed)
	p.want(p.request(http.MethodPost, protocol.PathPair, p.pairRequest("", code)), 409, protocol.CodeUsed)
	b.update(func(tx *store.Tx) error {
		for range maxCalls {
			if _, err := tx.UseNonce(protocol.Thumbprint(p.transport.Public()), randomID("", 12), b.millis()); err != nil {
				return err
			}
		}
		return nil
	})
	p.want(p.request(http.MethodPost, protocol.PathPair, p.pairRequest("", code)), 429, protocol.CodeSlowDown)
}

// oversize: no call reads without end.
func oversize(t *testing.T) {
	b := newBench(t)
	p := b.phone("x")
	for _, o := range theAPI().operations {
		if _, ok := o.answers["400"]; !ok {
			continue
		}
		path := strings.NewReplacer("{id}", "r-NONE", "{profile}", "rms", "{app}", "a", "{secret}", "s").Replace(o.path)
		r, _ := http.NewRequestWithContext(t.Context(), o.method, testOrigin+path, strings.NewReader(strings.Repeat(" ", protocol.MaxBody+1)))
		p.want(r, 400, protocol.CodeBadRequest)
	}
}

func wrongSecrets(t *testing.T) {
	b := newBench(t)
	c := b.asker("Deploy", "")
	for _, call := range secretCalls {
		for _, credentials := range []string{"", c.id + ".x"} {
			if status, e := c.as(credentials, call.method, call.path, object{}, nil); status != 401 || e.Code != codeUnauthorized {
				t.Errorf("%s %s with %q: %d %s", call.method, call.path, credentials, status, e.Code)
			}
		}
		if !strings.HasPrefix(call.path, "/v1/admin/") {
			continue
		}
		if status, e := c.call(call.method, call.path, object{}, nil); status != 403 || e.Code != "forbidden" {
			t.Errorf("%s %s as an app: %d %s", call.method, call.path, status, e.Code)
		}
	}
	robot, err := b.AddApp(t.Context(), "Robot", profileAdmin, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range secretCalls {
		if strings.HasPrefix(call.path, "/v1/admin/") {
			continue
		}
		if status, e := c.as(robot.Token, call.method, call.path, object{}, nil); status != 401 || e.Code != codeUnauthorized {
			t.Errorf("%s %s with the admin API's secret: %d %s", call.method, call.path, status, e.Code)
		}
	}
}

func adminErrors(t *testing.T) {
	b := newBench(t)
	robot, err := b.AddApp(t.Context(), "Robot", profileAdmin, "")
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := b.call(robot.Token, "GET", "/v1/admin/policy/none", ""); status != http.StatusNotFound {
		t.Errorf("policy of no site: %d %s", status, answer)
	}
	if status, answer := b.call(robot.Token, "GET", "/v1/admin/audit?from=never", ""); status != http.StatusUnprocessableEntity {
		t.Errorf("audit from never: %d %s", status, answer)
	}
}

func health(t *testing.T) {
	b := newBench(t)
	ask := func(path string, header ...string) {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, testOrigin+path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := b.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		ask(path)
	}
	ask("/metrics", "X-Forwarded-For", "198.51.100.7") // of a proxy that nobody has named
	b.Stop()
	ask("/readyz")
}

// internalErrors: a server whose store is gone says so, in the same shape.
func internalErrors(t *testing.T) {
	b := newBench(t)
	p, c := b.paired("ana@demo.test", "one"), b.asker("Keycloak", "https://keycloak.demo.test/realms/demo")
	robot, err := b.AddApp(t.Context(), "Robot", profileAdmin, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, call := range signedCalls {
		p.want(p.request(call.method, call.path, object{}), 500, protocol.CodeInternal)
	}
	p.want(p.request(http.MethodPost, protocol.PathPair, p.pairRequest("", "123456")), 500, protocol.CodeInternal)
	post := func(credentials, path string, message any) {
		if status, e := c.as(credentials, http.MethodPost, path, message, nil); status != 500 || e.Code != protocol.CodeInternal {
			t.Errorf("%s: %d %s", path, status, e.Code)
		}
	}
	post("", protocol.PathEmailStart, protocol.EmailStart{Email: "dora@demo.test"})
	post("", protocol.PathEmailConfirm, protocol.EmailConfirm{Email: "dora@demo.test", Code: "123456"})
	post("t", "/v1/ciba/"+c.id+"/"+c.secret, object{"login_hint": "ana"})
	for _, call := range secretCalls {
		if status, e := c.as(robot.Token, call.method, call.path, object{}, nil); status != 500 || e.Code != protocol.CodeInternal {
			t.Errorf("%s %s: %d %s", call.method, call.path, status, e.Code)
		}
	}
}
