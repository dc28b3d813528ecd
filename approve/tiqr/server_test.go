package tiqr

// This file is the tiqr server that the tests talk to, written from what such servers
// do. It checks what they check, and lies when a test tells it to.

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

const (
	origin     = "https://tiqr.demo.test"
	suite      = "OCRA-1:HOTP-SHA1-6:QH10-S"
	enrolKey   = "5a1f00c0ffee00000000000000000001"
	enrolOnce  = "5a1f00c0ffee00000000000000000002"
	testUser   = "urn:collab:person:demo.test:ana"
	maxTries   = 3
	blockTime  = 5 // minutes
	sessionAge = 180 * time.Second
)

// server is the fake server.
type server struct {
	*testing.T
	json bool // it speaks version 2, in JSON

	mu       sync.Mutex
	enrol    map[string]string // user by enrolment key, then by one-time secret
	secrets  map[string][]byte // by user
	sessions map[string]*login
	tries    map[string]int // wrong answers by user
	blocked  map[string]bool
	logins   []string // users that were let in
	calls    []string
	forms    []url.Values
	metadata func(m map[string]map[string]any)                 // spoils what is sent, or nil
	lie      func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

// login is a sign-in that waits.
type login struct {
	user, question string
	until          time.Time
}

func newServer(t *testing.T) *server {
	return &server{
		T: t, enrol: map[string]string{enrolKey: testUser}, secrets: map[string][]byte{}, sessions: map[string]*login{},
		tries: map[string]int{}, blocked: map[string]bool{},
	}
}

// RoundTrip calls the handler in this process; the request's context ends it.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() != "tiqr.demo.test" {
		s.Errorf("asked for host %q", r.URL.Host)
	}
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

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	if s.lie != nil && s.lie(w, r) {
		return
	}
	if r.Header.Get("X-TIQR-Protocol-Version") != "2" || r.Header.Get("Accept") != "application/json" {
		s.Errorf("headers %v", r.Header)
	}
	if r.Method == http.MethodGet {
		s.sendMetadata(w, r.URL.Query().Get("key"))
		return
	}
	if err := r.ParseForm(); err != nil {
		s.Error(err)
	}
	s.forms = append(s.forms, r.PostForm)
	for _, field := range []string{"language", "notificationType", "notificationAddress", "version"} {
		if !r.PostForm.Has(field) {
			s.Errorf("no field %s in %v", field, r.PostForm)
		}
	}
	switch r.PostForm.Get("operation") {
	case "register":
		s.register(w, r.URL.Query().Get("otp"), r.PostForm)
	case "login":
		s.login(w, r.PostForm)
	default:
		http.Error(w, "Operation not allowed", http.StatusBadRequest)
	}
}

// sendMetadata answers once for each key.
func (s *server) sendMetadata(w http.ResponseWriter, key string) {
	user, ok := s.enrol[key]
	if !ok {
		http.Error(w, "Error handling metadata GET request", http.StatusInternalServerError)
		return
	}
	delete(s.enrol, key)
	s.enrol[enrolOnce] = user
	m := map[string]map[string]any{
		"service": {
			"displayName": "Demo \x1b[31mtiqr", "identifier": "tiqr.demo.test", "logoUrl": origin + "/logo.png", "infoUrl": origin + "/info",
			"authenticationUrl": origin + "/tiqr.php", "enrollmentUrl": origin + "/tiqr.php?otp=" + enrolOnce, "ocraSuite": suite,
		},
		"identity": {"identifier": user, "displayName": "Ana \u202eDemo"},
	}
	if s.metadata != nil {
		s.metadata(m)
	}
	if err := json.NewEncoder(w).Encode(m); err != nil {
		s.Error(err)
	}
}

func (s *server) register(w http.ResponseWriter, otp string, form url.Values) {
	user, ok := s.enrol[otp]
	secret, err := hex.DecodeString(form.Get("secret"))
	if !ok || err != nil || len(secret) < 32 {
		s.reply(w, http.StatusForbidden, "Enrollment failed", map[string]int{"responseCode": 101})
		return
	}
	delete(s.enrol, otp)
	s.secrets[user] = secret
	s.reply(w, http.StatusOK, "OK", map[string]int{"responseCode": 1})
}

// login checks an answer as Stepup-tiqr does: the user, blocks, the session, the
// account that it is for, the code.
func (s *server) login(w http.ResponseWriter, form url.Values) {
	user, key := form.Get("userId"), form.Get("sessionKey")
	l := s.sessions[key]
	switch {
	case s.secrets[user] == nil:
		s.reply(w, http.StatusForbidden, "INVALID_USER", map[string]int{"responseCode": 205})
	case s.blocked[user]:
		s.reply(w, http.StatusForbidden, fmt.Sprintf("ACCOUNT_BLOCKED:%d", blockTime), map[string]int{"responseCode": 204, "duration": blockTime})
	case l == nil || !time.Now().Before(l.until):
		s.reply(w, http.StatusForbidden, "INVALID_CHALLENGE", map[string]int{"responseCode": 203})
	case l.user != "" && l.user != user:
		s.reply(w, http.StatusForbidden, "INVALID_USERID", map[string]int{"responseCode": 205})
	case form.Get("response") != s.code(s.secrets[user], l.question, key):
		s.tries[user]++
		left := maxTries - s.tries[user]
		s.blocked[user] = left == 0
		s.reply(w, http.StatusForbidden, fmt.Sprintf("INVALID_RESPONSE:%d", left), map[string]int{"responseCode": 201, "attemptsLeft": left})
	default:
		delete(s.sessions, key)
		s.logins = append(s.logins, user)
		s.reply(w, http.StatusOK, "OK", map[string]int{"responseCode": 1})
	}
}

// code is OCRA-1:HOTP-SHA1-6:QH10-S, a second time and for this suite alone.
func (s *server) code(secret []byte, question, key string) string {
	q, err1 := hex.DecodeString(question)
	session, err2 := hex.DecodeString(key)
	if err1 != nil || err2 != nil {
		s.Errorf("question %q, session %q", question, key)
	}
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(suite + "\x00"))
	mac.Write(append(q, make([]byte, 128-len(q))...))
	mac.Write(append(make([]byte, 64-len(session)), session...))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

func (s *server) reply(w http.ResponseWriter, status int, text string, body map[string]int) {
	if !s.json {
		w.WriteHeader(status)
		fmt.Fprint(w, text)
		return
	}
	w.Header().Set("X-TIQR-Protocol-Version", "2")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.Error(err)
	}
}

// ask begins a sign-in and returns the link of its page; "" is for any user.
func (s *server) ask(n int, user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, question := fmt.Sprintf("%032x", 0xabc0+n), fmt.Sprintf("%010x", 0x1234567890+n)
	s.sessions[key] = &login{user: user, question: question, until: time.Now().Add(sessionAge)}
	if user != "" {
		user = url.QueryEscape(user) + "@"
	}
	return "tiqrauth://" + user + "tiqr.demo.test/" + key + "/" + question + "/" + url.QueryEscape("https://mail.demo.test/metadata") + "/2"
}

// called returns the calls so far.
func (s *server) called() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

func (s *server) change(how func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how()
}

// device is a pairing that the server knows.
func (s *server) device() approve.Device {
	secret := []byte(strings.Repeat("k", 32))
	s.change(func() { s.secrets[testUser] = slices.Clone(secret) })
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: Name, Server: origin, App: "Demo tiqr", Account: "Ana Demo", Name: "ana-laptop",
			RemoteID: testUser, State: vault.DeviceActive,
			Memory: map[string]string{memoryService: "tiqr.demo.test", memoryAnswers: origin + "/tiqr.php", memorySuite: suite},
		},
		Secret: held(secret), Clock: &approve.Clock{},
	}
}

// held is a secret that stands for one in a vault.
type held []byte

func (h held) Use(use func([]byte) error) error {
	lent := slices.Clone(h)
	defer clear(lent)
	return use(lent)
}

func (held) Set([]byte) error { return nil }

// approvalKey is what the vault gives to Answer when the PIN was right.
type approvalKey struct{ vault.Signer }

// scanner is New for tests of both of its interfaces.
func scanner(s *server) *driver { return New(s.client()).(*driver) }

var accept = approve.Decision{Act: approve.Accept}

func (t *driver) accept(ctx context.Context, d approve.Device, r approve.Request) (approve.Outcome, error) {
	return t.Answer(ctx, d, r, accept, approvalKey{})
}
