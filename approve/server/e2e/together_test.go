package e2e

// Two processes over one PostgreSQL database, behind a proxy that sends browsers
// to the one and devices to the other.

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// balancer is the proxy in front of two processes. What it sends a browser to and
// what a device can be swapped.
type balancer struct {
	*httptest.Server
	pages, devices atomic.Pointer[httputil.ReverseProxy]
}

func newBalancer(t testing.TB) *balancer {
	b := &balancer{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			b.devices.Load().ServeHTTP(w, r)
		} else {
			b.pages.Load().ServeHTTP(w, r)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

// to is a proxy to one process.
func to(r *process) *httputil.ReverseProxy {
	target := &url.URL{Scheme: "http", Host: r.address}
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = p.In.Host // devices sign it
			p.SetXForwarded()
		},
		FlushInterval: -1,
	}
}

// twoProcesses starts two processes over one database: a serves pages, b devices.
func twoProcesses(t testing.TB) (front *balancer, p *place, a, b *process) {
	t.Helper()
	front = newBalancer(t)
	p = newPlace(t, front.URL, true)
	a, b = p.run("127.0.0.1:0"), p.run("127.0.0.1:0")
	front.pages.Store(to(a))
	front.devices.Store(to(b))
	return front, p, a, b
}

// A sign-in begins at one process, is answered at the other and goes on by itself
// in the browser; so it does the other way round, and when one process was killed.
func TestTwoProcesses(t *testing.T) {
	front, p, a, b := twoProcesses(t)
	w := p.world(t)
	companions := map[string]*companion{}
	signIn := func(user string) {
		t.Helper()
		browser := w.person(t).signIn("rms", user)
		browser.accept(companions[user])
		begin := time.Now()
		browser.until("the browser goes on by itself", func() bool { return browser.at() == "/app/rms" })
		t.Logf("the browser was in %.0f ms after the answer", since(begin))
	}
	for user, password := range passwords {
		p.nod(password+"\n", "user", "add", user+"@demo.test", "--password-stdin")
		companions[user] = w.companion(t)
		person := w.person(t).signIn("rms", user).see("Signed in to RMS as " + user + "@demo.test")
		person.enable(user).pair(companions[user], user+"-terminal")
	}
	signIn("ana")
	front.pages.Store(to(b)) // the other way round
	front.devices.Store(to(a))
	signIn("ben")
	a.end(os.Kill)
	front.devices.Store(to(b)) // one is left
	signIn("cleo")
	p.verified()
}

// From an answer at one process to the browser that waits at the other, without a
// browser's own time.
func BenchmarkTwoProcesses(b *testing.B) {
	_, p, _, _ := twoProcesses(b)
	members := seed(b, p.store, b.N)
	client := &http.Client{Timeout: patience}
	var all []float64
	for _, m := range members {
		begin := time.Now()
		browser := newTab(b, p.origin)
		if err := browser.signIn(m.user); err != nil {
			b.Fatal(err)
		}
		events, err := browser.client.Get(p.origin + "/login/events")
		if err != nil {
			b.Fatal(err)
		}
		answer, err := m.poll(b.Context(), client, p.origin, "")
		if err != nil || len(answer.Requests) != 1 {
			b.Fatalf("poll: %+v, %v", answer, err)
		}
		if status, code, err := m.accept(b.Context(), client, p.origin, answer.Requests[0], browser.number()); status != http.StatusOK {
			b.Fatalf("accept: %d %s %v", status, code, err)
		}
		for lines := bufio.NewScanner(events.Body); lines.Scan() && !strings.HasPrefix(lines.Text(), "data:"); {
		}
		events.Body.Close()
		if err := browser.open("/login/wait"); err != nil || browser.at != "/app/rms" {
			b.Fatalf("%s (%v)", browser.shown(), err)
		}
		all = append(all, since(begin))
	}
	slices.Sort(all)
	b.ReportMetric(all[len(all)/2], "ms/median")
	b.ReportMetric(all[len(all)-1], "ms/worst")
	p.verified()
}
