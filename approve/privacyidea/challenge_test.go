package privacyidea

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// vectorChallenge is the challenge that another program signed for
// testdata/vectors.json; with choices when there are any.
func vectorChallenge(t testing.TB, signature string) map[string]any {
	v := vectors(t)
	f := map[string]any{
		"nonce": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "url": testURL, "serial": testSerial,
		"question": "Anmeldung für Ana – ok | ja?", "title": "Prüfung ✓", "sslverify": "1",
	}
	for _, s := range v.Vectors {
		switch s.Name {
		case signature:
			f["signature"] = s.Signature
		case "capabilities":
			f["capabilities"], f["capabilities_signature"] = `{"decline_reason": true}`, s.Signature
		}
	}
	if signature == "choices" {
		f["require_presence"], f["version"] = "07,42,99", "2"
	}
	return f
}

func tokenFor(t testing.TB, p profile) token {
	u, err := readAddress(testURL, false)
	if err != nil {
		t.Fatal(err)
	}
	return token{p, &vectors(t).server.PublicKey, testSerial, u}
}

func raw(t testing.TB, fields map[string]any) []byte {
	t.Helper()
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestChallenge: what another program signed verifies in each form that it may come
// in, and with it what the server understands.
func TestChallenge(t *testing.T) {
	for name, test := range map[string]struct {
		signature string
		profile   profile
		change    func(map[string]any)
		choices   []string
		reasons   []string
	}{
		"plain":   {signature: "challenge", reasons: []string{"cancelled", "unknown_trigger"}},
		"choices": {signature: "choices", choices: []string{"07", "42", "99"}, reasons: []string{"cancelled", "unknown_trigger"}},
		"capabilities as an object": {signature: "challenge", change: func(f map[string]any) {
			f["capabilities"] = map[string]any{"decline_reason": true}
		}, reasons: []string{"cancelled", "unknown_trigger"}},
		"none":         {signature: "challenge", change: func(f map[string]any) { delete(f, "capabilities"); delete(f, "capabilities_signature") }},
		"unsigned":     {signature: "challenge", change: func(f map[string]any) { delete(f, "capabilities_signature") }},
		"a number":     {signature: "challenge", change: func(f map[string]any) { f["sslverify"] = 1 }, reasons: []string{"cancelled", "unknown_trigger"}},
		"other fields": {signature: "challenge", change: func(f map[string]any) { f["push"], f["display_code"] = []any{1.5}, "11" }, reasons: []string{"cancelled", "unknown_trigger"}},
		"eduMFA":       {signature: "challenge", profile: profileEduMFA, change: func(f map[string]any) { f["require_presence"] = "A,B" }},
	} {
		if test.profile.name == "" {
			test.profile = profilePrivacyIDEA
		}
		f := vectorChallenge(t, test.signature)
		if test.change != nil {
			test.change(f)
		}
		c, err := tokenFor(t, test.profile).verified(raw(t, f))
		if err != nil || !slices.Equal(c.choices, test.choices) || !slices.Equal(c.reasons, test.reasons) || c.capabilities != (test.reasons != nil) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		if c.question != "Anmeldung für Ana – ok | ja?" || c.title != "Prüfung ✓" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestChallengeSpoiled: whatever is changed after signing, the challenge is gone.
func TestChallengeSpoiled(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"nonce":      func(f map[string]any) { f["nonce"] = "AEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" },
		"address":    func(f map[string]any) { f["url"] = testOrigin + "/other" },
		"serial":     func(f map[string]any) { f["serial"] = "PIPU00A1B2C4" },
		"question":   func(f map[string]any) { f["question"] = "Ok?" },
		"title":      func(f map[string]any) { f["title"] = "" },
		"sslverify":  func(f map[string]any) { f["sslverify"] = "0" },
		"choices":    func(f map[string]any) { f["require_presence"] = "07,42,98" },
		"no choices": func(f map[string]any) { delete(f, "require_presence") },
		"signature":  func(f map[string]any) { f["signature"] = flip(f["signature"].(string)) },
		"unsigned":   func(f map[string]any) { delete(f, "signature") },
		"of capabilities": func(f map[string]any) {
			f["signature"] = f["capabilities_signature"]
		},
		"other capabilities":     func(f map[string]any) { f["capabilities"] = `{"decline_reason": false}` },
		"more capabilities":      func(f map[string]any) { f["capabilities"] = `{"decline_reason": true, "x": 1}` },
		"no capabilities":        func(f map[string]any) { delete(f, "capabilities") },
		"capabilities of a kind": func(f map[string]any) { f["capabilities"] = []any{"decline_reason"} },
		"damaged capabilities":   func(f map[string]any) { f["capabilities"] = `{"decline_reason": true` },
		"fraction":               func(f map[string]any) { f["capabilities"] = `{"decline_reason": true, "x": 1.5}` },
		"their signature":        func(f map[string]any) { f["capabilities_signature"] = flip(f["capabilities_signature"].(string)) },
		"their signature a list": func(f map[string]any) { f["capabilities_signature"] = []any{} },
		"their signature null":   func(f map[string]any) { f["capabilities_signature"] = nil },
		"question null":          func(f map[string]any) { f["question"] = nil },
		"choices from the title": func(f map[string]any) {
			// The signed text is the same, and would ask for no choice.
			f["question"], f["title"], f["sslverify"] = "Anmeldung für Ana – ok | ja?|Prüfung ✓", "1", "07,42,99"
			delete(f, "require_presence")
		},
		"large": func(f map[string]any) { f["x"] = strings.Repeat("x", maxChallenge) },
	} {
		f := vectorChallenge(t, "choices")
		change(f)
		if c, err := tokenFor(t, profilePrivacyIDEA).verified(raw(t, f)); !errors.Is(err, errChallenge) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	twice := strings.Replace(string(raw(t, vectorChallenge(t, "challenge"))), `"sslverify"`, `"title":"x","sslverify"`, 1)
	for _, text := range []string{twice, "", "null", "[]", `"x"`, "{}"} {
		if c, err := tokenFor(t, profilePrivacyIDEA).verified([]byte(text)); err == nil {
			t.Errorf("%.40s: %+v", text, c)
		}
	}
}

// TestChallengeRules: what a server signs is not taken either when it breaks a rule.
func TestChallengeRules(t *testing.T) {
	for name, change := range map[string]func(*ask){
		"":                 nil, // and this one is taken
		"short nonce":      func(a *ask) { a.Nonce = "ABCDEFGHIJKLMNO" },
		"odd nonce":        func(a *ask) { a.Nonce = "abcdefghijklmnopqrstuvwxyz" },
		"a wild nonce":     func(a *ask) { a.Nonce = "no_firebase_token|PIPU" },
		"foreign serial":   func(a *ask) { a.Serial = "PIPU00FFFFFF" },
		"empty serial":     func(a *ask) { a.Serial = "" },
		"another origin":   func(a *ask) { a.URL = "https://evil.demo.test/ttype/push" },
		"another port":     func(a *ask) { a.URL = "https://pi.demo.test:8443/ttype/push" },
		"plain http":       func(a *ask) { a.URL = "http://pi.demo.test/ttype/push" },
		"user in it":       func(a *ask) { a.URL = "https://x@pi.demo.test/ttype/push" },
		"no address":       func(a *ask) { a.URL = "" },
		"sslverify of yes": func(a *ask) { a.SSLVerify = "yes" },
		"long question":    func(a *ask) { a.Question = strings.Repeat("x", maxQuestion+1) },
		"long title":       func(a *ask) { a.Title = strings.Repeat("x", maxTitle+1) },
		"one choice":       func(a *ask) { a.Choices = "A" },
		"11 choices":       func(a *ask) { a.Choices = "A,B,C,D,E,F,G,H,I,J,K" },
		"the same choice":  func(a *ask) { a.Choices = "A,B,A" },
		"an empty choice":  func(a *ask) { a.Choices = "A,,B" },
		"| in a choice":    func(a *ask) { a.Choices = "A,B|decline" },
		"a refusal":        func(a *ask) { a.Choices = "A,decline" },
		"a reason":         func(a *ask) { a.Choices = "A,unknown_trigger" },
		"another reason":   func(a *ask) { a.Choices = "cancelled,B" },
		"a date":           func(a *ask) { a.Choices = "A,2026-11-22T01:02:03Z" },
		"a short date":     func(a *ask) { a.Choices = "A,20261122T010203Z" },
		"ANSI in a choice": func(a *ask) { a.Choices = "A,\x1b[2JB" },
		"a long choice":    func(a *ask) { a.Choices = "A," + strings.Repeat("x", maxChoice+1) },
	} {
		s := newServer(t)
		_, err := tokenFor(t, profilePrivacyIDEA).verified(raw(t, s.Fields(s.Ask(change))))
		if (err == nil) != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
	}
	for choices, want := range map[string]int{"00,07": 2, "A,B,C": 3, "A,B,C,D,E,F,G,H,I,J": 10, "blau,grün,1999": 3} {
		if got := readChoices(choices); len(got) != want {
			t.Errorf("%s: %v", choices, got)
		}
	}
}

func TestReasons(t *testing.T) {
	for in, want := range map[string][]string{
		`true`: {reasonMine, reasonNotMe}, `false`: nil, `null`: nil, `"true"`: nil, `1`: nil, `{}`: nil, `[]`: nil,
		`["unknown_trigger","other"]`: {reasonNotMe}, `{"values":["cancelled"]}`: {reasonMine},
		`{"values":true}`: {reasonMine, reasonNotMe}, `[["cancelled"]]`: nil,
	} {
		v, err := parse([]byte(in))
		if got := readReasons(v); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

// FuzzChallenge: nothing is taken but what the server has signed, field for field.
func FuzzChallenge(f *testing.F) {
	for _, name := range []string{"challenge", "choices"} {
		f.Add(raw(f, vectorChallenge(f, name)))
	}
	newer, older := tokenFor(f, profilePrivacyIDEA), tokenFor(f, profileEduMFA)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range []token{newer, older} {
			c, err := p.verified(data)
			if err != nil {
				continue
			}
			if c.nonce != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" || c.serial != testSerial ||
				c.question+"|"+c.title != "Anmeldung für Ana – ok | ja?|Prüfung ✓" {
				t.Errorf("%q is taken as %+v", data, c)
			}
			if c.choices != nil && strings.Join(c.choices, ",") != "07,42,99" {
				t.Errorf("%q offers %q", data, c.choices)
			}
		}
	})
}
