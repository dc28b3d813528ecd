package keycloaktest

// This file is what the server with the push MFA extension does once it knows who
// calls.

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// signedBy reads the token in body, which key must have signed, into claims.
func (s *Push) signedBy(body []byte, key func(payload []byte) jose.JSONWebKey, claims any) bool {
	var message struct{ Token string }
	if err := json.Unmarshal(body, &message); err != nil {
		s.complain("read token: %v", err)
	}
	signed, err := jose.ParseSignedCompact(message.Token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		s.complain("read token: %v", err)
		return false
	}
	k := key(signed.UnsafePayloadWithoutVerification())
	h := signed.Signatures[0].Protected
	if h.KeyID == "" || h.KeyID != k.KeyID || h.ExtraHeaders[jose.HeaderType] != "JWT" || k.Algorithm != "ES256" {
		s.complain("header %+v, key %+v", h, k)
	}
	payload, err := signed.Verify(k.Key)
	return err == nil && json.Unmarshal(payload, claims) == nil
}

// enrolClaims are those of what a device signs to be enrolled.
type enrolClaims struct {
	EnrollmentID string `json:"enrollmentId"`
	Nonce        string `json:"nonce"`
	Subject      string `json:"sub"`
	DeviceType   string `json:"deviceType"`
	CredentialID string `json:"credentialId"`
	DeviceID     string `json:"deviceId"`
	DeviceLabel  string `json:"deviceLabel"`
	Provider     string `json:"pushProviderType"`
	Expires      int64  `json:"exp"`
	Confirm      struct {
		Key jose.JSONWebKey `json:"jwk"`
	} `json:"cnf"`
}

func (s *Push) complete(w http.ResponseWriter, r *http.Request, body []byte, token string) {
	var c enrolClaims
	key := func(payload []byte) jose.JSONWebKey {
		if err := json.Unmarshal(payload, &c); err != nil {
			s.complain("read enrolment: %v", err)
		}
		return c.Confirm.Key
	}
	if !s.signedBy(body, key, &c) {
		s.fail(w, 403, "Invalid enrollment token signature")
		return
	}
	_, proof, why := s.proof(r, &c.Confirm.Key, token)
	switch {
	case why != "" || proof.Subject != c.Subject || proof.DeviceID != c.DeviceID || s.Tokens[token] != thumbprint(c.Confirm.Key):
		s.complain("proof of an enrolment: %s, %+v", why, proof)
		s.fail(w, 403, "proof")
	case c.EnrollmentID != s.Enrolment:
		s.fail(w, 404, "Challenge not found")
	case c.Nonce != s.nonce:
		s.fail(w, 403, "Nonce mismatch")
	case c.Expires < s.Now().Unix():
		s.fail(w, 400, "enrollment token expired")
	case c.Provider != "none" || c.DeviceType == "" || !c.Confirm.Key.IsPublic() || c.Subject != User:
		s.complain("claims %+v", c)
		s.fail(w, 400, "claims")
	default:
		s.Devices[c.DeviceID] = &Enrolled{Key: c.Confirm.Key, User: c.Subject, Credential: c.CredentialID, Label: c.DeviceLabel}
		s.Enrolment = newID()
		s.send(w, 200, Fields{"status": "enrolled"})
	}
}

// respondClaims are those of a signed answer.
type respondClaims struct {
	ChallengeID  string `json:"cid"`
	CredentialID string `json:"credId"`
	DeviceID     string `json:"deviceId"`
	Action       string `json:"action"`
	Verification string `json:"userVerification"`
	Expires      int64  `json:"exp"`
}

func (s *Push) respond(w http.ResponseWriter, d *Enrolled, device, id string, body []byte) {
	at := slices.IndexFunc(s.Challenges, func(f Fields) bool { return f["cid"] == id })
	if at < 0 {
		s.fail(w, 404, "Challenge not found")
		return
	}
	var c respondClaims
	if !s.signedBy(body, func([]byte) jose.JSONWebKey { return d.Key }, &c) {
		s.fail(w, 403, "Invalid authentication token signature")
		return
	}
	if c.Action == "" {
		s.complain("an answer without an action, which means yes")
	}
	switch expected := s.Expected[id]; {
	case c.ChallengeID != id || c.CredentialID != d.Credential || c.DeviceID != device:
		s.fail(w, 403, "Challenge mismatch")
	case c.Expires < s.Now().Unix() || c.Expires > s.Now().Unix()+300:
		s.fail(w, 400, "authentication token expired")
	case c.Action == actionApprove && expected != "" && c.Verification == "":
		s.fail(w, 400, "Missing user verification")
	case c.Action == actionApprove && expected != c.Verification:
		s.fail(w, 403, "User verification mismatch")
	case c.Action == actionDeny && c.Verification != "":
		s.complain("a denial with a number")
		s.fail(w, 400, "number")
	default:
		s.Actions = append(s.Actions, c.Action)
		s.Challenges = slices.Delete(s.Challenges, at, at+1)
		s.send(w, 200, Fields{"status": map[string]string{actionApprove: "approved", actionDeny: "denied"}[c.Action]})
	}
}

func (s *Push) rotate(w http.ResponseWriter, d *Enrolled, body []byte) {
	var message struct {
		Key jose.JSONWebKey `json:"publicKeyJwk"`
	}
	if err := json.Unmarshal(body, &message); err != nil || !message.Key.IsPublic() || message.Key.Algorithm != "ES256" || message.Key.KeyID == d.Key.KeyID {
		s.complain("new key %+v, %v", message.Key, err)
	}
	d.Key = message.Key
	s.send(w, 200, Fields{"status": "rotated"})
}
