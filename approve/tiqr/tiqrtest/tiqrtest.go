// Package tiqrtest is a tiqr server for tests, written from what such servers do: it
// hands out links, checks what they check, and lies when a test tells it to. It shares
// no code with the driver that it tests, and makes its OCRA codes by itself.
package tiqrtest

// This file is the server as a test sees it: links, what has come, and what it knows.

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"nod/approve/approvetest"
)

const (
	Origin   = "https://tiqr.demo.test"          // where a server is, unless a test moves it
	Service  = "tiqr.demo.test"                  // identifier of the service
	Provider = "https://mail.demo.test/metadata" // identifier of what people sign in to
	User     = "urn:collab:person:demo.test:ana" // identifier of the account
	Suite    = "OCRA-1:HOTP-SHA1-6:QH10-S"       // the only one
	Keys     = "5a1f00c0ffee"                    // the start of every one-time key of an enrolment

	sessionAge = 180 * time.Second
	maxTries   = 3
	blockTime  = 5 // minutes
)

// Server is the fake server, an http.Handler and an http.RoundTripper. Its exported
// fields are set before the first request, or by Lie.
type Server struct {
	Origin string // its own, without a path
	JSON   bool   // it replies in JSON, as version 2 does
	// Metadata spoils the metadata that is sent, by object and name; nil leaves it.
	Metadata func(m map[string]map[string]any)
	// Lie is asked before all else; it tells whether it has answered. nil for none.
	Lie func(w http.ResponseWriter, r *http.Request) bool

	t        T
	mu       sync.Mutex
	keys     int               // handed out
	enrol    map[string]string // user by enrolment key, then by one-time secret
	asked    int
	sessions map[string]*login
	secrets  map[string][]byte // by user
	tries    map[string]int    // wrong answers by user
	blocked  map[string]bool
	answers  []Answer
	calls    []string
	forms    []url.Values
}

// login is a sign-in that waits.
type login struct {
	user, question string
	until          time.Time
}

// Answer is an answer to a sign-in and what the server said to it.
type Answer struct{ User, Reply string }

// T hears complaints; a testing.TB is one.
type T interface {
	Errorf(format string, args ...any)
}

// New returns a server at Origin, which nobody has enrolled at. It complains to t of
// what no tiqr server would be sent, from any goroutine.
func New(t T) *Server {
	return &Server{
		Origin: Origin, t: t, enrol: map[string]string{}, sessions: map[string]*login{},
		secrets: map[string][]byte{}, tries: map[string]int{}, blocked: map[string]bool{},
	}
}

// Client calls the server in this process, without a port.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s} }

// RoundTrip implements http.RoundTripper; the request's context ends it.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if to := r.URL.Scheme + "://" + r.URL.Host; to != s.Origin {
		s.t.Errorf("asked %s, the server is at %s", to, s.Origin)
	}
	return approvetest.Answer(s, r)
}

// Enrol returns a link that enrols User, once.
func (s *Server) Enrol() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "tiqrenroll://" + s.Origin + "/tiqr.php?key=" + s.key(User)
}

// key makes a one-time key for a user; s.mu is held.
func (s *Server) key(user string) string {
	s.keys++
	key := fmt.Sprintf("%s%020x", Keys, s.keys)
	s.enrol[key] = user
	return key
}

// Ask begins a sign-in and returns the link of its page; "" is for any user.
func (s *Server) Ask(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	session, question := fmt.Sprintf("%032x", 0xabc0+s.asked), fmt.Sprintf("%010x", 0x1234567890+s.asked)
	s.sessions[session] = &login{user: user, question: question, until: time.Now().Add(sessionAge)}
	if user != "" {
		user = url.QueryEscape(user) + "@"
	}
	return "tiqrauth://" + user + Service + "/" + session + "/" + question + "/" + url.QueryEscape(Provider) + "/2"
}

// End ends all sign-ins that wait.
func (s *Server) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions)
}

// Secret returns the secret of a user, nil for none.
func (s *Server) Secret(user string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets[user])
}

// SetSecret gives a user another secret; nil forgets the user.
func (s *Server) SetSecret(user string, secret []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[user] = slices.Clone(secret)
}

// Answers returns the answers to sign-ins so far.
func (s *Server) Answers() []Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.answers)
}

// Calls returns method and path of all requests so far.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Forms returns what was posted so far, without what Lie answered.
func (s *Server) Forms() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.forms)
}
