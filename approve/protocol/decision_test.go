package protocol

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"
)

// decisions is a device with both keys and a challenge to answer.
type decisions struct {
	transport, approval testKey
	challenge           string
}

func newDecisions(t testing.TB) decisions {
	d := decisions{transport: newTestKey(2), approval: newTestKey(3)}
	jws, err := testChallenge(d.transport).Sign(newTestKey(1))
	if err != nil {
		t.Fatal(err)
	}
	d.challenge = jws
	return d
}

func (d decisions) pick(act string) (ed25519.PublicKey, error) {
	if act == ActApprove {
		return d.approval.Public(), nil
	}
	return d.transport.Public(), nil
}

func (d decisions) decision(act string, key Signer) Decision {
	dec := Decision{
		Issuer: Thumbprint(key.Public()), Audience: testOrigin, Challenge: "r-7Q2M", ChallengeHash: Hash(d.challenge),
		Act: act, IssuedAt: noon.Unix(), Expires: noon.Unix() + 60, ID: fixedNonce,
	}
	if act == ActDeny {
		dec.Reason = ReasonNotMe
	}
	return dec
}

func (d decisions) verify(jws string, now time.Time) (Decision, error) {
	return VerifyDecision(jws, d.pick, testOrigin, "r-7Q2M", d.challenge, now)
}

func TestDecision(t *testing.T) {
	d := newDecisions(t)
	for act, key := range map[string]testKey{ActApprove: d.approval, ActDeny: d.transport, ActIgnore: d.transport} {
		want := d.decision(act, key)
		jws, err := want.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.verify(jws, noon.Add(59*time.Second))
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", act, got, err)
		}
	}
}

func TestVerifyDecisionRefuses(t *testing.T) {
	d := newDecisions(t)
	for name, c := range map[string]struct {
		act            string
		key            testKey
		change         func(*Decision)
		skew, wrongKey bool
	}{
		"approve with the transport key":  {ActApprove, d.transport, func(*Decision) {}, false, true},
		"deny with the approval key":      {ActDeny, d.approval, func(*Decision) {}, false, true},
		"iss of one key, signed by other": {ActApprove, d.transport, func(x *Decision) { x.Issuer = Thumbprint(d.approval.Public()) }, false, false},
		"no act":                          {ActApprove, d.approval, func(x *Decision) { x.Act = "" }, false, false},
		"unknown act":                     {ActApprove, d.approval, func(x *Decision) { x.Act = "accept" }, false, false},
		"deny without reason":             {ActDeny, d.transport, func(x *Decision) { x.Reason = "" }, false, false},
		"approve with a reason":           {ActApprove, d.approval, func(x *Decision) { x.Reason = ReasonNotMe }, false, false},
		"deny with a number":              {ActDeny, d.transport, func(x *Decision) { x.Number = "47" }, false, false},
		"number of one digit":             {ActApprove, d.approval, func(x *Decision) { x.Number = "7" }, false, false},
		"number of letters":               {ActApprove, d.approval, func(x *Decision) { x.Number = "4a" }, false, false},
		"aud":                             {ActApprove, d.approval, func(x *Decision) { x.Audience = "https://evil.demo.test" }, false, false},
		"chl":                             {ActApprove, d.approval, func(x *Decision) { x.Challenge = "r-8888" }, false, false},
		"chh":                             {ActApprove, d.approval, func(x *Decision) { x.ChallengeHash = Hash(d.challenge + " ") }, false, false},
		"no jti":                          {ActApprove, d.approval, func(x *Decision) { x.ID = "" }, false, false},
		"lives too long":                  {ActApprove, d.approval, func(x *Decision) { x.Expires = x.IssuedAt + 61 }, false, false},
		"never lives":                     {ActApprove, d.approval, func(x *Decision) { x.Expires = x.IssuedAt }, false, false},
		"too old":                         {ActApprove, d.approval, func(x *Decision) { x.IssuedAt -= 61; x.Expires -= 61 }, true, false},
		"overflowing times":               {ActApprove, d.approval, func(x *Decision) { x.IssuedAt, x.Expires = -1<<63, 1<<63-1 }, false, false},
		"from the future":                 {ActApprove, d.approval, func(x *Decision) { x.IssuedAt += 61; x.Expires += 61 }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			dec := d.decision(c.act, c.key)
			c.change(&dec)
			jws, err := dec.Sign(c.key)
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.verify(jws, noon)
			sig, ok := errors.AsType[*SignatureError](err)
			if !ok || sig.Skew != c.skew || sig.WrongKey != c.wrongKey {
				t.Errorf("error = %#v, want a *SignatureError with Skew %v, WrongKey %v", err, c.skew, c.wrongKey)
			}
		})
	}
}

func TestVerifyDecisionPick(t *testing.T) {
	d := newDecisions(t)
	jws, err := d.decision(ActApprove, d.approval).Sign(d.approval)
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("no such device")
	_, err = VerifyDecision(jws, func(string) (ed25519.PublicKey, error) { return nil, stop }, testOrigin, "r-7Q2M", d.challenge, noon)
	if !errors.Is(err, stop) {
		t.Errorf("error = %v, want pick's", err)
	}
	// Without an explicit act nothing is asked at all.
	payload := `{"iss":"x","aud":"` + testOrigin + `","chl":"r-7Q2M"}`
	_, err = VerifyDecision(rawJWS(decisionHead, payload, d.approval), func(act string) (ed25519.PublicKey, error) {
		t.Errorf("pick was called with %q", act)
		return nil, stop
	}, testOrigin, "r-7Q2M", d.challenge, noon)
	if err == nil {
		t.Error("a decision without act verifies")
	}
	twice := `{"act":"deny","rsn":"not_me","act":"approve"}`
	if _, err := d.verify(rawJWS(decisionHead, twice, d.approval), noon); err == nil {
		t.Error("a decision with two acts verifies")
	}
}

func FuzzVerifyDecision(f *testing.F) {
	d := newDecisions(f)
	good, err := d.decision(ActDeny, d.transport).Sign(d.transport)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(rawJWS(decisionHead, `{"act":"approve"}`, d.approval))
	f.Fuzz(func(t *testing.T, jws string) {
		got, err := d.verify(jws, noon)
		if err == nil && signedPart(jws) != signedPart(good) {
			t.Errorf("verifies though no key signed it: %q %+v", jws, got)
		}
	})
}
