package protocol

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"pgregory.net/rapid"
)

// TestRFC9421Vector signs the request of RFC 9421, B.2.6, byte for byte.
func TestRFC9421Vector(t *testing.T) {
	seed, err := base64.RawURLEncoding.DecodeString("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU")
	if err != nil {
		t.Fatal(err)
	}
	covered := []component{
		{"date", "Tue, 20 Apr 2021 02:07:55 GMT"},
		{"@method", "POST"},
		{"@path", "/foo"},
		{"@authority", "example.com"},
		{"content-type", "application/json"},
		{"content-length", "18"},
	}
	p := httpsfv.NewParams()
	p.Add("created", int64(1618884473))
	p.Add("keyid", "test-key-ed25519")
	base, err := signatureBase(covered, httpsfv.InnerList{Items: componentNames(covered), Params: p})
	if err != nil {
		t.Fatal(err)
	}
	wantBase := `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	if base != wantBase {
		t.Errorf("base:\n%s\nwant:\n%s", base, wantBase)
	}
	got := base64.StdEncoding.EncodeToString(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(base)))
	if want := "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="; got != want {
		t.Errorf("signature = %s, want %s", got, want)
	}
}

const testTarget = "https://nod.demo.test/v1/requests?wait=25"

// request returns a signed request, as a server gets it.
func request(t testing.TB, method string, body []byte, key Signer, at time.Time) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, testTarget, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := SignRequest(r, body, key, at); err != nil {
		t.Fatal(err)
	}
	got := httptest.NewRequest(method, "/v1/requests?wait=25", bytes.NewReader(body))
	got.Header = r.Header
	return got
}

// one returns a lookup that knows key alone.
func one(key Signer) func(string) (ed25519.PublicKey, error) {
	return func(id string) (ed25519.PublicKey, error) {
		if id != Thumbprint(key.Public()) {
			return nil, errUnknownKey
		}
		return key.Public(), nil
	}
}

var errUnknownKey = errors.New("unknown key")

func TestSignedRequestVerifies(t *testing.T) {
	key := newTestKey(1)
	for _, method := range []string{"", "GET", "POST", "DELETE"} {
		for _, body := range []string{"", `{"name":"ana-laptop"}`} {
			r := request(t, method, []byte(body), key, noon)
			v, err := VerifyRequest(r, []byte(body), testTarget, one(key), noon.Add(3*time.Second))
			if err != nil {
				t.Fatalf("%s %q: %v", method, body, err)
			}
			if v.KeyID != Thumbprint(key.Public()) || !isNonce(v.Nonce) || !v.Created.Equal(noon) {
				t.Errorf("%s %q: verified %+v", method, body, v)
			}
		}
	}
}

// TestEveryRequestVerifies signs any method, address and body, and finds any
// change of the body.
func TestEveryRequestVerifies(t *testing.T) {
	key := newTestKey(1)
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "POST", "PATCH", "DELETE"}).Draw(t, "method")
		query := url.Values{rapid.String().Draw(t, "name"): {rapid.String().Draw(t, "value")}}
		target := testOrigin + "/v1/" + url.PathEscape(rapid.String().Draw(t, "path")) + "?" + query.Encode()
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		r, err := http.NewRequest(method, target, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := SignRequest(r, body, key, noon); err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyRequest(r, body, testOrigin+r.URL.RequestURI(), one(key), noon); err != nil {
			t.Fatalf("%s %s: %v", method, target, err)
		}
		if _, err := VerifyRequest(r, append(body, 'x'), testOrigin+r.URL.RequestURI(), one(key), noon); err == nil {
			t.Fatal("a longer body verifies")
		}
	})
}

// TestSignatureFields shows the exact form, so that a change of it is seen.
func TestSignatureFields(t *testing.T) {
	key := newTestKey(1)
	r := request(t, "GET", nil, key, noon)
	if got, want := r.Header.Get("Content-Digest"), "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"; got != want {
		t.Errorf("Content-Digest = %s, want %s", got, want)
	}
	input := r.Header.Get("Signature-Input")
	nonce := input[strings.Index(input, `nonce="`)+7:][:22]
	want := fmt.Sprintf(`nod=("@method" "@target-uri" "content-digest");created=%d;expires=%d;nonce="%s";keyid="%s";alg="ed25519";tag="nod-v1"`,
		noon.Unix(), noon.Unix()+60, nonce, Thumbprint(key.Public()))
	if input != want {
		t.Errorf("Signature-Input = %s\nwant %s", input, want)
	}
}

// resign changes the parameters of a request and signs what results, as a
// device with a valid key and a wrong profile would.
func resign(t testing.TB, r *http.Request, key testKey, change func(input string) string) {
	t.Helper()
	input := change(strings.TrimPrefix(r.Header.Get("Signature-Input"), "nod="))
	names := input[1:strings.Index(input, ")")]
	values := map[string]string{
		`"@method"`: r.Method, `"@target-uri"`: testTarget, `"content-digest"`: r.Header.Get("Content-Digest"), `"accept"`: "",
	}
	var base strings.Builder
	for name := range strings.FieldsSeq(names) {
		base.WriteString(name + ": " + values[name] + "\n")
	}
	base.WriteString(`"@signature-params": ` + input)
	sig := ed25519.Sign(key.private, []byte(base.String()))
	r.Header.Set("Signature-Input", "nod="+input)
	r.Header.Set("Signature", "nod=:"+base64.StdEncoding.EncodeToString(sig)+":")
}

func TestVerifyRequestRefuses(t *testing.T) {
	key := newTestKey(1)
	sub := func(old, new string) func(*testing.T, *http.Request) {
		return func(t *testing.T, r *http.Request) {
			resign(t, r, key, func(s string) string {
				if !strings.Contains(s, old) {
					t.Fatalf("%q is not in %q", old, s)
				}
				return strings.Replace(s, old, new, 1)
			})
		}
	}
	set := func(name, value string) func(*testing.T, *http.Request) {
		return func(_ *testing.T, r *http.Request) { r.Header.Set(name, value) }
	}
	at := fmt.Sprint(noon.Unix())
	for name, change := range map[string]func(*testing.T, *http.Request){
		"no digest":            func(_ *testing.T, r *http.Request) { r.Header.Del("Content-Digest") },
		"no input":             func(_ *testing.T, r *http.Request) { r.Header.Del("Signature-Input") },
		"no signature":         func(_ *testing.T, r *http.Request) { r.Header.Del("Signature") },
		"two digests":          func(_ *testing.T, r *http.Request) { r.Header.Add("Content-Digest", r.Header.Get("Content-Digest")) },
		"two inputs":           func(_ *testing.T, r *http.Request) { r.Header.Add("Signature-Input", r.Header.Get("Signature-Input")) },
		"two signatures":       func(_ *testing.T, r *http.Request) { r.Header.Add("Signature", r.Header.Get("Signature")) },
		"digest of another":    set("Content-Digest", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"),
		"digest sha-512":       set("Content-Digest", "sha-512=:AAAA:"),
		"digest garbage":       set("Content-Digest", "x"),
		"input garbage":        set("Signature-Input", "nod=("),
		"input an item":        set("Signature-Input", "nod=1"),
		"signature short":      set("Signature", "nod=:AAAA:"),
		"signature a string":   set("Signature", `nod="x"`),
		"signature wrong":      set("Signature", "nod=:"+strings.Repeat("A", 86)+"==:"),
		"method":               func(_ *testing.T, r *http.Request) { r.Method = "POST" },
		"label":                func(_ *testing.T, r *http.Request) { rename(r, "sig1") },
		"second label":         func(_ *testing.T, r *http.Request) { twoLabels(r) },
		"label twice":          func(_ *testing.T, r *http.Request) { labelTwice(r) },
		"component missing":    sub(` "content-digest"`, ""),
		"component extra":      sub(`"content-digest"`, `"content-digest" "accept"`),
		"components reordered": sub(`"@method" "@target-uri"`, `"@target-uri" "@method"`),
		"component parameter":  sub(`"content-digest"`, `"content-digest";sf`),
		"created missing":      sub("created="+at+";", ""),
		"created a string":     sub("created="+at, `created="`+at+`"`),
		"expires missing":      sub(fmt.Sprintf("expires=%d;", noon.Unix()+60), ""),
		"expires too late":     sub(fmt.Sprintf("expires=%d", noon.Unix()+60), fmt.Sprintf("expires=%d", noon.Unix()+61)),
		"expires at once":      sub(fmt.Sprintf("expires=%d", noon.Unix()+60), "expires="+at),
		"nonce short":          sub(`nonce="`, `nonce="x`),
		"alg":                  sub(`alg="ed25519"`, `alg="hmac-sha256"`),
		"alg missing":          sub(`;alg="ed25519"`, ""),
		"tag":                  sub("nod-v1", "nod-v2"),
		"tag missing":          sub(`;tag="nod-v1"`, ""),
		"parameter extra":      sub(`;tag="nod-v1"`, `;tag="nod-v1";x=1`),
		"parameters reordered": sub(`alg="ed25519";tag="nod-v1"`, `tag="nod-v1";alg="ed25519"`),
		"parameter twice":      sub(`tag="nod-v1"`, `tag="nod-v1";alg="ed25519"`),
		"space in parameters":  sub(`;tag`, `; tag`),
	} {
		t.Run(name, func(t *testing.T) {
			r := request(t, "GET", nil, key, noon)
			change(t, r)
			_, err := VerifyRequest(r, nil, testTarget, one(key), noon)
			sig, ok := errors.AsType[*SignatureError](err)
			if !ok || sig.Skew {
				t.Errorf("error = %v, want a *SignatureError without Skew", err)
			}
		})
	}
}

func rename(r *http.Request, label string) {
	for _, name := range []string{"Signature-Input", "Signature"} {
		r.Header.Set(name, label+strings.TrimPrefix(r.Header.Get(name), "nod"))
	}
}

func twoLabels(r *http.Request) {
	r.Header.Set("Signature-Input", r.Header.Get("Signature-Input")+`, more=("@method")`)
}

func labelTwice(r *http.Request) {
	r.Header.Set("Signature", "nod=:AAAA:, "+r.Header.Get("Signature"))
}
