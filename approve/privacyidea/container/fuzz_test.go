package container

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
)

// What a link says is shown and signed: it must be of one line, and of the form that
// the separator can not break.
func FuzzLink(f *testing.F) {
	f.Add(linkWith(), true)
	f.Add(linkWith("passphrase", "Your birthday?", "send_passphrase", "True"), false)
	f.Add("pia://container/SMPH0001?url=https%3A//a.test&serial=SMPH0001&nonce=00&time=2026-11-22T01%3A34%3A30Z", false)
	f.Fuzz(func(t *testing.T, text string, loopback bool) {
		l, err := readLink(text, loopback)
		if err != nil {
			if q := query(text); len(q) > 8 && strings.Contains(err.Error(), q) {
				t.Errorf("the error repeats the link: %v", err)
			}
			return
		}
		_, scope := l.base.endpoint(finalizePath)
		for _, part := range []string{l.nonce, l.stamp, l.serial, scope} {
			if part == "" || strings.ContainsAny(part, "|\n\r ") {
				t.Errorf("signed %q", part)
			}
		}
		if _, err := approve.ServerURL(l.base.text, loopback); err != nil || l.life <= 0 {
			t.Errorf("address %q, life %s", l.base.text, l.life)
		}
		for _, d := range l.details() {
			if strings.ContainsAny(d.Text, "\n\x1b") || !utf8.ValidString(d.Text) {
				t.Errorf("shown %q", d.Text)
			}
		}
	})
}

func query(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.RawQuery
}

// Whatever the server seals: every token that was told is in one list, and links are
// of a kind that nod adds.
func FuzzDictionary(f *testing.F) {
	f.Add([]byte(`{"container":{"serial":"SMPH0001","type":"smartphone"},"tokens":{"add":["otpauth://totp/x?secret=GEZDGNBV&serial=TOTP0001"],"update":[]}}`), "TOTP0001")
	f.Add([]byte(`{"tokens":{"add":[],"update":[{"serial":"OATH0001","otp":["123456","654321"]}],"offline":["OATH0002"]}}`), "OATH0001")
	f.Add([]byte(`{"tokens":{"add":[1,null,{}],"update":[null,7]}}`), "x")
	f.Fuzz(func(t *testing.T, text []byte, serial string) {
		d, err := readDictionary(text)
		if err != nil {
			return
		}
		have := []approve.Held{{ID: "a", Serial: serial}, {ID: "b", Codes: [2]string{"123456", "654321"}}}
		s := d.compare(have)
		if len(s.Known)+len(s.Renewed)+len(s.Gone) != len(have) {
			t.Errorf("%+v", s)
		}
		seen := map[string]bool{}
		for _, token := range s.Add {
			if !isTokenLink(token.Link) || token.Serial != "" && (seen[token.Serial] || !serials().MatchString(token.Serial)) {
				t.Errorf("new %+v", token)
			}
			seen[token.Serial] = true
		}
		if len(s.Add) > maxTokens {
			t.Errorf("%d tokens", len(s.Add))
		}
		if _, err := writeDictionary("SMPH0001", have[:1]); err == nil && !serials().MatchString(serial) {
			t.Errorf("told %q", serial)
		}
	})
}

// An answer of any form is opened or refused.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"result":{"status":true,"value":{"public_server_key":"AAAA","encryption_params":{"mode":"GCM","init_vector":"AAAAAAAAAAAAAAAAAAAAAA==","tag":"AA"}}}}`), 200)
	f.Add([]byte(`{"result":{"status":false,"error":{"code":"3002"}}}`), 400)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		r := reply{envelope.Read(approve.Answer{Status: status, Body: body})}
		var s sealed
		if err := r.read(&s); err != nil {
			return
		}
		if !json.Valid(body) {
			t.Error("it is not JSON")
		}
		s.policies()
	})
}
