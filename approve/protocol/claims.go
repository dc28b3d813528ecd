package protocol

// This file holds the three signed objects: the server's challenge, the
// device's decision and the proof of a pairing, with the checks of each.

import (
	"crypto/ed25519"
	"time"
)

// Challenge is the server's signed question to one device (typ nod-challenge+jwt).
type Challenge struct {
	Issuer       string   `json:"iss"` // server origin
	Audience     string   `json:"aud"` // thumbprint of the device's transport key
	ID           string   `json:"jti"` // request id
	IssuedAt     int64    `json:"iat"` // Unix seconds
	Expires      int64    `json:"exp"` // Unix seconds
	App          string   `json:"app"`
	Profile      string   `json:"prf"` // "rms"
	Account      string   `json:"sub"`
	Action       string   `json:"act"`           // "sign in"
	Message      string   `json:"msg,omitempty"` // what the site shows as well, to compare
	IP           string   `json:"ip,omitempty"`
	Place        string   `json:"plc,omitempty"`
	PlaceNew     bool     `json:"pln,omitempty"`
	Browser      string   `json:"brw,omitempty"`
	OS           string   `json:"os,omitempty"`
	Devices      []string `json:"dev"`           // names of all devices asked
	NumberNeeded bool     `json:"num,omitempty"` // the decision must hold the number
	Nonce        string   `json:"nonce"`         // 128 bit, base64url
}

// Sign returns c as a compact JWS.
func (c Challenge) Sign(key Signer) (string, error) { return signJWS(TypeChallenge, c, key) }

// VerifyChallenge checks signature, typ, alg, iss, aud and exp, and that the id
// is fit for a URL. Errors: *SignatureError, with Skew when only exp or iat is wrong.
func VerifyChallenge(jws string, server ed25519.PublicKey, issuer, audience string, now time.Time) (Challenge, error) {
	var c Challenge
	if err := verifyJWS(jws, TypeChallenge, server, &c); err != nil {
		return Challenge{}, err
	}
	switch {
	case c.Issuer != issuer:
		return Challenge{}, refuse("iss is another server")
	case c.Audience != audience:
		return Challenge{}, refuse("aud is another device")
	case !isID(c.ID):
		return Challenge{}, refuse("jti is missing or not an id")
	case !isNonce(c.Nonce):
		return Challenge{}, refuse("nonce is missing or not 16 bytes in base64url")
	case c.Action == "" || c.Account == "":
		return Challenge{}, refuse("act or sub is missing")
	case c.IssuedAt <= 0 || c.Expires <= c.IssuedAt || c.Expires-c.IssuedAt > int64(MaxChallengeLife/time.Second):
		return Challenge{}, refuse("exp is before iat or more than 10 minutes after it")
	case now.Unix() >= c.Expires:
		return Challenge{}, late("the challenge has expired")
	case c.IssuedAt > now.Add(MaxSignatureAge).Unix():
		return Challenge{}, late("the challenge is from the future; the clocks differ")
	}
	return c, nil
}

// isID tells whether s is a request id: 1 to 64 letters, digits, - and _.
func isID(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// Acts of a decision.
const (
	ActApprove = "approve" // approval key only
	ActDeny    = "deny"    // transport key; rsn tells why
	ActIgnore  = "ignore"  // transport key; no verdict
)

// Reasons of a denial.
const (
	ReasonCancelled = "cancelled" // started by mistake
	ReasonNotMe     = "not_me"    // someone else: a report
)

// Decision is the device's signed answer (typ nod-decision+jwt).
type Decision struct {
	Issuer        string `json:"iss"` // thumbprint of the signing key
	Audience      string `json:"aud"` // server origin
	Challenge     string `json:"chl"` // request id
	ChallengeHash string `json:"chh"` // base64url SHA-256 of the exact challenge JWS
	Act           string `json:"act"`
	Reason        string `json:"rsn,omitempty"`
	Number        string `json:"ans,omitempty"`
	IssuedAt      int64  `json:"iat"`
	Expires       int64  `json:"exp"`
	ID            string `json:"jti"`
}

// Sign returns d as a compact JWS.
func (d Decision) Sign(key Signer) (string, error) { return signJWS(TypeDecision, d, key) }

// VerifyDecision checks signature, typ, alg, iss, aud, exp, chl and chh against
// the challenge that was sent. The key must be the approval key for
// ActApprove and the transport key for the others: pick chooses by act.
// Errors: *SignatureError, pick's.
func VerifyDecision(jws string, pick func(act string) (ed25519.PublicKey, error), audience, challengeID, challengeJWS string, now time.Time) (Decision, error) {
	signed, err := parseJWS(jws, TypeDecision)
	if err != nil {
		return Decision{}, err
	}
	// What the decision says of itself only chooses the key; nothing of it is
	// believed before that key has verified it.
	var claimed, d Decision
	if err := readClaims(signed.UnsafePayloadWithoutVerification(), &claimed); err != nil {
		return Decision{}, err
	}
	if err := checkAct(claimed); err != nil {
		return Decision{}, err
	}
	key, err := pick(claimed.Act)
	if err != nil {
		return Decision{}, err
	}
	if claimed.Issuer != Thumbprint(key) {
		return Decision{}, &SignatureError{Reason: "iss is not the key that this act needs", WrongKey: true}
	}
	if err := verifyJWS(jws, TypeDecision, key, &d); err != nil {
		return Decision{}, err
	}
	switch {
	case d != claimed:
		return Decision{}, refuse("the claims changed between two readings")
	case d.Audience != audience:
		return Decision{}, refuse("aud is another server")
	case d.Challenge != challengeID || d.ChallengeHash != Hash(challengeJWS):
		return Decision{}, refuse("chl or chh is another challenge")
	case !isNonce(d.ID):
		return Decision{}, refuse("jti is missing or not 16 bytes in base64url")
	}
	if err := checkWindow(d.IssuedAt, d.Expires, now); err != nil {
		return Decision{}, err
	}
	return d, nil
}

// checkAct checks act and the claims that only some acts have.
func checkAct(d Decision) error {
	reasonOK := d.Reason == ""
	numberOK := d.Number == ""
	switch d.Act {
	case ActApprove:
		numberOK = numberOK || isNumber(d.Number)
	case ActDeny:
		reasonOK = d.Reason == ReasonCancelled || d.Reason == ReasonNotMe
	case ActIgnore:
	default:
		return refuse("act is missing or unknown")
	}
	if !reasonOK {
		return refuse("rsn does not fit the act")
	}
	if !numberOK {
		return refuse("ans does not fit the act or is not two digits")
	}
	return nil
}

// isNumber tells whether s is two ASCII digits.
func isNumber(s string) bool {
	return len(s) == 2 && s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9'
}

// Proof shows that a device being paired holds its approval key (typ nod-pair+jwt),
// signed with the approval key.
type Proof struct {
	Audience  string `json:"aud"` // server origin
	Transport string `json:"tpk"` // thumbprint of the transport key
	Approval  string `json:"apk"` // thumbprint of the approval key
	Secret    string `json:"sec"` // base64url SHA-256 of the token or registration code
	IssuedAt  int64  `json:"iat"`
	Expires   int64  `json:"exp"`
}

// Sign returns p as a compact JWS.
func (p Proof) Sign(key Signer) (string, error) { return signJWS(TypeProof, p, key) }

// VerifyProof checks signature, typ, alg, aud, exp and that p binds both keys
// and the secret (the token or registration code itself). Errors: *SignatureError.
func VerifyProof(jws string, audience string, transport, approval ed25519.PublicKey, secret string, now time.Time) error {
	var p Proof
	if err := verifyJWS(jws, TypeProof, approval, &p); err != nil {
		return err
	}
	switch {
	case p.Audience != audience:
		return refuse("aud is another server")
	case p.Transport != Thumbprint(transport) || p.Approval != Thumbprint(approval):
		return refuse("tpk or apk is another key")
	case p.Transport == p.Approval:
		return refuse("the transport key is also the approval key")
	case p.Secret != Hash(secret):
		return refuse("sec is another token or code")
	}
	return checkWindow(p.IssuedAt, p.Expires, now)
}
