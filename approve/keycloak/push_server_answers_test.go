package keycloak

// This file is what the fake server of the push MFA extension does once it knows who
// calls.

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// signedBy reads the token in body, which key must have signed, into claims.
func (s *pushServer) signedBy(body []byte, key func(payload []byte) jose.JSONWebKey, claims any) bool {
	var message struct{ Token string }
	if err := json.Unmarshal(body, &message); err != nil {
		s.Error(err)
	}
	signed, err := jose.ParseSignedCompact(message.Token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		s.Error(err)
		return false
	}
	k := key(signed.UnsafePayloadWithoutVerification())
	h := signed.Signatures[0].Protected
	if h.KeyID == "" || h.KeyID != k.KeyID || h.ExtraHeaders[jose.HeaderType] != "JWT" || k.Algorithm != "ES256" {
		s.Errorf("header %+v, key %+v", h, k)
	}
	payload, err := signed.Verify(k.Key)
	return err == nil && json.Unmarshal(payload, claims) == nil
}

func (s *pushServer) complete(w http.ResponseWriter, r *http.Request, body []byte, token string) {
	var c enrolClaims
	key := func(payload []byte) jose.JSONWebKey {
		if err := json.Unmarshal(payload, &c); err != nil {
			s.Error(err)
		}
		return c.Confirm.Key
	}
	if !s.signedBy(body, key, &c) {
		s.fail(w, 403, "Invalid enrollment token signature")
		return
	}
	_, proof, why := s.proof(r, &c.Confirm.Key, token)
	switch {
	case why != "" || proof.Subject != c.Subject || proof.DeviceID != c.DeviceID || s.tokens[token] != thumbprint(s.T, c.Confirm.Key):
		s.Errorf("proof of an enrolment: %s, %+v", why, proof)
		s.fail(w, 403, "proof")
	case c.EnrollmentID != s.enrolment:
		s.fail(w, 404, "Challenge not found")
	case c.Nonce != s.nonce:
		s.fail(w, 403, "Nonce mismatch")
	case c.Expires < s.now().Unix():
		s.fail(w, 400, "enrollment token expired")
	case c.Provider != "none" || c.DeviceType == "" || !c.Confirm.Key.IsPublic() || c.Subject != testUser:
		s.Errorf("claims %+v", c)
	default:
		s.devices[c.DeviceID] = &enrolled{key: c.Confirm.Key, user: c.Subject, credential: c.CredentialID, label: c.DeviceLabel}
		s.enrolment = newUUID()
		s.send(w, 200, fields{"status": "enrolled"})
	}
}

func (s *pushServer) respond(w http.ResponseWriter, d *enrolled, device, id string, body []byte) {
	at := slices.IndexFunc(s.challenges, func(f fields) bool { return f["cid"] == id })
	if at < 0 {
		s.fail(w, 404, "Challenge not found")
		return
	}
	var c respondClaims
	if !s.signedBy(body, func([]byte) jose.JSONWebKey { return d.key }, &c) {
		s.fail(w, 403, "Invalid authentication token signature")
		return
	}
	if c.Action == "" {
		s.Error("an answer without an action, which means yes")
	}
	switch {
	case c.ChallengeID != id || c.CredentialID != d.credential || c.DeviceID != device:
		s.fail(w, 403, "Challenge mismatch")
	case c.Expires < s.now().Unix() || c.Expires > s.now().Unix()+300:
		s.fail(w, 400, "authentication token expired")
	case c.Action == actionApprove && s.expected != "" && c.Verification == "":
		s.fail(w, 400, "Missing user verification")
	case c.Action == actionApprove && s.expected != c.Verification:
		s.fail(w, 403, "User verification mismatch")
	case c.Action == actionDeny && c.Verification != "":
		s.Error("a denial with a number")
	default:
		s.actions = append(s.actions, c.Action)
		s.challenges = slices.Delete(s.challenges, at, at+1)
		s.send(w, 200, fields{"status": map[string]string{actionApprove: "approved", actionDeny: "denied"}[c.Action]})
	}
}

func (s *pushServer) rotate(w http.ResponseWriter, d *enrolled, body []byte) {
	var message struct {
		Key jose.JSONWebKey `json:"publicKeyJwk"`
	}
	if err := json.Unmarshal(body, &message); err != nil || !message.Key.IsPublic() || message.Key.Algorithm != "ES256" || message.Key.KeyID == d.key.KeyID {
		s.Errorf("new key %+v, %v", message.Key, err)
	}
	d.key = message.Key
	s.send(w, 200, fields{"status": "rotated"})
}
