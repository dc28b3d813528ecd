package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// gatewayCall is what a gateway got.
type gatewayCall struct{ method, path, query, key, kind, body string }

// gateway listens for real and answers each call with status.
func gateway(t *testing.T, status int) (address string, calls chan gatewayCall) {
	calls = make(chan gatewayCall, 8)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- gatewayCall{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("X-Key"), r.Header.Get("Content-Type"), string(body)}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		io.WriteString(w, "you sent "+string(body)+r.URL.RawQuery)
	}))
	t.Cleanup(web.Close)
	return web.URL, calls
}

func TestSMSGateway(t *testing.T) {
	address, calls := gateway(t, http.StatusAccepted)
	for name, c := range map[string]struct {
		gateway Gateway
		want    gatewayCall
	}{
		"JSON": {
			Gateway{URL: address + "/sms", Headers: map[string]string{"X-Key": "k-1", "Content-Type": "application/json"}, Body: `{"to":{{json .To}},"text":{{json .Text}}}`},
			gatewayCall{"POST", "/sms", "", "k-1", "application/json", `{"to":"+37060000012","text":"a \"b\" \u0026 ž"}`},
		},
		"query": {
			Gateway{URL: address + "/send?to={{urlquery .To}}&text={{urlquery .Text}}", Method: "GET"},
			gatewayCall{"GET", "/send", "to=%2B37060000012&text=a+%22b%22+%26+%C5%BE", "", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.gateway.Check(); err != nil {
				t.Fatal(err)
			}
			if err := c.gateway.Send(t.Context(), "+37060000012", `a "b" & ž`); err != nil {
				t.Fatal(err)
			}
			if got := <-calls; got != c.want {
				t.Errorf("the gateway got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSMSGatewayFails(t *testing.T) {
	const text = "Your code to sign in to Keys is 482913."
	send := func(t *testing.T, ctx context.Context, g Gateway) error {
		t.Helper()
		if err := g.Check(); err != nil {
			t.Fatal(err)
		}
		err := g.Send(ctx, "+37060000012", text)
		if err == nil {
			t.Fatal("no error")
		}
		if strings.Contains(err.Error(), "482913") || strings.Contains(err.Error(), "+3706") || strings.Contains(err.Error(), "3706") {
			t.Errorf("the error holds the code or the number: %v", err)
		}
		return err
	}
	const query = "/?t={{urlquery .Text}}&to={{urlquery .To}}"
	for _, status := range []int{http.StatusInternalServerError, http.StatusFound, http.StatusUnauthorized} {
		address, calls := gateway(t, status)
		send(t, t.Context(), Gateway{URL: address + query})
		if len(calls) != 1 {
			t.Errorf("status %d: %d calls, want 1: a redirect is not followed", status, len(calls))
		}
	}
	address, _ := gateway(t, http.StatusOK)
	send(t, t.Context(), Gateway{URL: address + query, Expect: http.StatusAccepted})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := send(t, ended, Gateway{URL: address + query}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
	send(t, t.Context(), Gateway{URL: "http://127.0.0.1:1" + query}) // nobody listens
}

func TestSMSGatewayCheck(t *testing.T) {
	for name, g := range map[string]Gateway{
		"not https":         {URL: "http://gateway.demo.test/sms"},
		"no URL":            {},
		"unknown field":     {URL: "https://gateway.demo.test/", Body: "{{.Code}}"},
		"broken template":   {URL: "https://gateway.demo.test/", Body: "{{.To"},
		"broken header":     {URL: "https://gateway.demo.test/", Headers: map[string]string{"X": "{{end}}"}},
		"method":            {URL: "https://gateway.demo.test/", Method: "A B"},
		"status":            {URL: "https://gateway.demo.test/", Expect: 7},
		"text in host, raw": {URL: "https://{{.Text}} x/"},
	} {
		if err := g.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A person gets the code that the gateway was given, and nothing keeps it.
func TestCodeByGateway(t *testing.T) {
	address, calls := gateway(t, http.StatusOK)
	g := &Gateway{URL: address, Body: "{{.To}} {{.Text}}"}
	if err := g.Check(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	b := newBench(t, func(c *Config) {
		c.SMS = g.Send
		c.Log = func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
	})
	w := b.enrol("keys", methodSMS).signIn()
	got := <-calls
	code := sentHook.FindStringSubmatch(got.body)
	if code == nil || !strings.HasPrefix(got.body, benPhone) {
		t.Fatalf("the gateway got %q, want ben's number and a code", got.body)
	}
	w.post("/login/code", "code", code[2]).want("site", "signed_in")
	for _, m := range b.outbox() {
		if strings.Contains(m.Body, code[2]) {
			t.Errorf("the outbox keeps %q", m.Body)
		}
	}
	if strings.Contains(log.String(), code[2]) {
		t.Errorf("the log keeps the code:\n%s", &log)
	}
}
