package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestSender(t *testing.T) {
	trusted := prefixes("127.0.0.1/32", "10.0.0.0/8", "2001:db8:1::/48")
	for name, c := range map[string]struct {
		peer, header string
		values       []string
		want, proto  string
	}{
		"no proxy":              {"203.0.113.5:4", HeaderXForwardedFor, nil, "203.0.113.5", ""},
		"header of a stranger":  {"203.0.113.5:4", HeaderXForwardedFor, []string{"198.51.100.1"}, "203.0.113.5", ""},
		"trusted, no header":    {"10.0.0.2:4", HeaderXForwardedFor, nil, "10.0.0.2", ""},
		"one proxy":             {"10.0.0.2:4", HeaderXForwardedFor, []string{"198.51.100.1"}, "198.51.100.1", ""},
		"spoofed before":        {"10.0.0.2:4", HeaderXForwardedFor, []string{"127.0.0.1, 192.0.2.9, 198.51.100.1"}, "198.51.100.1", ""},
		"two proxies":           {"127.0.0.1:4", HeaderXForwardedFor, []string{"192.0.2.9", "198.51.100.1, 10.1.1.1"}, "198.51.100.1", ""},
		"all trusted":           {"127.0.0.1:4", HeaderXForwardedFor, []string{"10.0.0.7, 10.0.0.8"}, "10.0.0.7", ""},
		"garbage":               {"10.0.0.2:4", HeaderXForwardedFor, []string{"198.51.100.1, what"}, "10.0.0.2", ""},
		"garbage before":        {"10.0.0.2:4", HeaderXForwardedFor, []string{"what, 198.51.100.1"}, "198.51.100.1", ""},
		"with a port":           {"10.0.0.2:4", HeaderXForwardedFor, []string{"198.51.100.1:555"}, "198.51.100.1", ""},
		"IPv6 peer":             {"[2001:db8:1::2]:4", HeaderXForwardedFor, []string{"2001:db8:9::1"}, "2001:db8:9::1", ""},
		"IPv4 in IPv6":          {"[::ffff:10.0.0.2]:4", HeaderXForwardedFor, []string{"::ffff:198.51.100.1"}, "198.51.100.1", ""},
		"the other header":      {"10.0.0.2:4", HeaderForwarded, []string{"198.51.100.1"}, "10.0.0.2", ""},
		"forwarded":             {"10.0.0.2:4", HeaderForwarded, []string{`for=192.0.2.9, for="[2001:db8:9::1]:80";proto=HTTPS;by=10.0.0.2`}, "2001:db8:9::1", "https"},
		"forwarded, hidden":     {"10.0.0.2:4", HeaderForwarded, []string{`for=198.51.100.1, for=_hidden`}, "10.0.0.2", ""},
		"forwarded, quoted":     {"10.0.0.2:4", HeaderForwarded, []string{`for="198.51.100.1, for=127.0.0.1";proto=http`}, "10.0.0.2", "http"},
		"forwarded, no address": {"10.0.0.2:4", HeaderForwarded, []string{`proto=http`}, "10.0.0.2", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			for _, v := range c.values {
				if c.header == HeaderForwarded && !strings.Contains(v, "=") {
					r.Header.Add(HeaderXForwardedFor, v)
					continue
				}
				r.Header.Add(c.header, v)
			}
			got := Proxies{trusted, c.header}.sender(r)
			if got.address.String() != c.want || got.proto != c.proto {
				t.Errorf("sender is %s by %q, want %s by %q", got.address, got.proto, c.want, c.proto)
			}
		})
	}
}

func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"198.51.100.1, 10.0.0.1", `for="[2001:db8::1]:80";proto=https, for=unknown`, `for="a\"b`, ",;=", "::1%eth0"} {
		f.Add(seed)
	}
	trusted := prefixes("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, header string) {
		for _, name := range []string{HeaderForwarded, HeaderXForwardedFor} {
			r := &http.Request{RemoteAddr: "10.0.0.1:4", Header: http.Header{name: {header}}}
			got := Proxies{trusted, name}.sender(r)
			if !got.address.IsValid() || got.address.Is4In6() || got.address.Zone() != "" {
				t.Errorf("%s: %q: sender %q, want a plain address", name, header, got.address)
			}
			// Whatever stands before the entry of the nearest proxy changes nothing.
			if name == HeaderXForwardedFor {
				r.Header[name] = []string{header, "198.51.100.1"}
				if got := (Proxies{trusted, name}).sender(r).address.String(); got != "198.51.100.1" {
					t.Errorf("%q and then 198.51.100.1: sender %q", header, got)
				}
			}
		}
	})
}

// secured is a server at an https origin behind a proxy at 10.0.0.2.
func secured(t *testing.T, lines *[]string) *bench {
	return newBench(t, func(c *Config) {
		c.Origin = "https://nod.demo.test"
		c.Demo = false
		c.Proxies = Proxies{Trusted: prefixes("10.0.0.2/32")}
		c.Log = func(format string, args ...any) { *lines = append(*lines, fmt.Sprintf(format, args...)) }
	})
}

// call sends one request from peer.
func call(s http.Handler, method, path, peer string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = peer
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestPlainHTTPRefused(t *testing.T) {
	var lines []string
	b := secured(t, &lines)
	const page = "/app/rms/login"
	for name, c := range map[string]struct {
		method, path, peer string
		headers            []string
		status             int
		location           string
	}{
		"from the proxy":          {"GET", page, "10.0.0.2:5", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-Proto", "https"}, 200, ""},
		"proxy carried plain":     {"GET", page, "10.0.0.2:5", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-Proto", "http"}, 301, "https://nod.demo.test" + page},
		"past the proxy":          {"GET", page, "203.0.113.5:5", nil, 301, "https://nod.demo.test" + page},
		"past it, with its words": {"GET", page, "203.0.113.5:5", []string{"X-Forwarded-Proto", "https"}, 301, "https://nod.demo.test" + page},
		"post past the proxy":     {"POST", page, "203.0.113.5:5", nil, 403, ""},
		"device past the proxy":   {"GET", "/v1/meta", "203.0.113.5:5", nil, 403, ""},
		"this machine":            {"GET", page, "127.0.0.1:5", nil, 200, ""},
		"probe":                   {"GET", "/healthz", "203.0.113.5:5", nil, 200, ""},
		"probe of the store":      {"GET", "/readyz", "203.0.113.5:5", nil, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := call(b, c.method, c.path, c.peer, c.headers...)
			if w.Code != c.status || w.Header().Get("Location") != c.location {
				t.Errorf("%d to %q, want %d to %q", w.Code, w.Header().Get("Location"), c.status, c.location)
			}
		})
	}
	if len(lines) != 0 {
		t.Errorf("log: %q, want nothing", lines)
	}
}

// C10: a proxy that nobody has named does not pass unnoticed, and what it says
// does not count.
func TestC10UnknownProxy(t *testing.T) {
	var lines []string
	b := secured(t, &lines)
	for range 2 {
		call(b, "GET", "/app/rms/login", "127.0.0.1:5", "X-Forwarded-For", "198.51.100.1")
	}
	if len(lines) != 1 || !strings.Contains(lines[0], "trusted_proxies") || !strings.Contains(lines[0], "127.0.0.1") {
		t.Errorf("log: %q, want one line that names the setting and the proxy", lines)
	}
}

// The address that a proxy tells is the one that people are shown and limited by.
func TestProxyAddressCounts(t *testing.T) {
	var lines []string
	b := secured(t, &lines)

	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "10.0.0.2:5"
	r.Header.Set("X-Forwarded-For", "198.51.100.77")
	seen := ""
	b.mux = &router{}
	b.mux.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { seen = remoteIP(r) })
	b.ServeHTTP(httptest.NewRecorder(), r)
	if seen != "198.51.100.77" {
		t.Errorf("remoteIP is %q, want the address that the proxy told", seen)
	}
	if r.RemoteAddr != "10.0.0.2:5" {
		t.Errorf("the caller's request was changed: it comes from %s now", r.RemoteAddr)
	}
}
