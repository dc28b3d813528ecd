package native

// This file is the server that the tests talk to: a small one, made from
// package protocol alone, that checks all that a server must check and lies
// when a test tells it to.

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/approve/approvetest"
	"nod/approve/protocol"
	"nod/vault"
)

const (
	origin   = "https://nod.demo.test"
	testCode = "482913"
)

// server is the fake server; the zero clock agrees with the machine's.
type server struct {
	*testing.T
	key    testKey
	offset time.Duration // its clock minus the machine's

	mu          sync.Mutex
	transport   ed25519.PublicKey // of the one paired device
	approval    ed25519.PublicKey
	state       string
	refusedPair bool
	requests    []protocol.Pending
	ended       []protocol.Ended
	challenges  map[string]string // by request id
	nonces      map[string]bool
	calls       []string // "GET /v1/device"
	decisions   []protocol.Decision
	lie         func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newServer(t *testing.T) *server {
	return &server{T: t, key: newTestKey(1), state: "active", challenges: map[string]string{}, nonces: map[string]bool{}}
}

func (s *server) now() time.Time { return time.Now().Add(s.offset) }

// RoundTrip calls the handler in this process; the request's context ends it.
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	return approvetest.Answer(s, r)
}

func (s *server) client() *http.Client { return &http.Client{Transport: s} }

// device is a device that this server has paired, and its approval key.
func (s *server) device() (approve.Device, vault.Signer) {
	transport, approval := newTestKey(2), newTestKey(3)
	s.transport, s.approval = transport.Public(), approval.Public()
	return approve.Device{
		Device: vault.Device{
			ID: "d-AAAAAA", Driver: Name, Server: origin, App: "RMS", Account: "ana@demo.test", Name: "ana-laptop",
			RemoteID: "x-1", ServerKey: s.key.Public(), State: vault.DeviceActive,
		},
		Transport: transport, Clock: &approve.Clock{},
	}, approval
}

// ask adds a request; change may spoil it before it is signed.
func (s *server) ask(id string, key testKey, change func(*protocol.Challenge)) {
	c := protocol.Challenge{
		Issuer: origin, Audience: protocol.Thumbprint(s.transport), ID: id,
		IssuedAt: s.now().Unix(), Expires: s.now().Unix() + 120,
		App: "RMS", Profile: "rms", Account: "ana@demo.test", Action: "sign in", IP: "192.0.2.10",
		Place: "Vilnius, LT", PlaceNew: true, Browser: "Firefox 133", OS: "Linux",
		Devices: []string{"ana-laptop", "phone-ana"}, NumberNeeded: true, Nonce: protocol.Nonce(),
	}
	if change != nil {
		change(&c)
	}
	jws, err := c.Sign(key)
	if err != nil {
		s.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.challenges[id] = jws
	s.requests = append(s.requests, protocol.Pending{ID: id, Challenge: jws})
}

// called returns how often a call came.
func (s *server) called(call string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.HasPrefix(c, call) {
			n++
		}
	}
	return n
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.RequestURI())
	if s.lie != nil && s.lie(w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.Error(err)
	}
	if r.Host != "nod.demo.test" && r.URL.Host != "nod.demo.test" {
		s.Errorf("asked for host %q", r.URL.Host)
	}
	switch {
	case r.URL.Path == protocol.PathEmailStart || r.URL.Path == protocol.PathEmailConfirm:
		s.email(w, r, body)
		return
	case r.URL.Path == protocol.PathPair:
		s.pair(w, r, body)
		return
	}
	if !s.signed(w, r, body, s.transport) {
		return
	}
	switch id, isAnswer := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, protocol.PathRequests+"/"), "/answer"); {
	case r.URL.Path == protocol.PathRequests:
		s.send(w, 200, protocol.RequestsAnswer{Requests: s.requests, Ended: s.ended, Cursor: "c 1&", Time: s.now()})
	case isAnswer:
		s.answer(w, id, body)
	case r.Method == http.MethodGet:
		s.status(w)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// signed checks the request's signature and that it comes for the first time.
func (s *server) signed(w http.ResponseWriter, r *http.Request, body []byte, key ed25519.PublicKey) bool {
	v, err := protocol.VerifyRequest(r, body, origin+r.URL.RequestURI(), func(id string) (ed25519.PublicKey, error) {
		if id != protocol.Thumbprint(key) {
			return nil, errors.New("unknown key")
		}
		return key, nil
	}, s.now())
	if sig, ok := errors.AsType[*protocol.SignatureError](err); ok && sig.Skew {
		s.fail(w, 400, protocol.Error{Code: protocol.CodeClockSkew, Message: "The clocks differ."})
		return false
	}
	if err != nil || s.nonces[v.Nonce] {
		s.Errorf("signature: %v, nonce seen: %v", err, s.nonces[v.Nonce])
		s.fail(w, 401, protocol.Error{Code: protocol.CodeBadSignature, Message: "Bad signature."})
		return false
	}
	s.nonces[v.Nonce] = true
	return true
}

func (s *server) pair(w http.ResponseWriter, r *http.Request, body []byte) {
	var p protocol.PairRequest
	if err := json.Unmarshal(body, &p); err != nil {
		s.Error(err)
	}
	transport, err1 := protocol.DecodeKey(p.TransportKey)
	approval, err2 := protocol.DecodeKey(p.ApprovalKey)
	if err1 != nil || err2 != nil {
		s.Errorf("keys: %v, %v", err1, err2)
	}
	if !s.signed(w, r, body, transport) {
		return
	}
	if p.Code != "" && p.Code != testCode {
		left := 4
		s.fail(w, 401, protocol.Error{Code: protocol.CodeBadCode, Message: "That registration code is not right.", Left: &left})
		return
	}
	if err := protocol.VerifyProof(p.Proof, origin, transport, approval, p.Token+p.Code, s.now()); err != nil {
		s.Errorf("proof: %v", err)
	}
	s.transport, s.approval = transport, approval
	s.send(w, 202, protocol.PairAnswer{
		DeviceID: "x-7", ServerKey: protocol.EncodeKey(s.key.Public()), Words: protocol.Words(s.key.Public(), transport, approval, "x-7"),
		App: "R\x1b[31mMS", Account: "ana@demo.test", FallbackURI: "otpauth://totp/RMS:ana@demo.test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=RMS", Time: s.now(),
	})
}

func (s *server) answer(w http.ResponseWriter, id string, body []byte) {
	var a protocol.AnswerRequest
	if err := json.Unmarshal(body, &a); err != nil {
		s.Error(err)
	}
	d, err := protocol.VerifyDecision(a.Decision, func(act string) (ed25519.PublicKey, error) {
		if act == protocol.ActApprove {
			return s.approval, nil
		}
		return s.transport, nil
	}, origin, id, s.challenges[id], s.now())
	if err != nil {
		s.Errorf("decision: %v", err)
		s.fail(w, 401, protocol.Error{Code: protocol.CodeBadSignature})
		return
	}
	s.decisions = append(s.decisions, d)
	state := map[string]string{protocol.ActApprove: "accepted", protocol.ActIgnore: "ignored", protocol.ActDeny: "denied"}[d.Act]
	if d.Reason == protocol.ReasonNotMe {
		state = "reported"
	}
	s.send(w, 200, protocol.AnswerAnswer{State: state, Device: "ana-laptop", At: s.now(), Ticket: "T-1\x07", Time: s.now()})
}

func (s *server) status(w http.ResponseWriter) {
	if s.refusedPair {
		s.fail(w, 403, protocol.Error{Code: protocol.CodePairingRefused, Message: "Refused."})
		return
	}
	made := s.now().Add(-time.Hour)
	s.send(w, 200, protocol.DeviceAnswer{
		State: s.state, App: "RMS", Account: "ana@demo.test", Name: "ana-laptop", TwoStep: true, Required: true,
		Methods: []string{"companion", "TO\u202eTP"}, RecoveryLeft: 8, RecoveryMade: &made,
		Devices: []protocol.DeviceInfo{
			{ID: "x-7", Name: "ana-laptop", Platform: "linux terminal", This: true, Paired: made},
			{ID: "x-8", Name: "phone\x1b[2J-ana", Simulated: true, Paired: made, Used: &made},
		},
		SecurityURL: origin + "/account/security", Support: "Ask\nsupport.", Time: s.now(),
	})
}

func (s *server) email(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Header.Get("Signature") != "" {
		s.Error("an e-mail message is signed, though there is no device yet")
	}
	var c protocol.EmailConfirm
	if err := json.Unmarshal(body, &c); err != nil || c.Email != "ana@demo.test" {
		s.Errorf("message %s, %v", body, err)
	}
	if r.URL.Path == protocol.PathEmailConfirm && c.Code != testCode {
		left := 4
		s.fail(w, 422, protocol.Error{Code: protocol.CodeBadCode, Message: "That code is not right.", Left: &left})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *server) send(w http.ResponseWriter, status int, message any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(message); err != nil {
		s.Error(err)
	}
}

func (s *server) fail(w http.ResponseWriter, status int, e protocol.Error) {
	e.ServerTime = s.now()
	s.send(w, status, protocol.ErrorAnswer{Error: e})
}
