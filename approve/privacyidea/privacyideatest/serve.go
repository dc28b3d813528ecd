package privacyideatest

// This file answers calls: a device that pairs, and one that asks what waits. What is
// answered to an answer is in challenge.go.

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Codes of errors.
const (
	codeValidate  = 10
	codePolicy    = 303
	codeNotFound  = 601
	codeParameter = 905
)

// ServeHTTP answers a device.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.Path)
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if s.Lie != nil && s.Lie(w, r) {
		return
	}
	if _, at, _ := strings.Cut(s.URL, "://"); r.Host+r.URL.Path != at {
		s.report.Errorf("asked for %s%s, not %s", r.Host, r.URL.Path, at)
	}
	if r.Header.Get("User-Agent") != "nod" {
		s.report.Errorf("User-Agent %q", r.Header.Get("User-Agent"))
	}
	if r.Method == http.MethodGet {
		s.poll(w, r.URL.Query())
		return
	}
	form := s.form(r)
	if form["enrollment_credential"] != "" {
		s.rollout(w, form)
	} else {
		s.answer(w, form)
	}
}

// form reads a body, which must be JSON: a form would be decoded twice.
func (s *Server) form(r *http.Request) map[string]string {
	data, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/json" {
		s.report.Errorf("Content-Type %q, %v", r.Header.Get("Content-Type"), err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		s.report.Errorf("body: %v", err)
	}
	form := map[string]string{}
	for name, v := range fields {
		text, ok := v.(string)
		if !ok {
			s.report.Errorf("%s = %v", name, v)
		}
		form[name] = text
	}
	return form
}

func (s *Server) rollout(w http.ResponseWriter, form map[string]string) {
	switch {
	case form["serial"] != Serial || s.Device != nil:
		s.Fail(w, http.StatusNotFound, codeNotFound)
		return
	case form["enrollment_credential"] != Credential:
		s.Fail(w, http.StatusBadRequest, codeParameter)
		return
	}
	if _, ok := form["fbtoken"]; !ok {
		s.Fail(w, http.StatusBadRequest, codeParameter)
		return
	}
	der, err := base64.StdEncoding.DecodeString(form["pubkey"])
	if err != nil {
		s.report.Errorf("pubkey: %v", err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		s.report.Errorf("pubkey: %v", err)
		return
	}
	s.Device = public.(*rsa.PublicKey)
	s.Send(w, true, map[string]any{
		"public_key": Lines(x509.MarshalPKCS1PublicKey(&s.Key.PublicKey)), "rollout_state": "enrolled", "serial": Serial, "threadid": 1,
	})
}

// Lines is base64 as the servers write a key, 64 characters a line.
func Lines(der []byte) string {
	var b strings.Builder
	for text := base64.StdEncoding.EncodeToString(der); text != ""; {
		n := min(64, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return b.String()
}

// signedBy tells whether signature is base32 at all, and that of the paired device.
func (s *Server) signedBy(message, signature string) (isBase32, ok bool) {
	raw, err := base32.StdEncoding.DecodeString(signature)
	if err != nil || base32.StdEncoding.EncodeToString(raw) != signature {
		return false, false
	}
	sum := sha256.Sum256([]byte(message))
	return true, s.Device != nil && rsa.VerifyPKCS1v15(s.Device, crypto.SHA256, sum[:], raw) == nil
}

func (s *Server) poll(w http.ResponseWriter, query url.Values) {
	stamp, signature := query.Get("timestamp"), query.Get("signature")
	if stamp == "" || signature == "" || query.Get("serial") == "" {
		s.Fail(w, http.StatusBadRequest, codeParameter)
		return
	}
	at, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil || at.Sub(s.Now()).Abs() > time.Minute {
		s.Fail(w, http.StatusBadRequest, codeValidate)
		return
	}
	if !strings.HasSuffix(stamp, "Z") || len(stamp) != len("2006-01-02T15:04:05.678Z") {
		s.report.Errorf("timestamp %q", stamp)
	}
	if _, ok := s.signedBy(query.Get("serial")+"|"+stamp, signature); !ok || query.Get("serial") != Serial {
		s.Fail(w, http.StatusBadRequest, codeValidate)
		return
	}
	if s.Denied {
		s.Fail(w, http.StatusForbidden, codePolicy)
		return
	}
	s.Send(w, s.Listed(), nil)
}

// Send writes a success; value true, and detail nil, for most. The servers write a
// detail of null, too.
func (s *Server) Send(w http.ResponseWriter, value any, detail map[string]any) {
	s.write(w, http.StatusOK, map[string]any{"status": true, "value": value}, detail)
}

// Fail writes an error of the servers.
func (s *Server) Fail(w http.ResponseWriter, status, code int) {
	s.write(w, status, map[string]any{"status": false, "error": map[string]any{"code": code, "message": "ERR: \x1b[31mno"}}, nil)
}

func (s *Server) write(w http.ResponseWriter, status int, result, detail map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(map[string]any{
		"id": 1, "jsonrpc": "2.0", "result": result, "detail": detail, "time": 1795310925.9687693,
		"version": "privacyIDEA 3.12.3", "signature": "rsa_sha256_pss:00",
	}); err != nil {
		s.report.Errorf("write the answer: %v", err)
	}
}
