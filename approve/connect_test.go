package approve

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"nod/vault"
)

func TestServerURL(t *testing.T) {
	for _, test := range []struct {
		text     string
		loopback bool
		want     error
	}{
		{"https://id.demo.test/ttype/push", false, nil},
		{"https://id.demo.test:8443/ttype/push?a=b", false, nil},
		{"https://192.0.2.7/push", false, nil},
		{"http://id.demo.test/ttype/push", false, ErrInsecure},
		{"http://id.demo.test/ttype/push", true, ErrInsecure},
		{"http://127.0.0.1:5000/ttype/push", false, ErrInsecure},
		{"http://127.0.0.1:5000/ttype/push", true, nil},
		{"http://localhost:5000/", true, nil},
		{"http://[::1]:5000/", true, nil},
		{"https://127.0.0.1/push", false, ErrInsecure},
		{"https://localhost/push", false, ErrInsecure},
		{"https://169.254.169.254/latest", false, ErrInsecure},
		{"https://[fe80::1]/push", false, ErrInsecure},
		{"https://0.0.0.0/push", false, ErrInsecure},
		{"https://ana:secret@id.demo.test/push", true, ErrAddress},
		{"https://id.demo.test/push#part", true, ErrAddress},
		{"https:///push", true, ErrAddress},
		{"https://LOCALHOST/push", false, ErrInsecure},
		{"https://localhost./push", false, ErrAddress},
		{"https://127.1/push", false, ErrAddress},
		{"https://0x7f000001/push", false, ErrAddress},
		{"https://2130706433/push", false, ErrAddress},
		{"https://[fe80::1%25eth0]/push", false, ErrAddress},
		{"https://ïd.demo.test/push", false, ErrAddress},
		{"https://:443/push", true, ErrAddress},
		{"ftp://id.demo.test/", true, ErrInsecure},
		{"id.demo.test/push", true, ErrAddress},
		{"https://id.demo.test/%zz", true, ErrAddress},
	} {
		u, err := ServerURL(test.text, test.loopback)
		if !errors.Is(err, test.want) {
			t.Errorf("%s (loopback %v): %v, want %v", test.text, test.loopback, err, test.want)
		}
		if err == nil && !strings.HasPrefix(test.text, Origin(u)) {
			t.Errorf("origin of %s = %s", test.text, Origin(u))
		}
	}
	for text, origin := range map[string]string{
		"https://ID.Demo.Test:443/push": "https://id.demo.test", "http://LocalHost:80/": "http://localhost",
		"https://[2001:DB8:0:0::1]:8443/": "https://[2001:db8::1]:8443",
	} {
		if u, err := ServerURL(text, true); err != nil || Origin(u) != origin {
			t.Errorf("origin of %s = %v, %v", text, u, err)
		}
	}
}

// tlsServer is a server with a certificate that only its own root vouches for.
func tlsServer(t *testing.T, h http.HandlerFunc) (s *httptest.Server, roots string) {
	s = httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail on purpose
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func TestTrust(t *testing.T) {
	s, roots := tlsServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) })
	connections := NewConnections(&http.Client{})
	get := func(trust Trust) error {
		t.Helper()
		client, err := connections.Client(TrustOf(vault.Device{Memory: trust.Remember(map[string]string{"other": "1"})}))
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := Call(client, r, time.Minute, 100)
		if err == nil && string(answer.Body) != "hello" {
			t.Errorf("answer %q", answer.Body)
		}
		return err
	}
	if err := get(Trust{}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("the system's roots: %v", err)
	}
	if err := get(Trust{Roots: roots}); err != nil {
		t.Errorf("its own root: %v", err)
	}
	if err := get(Trust{Roots: otherCertificate(t)}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("another's root: %v", err)
	}
	if err := get(Trust{Unchecked: true}); err != nil {
		t.Errorf("unchecked: %v", err)
	}
	if err := get(Trust{Roots: "no certificate"}); !errors.Is(err, ErrAddress) {
		t.Errorf("no certificate in the file: %v", err)
	}
	one, err1 := connections.Client(Trust{Roots: roots})
	two, err2 := connections.Client(Trust{Roots: roots})
	if err1 != nil || err2 != nil || one != two {
		t.Errorf("two clients for one trust: %v, %v", err1, err2)
	}
	if c := Strict(&http.Client{}).Transport.(*http.Transport).TLSClientConfig; c.MinVersion != tls.VersionTLS12 || c.InsecureSkipVerify {
		t.Errorf("strict: %+v", c)
	}
}

// otherCertificate is a certificate that vouches for nobody here, as PEM.
func otherCertificate(t *testing.T) string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func TestCall(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/long":
			w.Write([]byte(strings.Repeat("x", 101)))
		case "/redirect":
			http.Redirect(w, r, "/", http.StatusFound)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/refused":
			w.WriteHeader(http.StatusForbidden)
		case "/slow":
			<-r.Context().Done()
		}
	}))
	t.Cleanup(s.Close)
	client := Strict(&http.Client{})
	call := func(ctx context.Context, path string, limit time.Duration) (Answer, error) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return Call(client, r, limit, 100)
	}
	for path, want := range map[string]error{"/long": ErrUnreachable, "/redirect": ErrRefused, "/broken": ErrUnreachable, "/refused": nil, "/": nil} {
		answer, err := call(t.Context(), path, time.Minute)
		if !errors.Is(err, want) || path == "/refused" && answer.Status != http.StatusForbidden {
			t.Errorf("%s: %+v, %v, want %v", path, answer, err, want)
		}
		if err != nil && strings.Contains(err.Error(), s.URL) {
			t.Errorf("%s: the error has the address: %v", path, err)
		}
	}
	if _, err := call(t.Context(), "/slow", time.Millisecond); !errors.Is(err, ErrUnreachable) {
		t.Errorf("slow: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := call(ended, "/slow", time.Minute); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) {
		t.Errorf("ended by the caller: %v", err)
	}
	s.URL = "http://127.0.0.1:1" // nobody listens
	if _, err := call(t.Context(), "/", time.Minute); !errors.Is(err, ErrUnreachable) {
		t.Errorf("gone: %v", err)
	}
}
