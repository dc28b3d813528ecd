package privacyideatest

// This file makes challenges and takes answers.

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Life is how long a challenge waits for its answer.
const Life = 2 * time.Minute

// Ask is one challenge.
type Ask struct {
	Nonce, URL, Serial, Question, Title, SSLVerify string

	Choices      string // with commas, the right one first; "": none
	Capabilities string // JSON in canonical form; "": the server is too old for any
	Key          *rsa.PrivateKey
	At           time.Time
	Answered     bool
	Spoil        func(fields map[string]any) // changes it after it is signed
}

// Ask adds a challenge, the usual one as change (nil for nothing) changes it before it
// is signed.
func (s *Server) Ask(change func(*Ask)) *Ask {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw := make([]byte, 20)
	_, _ = rand.Read(raw) // never fails
	a := &Ask{
		Nonce: base32.StdEncoding.EncodeToString(raw), URL: s.URL, Serial: Serial,
		Question: "Do you want to confirm the login?", Title: "privacyIDEA", SSLVerify: "1", Key: s.Key, At: s.Now(),
	}
	if change != nil {
		change(a)
	}
	s.Asked = append(s.Asked, a)
	return a
}

// Fields is a challenge as a poll lists it.
func (s *Server) Fields(a *Ask) map[string]any {
	signed := []string{a.Nonce, a.URL, a.Serial, a.Question, a.Title, a.SSLVerify}
	fields := map[string]any{
		"nonce": a.Nonce, "url": a.URL, "serial": a.Serial, "question": a.Question, "title": a.Title, "sslverify": a.SSLVerify,
	}
	if a.Choices != "" {
		signed = append(signed, a.Choices)
		fields["require_presence"], fields["version"] = a.Choices, "2"
	}
	fields["signature"] = s.signed(a.Key, strings.Join(signed, "|"))
	if a.Capabilities != "" {
		fields["capabilities"] = a.Capabilities
		fields["capabilities_signature"] = s.signed(a.Key, `{"capabilities":`+a.Capabilities+`,"nonce":"`+a.Nonce+`"}`)
	}
	if a.Spoil != nil {
		a.Spoil(fields)
	}
	return fields
}

func (s *Server) signed(key *rsa.PrivateKey, message string) string {
	sum := sha256.Sum256([]byte(message))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		s.report.Errorf("sign: %v", err)
	}
	return base32.StdEncoding.EncodeToString(signature)
}

// open tells whether a waits for an answer.
func (s *Server) open(a *Ask) bool { return !a.Answered && s.Now().Sub(a.At) < Life }

// Listed is what a poll lists.
func (s *Server) Listed() []any {
	list := []any{}
	for _, a := range s.Asked {
		if s.open(a) {
			list = append(list, s.Fields(a))
		}
	}
	return list
}

// answer takes an answer as the servers do: by the signature, whatever it names.
func (s *Server) answer(w http.ResponseWriter, form map[string]string) {
	if s.EduMFA && form["nonce"] == "" {
		s.Fail(w, http.StatusBadRequest, codeParameter)
		return
	}
	for name := range form {
		if !slices.Contains([]string{"serial", "nonce", "signature", "presence_answer", "decline", "decline_reason"}, name) {
			s.report.Errorf("%s is sent with an answer", name)
		}
	}
	if form["serial"] != Serial || s.Device == nil {
		s.Fail(w, http.StatusNotFound, codeNotFound)
		return
	}
	for _, a := range s.Asked {
		if !s.open(a) || s.EduMFA && a.Nonce != form["nonce"] {
			continue
		}
		isBase32, ok := s.signedBy(a.answered(form), form["signature"])
		if !isBase32 {
			s.Fail(w, http.StatusInternalServerError, -500)
			return
		}
		right, _, _ := strings.Cut(a.Choices, ",")
		if !ok || form["decline"] == "" && form["presence_answer"] != right {
			continue
		}
		a.Answered = !s.EduMFA || form["decline"] == "" // eduMFA goes on listing what was declined
		s.answers = append(s.answers, form)
		var detail map[string]any
		if s.Code != "" && form["decline"] == "" {
			detail = map[string]any{"display_code": s.Code, "message": "Type \x1b[2Jthis code", "threadid": 1}
		}
		s.Send(w, true, detail)
		return
	}
	s.Send(w, false, nil)
}

// answered is the text that the signature of an answer to a is of.
func (a *Ask) answered(form map[string]string) string {
	message := a.Nonce + "|" + Serial
	switch {
	case form["decline"] == "1":
		message += "|decline"
		if form["decline_reason"] != "" && a.Capabilities != "" {
			message += "|" + form["decline_reason"]
		}
	case a.Choices != "":
		message += "|" + form["presence_answer"]
	}
	return message
}
