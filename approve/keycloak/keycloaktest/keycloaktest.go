// Package keycloaktest gives tests two small Keycloak servers, one with the app
// authenticator of netzbegruenung and one with the push MFA extension of ba-itsys. They
// check what the real ones check, in the same order, and lie when a test tells them to.
// It is for tests alone. It knows nothing of package keycloak, so that what the driver
// gets wrong is not wrong here in the same way.
package keycloaktest

// This file holds what both servers share: tokens, lies, and calls within a process.

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"nod/approve/approvetest"
)

// Where the fake servers are unless a test puts them elsewhere, and whose account the
// links and requests are of.
const (
	Origin = "https://id.demo.test"
	Base   = Origin + realmPath
	User   = "3f0c6f0e-6f1d-4a57-9d6e-0c8f3a1b2c3d"
)

const realmPath = "/realms/demo"

// Fields are the claims of a token, or the members of an object.
type Fields map[string]any

// With returns f with changes; a nil value takes a field away.
func (f Fields) With(changes Fields) Fields {
	f = maps.Clone(f)
	for name, value := range changes {
		if f[name] = value; value == nil {
			delete(f, name)
		}
	}
	return f
}

// JSON returns f as an object.
func (f Fields) JSON() []byte {
	raw, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return raw
}

// Mint signs claims.
func Mint(alg jose.SignatureAlgorithm, key any, claims Fields) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(claims.JSON())
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

// newID returns a random UUID.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Client returns a client whose calls h answers, whatever their address; no port is
// open, so it works in a synctest bubble.
func Client(h http.Handler) *http.Client { return &http.Client{Transport: inProcess{h}} }

// inProcess calls a handler; the end of the context ends the call.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	return approvetest.Answer(h, r)
}

// A Lie may answer a call in the server's place, and tells whether it has.
type Lie func(w http.ResponseWriter, r *http.Request) bool

// Status is a lie: that status and body, whatever was asked.
func Status(code int, body string) Lie {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(code)
		w.Write([]byte(body))
		return true
	}
}

// common is what both servers have. Tests may use the fields while nothing calls the
// server; the methods are safe for concurrent use.
type common struct {
	Offset time.Duration // its clock minus the machine's
	Dates  bool          // it sends a Date
	Lie    Lie
	Calls  []string // in the order in which they came

	mu       sync.Mutex
	base     string // address of its realm
	complain func(format string, args ...any)
}

// Now is the time by the server's clock.
func (s *common) Now() time.Time { return time.Now().Add(s.Offset) }

// begin is how each call begins: it complains of one that goes elsewhere.
func (s *common) begin(w http.ResponseWriter, r *http.Request) {
	origin := r.URL.Scheme + "://" + r.URL.Host // as Client calls
	if r.URL.Host == "" {
		origin = "http://" + r.Host
	}
	if origin+realmPath != s.base {
		s.complain("asked %s%s", origin, r.URL.Path)
	}
	if s.Dates {
		w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	}
}
