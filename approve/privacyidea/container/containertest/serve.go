package containertest

// This file answers the calls.

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := read(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.bodies = append(s.calls, r.URL.Path), append(s.bodies, body)
	w.Header().Set("Date", s.now().Format(http.TimeFormat))
	if s.Lie != nil && s.Lie(w, r) {
		return
	}
	if r.Method != http.MethodPost {
		fail(w, http.StatusMethodNotAllowed, 0)
		return
	}
	base, err := url.Parse(s.Base)
	if err != nil {
		panic(err)
	}
	path := strings.TrimPrefix(r.URL.Path, strings.TrimSuffix(base.Path, "/"))
	switch {
	case path == "/ttype/push":
		s.push(w, body)
	case body["container_serial"] != Serial:
		fail(w, http.StatusNotFound, 601)
	case path == "/container/register/finalize":
		s.finalize(w, body)
	case path == "/container/challenge":
		s.challenge(w, body)
	case path == "/container/synchronize":
		s.synchronize(w, body)
	case path == "/container/rollover":
		s.startRollover(w, body)
	case path == "/container/register/terminate/client":
		s.terminate(w, body)
	default:
		fail(w, http.StatusNotFound, 0)
	}
}

// read reads a body of JSON.
func read(r *http.Request) map[string]string {
	data, err := io.ReadAll(r.Body)
	body := map[string]string{}
	if err != nil || json.Unmarshal(data, &body) != nil || r.Header.Get("Content-Type") != "application/json" {
		return map[string]string{"": string(data)}
	}
	return body
}

// scope is the address that is signed.
func (s *Server) scope(path string) string {
	return strings.TrimSuffix(s.Base, "/") + "/container/" + path
}

func (s *Server) finalize(w http.ResponseWriter, body map[string]string) {
	block, _ := pem.Decode([]byte(body["public_client_key"]))
	if block == nil {
		fail(w, http.StatusBadRequest, 905)
		return
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PublicKey)
	if s.offer == nil || err != nil || !ok {
		fail(w, http.StatusBadRequest, 3002)
		return
	}
	text := strings.Join([]string{s.offer.nonce, s.offer.stamp, Serial, s.scope("register/finalize")}, "|")
	for _, more := range []string{body["device_brand"], body["device_model"], s.offer.passphrase} {
		if more != "" {
			text += "|" + more
		}
	}
	if !signed(key, text, body["signature"]) || s.offer.send != (body["passphrase"] != "") {
		fail(w, http.StatusBadRequest, 3002)
		return
	}
	s.key, s.offer = key, nil
	if s.rollover == "started" {
		s.rollover = "done"
	}
	succeed(w, map[string]any{"success": true, "policies": s.policies})
}

func (s *Server) challenge(w http.ResponseWriter, body map[string]string) {
	if s.key == nil {
		fail(w, http.StatusBadRequest, 3001)
		return
	}
	nonce, c := hexOf(20), challenge{stampOf(s.now()), body["scope"], s.now().Add(2 * time.Minute)}
	s.open[nonce] = c
	succeed(w, map[string]any{"enc_key_algorithm": "x25519", "nonce": nonce, "time_stamp": c.stamp, "transaction_id": "1"})
}

// answered tells whether a signature is that of an open challenge, which is over then.
func (s *Server) answered(scope, signature string, more ...string) bool {
	for nonce, c := range s.open {
		parts := append([]string{nonce, c.stamp, Serial, scope}, more...)
		if c.scope == scope && s.now().Before(c.until) && signed(s.key, strings.Join(parts, "|"), signature) {
			delete(s.open, nonce)
			return true
		}
	}
	return false
}

func signed(key *ecdsa.PublicKey, text, signature string) bool {
	der, err := base64.URLEncoding.DecodeString(signature)
	sum := sha256.Sum256([]byte(text))
	return err == nil && key != nil && ecdsa.VerifyASN1(key, sum[:], der)
}

func (s *Server) startRollover(w http.ResponseWriter, body map[string]string) {
	switch {
	case !s.policies["container_client_rollover"]:
		fail(w, http.StatusForbidden, 303)
	case !s.answered(s.scope("rollover"), body["signature"]):
		fail(w, http.StatusBadRequest, 3002)
	default:
		s.rollover = "started"
		succeed(w, map[string]any{"container_url": map[string]any{"description": "URL", "img": "", "value": s.link("", "", false)}})
	}
}

func (s *Server) terminate(w http.ResponseWriter, body map[string]string) {
	switch {
	case s.policies["disable_client_container_unregister"]:
		fail(w, http.StatusForbidden, 303)
	case !s.answered(s.scope("register/terminate/client"), body["signature"]):
		fail(w, http.StatusBadRequest, 3002)
	default:
		s.key = nil
		succeed(w, map[string]any{"success": true})
	}
}

// clientList is what a device says that it has.
type clientList struct {
	Tokens []struct {
		Serial  string   `json:"serial"`
		Type    string   `json:"tokentype"`
		Codes   []string `json:"otp"`
		Counter string   `json:"counter"`
	} `json:"tokens"`
}

func (s *Server) synchronize(w http.ResponseWriter, body map[string]string) {
	list := body["container_dict_client"]
	var have clientList
	if !s.answered(s.scope("synchronize"), body["signature"], body["public_enc_key_client"], list) || json.Unmarshal([]byte(list), &have) != nil {
		fail(w, http.StatusBadRequest, 3002)
		return
	}
	told := s.told(have)
	add, update := []string{}, []any{}
	for _, t := range s.tokens {
		if codes, ok := told[t.serial]; ok && s.rollover != "done" {
			entry := map[string]any{"serial": t.serial, "tokentype": t.kind, "offline": false, "counter": t.counter}
			if codes != nil {
				entry["otp"] = codes
			}
			update = append(update, entry)
			continue
		}
		t.secret, t.counter = random(20), 1
		add = append(add, s.enrolURL(t))
	}
	s.rollover = ""
	plain, err := json.Marshal(map[string]any{
		"container": map[string]any{"serial": Serial, "type": "smartphone"}, "tokens": map[string]any{"add": add, "update": update},
	})
	value := seal(body["public_enc_key_client"], plain)
	if err != nil || value == nil {
		fail(w, http.StatusBadRequest, 3000)
		return
	}
	value["policies"], value["server_url"] = s.policies, s.Base
	if s.Change != nil {
		s.Change(value)
	}
	succeed(w, value)
}

// told are the serial numbers that a device lists or that its codes lead to, with those.
func (s *Server) told(have clientList) map[string][]string {
	told := map[string][]string{}
	for _, h := range have.Tokens {
		if h.Serial != "" {
			told[h.Serial] = nil
			continue
		}
		counter, _ := strconv.ParseUint(h.Counter, 10, 64)
		for _, t := range s.tokens {
			at := counter
			switch t.kind {
			case "totp":
				at = uint64(s.now().Unix() / 30)
			case "daypassword":
				continue // a real server fails to look for it
			}
			if t.kind == h.Type && len(h.Codes) == 2 && t.has(h.Codes, at) {
				told[t.serial] = h.Codes
			}
		}
	}
	return told
}

// pushKey is what the server gives to push tokens.
var pushKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// push enrols a push token.
func (s *Server) push(w http.ResponseWriter, body map[string]string) {
	t := s.token(body["serial"])
	key, err := pushKey()
	if err != nil || t == nil || hex.EncodeToString(t.secret) != body["enrollment_credential"] {
		fail(w, http.StatusBadRequest, 905)
		return
	}
	write(w, http.StatusOK, map[string]any{"status": true, "value": true}, map[string]any{
		"public_key":    base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&key.PublicKey)),
		"rollout_state": "enrolled", "serial": t.serial,
	})
}

func succeed(w http.ResponseWriter, value any) {
	write(w, http.StatusOK, map[string]any{"status": true, "value": value}, nil)
}

func fail(w http.ResponseWriter, status, code int) {
	write(w, status, map[string]any{"status": false, "error": map[string]any{"code": code, "message": "ERR: \x1b[31mno"}}, nil)
}

func write(w http.ResponseWriter, status int, result, detail map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"id": 1, "jsonrpc": "2.0", "result": result, "detail": detail, "version": "privacyIDEA 3.12.3"})
}
