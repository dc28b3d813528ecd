package container

// This file checks the driver against what real servers said, where that is at hand.

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
	"nod/vault/otp"
)

const captured = "../../../../shared/data/privacyidea"

// capture is one request with its answer.
type capture struct {
	name    string
	Request struct {
		URL, Body string
		Form      map[string]string `json:"body_form_decoded"`
	}
	Response struct {
		Status int
		JSON   json.RawMessage
	}
	Facts struct {
		Text      string `json:"signed_string"`
		Private   string `json:"x25519_client_private_hex"`
		Decrypted struct {
			Container struct{ Serial string }
			Tokens    struct {
				Add    []string
				Update []struct{ Serial string }
			}
		}
	}
	body map[string]string
}

// beside skips a test where the captures, which are no part of the project, do not lie
// beside it. Where they do, each one that a test reads must be there.
func beside(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(captured); os.IsNotExist(err) {
		t.Skip("the captures do not lie beside the project")
	}
}

func captures(t *testing.T, version string) (all []capture) {
	files, err := filepath.Glob(filepath.Join(captured, version, "container", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		beside(t)
		t.Fatal("there is none of the captures")
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := capture{name: filepath.Base(file)}
		if json.Unmarshal(data, &c) == nil && c.Request.URL != "" {
			if c.body = c.Request.Form; c.body == nil {
				_ = json.Unmarshal([]byte(c.Request.Body), &c.body)
			}
			all = append(all, c)
		}
	}
	return all
}

func versions(t *testing.T, test func(t *testing.T, version string)) {
	for _, version := range []string{"v3.12", "v3.14dev"} {
		t.Run(version, func(t *testing.T) { test(t, version) })
	}
}

// TestCapturedSignatures: the texts that this driver signs are those that the real
// server took, with the keys that it was given.
func TestCapturedSignatures(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		var key *ecdsa.PublicKey
		var ask ticket
		verified := map[string]int{}
		for _, c := range captures(t, version) {
			u, err := url.Parse(c.Request.URL)
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimPrefix(u.Path, "/container/")
			b, err := readBase(u.Scheme+"://"+u.Host, true)
			if err != nil {
				t.Fatal(err)
			}
			_, scope := b.endpoint(path)
			r := reply{envelope.Read(approve.Answer{Status: c.Response.Status, Body: c.Response.JSON})}
			var parts []string
			switch path {
			case "challenge":
				if r.OK {
					if err := r.read(&ask); err != nil {
						t.Errorf("%s: %v", c.name, err)
					}
					ask.serial, ask.scope = c.body["container_serial"], c.body["scope"]
				}
				continue
			case finalizePath:
				parts = finalizeParts(t, c, scope)
			case syncPath:
				parts = ask.parts(c.body["public_enc_key_client"], c.body["container_dict_client"])
			default:
				parts = ask.parts()
			}
			text := strings.Join(parts, separator)
			if path == finalizePath && r.OK {
				key = publicOf(t, c.body["public_client_key"])
			}
			der, err := base64.URLEncoding.DecodeString(c.body["signature"])
			sum := sha256.Sum256([]byte(text))
			ok := err == nil && key != nil && ecdsa.VerifyASN1(key, sum[:], der)
			if ok != r.OK && !strings.HasPrefix(c.name, "03") && !strings.HasPrefix(c.name, "06") {
				t.Errorf("%s: verified %v, the server said %v", c.name, ok, r.OK)
			}
			if r.OK {
				verified[path]++
				if text != c.Facts.Text && c.Facts.Text != "" {
					t.Errorf("%s: signed %q, want %q", c.name, text, c.Facts.Text)
				}
			}
		}
		for path, n := range map[string]int{finalizePath: 4, syncPath: 4, rolloverPath: 1, terminatePath: 1} {
			if verified[path] != n {
				t.Errorf("%s: %d verified, want %d", path, verified[path], n)
			}
		}
	})
}

// finalizeParts is what is signed to register; nonce, time and passphrase are not in
// the request but in a link, of which the capture has the signed text.
func finalizeParts(t *testing.T, c capture, scope string) []string {
	facts := strings.Split(c.Facts.Text, separator)
	if len(facts) < 4 {
		t.Fatalf("%s: signed %q", c.name, c.Facts.Text)
	}
	parts := []string{facts[0], facts[1], c.body["container_serial"], scope}
	for _, name := range []string{"device_brand", "device_model"} {
		if c.body[name] != "" {
			parts = append(parts, c.body[name])
		}
	}
	switch {
	case c.body["passphrase"] != "":
		parts = append(parts, c.body["passphrase"])
	case strings.HasPrefix(c.name, "24"):
		parts = append(parts, "sesame")
	}
	return parts
}

func publicOf(t *testing.T, text string) *ecdsa.PublicKey {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatal("no key")
	}
	if again := pemOf(block.Bytes); again != text {
		t.Errorf("a key is written as %q, not %q", text, again)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*ecdsa.PublicKey)
}

// TestCapturedAnswers: what the real server sealed opens with the captured key, and
// holds what the capture says.
func TestCapturedAnswers(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		opened := 0
		for _, c := range captures(t, version) {
			if c.Facts.Private == "" {
				continue
			}
			raw, err := hex.DecodeString(c.Facts.Private)
			if err != nil {
				t.Fatal(err)
			}
			key, err := ecdh.X25519().NewPrivateKey(raw)
			if err != nil {
				t.Fatal(err)
			}
			var s sealed
			if err := (reply{envelope.Read(approve.Answer{Status: 200, Body: c.Response.JSON})}).read(&s); err != nil {
				t.Fatal(err)
			}
			synced, err := s.open(key, c.body["container_serial"], c.have(t))
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var links, known []string
			for _, token := range synced.Add {
				links = append(links, token.Link)
				if _, err := otp.ParseURI(token.Link); err != nil && !strings.Contains(token.Link, "pipush") || token.Serial == "" {
					t.Errorf("%s: %s: %v", c.name, token.Serial, err)
				}
			}
			for _, u := range c.Facts.Decrypted.Tokens.Update {
				known = append(known, u.Serial)
			}
			got := heldSerials(synced.Known)
			slices.Sort(known)
			slices.Sort(got)
			if !slices.Equal(links, c.Facts.Decrypted.Tokens.Add) || !slices.Equal(got, known) || synced.Unread != 0 {
				t.Errorf("%s: %+v", c.name, synced)
			}
			if len(synced.Policies) != len(policyNames) {
				t.Errorf("%s: policies %v", c.name, synced.Policies)
			}
			if other, err := ecdh.X25519().NewPrivateKey(make([]byte, 32)); err == nil {
				if _, err := s.unseal(other); err == nil {
					t.Errorf("%s: it opens with another key", c.name)
				}
			}
			opened++
		}
		if opened != 4 {
			t.Errorf("%d answers, want 4", opened)
		}
	})
}

// have is what the device of a capture told.
func (c capture) have(t *testing.T) (all []approve.Held) {
	var list clientDictionary
	if err := json.Unmarshal([]byte(c.body["container_dict_client"]), &list); err != nil {
		t.Fatal(err)
	}
	for _, token := range list.Tokens {
		all = append(all, held(token.Serial, "totp"))
	}
	return all
}

// TestCapturedLinks: the links of the real servers are read.
func TestCapturedLinks(t *testing.T) {
	versions(t, func(t *testing.T, version string) {
		for _, name := range []string{"00-register-initialize-response.json", "14-rollover.json"} {
			beside(t)
			data, err := os.ReadFile(filepath.Join(captured, version, "container", name))
			if err != nil {
				t.Fatal(err)
			}
			type answer struct {
				Result struct {
					Value struct {
						URL   struct{ Value string } `json:"container_url"`
						Nonce string
						Stamp string `json:"time_stamp"`
					}
				}
			}
			var c struct {
				answer
				Response struct{ JSON answer }
			}
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			value := c.Result.Value
			if value.Nonce == "" {
				value = c.Response.JSON.Result.Value
			}
			l, err := readLink(value.URL.Value, true)
			if err != nil || l.nonce != value.Nonce || l.stamp != value.Stamp || l.secret || !l.unchecked {
				t.Errorf("%s: %+v, %v", name, l, err)
			}
		}
	})
}
