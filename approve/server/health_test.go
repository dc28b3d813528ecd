package server

import (
	"strings"
	"testing"

	"nod/approve/server/store"
)

func TestReady(t *testing.T) {
	b := newBench(t)
	const here = "127.0.0.1:5"
	if w := call(b, "GET", "/readyz", here); w.Code != 200 {
		t.Errorf("/readyz: %d %s, want 200", w.Code, w.Body)
	}
	b.Stop()
	if w := call(b, "GET", "/readyz", here); w.Code != 503 || !strings.Contains(w.Body.String(), "stopping") {
		t.Errorf("/readyz of a stopping server: %d %s, want 503", w.Code, w.Body)
	}
	if w := call(b, "GET", "/healthz", here); w.Code != 200 {
		t.Errorf("/healthz of a stopping server: %d, want 200: the process lives", w.Code)
	}
}

func TestReadyWithoutStore(t *testing.T) {
	b := newBench(t)
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	if w := call(b, "GET", "/readyz", "127.0.0.1:5"); w.Code != 503 {
		t.Errorf("/readyz without a store: %d, want 503", w.Code)
	}
}

func TestMetricsAreForFew(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.MetricsFrom = prefixes("198.51.100.0/24")
		c.Proxies.Trusted = prefixes("10.0.0.2/32")
	})
	for name, c := range map[string]struct {
		peer, from string
		want       int
	}{
		"this machine":               {"127.0.0.1:5", "", 200},
		"this machine, IPv6":         {"[::1]:5", "", 200},
		"a named one":                {"198.51.100.9:5", "", 200},
		"another":                    {"203.0.113.5:5", "", 403},
		"another by the proxy":       {"10.0.0.2:5", "203.0.113.5", 403},
		"a named one by the proxy":   {"10.0.0.2:5", "198.51.100.9", 200},
		"by a proxy nobody named":    {"127.0.0.1:5", "203.0.113.5", 403},
		"one that says it is a host": {"203.0.113.5:5", "127.0.0.1", 403},
	} {
		var headers []string
		if c.from != "" {
			headers = []string{"X-Forwarded-For", c.from}
		}
		if w := call(b, "GET", "/metrics", c.peer, headers...); w.Code != c.want {
			t.Errorf("%s: %d, want %d", name, w.Code, c.want)
		}
	}
}

// metric is the value of one line of /metrics, "" for none.
func (b *bench) metric(name string) string {
	b.t.Helper()
	w := call(b, "GET", "/metrics", "127.0.0.1:5")
	if w.Code != 200 {
		b.t.Fatalf("/metrics: %d", w.Code)
	}
	for line := range strings.Lines(w.Body.String()) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (b *bench) wantMetric(name, want string) {
	b.t.Helper()
	if got := b.metric(name); got != want {
		b.t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func TestMetrics(t *testing.T) {
	b := newBench(t)
	b.wantMetric(`nod_logins_total{end="signed_in",site="rms"}`, "0")
	b.wantMetric(`nod_requests_waiting{site="keys"}`, "0")
	e := b.enrol("keys", methodTOTP)
	ben := b.user("ben")
	before := b.metric(`nod_logins_total{end="signed_in",site="keys"}`)
	w := e.signIn()
	w.post("/login/code", "code", "abc123").want("code", "", "That code is not right.")
	w.post("/login/code", "code", e.code(1))
	if after := b.metric(`nod_logins_total{end="signed_in",site="keys"}`); after == before {
		t.Errorf("signed in, and the count stays at %s", after)
	}
	b.wantMetric(`nod_codes_wrong_total{kind="totp"}`, "1")
	b.update(func(tx *store.Tx) error {
		return tx.AddMail(store.Mail{To: ben.Email, Kind: store.KindMail, State: store.MailQueued})
	})
	b.wantMetric(`nod_outbox_messages{state="queued"}`, "1")
	if got := b.metric(`nod_http_request_seconds_count{route="POST /login/code",status="2xx"}`) + b.metric(`nod_http_request_seconds_count{route="POST /login/code",status="4xx"}`); got == "" {
		t.Error("no request of POST /login/code was timed")
	}
	if b.metric("go_goroutines") == "" {
		t.Error("nothing is told of the process")
	}
	page := call(b, "GET", "/metrics", "127.0.0.1:5").Body.String()
	for _, personal := range []string{ben.Email, ben.ID, `"` + ben.Name + `"`} {
		if strings.Contains(page, personal) {
			t.Errorf("the metrics hold %q", personal)
		}
	}
}
