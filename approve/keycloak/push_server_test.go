package keycloak

// This file is a Keycloak with the push MFA extension: a small one that checks what
// the real one checks, and lies when a test tells it to.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"nod/approve"
	"nod/vault"
)

const (
	testClient       = "push-device-client"
	testClientSecret = "client-secret-of-the-realm"
)

// realmRSA signs for all fake realms: making one takes a while.
var realmRSA = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// enrolled is a device that the server knows.
type enrolled struct {
	key                     jose.JSONWebKey
	user, credential, label string
}

// pushServer is the fake server.
type pushServer struct {
	*testing.T
	offset time.Duration
	dates  bool
	signer jose.JSONWebKey // of the realm

	mu         sync.Mutex
	enrolment  string // id of the one that waits
	nonce      string
	devices    map[string]*enrolled // by device id
	tokens     map[string]string    // thumbprint that each is bound to
	life       int                  // of a token, in seconds
	proofs     map[string]bool      // ids
	challenges []fields
	expected   string // user verification
	actions    []string
	calls      []string
	lie        func(w http.ResponseWriter, r *http.Request) bool
}

func newPushServer(t *testing.T) *pushServer {
	return &pushServer{
		T: t, dates: true, life: 300, enrolment: newUUID(), nonce: strings.Repeat("n", 43),
		signer:  jose.JSONWebKey{Key: realmRSA(), KeyID: "realm-1", Algorithm: "RS256", Use: "sig"},
		devices: map[string]*enrolled{}, tokens: map[string]string{}, proofs: map[string]bool{},
	}
}

func (s *pushServer) now() time.Time { return time.Now().Add(s.offset) }

func (s *pushServer) enrolClaims() fields {
	return fields{
		"typ": typeEnrol, "iss": testBase, "aud": "demo", "sub": testUser, "username": "ana", "realm": "demo",
		"enrollmentId": s.enrolment, "nonce": s.nonce, "iat": s.now().Unix(), "exp": s.now().Add(4 * time.Minute).Unix(),
	}
}

func (s *pushServer) enrolToken(change fields) string {
	return mint(jose.RS256, s.signer, s.enrolClaims().with(change))
}

func (s *pushServer) link(change fields) string {
	return "my-secure://enroll?token=" + s.enrolToken(change)
}

func offer(link string) approve.Offer {
	return approve.Offer{Link: link, DeviceName: "ana-laptop", Platform: "linux terminal", ClientID: testClient, ClientSecret: testClientSecret}
}

// device is a device that is enrolled.
func (s *pushServer) device() approve.Device {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	key := jose.JSONWebKey{Key: private, KeyID: "nod-1", Algorithm: "ES256", Use: "sig"}
	id, credential := newUUID(), newUUID()
	s.devices[id] = &enrolled{key: key.Public(), user: testUser, credential: credential}
	secret := &testSecret{raw: pushRaw(s.T, private)}
	return approve.Device{
		Device: vault.Device{
			ID: "d-BBBBBB", Driver: NamePush, Server: testOrigin, App: "demo", Account: "ana", Name: "ana-laptop", RemoteID: id,
			State:  vault.DeviceActive,
			Memory: map[string]string{memoryBase: testBase, memoryUser: testUser, memoryCredential: credential},
		},
		Secret: secret, Clock: &approve.Clock{},
	}
}

// ask begins a login.
func (s *pushServer) ask(change fields) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := newUUID()
	s.challenges = append(s.challenges, (fields{
		"userId": testUser, "username": "ana", "cid": id, "expiresAt": s.now().Add(4 * time.Minute).Unix(), "createdAt": s.now().Unix(),
		"clientId": "wiki", "clientName": "Wiki", "userVerification": nil,
	}).with(change))
	return id
}

func (s *pushServer) called(call string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.HasPrefix(c, call) {
			n++
		}
	}
	return n
}

func (s *pushServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, "/realms/demo")
	if !ok || r.URL.Scheme+"://"+r.URL.Host != testOrigin || strings.Contains(path, "lockout") {
		s.Errorf("asked %s", r.URL.Host+r.URL.Path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+path)
	if s.dates {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	}
	if s.lie != nil && s.lie(w, r) {
		return
	}
	switch handle, fetch := strings.CutPrefix(path, requestToken); {
	case path == pathCerts:
		s.send(w, 200, fields{"keys": []any{
			fields{"kid": "enc-1", "kty": "OKP", "alg": "ECDH-ES", "use": "enc", "crv": "X25519", "x": "AAAA"}, s.signer.Public(),
		}})
	case path == pathToken:
		s.token(w, r)
	case fetch && handle == s.enrolment && r.Header.Get("Accept") == "application/jwt" && r.Header.Get("Authorization") == "":
		w.Header().Set("Content-Type", "application/jwt")
		io.WriteString(w, s.enrolToken(nil))
	case fetch:
		s.fail(w, 404, "Enrollment request not found")
	default:
		s.api(w, r, strings.TrimPrefix(path, pathPush))
	}
}

func (s *pushServer) send(w http.ResponseWriter, status int, f fields) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(f.json())
}

func (s *pushServer) fail(w http.ResponseWriter, status int, why string) {
	s.send(w, status, fields{"error": why})
}

// token gives a token that is bound to the key of the proof.
func (s *pushServer) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		s.Error(err)
	}
	if r.PostForm.Get("grant_type") != "client_credentials" || r.PostForm.Get("client_id") != testClient || r.PostForm.Get("client_secret") != testClientSecret {
		s.fail(w, 401, "invalid_client")
		return
	}
	key, c, why := s.proof(r, nil, "")
	if why != "" || (s.now().Unix()-c.IssuedAt) > 15 || c.IssuedAt-s.now().Unix() > 15 {
		s.send(w, 400, fields{"error": "invalid_dpop_proof", "error_description": "DPoP proof is not active"})
		return
	}
	text := "token-" + newUUID()
	s.tokens[text] = thumbprint(s.T, key)
	s.send(w, 200, fields{"access_token": text, "token_type": "DPoP", "expires_in": s.life, "scope": "profile"})
}

func thumbprint(t *testing.T, key jose.JSONWebKey) string {
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sum)
}

// proof checks a DPoP proof; with key it must be by that one.
func (s *pushServer) proof(r *http.Request, known *jose.JSONWebKey, token string) (key jose.JSONWebKey, c proofClaims, why string) {
	signed, err := jose.ParseSignedCompact(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return key, c, "Invalid DPoP proof"
	}
	h := signed.Signatures[0].Protected
	if h.ExtraHeaders[jose.HeaderType] != "dpop+jwt" || h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() {
		return key, c, "DPoP proof missing typ=dpop+jwt"
	}
	key = *h.JSONWebKey
	if known == nil {
		known = &key
	}
	payload, err := signed.Verify(known.Key)
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return key, c, "Invalid DPoP proof signature"
	}
	sum := sha256.Sum256([]byte(token))
	id := key.KeyID + c.ID
	switch {
	case c.Method != r.Method:
		why = "DPoP proof htm mismatch"
	case c.Address != testOrigin+r.URL.Path:
		why = "DPoP proof htu mismatch"
	case c.IssuedAt > s.now().Unix()+120 || c.IssuedAt < s.now().Unix()-120:
		why = "DPoP proof expired"
	case c.ID == "" || len(c.ID) > 128 || s.proofs[id]:
		why = "DPoP proof replay detected"
	case token != "" && c.Token != base64.RawURLEncoding.EncodeToString(sum[:]):
		why = "DPoP proof ath mismatch"
	case token == "" && c.Token != "":
		why = "DPoP proof for a token that there is not"
	}
	s.proofs[id] = true
	return key, c, why
}

// api checks who calls, and answers.
func (s *pushServer) api(w http.ResponseWriter, r *http.Request, path string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.Error(err)
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "DPoP ")
	bound := s.tokens[token]
	if !ok || bound == "" {
		s.fail(w, 401, "Invalid access token")
		return
	}
	if path == "/enroll/complete" {
		s.complete(w, r, body, token)
		return
	}
	_, claimed, _ := s.proof(r.Clone(r.Context()), nil, token)
	d := s.devices[claimed.DeviceID]
	if d == nil || claimed.Subject != d.user {
		s.fail(w, 403, notRegistered)
		return
	}
	delete(s.proofs, d.key.KeyID+claimed.ID)
	if _, _, why := s.proof(r, &d.key, token); why != "" {
		s.fail(w, map[bool]int{true: 400, false: 403}[why == "DPoP proof expired"], why)
		return
	}
	if bound != thumbprint(s.T, d.key) {
		s.fail(w, 403, "Access token DPoP binding mismatch")
		return
	}
	switch id, answer := strings.CutSuffix(strings.TrimPrefix(path, "/login/challenges/"), "/respond"); {
	case path == "/login/pending":
		list := s.challenges
		if r.URL.Query().Get("userId") != d.user || list == nil {
			list = []fields{}
		}
		s.send(w, 200, fields{"challenges": list})
	case answer && r.Method == http.MethodPost:
		s.respond(w, d, claimed.DeviceID, id, body)
	case path == "/device/rotate-key" && r.Method == http.MethodPut:
		s.rotate(w, d, body)
	default:
		s.fail(w, 404, "RESTEASY003210")
	}
}

// fetchLink is a pairing link whose token is to be fetched.
func (s *pushServer) fetchLink() string {
	return "other-app://x?" + url.Values{"request_uri": {testBase + requestToken + s.enrolment}}.Encode()
}
