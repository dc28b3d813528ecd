package keycloaktest

// This file is how the server with the app authenticator checks signatures.

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// header reads a Signature header as Guava's splitter does: NAME:VALUE, no colon in
// the value, no name twice.
func (s *App) header(r *http.Request) map[string]string {
	m := map[string]string{}
	for part := range strings.SplitSeq(r.Header.Get("Signature"), ",") {
		pair := strings.Split(part, ":")
		if len(pair) != 2 || m[pair[0]] != "" {
			return nil
		}
		m[pair[0]] = pair[1]
	}
	created, err := strconv.ParseInt(m["created"], 10, 64)
	if err != nil || m["keyId"] == "" || m["signature"] == "" || created > s.Now().UnixMilli()+10_000 {
		return nil
	}
	return m
}

// verify checks a signature as Java does with the algorithms that were registered.
func (s *App) verify(id, text, signature string) bool {
	d := s.Devices[id]
	if d.Get("key_algorithm") != "Ed25519" || d.Get("signature_algorithm") != "Ed25519" {
		s.complain("algorithms %q", d)
	}
	spki, err := base64.StdEncoding.DecodeString(d.Get("public_key"))
	if err != nil {
		s.complain("public key: %v", err)
		return false
	}
	key, err := x509.ParsePKIXPublicKey(spki)
	public, ok := key.(ed25519.PublicKey)
	if err != nil || !ok {
		s.complain("public key %T, %v", key, err)
		return false
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && ed25519.Verify(public, []byte(text), raw)
}

// hashMapText joins a small map in the order of a java.util.HashMap of 16 buckets.
func hashMapText(m map[string]string) string {
	bucket := func(key string) (h uint32) {
		for _, c := range []byte(key) {
			h = 31*h + uint32(c)
		}
		return (h ^ h>>16) & 15
	}
	var keys, parts []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return int(bucket(a)) - int(bucket(b)) })
	for _, key := range keys {
		parts = append(parts, key+":"+m[key])
	}
	return strings.Join(parts, ",")
}

// login takes the answer to a login. Whatever it says, there is no second try.
func (s *App) login(r *http.Request) int {
	if !s.Open || s.Granted == "false" {
		return http.StatusForbidden
	}
	m := s.header(r)
	if m == nil {
		s.Burnt = true
		return http.StatusBadRequest
	}
	if m["secret"] != "" {
		s.complain("the secret was sent along")
	}
	text := hashMapText(map[string]string{"created": m["created"], "secret": s.code, "granted": m["granted"]})
	if !s.verify(m["keyId"], text, m["signature"]) {
		s.Burnt = true
		return http.StatusForbidden
	}
	s.Granted, s.Listed = m["granted"], nil
	s.answers = append(s.answers, map[string]string{"true": "granted", "false": "refused"}[m["granted"]])
	return http.StatusNoContent
}
