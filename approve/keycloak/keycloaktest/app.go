package keycloaktest

// This file is the server with the app authenticator.

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
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	actionPath = "/login-actions/action-token"
	setupType  = "app-setup-action-token"
	loginType  = "app-auth-action-token"
)

// tokenKey signs action tokens; only the server has it.
var tokenKey = []byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

// App is a Keycloak with the app authenticator. It is an http.Handler.
type App struct {
	common
	Devices map[string]url.Values // by device id: what it registered with
	Open    bool                  // the page that showed the link or waits for the answer
	Listed  []Fields              // the requests that wait
	Granted string                // of the login: "", "true", "false"
	Burnt   bool                  // an answer was refused, and the login with it

	used    map[string]bool // token ids
	code    string          // of the login that waits
	answers []string
	news    chan struct{} // closed and replaced when a login begins
}

// NewApp returns a server whose realm has the address base. complain, such as t.Errorf,
// is told of calls that no driver should make.
func NewApp(base string, complain func(format string, args ...any)) *App {
	return &App{
		common: common{base: base, complain: complain, Dates: true}, Open: true,
		Devices: map[string]url.Values{}, used: map[string]bool{}, news: make(chan struct{}),
	}
}

// SetupClaims are those of the token in a pairing link.
func (s *App) SetupClaims() Fields {
	return Fields{
		"typ": setupType, "jti": newID(), "iss": s.base, "aud": s.base, "sub": User,
		"iat": s.Now().Unix(), "exp": s.Now().Add(5 * time.Minute).Unix(), "azp": "account-console", "oasid": "x.y.z",
	}
}

// LoginClaims are those of the token in a request's target.
func (s *App) LoginClaims() Fields {
	return s.SetupClaims().With(Fields{"typ": loginType, "exp": s.Now().Add(time.Minute).Unix()})
}

// Link opens the page that shows a pairing link, and returns that.
func (s *App) Link(change Fields) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Open = true
	return ActionLink(s.base, s.SetupClaims().With(change))
}

// ActionLink is a link with an action token, for the realm at base.
func ActionLink(base string, claims Fields) string {
	return base + actionPath + "?" + url.Values{
		"key": {Mint(jose.HS512, tokenKey, claims)}, "client_id": {"account-console"}, "tab_id": {"q1W2e3"},
	}.Encode()
}

// Register makes a device known.
func (s *App) Register(id string, key ed25519.PublicKey) {
	spki, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Devices[id] = url.Values{
		"public_key": {base64.StdEncoding.EncodeToString(spki)}, "key_algorithm": {"Ed25519"}, "signature_algorithm": {"Ed25519"},
	}
}

// Forget drops all devices, as when the person removes them on the account page.
func (s *App) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.Devices)
}

// Close closes the page that showed the link or waits for the answer.
func (s *App) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Open, s.Listed = false, nil
}

// Ask begins a login, with changes to its token and to what is listed.
func (s *App) Ask(code string, claims, change Fields) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code, s.Granted, s.Open = code, "", true
	s.Listed = []Fields{(Fields{
		"userName": "ana", "userFirstName": "Ana", "userLastName": nil, "targetUrl": ActionLink(s.base, s.LoginClaims().With(claims)),
		"codeChallenge": code, "updatedTimestamp": s.Now().UnixMilli(), "ipAddress": "192.0.2.10", "device": "Other",
		"browser": "Firefox/133", "os": "Linux", "osVersion": "6", "clientName": "Wiki", "clientUrl": nil, "loginId": nil,
	}).With(change)}
	close(s.news)
	s.news = make(chan struct{})
}

// Answers are those that the server took: "granted" or "refused" each.
func (s *App) Answers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.answers)
}

// Called counts the calls of a path below the realm.
func (s *App) Called(path string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.Calls {
		if c == path {
			n++
		}
	}
	return n
}

func (s *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, realmPath)
	s.mu.Lock()
	s.Calls = append(s.Calls, path)
	lie := s.Lie
	s.mu.Unlock()
	s.begin(w, r)
	if lie != nil && lie(w, r) {
		return
	}
	switch path {
	case actionPath:
		s.action(w, r)
	case "/challenges":
		s.challenges(w, r)
	case "/challenges/async":
		s.async(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// action takes an action token, once.
func (s *App) action(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c struct {
		Type    string `json:"typ"`
		ID      string `json:"jti"`
		Expires int64  `json:"exp"`
	}
	signed, err := jose.ParseSignedCompact(r.URL.Query().Get("key"), []jose.SignatureAlgorithm{jose.HS512})
	if err == nil {
		var payload []byte
		if payload, err = signed.Verify(tokenKey); err == nil {
			err = json.Unmarshal(payload, &c)
		}
	}
	switch {
	case err != nil:
		s.complain("action token: %v", err)
		w.WriteHeader(http.StatusBadRequest)
	case s.Now().Unix() > c.Expires:
		w.WriteHeader(http.StatusUnauthorized)
	case s.used[c.ID]:
		w.WriteHeader(http.StatusBadRequest)
	case c.Type == setupType:
		s.used[c.ID] = true
		w.WriteHeader(s.setup(r.URL.Query()))
	case c.Type == loginType:
		s.used[c.ID] = true
		w.WriteHeader(s.login(r))
	}
}

func (s *App) setup(q url.Values) int {
	for _, name := range []string{"device_id", "device_os", "public_key", "key_algorithm", "signature_algorithm"} {
		if !q.Has(name) {
			return http.StatusBadRequest
		}
	}
	switch {
	case !s.Open:
		return http.StatusForbidden
	case s.Devices[q.Get("device_id")] != nil:
		return http.StatusBadRequest
	}
	s.Devices[q.Get("device_id")] = q
	return http.StatusCreated
}

// list returns what is pending for who asks, or the status of a refusal.
func (s *App) list(r *http.Request) ([]Fields, int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.header(r)
	switch {
	case m == nil:
		return nil, http.StatusBadRequest, "challenge_rejected"
	case s.Devices[m["keyId"]] == nil:
		return nil, http.StatusConflict, "no_credential"
	case !s.verify(m["keyId"], "created:"+m["created"], m["signature"]):
		return nil, http.StatusUnauthorized, "challenge_rejected"
	}
	created, _ := strconv.ParseInt(m["created"], 10, 64)
	if len(s.Listed) > 0 {
		if since, ok := s.Listed[0]["updatedTimestamp"].(int64); ok && created < since-1000 {
			return []Fields{}, http.StatusOK, ""
		}
	}
	return slices.Clone(s.Listed), http.StatusOK, ""
}

func (s *App) challenges(w http.ResponseWriter, r *http.Request) {
	list, status, why := s.list(r)
	w.WriteHeader(status)
	if why != "" {
		w.Write(Fields{"error": why, "message": "No."}.JSON())
		return
	}
	s.send(w, list)
}

func (s *App) send(w http.ResponseWriter, list []Fields) {
	if list == nil {
		list = []Fields{}
	}
	if err := json.NewEncoder(w).Encode(list); err != nil {
		s.complain("send requests: %v", err)
	}
}

// async waits up to a minute for news.
func (s *App) async(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	news := s.news
	s.mu.Unlock()
	if list, status, _ := s.list(r); status == http.StatusOK && len(list) == 0 {
		select {
		case <-news: // sent as it is, however old the question
			s.mu.Lock()
			list := slices.Clone(s.Listed)
			s.mu.Unlock()
			s.send(w, list)
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
