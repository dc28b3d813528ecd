package keycloaktest

// This file is the server with the push MFA extension: its links, requests and tokens.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The client of the realm's devices.
const (
	ClientID     = "push-device-client"
	ClientSecret = "client-secret-of-the-realm"
)

const (
	pushPath    = "/push-mfa"
	requestPath = pushPath + "/enroll/request-token/"
	tokenPath   = "/protocol/openid-connect/token"
	certsPath   = "/protocol/openid-connect/certs"

	actionApprove = "approve"
	actionDeny    = "deny"

	notRegistered = "Device not registered for user"
)

// RealmKey signs for all realms: making one takes a while.
var RealmKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// Enrolled is a device that the server knows.
type Enrolled struct {
	Key                     jose.JSONWebKey
	User, Credential, Label string
}

// Push is a Keycloak with the push MFA extension. It is an http.Handler.
type Push struct {
	common
	Signer     jose.JSONWebKey // of the realm
	Enrolment  string          // id of the one that waits
	Devices    map[string]*Enrolled
	Tokens     map[string]string // thumbprint that each is bound to
	Life       int               // of a token, in seconds
	Challenges []Fields          // the requests that wait
	Expected   map[string]string // by request: what the sign-in page shows
	Actions    []string          // the answers that the server took

	nonce  string
	proofs map[string]bool // ids
	asked  int             // requests
}

// NewPush returns a server whose realm has the address base. complain, such as
// t.Errorf, is told of calls that no driver should make.
func NewPush(base string, complain func(format string, args ...any)) *Push {
	return &Push{
		common: common{base: base, complain: complain, Dates: true}, Life: 300, Enrolment: newID(), nonce: strings.Repeat("n", 43),
		Signer:  jose.JSONWebKey{Key: RealmKey(), KeyID: "realm-1", Algorithm: "RS256", Use: "sig"},
		Devices: map[string]*Enrolled{}, Tokens: map[string]string{}, Expected: map[string]string{}, proofs: map[string]bool{},
	}
}

// EnrolClaims are those of the token in a pairing link.
func (s *Push) EnrolClaims() Fields {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.enrolClaims()
}

func (s *Push) enrolClaims() Fields {
	return Fields{
		"typ": "push-enroll-challenge", "iss": s.base, "aud": "demo", "sub": User, "username": "ana", "realm": "demo",
		"enrollmentId": s.Enrolment, "nonce": s.nonce, "iat": s.Now().Unix(), "exp": s.Now().Add(4 * time.Minute).Unix(),
	}
}

// EnrolToken is the token of a pairing link.
func (s *Push) EnrolToken(change Fields) string {
	return Mint(jose.RS256, s.Signer, s.EnrolClaims().With(change))
}

// Link is a pairing link with its token.
func (s *Push) Link(change Fields) string { return "my-secure://enroll?token=" + s.EnrolToken(change) }

// FetchLink is a pairing link whose token is to be fetched.
func (s *Push) FetchLink() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "other-app://x?" + url.Values{"request_uri": {s.base + requestPath + s.Enrolment}}.Encode()
}

// Enrol makes a device of User's known.
func (s *Push) Enrol(id, credential, keyID string, key *ecdsa.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Devices[id] = &Enrolled{Key: jose.JSONWebKey{Key: key, KeyID: keyID, Algorithm: "ES256", Use: "sig"}, User: User, Credential: credential}
}

// Forget drops all devices, as when the person removes them on the account page.
func (s *Push) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.Devices)
}

// Ask begins a login, with changes to what is listed, and returns its id.
func (s *Push) Ask(change Fields) string { return s.ask("", change) }

// AskNumber begins a login whose sign-in page shows one of numbers.
func (s *Push) AskNumber(shown string, numbers ...string) string {
	return s.ask(shown, Fields{"userVerification": Fields{"type": "number-match", "numbers": numbers}})
}

// AskPIN begins a login whose sign-in page shows a PIN.
func (s *Push) AskPIN(shown string) string {
	return s.ask(shown, Fields{"userVerification": Fields{"type": "pin", "pinLength": len(shown)}})
}

func (s *Push) ask(shown string, change Fields) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", s.asked) // one that pictures of screens can hold
	s.Expected[id] = shown
	s.Challenges = append(s.Challenges, (Fields{
		"userId": User, "username": "ana", "cid": id, "expiresAt": s.Now().Add(4 * time.Minute).Unix(), "createdAt": s.Now().Unix(),
		"clientId": "wiki", "clientName": "Wiki", "userVerification": nil,
	}).With(change))
	return id
}

// Answers are those that the server took: "approve" or "deny" each.
func (s *Push) Answers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Actions)
}

// Called counts the calls that begin with call: a method, a space, a path below the
// realm.
func (s *Push) Called(call string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.Calls {
		if strings.HasPrefix(c, call) {
			n++
		}
	}
	return n
}

func (s *Push) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, realmPath)
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(path, "lockout") {
		s.complain("asked %s, which closes the account", path)
	}
	s.Calls = append(s.Calls, r.Method+" "+path)
	s.begin(w, r)
	if s.Lie != nil && s.Lie(w, r) {
		return
	}
	switch handle, fetch := strings.CutPrefix(path, requestPath); {
	case path == certsPath:
		s.send(w, 200, Fields{"keys": []any{
			Fields{"kid": "enc-1", "kty": "OKP", "alg": "ECDH-ES", "use": "enc", "crv": "X25519", "x": "AAAA"}, s.Signer.Public(),
		}})
	case path == tokenPath:
		s.token(w, r)
	case fetch && handle == s.Enrolment && r.Header.Get("Accept") == "application/jwt" && r.Header.Get("Authorization") == "":
		w.Header().Set("Content-Type", "application/jwt")
		io.WriteString(w, Mint(jose.RS256, s.Signer, s.enrolClaims()))
	case fetch:
		s.fail(w, 404, "Enrollment request not found")
	default:
		s.api(w, r, strings.TrimPrefix(path, pushPath))
	}
}

func (s *Push) send(w http.ResponseWriter, status int, f Fields) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(f.JSON())
}

func (s *Push) fail(w http.ResponseWriter, status int, why string) {
	s.send(w, status, Fields{"error": why})
}

// token gives a token that is bound to the key of the proof.
func (s *Push) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.complain("token: %v", err)
	}
	if r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("client_id") != ClientID || r.PostForm.Get("client_secret") != ClientSecret {
		s.fail(w, 401, "invalid_client")
		return
	}
	key, c, why := s.proof(r, nil, "")
	if why != "" || (s.Now().Unix()-c.IssuedAt) > 15 || c.IssuedAt-s.Now().Unix() > 15 {
		s.send(w, 400, Fields{"error": "invalid_dpop_proof", "error_description": "DPoP proof is not active"})
		return
	}
	text := "token-" + newID()
	s.Tokens[text] = thumbprint(key)
	s.send(w, 200, Fields{"access_token": text, "token_type": "DPoP", "expires_in": s.Life, "scope": "profile"})
}

func thumbprint(key jose.JSONWebKey) string {
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}
