package privacyidea

// This file is the part of the fake server that makes challenges and takes answers.

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base32"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ask is one challenge of the fake server.
type ask struct {
	nonce, url, serial, question, title, sslverify string
	choices                                        string // the right one is the first
	capabilities                                   string // JSON; "": the server is too old for any
	key                                            *rsa.PrivateKey
	at                                             time.Time
	answered                                       bool
	spoil                                          func(fields map[string]any) // after it is signed
}

// ask adds a challenge; change may spoil it before it is signed.
func (s *server) ask(change func(*ask)) *ask {
	raw := make([]byte, 20)
	if _, err := rand.Read(raw); err != nil {
		s.Fatal(err)
	}
	a := &ask{
		nonce: base32.StdEncoding.EncodeToString(raw), url: s.url, serial: testSerial,
		question: "Do you want to confirm the login?", title: "privacyIDEA", sslverify: "1", key: s.key, at: s.now(),
	}
	if change != nil {
		change(a)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, a)
	return a
}

// fields is a challenge as a poll lists it.
func (s *server) fields(a *ask) map[string]any {
	signed := []string{a.nonce, a.url, a.serial, a.question, a.title, a.sslverify}
	fields := map[string]any{
		"nonce": a.nonce, "url": a.url, "serial": a.serial, "question": a.question, "title": a.title, "sslverify": a.sslverify,
	}
	if a.choices != "" {
		signed = append(signed, a.choices)
		fields["require_presence"], fields["version"] = a.choices, "2"
	}
	fields["signature"] = s.signed(a.key, strings.Join(signed, "|"))
	if a.capabilities != "" {
		fields["capabilities"] = a.capabilities
		// The tests give them in canonical form.
		fields["capabilities_signature"] = s.signed(a.key, `{"capabilities":`+a.capabilities+`,"nonce":"`+a.nonce+`"}`)
	}
	if a.spoil != nil {
		a.spoil(fields)
	}
	return fields
}

func (s *server) signed(key *rsa.PrivateKey, message string) string {
	signature, err := signWith(key, message)
	if err != nil {
		s.Error(err)
	}
	return signature
}

// open tells whether a waits for an answer.
func (s *server) open(a *ask) bool { return !a.answered && s.now().Sub(a.at) < 2*time.Minute }

func (s *server) listed() []any {
	list := []any{}
	for _, a := range s.asked {
		if s.open(a) {
			list = append(list, s.fields(a))
		}
	}
	return list
}

// answer takes an answer as the servers do: by the signature, whatever it names.
func (s *server) answer(w http.ResponseWriter, form map[string]string) {
	if s.edumfa && form["nonce"] == "" {
		s.fail(w, 400, 905)
		return
	}
	for name := range form {
		if !slices.Contains([]string{"serial", "nonce", "signature", "presence_answer", "decline", "decline_reason"}, name) {
			s.Errorf("%s is sent with an answer", name)
		}
	}
	if form["serial"] != testSerial || s.device == nil {
		s.fail(w, 404, 601)
		return
	}
	for _, a := range s.asked {
		if !s.open(a) || s.edumfa && a.nonce != form["nonce"] {
			continue
		}
		message := a.nonce + "|" + testSerial
		switch {
		case form["decline"] == "1":
			message += "|decline"
			if form["decline_reason"] != "" && a.capabilities != "" {
				message += "|" + form["decline_reason"]
			}
		case a.choices != "":
			message += "|" + form["presence_answer"]
		}
		isBase32, ok := s.signedBy(message, form["signature"])
		if !isBase32 {
			s.fail(w, 500, -500)
			return
		}
		right, _, _ := strings.Cut(a.choices, ",")
		if !ok || form["decline"] == "" && form["presence_answer"] != right {
			continue
		}
		a.answered = !s.edumfa || form["decline"] == "" // eduMFA goes on listing what was declined
		s.answers = append(s.answers, form)
		var detail map[string]any
		if s.code != "" && form["decline"] == "" {
			detail = map[string]any{"display_code": s.code, "message": "Type \x1b[2Jthis code", "threadid": 1}
		}
		s.send(w, true, detail)
		return
	}
	s.send(w, false, nil)
}
