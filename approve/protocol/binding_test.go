package protocol

// This file tests what a request signature binds: body, address, key and time.

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestVerifyRequestBinds(t *testing.T) {
	key, other := newTestKey(1), newTestKey(2)
	body := []byte(`{"a":1}`)
	r := request(t, "POST", body, key, noon)
	if _, err := VerifyRequest(r, []byte(`{"a":2}`), testTarget, one(key), noon); err == nil {
		t.Error("another body verifies")
	}
	if _, err := VerifyRequest(r, body, testTarget+"&after=x", one(key), noon); err == nil {
		t.Error("another query verifies")
	}
	if _, err := VerifyRequest(r, body, strings.Replace(testTarget, "nod.", "evil.", 1), one(key), noon); err == nil {
		t.Error("another host verifies")
	}
	if _, err := VerifyRequest(r, body, testTarget, one(other), noon); !errors.Is(err, errUnknownKey) {
		t.Errorf("error = %v, want that of lookup", err)
	}
	wrong := func(string) (ed25519.PublicKey, error) { return other.Public(), nil }
	if _, err := VerifyRequest(r, body, testTarget, wrong, noon); err == nil {
		t.Error("verifies with a key that is not the named one")
	}
	// Another device may not sign under this one's key id, even when a careless
	// lookup returns the key of the one that did.
	forged := request(t, "GET", nil, key, noon)
	resign(t, forged, other, func(input string) string { return input })
	if _, err := VerifyRequest(forged, nil, testTarget, wrong, noon); err == nil {
		t.Error("verifies under the key id of another device")
	}
	none := func(string) (ed25519.PublicKey, error) { return nil, nil }
	if _, err := VerifyRequest(r, body, testTarget, none, noon); err == nil {
		t.Error("verifies without a key")
	}
}

func TestVerifyRequestWindow(t *testing.T) {
	key := newTestKey(1)
	for _, c := range []struct {
		ahead time.Duration // server's clock minus device's
		ok    bool
	}{
		{-61 * time.Second, false},
		{-60 * time.Second, true},
		{0, true},
		{60 * time.Second, true},
		{61 * time.Second, false},
		{90 * time.Minute, false},
	} {
		r := request(t, "GET", nil, key, noon)
		_, err := VerifyRequest(r, nil, testTarget, one(key), noon.Add(c.ahead))
		if c.ok && err != nil {
			t.Errorf("%v: %v", c.ahead, err)
		}
		sig, isSig := errors.AsType[*SignatureError](err)
		if !c.ok && (!isSig || !sig.Skew) {
			t.Errorf("%v: error = %v, want Skew", c.ahead, err)
		}
	}
	// A wrong signature is not called a clock problem.
	r := request(t, "GET", nil, key, noon)
	r.Header.Set("Signature", "nod=:"+strings.Repeat("A", 86)+"==:")
	_, err := VerifyRequest(r, nil, testTarget, one(key), noon.Add(time.Hour))
	if sig, ok := errors.AsType[*SignatureError](err); !ok || sig.Skew {
		t.Errorf("error = %v, want one without Skew", err)
	}
}

// TestFullURL: a client signs the absolute address without its fragment.
func TestFullURL(t *testing.T) {
	r, err := http.NewRequest("GET", "https://nod.demo.test:8443/v1/device?force=true#x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := targetURI(r), "https://nod.demo.test:8443/v1/device?force=true"; got != want {
		t.Errorf("target = %s, want %s", got, want)
	}
}

// withFixedNonce makes a request the same in every run.
func withFixedNonce(input string) string {
	at := strings.Index(input, `nonce="`) + len(`nonce="`)
	return input[:at] + fixedNonce + input[at+len(fixedNonce):]
}

func FuzzVerifyRequest(f *testing.F) {
	key := newTestKey(1)
	good := request(f, "GET", nil, key, noon)
	// The fuzzer's processes must agree on the one request that is right.
	resign(f, good, key, withFixedNonce)
	f.Add(good.Header.Get("Content-Digest"), good.Header.Get("Signature-Input"), good.Header.Get("Signature"))
	f.Add("", "nod=()", "nod=::")
	f.Add("sha-256=:AA==:", `nod=("@method";x "@target-uri");created=1`, `nod=?1, nod="x"`)
	want := map[string]string{}
	for _, name := range []string{"Content-Digest", "Signature-Input", "Signature"} {
		want[name] = good.Header.Get(name)
	}
	f.Fuzz(func(t *testing.T, digest, input, sig string) {
		r := httptest.NewRequest("GET", "/v1/requests?wait=25", nil)
		r.Header["Content-Digest"] = []string{digest}
		r.Header["Signature-Input"] = []string{input}
		r.Header["Signature"] = []string{sig}
		_, err := VerifyRequest(r, nil, testTarget, one(key), noon)
		if err == nil && (digest != want["Content-Digest"] || input != want["Signature-Input"] || sig != want["Signature"]) {
			t.Errorf("verifies though it is not the signed request: %q %q %q", digest, input, sig)
		}
	})
}
