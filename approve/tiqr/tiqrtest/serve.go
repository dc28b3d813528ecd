package tiqrtest

// This file is the server as an app sees it.

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	if s.Lie != nil && s.Lie(w, r) {
		return
	}
	if r.Header.Get("X-TIQR-Protocol-Version") != "2" || r.Header.Get("Accept") != "application/json" {
		s.t.Errorf("headers %v", r.Header)
	}
	if r.Method == http.MethodGet {
		s.sendMetadata(w, r.URL.Query().Get("key"))
		return
	}
	if err := r.ParseForm(); err != nil {
		s.t.Errorf("form: %v", err)
	}
	s.forms = append(s.forms, r.PostForm)
	for _, field := range []string{"language", "notificationType", "notificationAddress", "version"} {
		if !r.PostForm.Has(field) {
			s.t.Errorf("no field %s in a form of %d", field, len(r.PostForm))
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

// sendMetadata answers once for each key. Its names hold what a terminal acts on.
func (s *Server) sendMetadata(w http.ResponseWriter, key string) {
	user, ok := s.enrol[key]
	if !ok {
		http.Error(w, "Error handling metadata GET request", http.StatusInternalServerError)
		return
	}
	delete(s.enrol, key)
	m := map[string]map[string]any{
		"service": {
			"displayName": "Demo \x1b[31mtiqr", "identifier": Service, "logoUrl": s.Origin + "/logo.png", "infoUrl": s.Origin + "/info",
			"authenticationUrl": s.Origin + "/tiqr.php", "enrollmentUrl": s.Origin + "/tiqr.php?otp=" + s.key(user), "ocraSuite": Suite,
		},
		"identity": {"identifier": user, "displayName": "Ana \u202eDemo"},
	}
	if s.Metadata != nil {
		s.Metadata(m)
	}
	s.send(w, m)
}

// register takes a secret, once for each one-time key.
func (s *Server) register(w http.ResponseWriter, key string, form url.Values) {
	user, ok := s.enrol[key]
	secret, err := hex.DecodeString(form.Get("secret"))
	if !ok || err != nil || len(secret) < 32 {
		s.reply(w, http.StatusForbidden, "Enrollment failed", map[string]int{"responseCode": 101})
		return
	}
	delete(s.enrol, key)
	s.secrets[user] = secret
	s.reply(w, http.StatusOK, "OK", map[string]int{"responseCode": 1})
}

// login checks an answer as Stepup-tiqr does: the user, blocks, the session, the
// account that it is for, the code.
func (s *Server) login(w http.ResponseWriter, form url.Values) {
	user, session := form.Get("userId"), form.Get("sessionKey")
	refuse := func(text string, body map[string]int) {
		s.answers = append(s.answers, Answer{user, text})
		s.reply(w, http.StatusForbidden, text, body)
	}
	l := s.sessions[session]
	switch {
	case s.secrets[user] == nil:
		refuse("INVALID_USER", map[string]int{"responseCode": 205})
	case s.blocked[user]:
		refuse(fmt.Sprintf("ACCOUNT_BLOCKED:%d", blockTime), map[string]int{"responseCode": 204, "duration": blockTime})
	case l == nil || !time.Now().Before(l.until):
		refuse("INVALID_CHALLENGE", map[string]int{"responseCode": 203})
	case l.user != "" && l.user != user:
		refuse("INVALID_USERID", map[string]int{"responseCode": 205})
	case form.Get("response") != s.code(s.secrets[user], l.question, session):
		s.tries[user]++
		left := maxTries - s.tries[user]
		s.blocked[user] = left == 0
		refuse(fmt.Sprintf("INVALID_RESPONSE:%d", left), map[string]int{"responseCode": 201, "attemptsLeft": left})
	default:
		delete(s.sessions, session)
		s.answers = append(s.answers, Answer{user, "OK"})
		s.reply(w, http.StatusOK, "OK", map[string]int{"responseCode": 1})
	}
}

// code is Suite, a second time and for this suite alone.
func (s *Server) code(secret []byte, question, session string) string {
	q, err1 := hex.DecodeString(question)
	key, err2 := hex.DecodeString(session)
	if err1 != nil || err2 != nil {
		s.t.Errorf("question %q, session %q", question, session)
	}
	mac := hmac.New(sha1.New, secret)
	mac.Write([]byte(Suite + "\x00"))
	mac.Write(append(q, make([]byte, 128-len(q))...))
	mac.Write(append(make([]byte, 64-len(key)), key...))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// reply answers a form: a word, or numbers in JSON.
func (s *Server) reply(w http.ResponseWriter, status int, text string, body map[string]int) {
	if s.JSON {
		w.Header().Set("X-TIQR-Protocol-Version", "2")
		s.send(w, body)
		return
	}
	w.WriteHeader(status)
	fmt.Fprint(w, text)
}

func (s *Server) send(w http.ResponseWriter, body any) {
	if err := json.NewEncoder(w).Encode(body); err != nil {
		s.t.Errorf("send: %v", err)
	}
}
