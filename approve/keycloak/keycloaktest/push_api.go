package keycloaktest

// This file is how the server with the push MFA extension finds out who calls.

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// proofClaims are those of a DPoP proof, and two of the extension's.
type proofClaims struct {
	Method   string `json:"htm"`
	Address  string `json:"htu"`
	IssuedAt int64  `json:"iat"`
	ID       string `json:"jti"`
	Token    string `json:"ath"`
	Subject  string `json:"sub"`
	DeviceID string `json:"deviceId"`
}

// proof checks a DPoP proof; with known it must be by that key.
func (s *Push) proof(r *http.Request, known *jose.JSONWebKey, token string) (key jose.JSONWebKey, c proofClaims, why string) {
	signed, err := jose.ParseSignedCompact(r.Header.Get("DPoP"), []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return key, c, "Invalid DPoP proof"
	}
	h := signed.Signatures[0].Protected
	if h.ExtraHeaders[jose.HeaderType] != "dpop+jwt" || h.JSONWebKey == nil || !h.JSONWebKey.IsPublic() {
		return key, c, "DPoP proof missing typ=dpop+jwt"
	}
	key = *h.JSONWebKey
	if known == nil {
		known = &key
	}
	payload, err := signed.Verify(known.Key)
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return key, c, "Invalid DPoP proof signature"
	}
	sum := sha256.Sum256([]byte(token))
	id := key.KeyID + c.ID
	switch {
	case c.Method != r.Method:
		why = "DPoP proof htm mismatch"
	case c.Address != s.base+strings.TrimPrefix(r.URL.Path, realmPath):
		why = "DPoP proof htu mismatch"
	case c.IssuedAt > s.Now().Unix()+120 || c.IssuedAt < s.Now().Unix()-120:
		why = "DPoP proof expired"
	case c.ID == "" || len(c.ID) > 128 || s.proofs[id]:
		why = "DPoP proof replay detected"
	case token != "" && c.Token != base64.RawURLEncoding.EncodeToString(sum[:]):
		why = "DPoP proof ath mismatch"
	case token == "" && c.Token != "":
		why = "DPoP proof for a token that there is not"
	}
	s.proofs[id] = true
	return key, c, why
}

// api checks who calls, and answers.
func (s *Push) api(w http.ResponseWriter, r *http.Request, path string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.complain("read call: %v", err)
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "DPoP ")
	bound := s.Tokens[token]
	if !ok || bound == "" {
		s.fail(w, 401, "Invalid access token")
		return
	}
	if path == "/enroll/complete" {
		s.complete(w, r, body, token)
		return
	}
	_, claimed, _ := s.proof(r, nil, token)
	d := s.Devices[claimed.DeviceID]
	if d == nil || claimed.Subject != d.User {
		s.fail(w, 403, notRegistered)
		return
	}
	delete(s.proofs, d.Key.KeyID+claimed.ID)
	if _, _, why := s.proof(r, &d.Key, token); why != "" {
		s.fail(w, map[bool]int{true: 400, false: 403}[why == "DPoP proof expired"], why)
		return
	}
	if bound != thumbprint(d.Key) {
		s.fail(w, 403, "Access token DPoP binding mismatch")
		return
	}
	switch id, answer := strings.CutSuffix(strings.TrimPrefix(path, "/login/challenges/"), "/respond"); {
	case path == "/login/pending":
		list := s.Challenges
		if r.URL.Query().Get("userId") != d.User || list == nil {
			list = []Fields{}
		}
		s.send(w, 200, Fields{"challenges": list})
	case answer && r.Method == http.MethodPost:
		s.respond(w, d, claimed.DeviceID, id, body)
	case path == "/device/rotate-key" && r.Method == http.MethodPut:
		s.rotate(w, d, body)
	default:
		s.fail(w, 404, "RESTEASY003210")
	}
}
