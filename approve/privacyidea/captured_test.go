package privacyidea

// This file checks the driver against what real servers said, where that is at hand.

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
	"nod/vault"
)

const captured = "../../../shared/data/privacyidea"

// beside skips a test where the captures, which are no part of the project, do not lie
// beside it. Where they do, each one that a test reads must be there.
func beside(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(captured); os.IsNotExist(err) {
		t.Skip("the captures do not lie beside the project")
	}
}

func readCaptured(t *testing.T, out any, name ...string) {
	t.Helper()
	beside(t)
	data, err := os.ReadFile(filepath.Join(append([]string{captured}, name...)...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatalf("%v: %v", name, err)
	}
}

// TestOtherVectors: signatures of a third program, to the letter.
func TestOtherVectors(t *testing.T) {
	var v struct {
		Device  string `json:"device_private_pkcs8_b64"`
		Server  string `json:"server_private_pkcs8_b64"`
		Public  string `json:"server_public_pkcs1_b64"`
		Vectors []struct {
			Name, Signer, Message string
			Signature             string `json:"signature_b32"`
		}
	}
	readCaptured(t, &v, "own-vectors.json")
	if len(v.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	keys := map[string]*rsa.PrivateKey{"device": privateKey(t, v.Device), "server": privateKey(t, v.Server)}
	for _, c := range v.Vectors {
		got, err := signWith(keys[c.Signer], c.Message)
		if err != nil || got != c.Signature {
			t.Errorf("%s: %.20s..., %v, want %.20s...", c.Name, got, err, c.Signature)
		}
		if !verify(&keys[c.Signer].PublicKey, []byte(c.Message), c.Signature) {
			t.Errorf("%s does not verify", c.Name)
		}
	}
	der, err := readServerKey(v.Public)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := parsePublic(der); err != nil || !key.Equal(&keys["server"].PublicKey) {
		t.Errorf("server key: %v", err)
	}
}

// capture is one request with its answer.
type capture struct {
	Request struct {
		Method, URL string
		Form        map[string]string `json:"body_form_decoded"`
	}
	Response struct {
		Status int
		JSON   json.RawMessage
	}
	Facts struct {
		Text string `json:"signed_string"`
	}
}

// captures returns all captures of one server, by file name.
func captures(t *testing.T, version string) map[string]capture {
	files, err := filepath.Glob(filepath.Join(captured, version, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(captured, version, "[0-9]*.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]capture{}
	for _, file := range append(files, more...) {
		name, err := filepath.Rel(captured, file)
		if err != nil {
			t.Fatal(err)
		}
		var c capture
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if json.Unmarshal(data, &c) == nil && c.Request.URL != "" {
			all[name] = c
		}
	}
	if len(all) == 0 {
		beside(t)
		t.Fatal("there is none of the captures")
	}
	return all
}

// reply is the answer in a capture as the driver reads it.
func (c capture) reply() envelope.Reply {
	return envelope.Read(approve.Answer{Status: c.Response.Status, Body: c.Response.JSON})
}

// TestCapturedChallenges: every challenge that the real servers listed verifies with
// the key that they gave, and with no other one.
func TestCapturedChallenges(t *testing.T) {
	for _, version := range []string{"v3.12", "v3.14dev"} {
		t.Run(version, func(t *testing.T) {
			all := captures(t, version)
			keys := map[string][]byte{}
			for name, c := range all {
				r := c.reply()
				if text := r.Text("public_key"); text != "" {
					der, err := readServerKey(text)
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
					keys[r.Text("serial")] = der
				}
			}
			verified, without := 0, 0
			for name, c := range all {
				u, err := url.Parse(c.Request.URL)
				if err != nil {
					t.Fatal(err)
				}
				var list []json.RawMessage
				if c.Request.Method != "GET" || u.Path != "/ttype/push" || !c.reply().Succeeded() || json.Unmarshal(c.reply().Value, &list) != nil {
					continue
				}
				serial := u.Query().Get("serial")
				if keys[serial] == nil {
					without += len(list)
					continue
				}
				address := approve.Origin(u) + u.Path
				tok, err := profilePrivacyIDEA.tokenOf(approve.Device{Device: vault.Device{
					Server: approve.Origin(u), RemoteID: serial, ServerKey: keys[serial], Memory: map[string]string{memoryURL: address},
				}})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				other := tok
				other.key = &vectors(t).server.PublicKey
				for _, one := range list {
					ch, err := tok.verified(one)
					if err != nil || ch.capabilities != (version == "v3.14dev") || ch.capabilities && len(ch.reasons) != 2 {
						t.Errorf("%s: %+v, %v", name, ch, err)
					}
					if _, err := other.verified(one); err == nil {
						t.Errorf("%s verifies with another key", name)
					}
					verified++
				}
			}
			t.Logf("%d challenges verified, %d whose server key is not in the captures", verified, without)
			if verified < 10 {
				t.Errorf("only %d challenges", verified)
			}
		})
	}
}

// TestCapturedReplies: what real servers refused, as it is told here.
func TestCapturedReplies(t *testing.T) {
	for _, version := range []string{"v3.12", "v3.14dev"} {
		all := captures(t, version)
		for name, want := range map[string]int{
			"02-rollout-wrong-credential.json": codeParameter, "03-rollout-unknown-serial.json": codeNotFound, "05-rollout-again.json": codeNotFound,
			"47-poll-timestamp--70s.json": codeValidate, "53-poll-unknown-serial.json": codeValidate, "variants/16-v-polling-denied.json": codePolicy,
		} {
			if r := all[filepath.Join(version, name)].reply(); r.Code != want || r.Succeeded() || !r.Known {
				t.Errorf("%s %s: %+v", version, name, r)
			}
		}
		for name, want := range map[string]bool{"17-answer-accept.json": true, "26-answer-decline.json": true, "65-carol-presence-wrong.json": false, "12-answer-wrong-nonce.json": false} {
			if r := all[filepath.Join(version, name)].reply(); r.IsTrue() != want || !r.Succeeded() {
				t.Errorf("%s %s: %+v", version, name, r)
			}
		}
	}
	if r := captures(t, "v3.14dev")["v3.14dev/newer/27-code-to-phone-accept.json"].reply(); r.Text("display_code") != "03" || r.Text("message") != "Type this code" {
		t.Errorf("code to phone: %+v", r)
	}
}

// TestCapturedSignatures: what the phone of the captures signed is what is signed here.
func TestCapturedSignatures(t *testing.T) {
	for _, version := range []string{"v3.12", "v3.14dev"} {
		var v struct {
			Key    string `json:"phone_private_key_pkcs8_pem"`
			Serial string
			Signs  []struct {
				Capture   string
				Text      string `json:"signed_string"`
				Signature string `json:"signature_base32"`
			} `json:"phone_signs"`
		}
		readCaptured(t, &v, version, "vectors.json")
		block, _ := pem.Decode([]byte(v.Key))
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Signs) == 0 {
			t.Errorf("%s: no signatures", version)
		}
		for _, c := range v.Signs {
			if got, err := signWith(parsed.(*rsa.PrivateKey), c.Text); err != nil || got != c.Signature {
				t.Errorf("%s %s: another signature, %v", version, c.Capture, err)
			}
		}
	}
}

// TestCapturedAnswers: the texts that real servers took as signed are those that are
// built here.
func TestCapturedAnswers(t *testing.T) {
	both := []string{reasonMine, reasonNotMe}
	for name, test := range map[string]struct {
		c   challenge
		act approve.Act
	}{
		"v3.12/17-answer-accept.json":                    {challenge{}, approve.Accept},
		"v3.12/26-answer-decline.json":                   {challenge{}, approve.Deny},
		"v3.12/35-two-accept-second.json":                {challenge{}, approve.Accept},
		"v3.12/68-carol-presence-right.json":             {challenge{choices: []string{}}, approve.Accept},
		"v3.12/72-carol-presence-decline.json":           {challenge{choices: []string{}}, approve.Report},
		"v3.14dev/68-carol-presence-right.json":          {challenge{choices: []string{}}, approve.Accept},
		"v3.14dev/newer/06-decline-cancelled.json":       {challenge{reasons: both}, approve.Deny},
		"v3.14dev/newer/12-decline-unknown_trigger.json": {challenge{reasons: both}, approve.Report},
		"v3.14dev/newer/23-decline-plain.json":           {challenge{}, approve.Deny},
		"v3.14dev/newer/27-code-to-phone-accept.json":    {challenge{}, approve.Accept},
	} {
		one := captures(t, name[:strings.Index(name, "/")])[name]
		form := one.Request.Form
		test.c.nonce, test.c.serial = form["nonce"], form["serial"]
		if test.c.choices != nil {
			test.c.choices = []string{"?", form["presence_answer"]}
		}
		a, text, err := decide(test.c, approve.Decision{Act: test.act, Number: form["presence_answer"]})
		if err != nil || text != one.Facts.Text || text == "" || a.Choice != form["presence_answer"] || a.Reason != form["decline_reason"] || a.Decline != form["decline"] {
			t.Errorf("%s: %+v signed as %q, want %q", name, a, text, one.Facts.Text)
		}
		if !one.reply().IsTrue() {
			t.Errorf("%s: not taken: %+v", name, one.reply())
		}
	}
}
