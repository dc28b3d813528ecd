// Package privacyideatest gives tests a push service of privacyIDEA or eduMFA: a
// small one with one token, that checks what the real ones check, in their words, and
// lies when a test tells it to. It is for tests alone, and knows nothing of the driver
// that it tests: it signs and verifies by itself.
package privacyideatest

// This file is the server with what a test sets, and its pairing link.

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"nod/approve/approvetest"
)

// What a new server has.
const (
	Origin     = "https://pi.demo.test"
	URL        = Origin + "/ttype/push"
	Serial     = "PIPU00A1B2C3"
	Credential = "00112233445566778899aabbccddeeff00112233" // of the pairing link
)

// Reporter is told what no device may send; a *testing.T is one. Errorf may be called
// from another goroutine than the test's.
type Reporter interface {
	Errorf(format string, args ...any)
}

// Server is a push service with one token. It is an http.Handler, and an
// http.RoundTripper that calls itself in this process. A test that changes a field
// while calls may come does so in Change.
type Server struct {
	URL             string // of the push service
	EduMFA          bool   // it is eduMFA, else privacyIDEA
	Issuer, Account string // that the link names
	Key             *rsa.PrivateKey
	Offset          time.Duration // its clock minus the machine's
	Denied          bool          // its policy lets no device ask
	Code            string        // to be typed at the sign-in page after an accept
	Device          *rsa.PublicKey
	Asked           []*Ask // in order
	// Lie may answer a call in the server's place, and then returns true. What it
	// calls of the server is Send, Fail, Listed and Now.
	Lie func(w http.ResponseWriter, r *http.Request) bool

	report  Reporter
	mu      sync.Mutex
	calls   []string
	answers []map[string]string
}

// New returns privacyIDEA, with a clock that agrees with the machine's and a token
// that waits for its device. Reporter may be nil where no calls come.
func New(r Reporter) *Server {
	return &Server{URL: URL, Issuer: "Demo", Account: "ana@demo.test", Key: key(), report: r}
}

//go:embed key.pem
var keyPEM []byte

// key is that of a new server.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	block, _ := pem.Decode(keyPEM)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return parsed.(*rsa.PrivateKey)
})

// Link is the token's pairing link as the servers write it; change (nil for none) may
// change its parameters.
func (s *Server) Link(change func(url.Values)) string {
	query := url.Values{
		"url": {s.URL}, "ttl": {"10"}, "issuer": {s.Issuer}, "enrollment_credential": {Credential},
		"v": {"1"}, "serial": {Serial}, "sslverify": {"1"}, "poll_only": {"True"},
	}
	if change != nil {
		change(query)
	}
	start := "otpauth://pipush/"
	if s.EduMFA {
		start = "edumfa-push://edumfa/"
	}
	label := url.QueryEscape(s.Issuer) + ":" + url.QueryEscape(s.Account)
	return start + strings.ReplaceAll(label+"?"+query.Encode(), "+", "%20")
}

// Client returns a client that reaches only this server, without a network.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s} }

// RoundTrip calls the handler in this process; the request's context ends it.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	return approvetest.Answer(s, r)
}

// Change changes the server while no call is answered.
func (s *Server) Change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// Now is what the server's clock says.
func (s *Server) Now() time.Time { return time.Now().Add(s.Offset) }

// Calls returns what came, such as "GET /ttype/push".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Called returns how often a method came.
func (s *Server) Called(method string) (n int) {
	for _, c := range s.Calls() {
		if strings.HasPrefix(c, method+" ") {
			n++
		}
	}
	return n
}

// Answers returns the fields of the answers that were taken.
func (s *Server) Answers() []map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []map[string]string
	for _, a := range s.answers {
		all = append(all, maps.Clone(a))
	}
	return all
}
