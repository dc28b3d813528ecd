package privacyidea

// This file is the server that the tests talk to: a small one that checks what the
// real ones check, in their words, and lies when a test tells it to. What it answers
// to a poll and to an answer is in challenges_test.go.

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

const (
	testOrigin     = "https://pi.demo.test"
	testURL        = testOrigin + "/ttype/push"
	testSerial     = "PIPU00A1B2C3"
	testCredential = "00112233445566778899aabbccddeeff00112233"
)

// server is the fake server, with one token; the zero clock agrees with the machine's.
type server struct {
	*testing.T
	key    *rsa.PrivateKey
	offset time.Duration // its clock minus the machine's
	url    string
	edumfa bool
	denied bool   // push_allow_polling is deny
	code   string // push_code_to_phone: what an accept is answered with

	mu      sync.Mutex
	device  *rsa.PublicKey // nil: the token waits for a device
	asked   []*ask
	calls   []string                                          // "GET /ttype/push"
	answers []map[string]string                               // that were taken
	lie     func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newServer(t *testing.T) *server {
	return &server{T: t, key: vectors(t).server, url: testURL}
}

func (s *server) now() time.Time { return time.Now().Add(s.offset) }

// RoundTrip calls the handler in this process; the request's context ends it.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		done <- w.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

func (s *server) client() *http.Client { return &http.Client{Transport: s} }

// driver is a driver that talks to s and makes small keys.
func (s *server) driver() *driver {
	p := profilePrivacyIDEA
	if s.edumfa {
		p = profileEduMFA
	}
	d := newDriver(p, s.client())
	d.bits = 2048
	return d
}

// paired is a device that s has paired.
func (s *server) paired() approve.Device {
	v := vectors(s.T)
	s.device = &v.device.PublicKey
	public, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		s.Fatal(err)
	}
	u, err := readAddress(s.url, true)
	if err != nil {
		s.Fatal(err)
	}
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: Name, Server: approve.Origin(u), App: "Demo", Account: "ana", Name: "ana-laptop",
			RemoteID: testSerial, ServerKey: public, State: vault.DeviceActive, Memory: map[string]string{"url": s.url},
		},
		Secret: &testSecret{v.devicePKCS8}, Clock: &approve.Clock{},
	}
}

// testSecret is an approve.Secret in memory.
type testSecret struct{ secret []byte }

func (s *testSecret) Use(use func([]byte) error) error { return use(s.secret) }

func (s *testSecret) Set(secret []byte) error {
	s.secret = secret
	return nil
}

// testKey stands for an opened approval key, which signs nothing here.
type testKey struct{ vault.Signer }

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	if s.lie != nil && s.lie(w, r) {
		return
	}
	if got := "https://" + r.URL.Host + r.URL.Path; got != s.url && s.url == testURL {
		s.Errorf("asked for %s", got)
	}
	if r.Header.Get("User-Agent") != "nod" {
		s.Errorf("User-Agent %q", r.Header.Get("User-Agent"))
	}
	if r.Method == http.MethodGet {
		s.poll(w, r.URL.Query())
		return
	}
	form := s.form(r)
	if form["enrollment_credential"] != "" {
		s.rollout(w, form)
	} else {
		s.answer(w, form)
	}
}

// form reads a body, which must be JSON: a form would be decoded twice.
func (s *server) form(r *http.Request) map[string]string {
	data, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/json" {
		s.Errorf("Content-Type %q, %v", r.Header.Get("Content-Type"), err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		s.Errorf("body: %v", err)
	}
	form := map[string]string{}
	for name, v := range fields {
		text, ok := v.(string)
		if !ok {
			s.Errorf("%s = %v", name, v)
		}
		form[name] = text
	}
	return form
}

func (s *server) rollout(w http.ResponseWriter, form map[string]string) {
	switch {
	case form["serial"] != testSerial || s.device != nil:
		s.fail(w, 404, 601)
		return
	case form["enrollment_credential"] != testCredential:
		s.fail(w, 400, 905)
		return
	}
	if _, ok := form["fbtoken"]; !ok {
		s.fail(w, 400, 905)
		return
	}
	der, err := base64.StdEncoding.DecodeString(form["pubkey"])
	if err != nil {
		s.Errorf("pubkey: %v", err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		s.Errorf("pubkey: %v", err)
		return
	}
	s.device = public.(*rsa.PublicKey)
	s.send(w, true, map[string]any{
		"public_key": lines(x509.MarshalPKCS1PublicKey(&s.key.PublicKey)), "rollout_state": "enrolled", "serial": testSerial, "threadid": 1,
	})
}

// lines is base64 as the servers write a key, 64 characters a line.
func lines(der []byte) string {
	var b strings.Builder
	for text := base64.StdEncoding.EncodeToString(der); text != ""; {
		n := min(64, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return b.String()
}

// signedBy tells whether signature is base32 at all, and that of the paired device.
func (s *server) signedBy(message, signature string) (isBase32, ok bool) {
	raw, err := base32.StdEncoding.DecodeString(signature)
	if err != nil || base32.StdEncoding.EncodeToString(raw) != signature {
		return false, false
	}
	sum := sha256.Sum256([]byte(message))
	return true, s.device != nil && rsa.VerifyPKCS1v15(s.device, crypto.SHA256, sum[:], raw) == nil
}

func (s *server) poll(w http.ResponseWriter, query url.Values) {
	stamp, signature := query.Get("timestamp"), query.Get("signature")
	if stamp == "" || signature == "" || query.Get("serial") == "" {
		s.fail(w, 400, 905)
		return
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil || at.Sub(s.now()).Abs() > time.Minute {
		s.fail(w, 400, 10)
		return
	}
	if !strings.HasSuffix(stamp, "Z") || len(stamp) != len("2006-01-02T15:04:05.678Z") {
		s.Errorf("timestamp %q", stamp)
	}
	if _, ok := s.signedBy(query.Get("serial")+"|"+stamp, signature); !ok || query.Get("serial") != testSerial {
		s.fail(w, 400, 10)
		return
	}
	if s.denied {
		s.fail(w, 403, 303)
		return
	}
	s.send(w, s.listed(), nil)
}

// send writes a success. The servers write a detail of null, too.
func (s *server) send(w http.ResponseWriter, value any, detail map[string]any) {
	s.write(w, 200, map[string]any{"status": true, "value": value}, detail)
}

func (s *server) fail(w http.ResponseWriter, status, code int) {
	s.write(w, status, map[string]any{"status": false, "error": map[string]any{"code": code, "message": "ERR: \x1b[31mno"}}, nil)
}

func (s *server) write(w http.ResponseWriter, status int, result, detail map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]any{
		"id": 1, "jsonrpc": "2.0", "result": result, "detail": detail, "time": 1795310925.9687693,
		"version": "privacyIDEA 3.12.3", "signature": "rsa_sha256_pss:00",
	}); err != nil {
		s.Error(err)
	}
}

// called returns how often a method came.
func (s *server) called(method string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.HasPrefix(c, method+" ") {
			n++
		}
	}
	return n
}
