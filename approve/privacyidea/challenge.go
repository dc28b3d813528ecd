package privacyidea

// This file verifies challenges. A challenge that gets through it is one that the
// paired server has signed for this token, field by field in the form that an answer
// can safely repeat.
//
// The signed text joins fields with "|", which a field may hold, so the same
// signature fits other fields where the borders move. That no other challenge comes
// of that rests on the rules: the fields before the question have no "|", the last
// one or two are sslverify, "0" or "1", and choices, two or more with commas.

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"nod/approve"
)

// Limits of one challenge, in bytes.
const (
	maxChallenge = 64 << 10
	maxSignature = 2 << 10
	maxQuestion  = 16 << 10
	maxTitle     = 4 << 10
)

// The numbers of choices that a server offers, and the longest one in runes.
const (
	minChoices = 2
	maxChoices = 10
	maxChoice  = 32
)

var (
	nonces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z2-7]{16,128}$`) })
	dates  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{4}-?[0-9]{2}-?[0-9]{2}`) })
)

var errChallenge = errors.New("the challenge does not verify")

// challenge is a verified challenge.
type challenge struct {
	raw          []byte
	nonce        string
	serial       string
	question     string
	title        string
	choices      []string // what the sign-in page shows one of; nil: no choice
	capabilities bool     // the server has signed what it understands
	reasons      []string // of a refusal, that this server understands
}

// token is what a challenge must be for.
type token struct {
	profile
	key    *rsa.PublicKey
	serial string
	url    *url.URL
}

// tokenOf reads what pairing d was told. Error: the pairing can not be used.
func (p profile) tokenOf(d approve.Device) (token, error) {
	u, err := readAddress(d.Memory[memoryURL], true)
	if err != nil || approve.Origin(u) != d.Server || !serials().MatchString(d.RemoteID) {
		return token{}, errors.New("this pairing is damaged; pair again")
	}
	key, err := parsePublic(d.ServerKey)
	if err != nil {
		return token{}, errors.New("the server's key in this pairing can not be read; pair again")
	}
	return token{p, key, d.RemoteID, u}, nil
}

// verified reads a challenge of t, as exact bytes, if it is one.
func (t token) verified(raw []byte) (challenge, error) {
	if len(raw) > maxChallenge {
		return challenge{}, errChallenge
	}
	parsed, err := parse(raw)
	object, ok := parsed.(map[string]any)
	if err != nil || !ok {
		return challenge{}, errChallenge
	}
	f := fields{object: object}
	c := challenge{
		raw: slices.Clone(raw), nonce: f.text("nonce"), serial: f.text("serial"),
		question: f.text("question"), title: f.text("title"),
	}
	address, sslverify := f.text("url"), f.text("sslverify")
	signed := []string{c.nonce, address, c.serial, c.question, c.title, sslverify}
	if t.newer && f.has("require_presence") {
		offered := f.text("require_presence")
		signed = append(signed, offered)
		if c.choices = readChoices(offered); c.choices == nil {
			return challenge{}, errChallenge
		}
	}
	switch signature := f.text("signature"); {
	case f.odd, !verify(t.key, []byte(strings.Join(signed, "|")), signature),
		!nonces().MatchString(c.nonce), c.serial != t.serial,
		sslverify != "0" && sslverify != "1",
		len(c.question) > maxQuestion, len(c.title) > maxTitle,
		!t.ownAddress(address):
		return challenge{}, errChallenge
	}
	return c, t.readCapabilities(&c, f)
}

// ownAddress tells whether address is at the server of t. Answers go to the address
// of the pairing link all the same.
func (t token) ownAddress(address string) bool {
	u, err := readAddress(address, true)
	return err == nil && approve.Origin(u) == approve.Origin(t.url)
}

// readChoices returns the choices of a challenge, or nil when an answer can not
// repeat each of them safely: the text that is signed then must be no other answer.
func readChoices(offered string) []string {
	choices := strings.Split(offered, ",")
	if len(choices) < minChoices || len(choices) > maxChoices {
		return nil
	}
	for i, c := range choices {
		switch {
		case c == "" || utf8.RuneCountInString(c) > maxChoice, approve.Text(c) != c, strings.Contains(c, "|"),
			c == "decline" || c == reasonMine || c == reasonNotMe,
			dates().MatchString(c), slices.Contains(choices[:i], c):
			return nil
		}
	}
	return choices
}

// readCapabilities reads what the server says that it understands. Without a
// signature that is nothing; with a wrong one the challenge is not believed.
func (t token) readCapabilities(c *challenge, f fields) error {
	if !t.newer || !f.has("capabilities_signature") {
		return nil
	}
	value := f.object["capabilities"]
	if text, ok := value.(string); ok {
		var err error
		if value, err = parse([]byte(text)); err != nil {
			return errChallenge
		}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return errChallenge
	}
	message, err := canonical(map[string]any{"capabilities": object, "nonce": c.nonce})
	if signature := f.text("capabilities_signature"); err != nil || f.odd || !verify(t.key, message, signature) {
		return errChallenge
	}
	c.capabilities = true
	c.reasons = readReasons(object["decline_reason"])
	return nil
}

// readReasons reads which reasons of a refusal a server understands: true for all,
// or their names.
func readReasons(v any) (reasons []string) {
	if object, ok := v.(map[string]any); ok {
		v = object["values"]
	}
	list, ok := v.([]any)
	if v == true {
		return []string{reasonMine, reasonNotMe}
	}
	if !ok {
		return nil
	}
	for _, reason := range []string{reasonMine, reasonNotMe} {
		if slices.Contains(list, any(reason)) {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// fields reads the texts of an object, and notes when one is none.
type fields struct {
	object map[string]any
	odd    bool
}

func (f *fields) has(name string) bool {
	_, ok := f.object[name]
	return ok
}

// text returns the text of a field; a number is one as it is written.
func (f *fields) text(name string) string {
	switch v := f.object[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	f.odd = true
	return ""
}
