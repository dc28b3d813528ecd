// Package containertest is a small privacyIDEA server for tests, with one smartphone
// container. It checks what the real one checks and answers in its words, and lies
// when a test tells it to. It knows nothing of nod's own code.
package containertest

// This file is the server with its tokens, and what a test may ask of it.

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Serial is that of the container.
const Serial = "SMPH0001ABCD"

// Server is the fake server; New makes it. Its fields are set before it is used.
type Server struct {
	Base   string                                            // address, as its policy writes it
	Offset time.Duration                                     // its clock minus the machine's
	Lie    func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	Change func(value map[string]any)                        // changes the answer to a synchronisation

	mu       sync.Mutex
	policies map[string]bool
	key      *ecdsa.PublicKey // of the registered device
	rollover string           // "", "started", "done"
	offer    *offer           // the link that is open
	open     map[string]challenge
	tokens   []*token
	calls    []string
	bodies   []map[string]string
}

type offer struct {
	nonce, stamp, passphrase string
	send                     bool
}

type challenge struct {
	stamp, scope string
	until        time.Time
}

// token is one token of the container.
type token struct {
	serial, kind string
	secret       []byte // of a push token: the enrolment credential
	counter      uint64
	used         uint64 // of a clock: the counter of the last code that was taken
}

// New returns a server at base with a container of no tokens.
func New(base string) *Server {
	return &Server{Base: base, policies: map[string]bool{
		"container_client_rollover": true, "initially_add_tokens_to_container": false,
		"disable_client_token_deletion": false, "disable_client_container_unregister": false,
	}, open: map[string]challenge{}}
}

// Client speaks to the server in this process.
func (s *Server) Client() *http.Client { return &http.Client{Transport: transport{s}} }

type transport struct{ s *Server }

// RoundTrip calls the handler; the request's context ends it.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan *http.Response, 1)
	go func() {
		w := httptest.NewRecorder()
		t.s.ServeHTTP(w, r)
		done <- w.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// Link opens the registration and returns its link. A prompt asks for a passphrase,
// which is to be sent when send is set.
func (s *Server) Link(prompt, passphrase string, send bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = nil
	return s.link(prompt, passphrase, send)
}

func (s *Server) link(prompt, passphrase string, send bool) string {
	s.offer = &offer{nonce: hexOf(20), stamp: stampOf(s.now()), passphrase: passphrase, send: send}
	word := map[bool]string{true: "True", false: "False"}[send]
	return "pia://container/" + Serial + "?issuer=privacyIDEA&ttl=10&nonce=" + s.offer.nonce + "&time=" + url.QueryEscape(s.offer.stamp) +
		"&url=" + strings.ReplaceAll(url.QueryEscape(s.Base), "%2F", "/") + "&serial=" + Serial +
		"&key_algorithm=secp384r1&hash_algorithm=SHA256&ssl_verify=True&passphrase=" + url.QueryEscape(prompt) + "&send_passphrase=" + word
}

// Add puts a token into the container: of the kind totp, hotp, daypassword or push.
func (s *Server) Add(serial, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, &token{serial: serial, kind: kind, secret: random(20)})
}

// Drop takes a token out of the container.
func (s *Server) Drop(serial string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = slices.DeleteFunc(s.tokens, func(t *token) bool { return t.serial == serial })
}

// Secret is that of a token, in base32.
func (s *Server) Secret(serial string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.token(serial); t != nil {
		return base32.StdEncoding.EncodeToString(t.secret)
	}
	return ""
}

// Use has somebody sign in with the present code of a token of the kind totp.
func (s *Server) Use(serial string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token(serial).used = uint64(s.now().Unix() / 30)
}

// URL is the setup link of a token as it is now.
func (s *Server) URL(serial string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enrolURL(s.token(serial))
}

// Policy turns a policy on or off.
func (s *Server) Policy(name string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[name] = on
}

// Registered tells whether a device is.
func (s *Server) Registered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key != nil
}

// Calls are the paths that were asked for.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Last is what was sent with the last call of a path that ends so.
func (s *Server) Last(path string) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, call := range slices.Backward(s.calls) {
		if strings.HasSuffix(call, path) {
			return s.bodies[i]
		}
	}
	return nil
}

func (s *Server) now() time.Time { return time.Now().Add(s.Offset).UTC() }

func (s *Server) token(serial string) *token {
	for _, t := range s.tokens {
		if t.serial == serial {
			return t
		}
	}
	return nil
}

// enrolURL writes the link of a token as the real server does.
func (s *Server) enrolURL(t *token) string {
	secret := base32.StdEncoding.EncodeToString(t.secret)
	rest := "&digits=6&creator=privacyidea&issuer=privacyIDEA&serial=" + t.serial
	switch t.kind {
	case "push":
		return "otpauth://pipush/" + t.serial + "?url=" + strings.ReplaceAll(url.QueryEscape(s.Base+"/ttype/push"), "%2F", "/") +
			"&ttl=10&issuer=privacyIDEA&enrollment_credential=" + hex.EncodeToString(t.secret) + "&v=1&serial=" + t.serial + "&sslverify=1&poll_only=True"
	case "hotp":
		return fmt.Sprintf("otpauth://hotp/%s?secret=%s&counter=%d%s", t.serial, secret, t.counter, rest)
	case "daypassword":
		return "otpauth://daypassword/" + t.serial + "?secret=" + secret + "&period=86400" + rest
	}
	return "otpauth://totp/" + t.serial + "?secret=" + secret + "&period=30" + rest
}

// has tells whether two codes are of t, near a counter. A code of a clock is used up
// then: it is not found again, nor is one before it.
func (t *token) has(codes []string, counter uint64) bool {
	for c := counter - min(counter, 10); c < counter+10; c++ {
		if t.code(c) == codes[0] && t.code(c+1) == codes[1] && (t.kind != "totp" || c > t.used) {
			t.used = c + 1
			return true
		}
	}
	return false
}

// code is RFC 4226.
func (t *token) code(counter uint64) string {
	mac := hmac.New(sha1.New, t.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, counter))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

func stampOf(t time.Time) string { return t.Format("2006-01-02T15:04:05.000000-07:00") }

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func hexOf(n int) string { return hex.EncodeToString(random(n)) }

// Answering is what was sent with the call that Change is asked about.
func (s *Server) Answering() map[string]string { return s.bodies[len(s.bodies)-1] }
