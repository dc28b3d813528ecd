package protocol

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const (
	testOrigin    = "https://nod.demo.test"
	challengeHead = `{"alg":"EdDSA","typ":"nod-challenge+jwt"}`
	decisionHead  = `{"alg":"EdDSA","typ":"nod-decision+jwt"}`
)

func testChallenge(device Signer) Challenge {
	return Challenge{
		Issuer: testOrigin, Audience: Thumbprint(device.Public()), ID: "r-7Q2M",
		IssuedAt: noon.Unix(), Expires: noon.Unix() + 120,
		App: "RMS", Profile: "rms", Account: "ana@demo.test", Action: "sign in",
		IP: "192.0.2.10", Place: "Vilnius, LT", PlaceNew: true, Browser: "Firefox 133", OS: "Linux",
		Devices: []string{"ana-workstation", "phone-ana"}, NumberNeeded: true, Nonce: fixedNonce,
	}
}

func TestChallenge(t *testing.T) {
	server, device := newTestKey(1), newTestKey(2)
	c := testChallenge(device)
	jws, err := c.Sign(server)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(jws, ".")
	if raw, _ := base64.RawURLEncoding.DecodeString(head); string(raw) != challengeHead {
		t.Errorf("header = %s, want %s", raw, challengeHead)
	}
	got, err := VerifyChallenge(jws, server.Public(), testOrigin, c.Audience, noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got.Devices, " ") != "ana-workstation phone-ana" || got.Account != c.Account || !got.NumberNeeded || got.Nonce != c.Nonce {
		t.Errorf("challenge = %+v", got)
	}
}

func TestVerifyChallengeRefuses(t *testing.T) {
	server, device := newTestKey(1), newTestKey(2)
	for name, c := range map[string]struct {
		change func(*Challenge)
		key    testKey
		skew   bool
	}{
		"another server's key": {func(*Challenge) {}, newTestKey(3), false},
		"iss":                  {func(c *Challenge) { c.Issuer = "https://evil.demo.test" }, server, false},
		"aud":                  {func(c *Challenge) { c.Audience = Thumbprint(server.Public()) }, server, false},
		"no id":                {func(c *Challenge) { c.ID = "" }, server, false},
		"id with a slash":      {func(c *Challenge) { c.ID = "../r-1" }, server, false},
		"long id":              {func(c *Challenge) { c.ID = strings.Repeat("a", 65) }, server, false},
		"no nonce":             {func(c *Challenge) { c.Nonce = "" }, server, false},
		"no act":               {func(c *Challenge) { c.Action = "" }, server, false},
		"no account":           {func(c *Challenge) { c.Account = "" }, server, false},
		"ends before it began": {func(c *Challenge) { c.Expires = c.IssuedAt }, server, false},
		"too long a life":      {func(c *Challenge) { c.Expires = c.IssuedAt + 601 }, server, false},
		"overflowing life":     {func(c *Challenge) { c.IssuedAt, c.Expires = -1<<63, 1<<63-1 }, server, false},
		"expired":              {func(c *Challenge) { c.IssuedAt, c.Expires = noon.Unix()-120, noon.Unix() }, server, true},
		"of tomorrow":          {func(c *Challenge) { c.IssuedAt += 86400; c.Expires += 86400 }, server, true},
	} {
		t.Run(name, func(t *testing.T) {
			ch := testChallenge(device)
			c.change(&ch)
			jws, err := ch.Sign(c.key)
			if err != nil {
				t.Fatal(err)
			}
			_, err = VerifyChallenge(jws, server.Public(), testOrigin, Thumbprint(device.Public()), noon)
			sig, ok := errors.AsType[*SignatureError](err)
			if !ok || sig.Skew != c.skew {
				t.Errorf("error = %v, want a *SignatureError with Skew %v", err, c.skew)
			}
		})
	}
}

// TestJWSRefuses takes valid claims in wrong wrappings.
func TestJWSRefuses(t *testing.T) {
	server, device := newTestKey(1), newTestKey(2)
	payload, err := json.Marshal(testChallenge(device))
	if err != nil {
		t.Fatal(err)
	}
	good := rawJWS(challengeHead, string(payload), server)
	b64 := base64.RawURLEncoding.EncodeToString
	none := b64([]byte(`{"alg":"none","typ":"nod-challenge+jwt"}`)) + "." + b64(payload) + "."
	hs := b64([]byte(`{"alg":"HS256","typ":"nod-challenge+jwt"}`)) + "." + b64(payload)
	mac := hmac.New(sha256.New, server.Public())
	mac.Write([]byte(hs))
	hs += "." + b64(mac.Sum(nil))
	parts := strings.Split(good, ".")
	for name, jws := range map[string]string{
		"empty":                "",
		"not three parts":      parts[0] + "." + parts[1],
		"JSON serialisation":   `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"alg none":             none,
		"alg HS256":            hs,
		"typ of a decision":    rawJWS(decisionHead, string(payload), server),
		"typ missing":          rawJWS(`{"alg":"EdDSA"}`, string(payload), server),
		"typ in other case":    rawJWS(`{"alg":"EdDSA","typ":"NOD-CHALLENGE+JWT"}`, string(payload), server),
		"typ a number":         rawJWS(`{"alg":"EdDSA","typ":1}`, string(payload), server),
		"kid":                  rawJWS(`{"alg":"EdDSA","typ":"nod-challenge+jwt","kid":"x"}`, string(payload), server),
		"crit":                 rawJWS(`{"alg":"EdDSA","typ":"nod-challenge+jwt","crit":["b64"],"b64":true}`, string(payload), server),
		"claims changed":       parts[0] + "." + b64([]byte(strings.Replace(string(payload), "ana@", "eva@", 1))) + "." + parts[2],
		"claims not an object": rawJWS(challengeHead, `["x"]`, server),
		"claims not JSON":      rawJWS(challengeHead, `{`, server),
		"claim twice":          rawJWS(challengeHead, `{"sub":"ben@demo.test",`+string(payload[1:]), server),
		"claim in other case":  rawJWS(challengeHead, strings.Replace(string(payload), `"act"`, `"ACT"`, 1), server),
		"longer than allowed":  rawJWS(challengeHead, string(payload)+strings.Repeat(" ", MaxBody), server),
	} {
		_, err := VerifyChallenge(jws, server.Public(), testOrigin, Thumbprint(device.Public()), noon)
		if _, ok := errors.AsType[*SignatureError](err); !ok {
			t.Errorf("%s: error = %v, want a *SignatureError", name, err)
		}
	}
	if _, err := VerifyChallenge(good, server.Public(), testOrigin, Thumbprint(device.Public()), noon); err != nil {
		t.Errorf("the one they are made from: %v", err)
	}
	later := rawJWS(challengeHead, `{"later":[1],`+string(payload[1:]), server)
	if _, err := VerifyChallenge(later, server.Public(), testOrigin, Thumbprint(device.Public()), noon); err != nil {
		t.Errorf("a claim of a later version: %v", err)
	}
	if _, err := VerifyChallenge(good, nil, testOrigin, Thumbprint(device.Public()), noon); err == nil {
		t.Error("verifies without a key")
	}
}

func TestProof(t *testing.T) {
	transport, approval := newTestKey(2), newTestKey(3)
	good := Proof{
		Audience: testOrigin, Transport: Thumbprint(transport.Public()), Approval: Thumbprint(approval.Public()),
		Secret: Hash("482913"), IssuedAt: noon.Unix(), Expires: noon.Unix() + 60,
	}
	for name, c := range map[string]struct {
		change func(*Proof)
		key    testKey
		ok     bool
	}{
		"good":          {func(*Proof) {}, approval, true},
		"transport key": {func(*Proof) {}, transport, false},
		"aud":           {func(p *Proof) { p.Audience = "https://evil.demo.test" }, approval, false},
		"tpk":           {func(p *Proof) { p.Transport = p.Approval }, approval, false},
		"apk":           {func(p *Proof) { p.Approval = p.Transport }, approval, false},
		"sec":           {func(p *Proof) { p.Secret = Hash("482914") }, approval, false},
		"old":           {func(p *Proof) { p.IssuedAt -= 61; p.Expires -= 61 }, approval, false},
	} {
		p := good
		c.change(&p)
		jws, err := p.Sign(c.key)
		if err != nil {
			t.Fatal(err)
		}
		err = VerifyProof(jws, testOrigin, transport.Public(), approval.Public(), "482913", noon)
		if (err == nil) != c.ok {
			t.Errorf("%s: error = %v", name, err)
		}
	}
	same := good
	same.Transport = same.Approval
	jws, err := same.Sign(approval)
	if err != nil {
		t.Fatal(err)
	}
	if err := VerifyProof(jws, testOrigin, approval.Public(), approval.Public(), "482913", noon); err == nil {
		t.Error("one key for both uses is taken")
	}
}

// failing is a key that can not sign, such as one of a closed vault.
type failing struct{ testKey }

var errNoKey = errors.New("the key is gone")

func (failing) Sign([]byte) ([]byte, error) { return nil, errNoKey }

func TestSignerError(t *testing.T) {
	key := failing{newTestKey(1)}
	if _, err := testChallenge(key).Sign(key); !errors.Is(err, errNoKey) {
		t.Errorf("challenge: %v", err)
	}
	r, err := newGet()
	if err != nil {
		t.Fatal(err)
	}
	if err := SignRequest(r, nil, key, noon); !errors.Is(err, errNoKey) {
		t.Errorf("request: %v", err)
	}
	if len(r.Header) != 0 {
		t.Errorf("a request that could not be signed has headers: %v", r.Header)
	}
}

func FuzzVerifyChallenge(f *testing.F) {
	server, device := newTestKey(1), newTestKey(2)
	good, err := testChallenge(device).Sign(server)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(rawJWS(challengeHead, `{"jti":"r-1"}`, server))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, jws string) {
		_, err := VerifyChallenge(jws, server.Public(), testOrigin, Thumbprint(device.Public()), noon)
		if err == nil && jws != good && signedPart(jws) != signedPart(good) {
			t.Errorf("verifies though the server never signed it: %q", jws)
		}
		if _, ok := errors.AsType[*SignatureError](err); err != nil && !ok {
			t.Errorf("error = %v, want a *SignatureError", err)
		}
	})
}

func signedPart(jws string) string { return jws[:max(0, strings.LastIndex(jws, "."))] }
