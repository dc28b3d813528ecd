package keycloak

// This file is a Keycloak with the app authenticator: a small one that checks what
// the real one checks, in the same order, and lies when a test tells it to.

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"nod/approve"
	"nod/vault"
)

// tokenKey signs action tokens; only the server has it.
var tokenKey = []byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

// appServer is the fake server.
type appServer struct {
	*testing.T
	offset time.Duration // its clock minus the machine's
	dates  bool          // it sends a Date

	mu      sync.Mutex
	devices map[string]url.Values // by device id: what it registered with
	used    map[string]bool       // token ids
	open    bool                  // the page that showed the link or waits for the answer
	listed  []fields
	code    string // of the login that waits
	granted string // "", "true", "false"
	burnt   bool   // an answer was refused, and the login with it
	news    chan struct{}
	calls   []string
	lie     func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newAppServer(t *testing.T) *appServer {
	return &appServer{T: t, dates: true, devices: map[string]url.Values{}, used: map[string]bool{}, open: true, news: make(chan struct{})}
}

func (s *appServer) now() time.Time { return time.Now().Add(s.offset) }

// setupClaims are those of the token in a pairing link.
func (s *appServer) setupClaims() fields {
	return fields{
		"typ": typeSetup, "jti": newUUID(), "iss": testBase, "aud": testBase, "sub": testUser,
		"iat": s.now().Unix(), "exp": s.now().Add(5 * time.Minute).Unix(), "azp": "account-console", "oasid": "x.y.z",
	}
}

// link is a pairing link.
func (s *appServer) link(change fields) string {
	return actionLink(testBase, s.setupClaims().with(change))
}

func actionLink(base string, claims fields) string {
	return base + actionToken + "?" + url.Values{
		"key": {mint(jose.HS512, tokenKey, claims)}, "client_id": {"account-console"}, "tab_id": {"q1W2e3"},
	}.Encode()
}

// device is a device that this server knows.
func (s *appServer) device() approve.Device {
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = 7
	private := ed25519.NewKeyFromSeed(seed)
	public := private.Public().(ed25519.PublicKey)
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		s.Fatal(err)
	}
	id := newUUID()
	s.devices[id] = url.Values{
		"public_key": {base64.StdEncoding.EncodeToString(spki)}, "key_algorithm": {"Ed25519"}, "signature_algorithm": {"Ed25519"},
	}
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: NameApp, Server: testOrigin, App: "demo", Name: "ana-laptop", RemoteID: id, State: vault.DeviceActive,
			Memory: map[string]string{
				memoryBase: testBase, memoryUser: testUser, memoryKey: base64.StdEncoding.EncodeToString(public),
			},
		},
		Secret: &testSecret{raw: seed}, Clock: &approve.Clock{},
	}
}

// loginClaims are those of the token in a request's target.
func (s *appServer) loginClaims() fields {
	return s.setupClaims().with(fields{"typ": typeLogin, "exp": s.now().Add(time.Minute).Unix()})
}

// ask begins a login.
func (s *appServer) ask(code string, claims, change fields) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code, s.granted, s.open = code, "", true
	s.listed = []fields{(fields{
		"userName": "ana", "userFirstName": "Ana", "userLastName": nil, "targetUrl": actionLink(testBase, s.loginClaims().with(claims)),
		"codeChallenge": code, "updatedTimestamp": s.now().UnixMilli(), "ipAddress": "192.0.2.10", "device": "Other",
		"browser": "Firefox/133", "os": "Linux", "osVersion": "6", "clientName": "Wiki", "clientUrl": nil, "loginId": nil,
	}).with(change)}
	close(s.news)
	s.news = make(chan struct{})
}

func (s *appServer) called(path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if c == path {
			n++
		}
	}
	return n
}

func (s *appServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls = append(s.calls, strings.TrimPrefix(r.URL.Path, "/realms/demo"))
	lie := s.lie
	s.mu.Unlock()
	if r.URL.Scheme+"://"+r.URL.Host != testOrigin || !strings.HasPrefix(r.URL.Path, "/realms/demo/") {
		s.Errorf("asked %s", r.URL.Host+r.URL.Path)
	}
	if s.dates {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	}
	if lie != nil && lie(w, r) {
		return
	}
	switch strings.TrimPrefix(r.URL.Path, "/realms/demo") {
	case actionToken:
		s.action(w, r)
	case pathChallenges:
		s.challenges(w, r)
	case pathWait:
		s.async(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// action takes an action token, once.
func (s *appServer) action(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	signed, err := jose.ParseSignedCompact(r.URL.Query().Get("key"), []jose.SignatureAlgorithm{jose.HS512})
	if err != nil {
		s.Fatal(err)
	}
	payload, err := signed.Verify(tokenKey)
	if err != nil {
		s.Errorf("action token: %v", err)
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		s.Fatal(err)
	}
	switch {
	case s.now().Unix() > c.Expires:
		w.WriteHeader(http.StatusUnauthorized)
	case s.used[c.ID]:
		w.WriteHeader(http.StatusBadRequest)
	case c.Type == typeSetup:
		s.used[c.ID] = true
		w.WriteHeader(s.setup(r.URL.Query()))
	case c.Type == typeLogin:
		s.used[c.ID] = true
		w.WriteHeader(s.login(r))
	}
}

func (s *appServer) setup(q url.Values) int {
	for _, name := range []string{"device_id", "device_os", "public_key", "key_algorithm", "signature_algorithm"} {
		if !q.Has(name) {
			return http.StatusBadRequest
		}
	}
	switch {
	case !s.open:
		return http.StatusForbidden
	case s.devices[q.Get("device_id")] != nil:
		return http.StatusBadRequest
	}
	s.devices[q.Get("device_id")] = q
	return http.StatusCreated
}

// list returns what is pending for who asks, or the status of a refusal.
func (s *appServer) list(r *http.Request) ([]fields, int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.header(r)
	switch {
	case m == nil:
		return nil, http.StatusBadRequest, "challenge_rejected"
	case s.devices[m["keyId"]] == nil:
		return nil, http.StatusConflict, "no_credential"
	case !s.verify(m["keyId"], "created:"+m["created"], m["signature"]):
		return nil, http.StatusUnauthorized, "challenge_rejected"
	}
	created, _ := strconv.ParseInt(m["created"], 10, 64)
	if len(s.listed) > 0 {
		if since, ok := s.listed[0]["updatedTimestamp"].(int64); ok && created < since-1000 {
			return []fields{}, http.StatusOK, ""
		}
	}
	return slices.Clone(s.listed), http.StatusOK, ""
}

func (s *appServer) challenges(w http.ResponseWriter, r *http.Request) {
	list, status, why := s.list(r)
	w.WriteHeader(status)
	if why != "" {
		w.Write(fields{"error": why, "message": "No."}.json())
		return
	}
	s.send(w, list)
}

func (s *appServer) send(w http.ResponseWriter, list []fields) {
	if list == nil {
		list = []fields{}
	}
	if err := json.NewEncoder(w).Encode(list); err != nil {
		s.Error(err)
	}
}

// async waits up to a minute for news.
func (s *appServer) async(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	news := s.news
	s.mu.Unlock()
	if list, status, _ := s.list(r); status == http.StatusOK && len(list) == 0 {
		select {
		case <-news: // sent as it is, however old the question
			s.mu.Lock()
			defer s.mu.Unlock()
			s.send(w, s.listed)
			return
		case <-r.Context().Done():
			return
		case <-time.After(time.Minute):
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
	}
	s.challenges(w, r)
}
