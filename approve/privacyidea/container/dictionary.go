package container

// This file writes the list of tokens that the server is told, and reads the one that
// it answers with. Entries that can not be read are counted and left out: the secrets
// in the others are nowhere else.

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"nod/approve"
)

const (
	maxTokens    = 500 // of one container
	maxTokenLink = 4096
)

var (
	codes = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z]{4,12}$`) })
	types = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{1,24}$`) })
)

// clientToken is a token that is here: by serial number, or by two codes.
type clientToken struct {
	Serial  string   `json:"serial,omitempty"`
	Type    string   `json:"tokentype"`
	Codes   []string `json:"otp,omitempty"`
	Counter string   `json:"counter,omitempty"`
}

type clientDictionary struct {
	Serial string        `json:"serial"`
	Type   string        `json:"type"`
	Tokens []clientToken `json:"tokens"`
}

// writeDictionary writes the list of tokens, each serial number once.
func writeDictionary(serial string, have []approve.Held) (string, error) {
	list := clientDictionary{Serial: serial, Type: "smartphone", Tokens: []clientToken{}}
	told := map[string]bool{}
	for _, h := range have {
		if !types().MatchString(h.Type) {
			return "", errors.New("a token of the list is of no kind that can be told")
		}
		switch {
		case h.Serial != "" && !serials().MatchString(h.Serial):
			return "", errors.New("a serial number of the list can not be told")
		case h.Serial != "":
			if !told[h.Serial] {
				list.Tokens = append(list.Tokens, clientToken{Serial: h.Serial, Type: h.Type})
			}
			told[h.Serial] = true
		case !codes().MatchString(h.Codes[0]) || !codes().MatchString(h.Codes[1]):
			return "", errors.New("a token of the list has neither a serial number nor two codes")
		default:
			t := clientToken{Type: h.Type, Codes: h.Codes[:]}
			if h.Type == "hotp" {
				t.Counter = strconv.FormatUint(h.Counter, 10)
			}
			list.Tokens = append(list.Tokens, t)
		}
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// dictionary is the server's list.
type dictionary struct {
	serial  string // of the container
	add     []approve.NewToken
	known   map[string]bool      // serial numbers
	byCodes map[[2]string]string // serial numbers that two codes led to
	unread  int
	offline int // tokens for machines without network, which the server does not hand out
	tooMany bool
}

// readDictionary reads the server's list.
func readDictionary(text []byte) (dictionary, error) {
	var list struct {
		Container struct {
			Serial string `json:"serial"`
		} `json:"container"`
		Tokens *struct {
			Add     []json.RawMessage `json:"add"`
			Update  []json.RawMessage `json:"update"`
			Offline []json.RawMessage `json:"offline"`
		} `json:"tokens"`
	}
	if json.Unmarshal(text, &list) != nil || list.Tokens == nil {
		return dictionary{}, errors.New("its answer is no list of tokens")
	}
	d := dictionary{serial: list.Container.Serial, known: map[string]bool{}, byCodes: map[[2]string]string{}, offline: len(list.Tokens.Offline)}
	d.tooMany = len(list.Tokens.Add) > maxTokens || len(list.Tokens.Update) > maxTokens
	for _, raw := range list.Tokens.Add[:min(len(list.Tokens.Add), maxTokens)] {
		d.readNew(raw)
	}
	for _, raw := range list.Tokens.Update[:min(len(list.Tokens.Update), maxTokens)] {
		d.readKnown(raw)
	}
	return d, nil
}

// readNew reads a link of a token that the server hands out.
func (d *dictionary) readNew(raw json.RawMessage) {
	var link string
	if json.Unmarshal(raw, &link) != nil || !isTokenLink(link) {
		d.unread++
		return
	}
	serial := ""
	if u, err := url.Parse(link); err == nil {
		if text := u.Query().Get("serial"); serials().MatchString(text) {
			serial = text
		}
	}
	if serial != "" && slices.ContainsFunc(d.add, func(t approve.NewToken) bool { return t.Serial == serial }) {
		d.unread++ // two secrets for one token
		return
	}
	d.add = append(d.add, approve.NewToken{Serial: serial, Link: link})
}

// isTokenLink tells whether a link may be that of a token.
func isTokenLink(link string) bool {
	scheme, rest, ok := strings.Cut(link, "://")
	if !ok || len(link) > maxTokenLink || strings.ContainsFunc(link, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return false
	}
	return strings.EqualFold(scheme, "otpauth") ||
		strings.EqualFold(scheme, "pia") && len(rest) > len("pipush") && strings.EqualFold(rest[:len("pipush")], "pipush")
}

// readKnown reads an entry of a token that is here and there.
func (d *dictionary) readKnown(raw json.RawMessage) {
	var entry struct {
		Serial string   `json:"serial"`
		Codes  []string `json:"otp"`
	}
	if json.Unmarshal(raw, &entry) != nil || !serials().MatchString(entry.Serial) {
		d.unread++
		return
	}
	d.known[entry.Serial] = true
	if len(entry.Codes) == 2 {
		d.byCodes[[2]string(entry.Codes)] = entry.Serial
	}
}

// compare says what became of the tokens that the server was told.
func (d dictionary) compare(have []approve.Held) approve.Synced {
	s := approve.Synced{Add: d.add, Unread: d.unread}
	for _, h := range have {
		if h.Serial == "" {
			h.Serial = d.byCodes[h.Codes]
		}
		switch {
		case h.Serial != "" && slices.ContainsFunc(d.add, func(t approve.NewToken) bool { return t.Serial == h.Serial }):
			s.Renewed = append(s.Renewed, h)
		case h.Serial != "" && d.known[h.Serial]:
			s.Known = append(s.Known, h)
		default:
			s.Gone = append(s.Gone, h)
		}
	}
	if d.offline > 0 {
		s.Warnings = append(s.Warnings, "The container has tokens for machines without network, which the server does not hand out.")
	}
	if d.tooMany {
		s.Warnings = append(s.Warnings, "The container has more tokens than nod takes at once: "+strconv.Itoa(maxTokens)+".")
	}
	return s
}
