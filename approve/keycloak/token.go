package keycloak

// This file reads JSON Web Tokens and JSON of the server. Reading is not verifying.

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"

	// Its decoder refuses a name that is there twice and matches names exactly.
	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
)

// claims are those of the tokens of both extensions.
type claims struct {
	Type     string   `json:"typ"`
	ID       string   `json:"jti"`
	Issuer   string   `json:"iss"`
	Audience audience `json:"aud"`
	Subject  string   `json:"sub"`
	IssuedAt int64    `json:"iat"`
	Expires  int64    `json:"exp"`

	Realm        string `json:"realm"`
	Username     string `json:"username"`
	EnrollmentID string `json:"enrollmentId"`
	Nonce        string `json:"nonce"`
}

// audience is one string or a list of them.
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if strictjson.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	var list []string
	err := strictjson.Unmarshal(data, &list)
	*a = list
	return err
}

var errToken = errors.New("it holds no readable token")

// readToken returns the claims of a compact token whose signature nobody checks.
func readToken(token string) (claims, error) {
	parts := strings.Split(token, ".")
	if len(token) > maxLink || len(parts) != 3 || parts[0] == "" || parts[2] == "" {
		return claims{}, errToken
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims{}, errToken
	}
	return readClaims(payload)
}

func readClaims(payload []byte) (claims, error) {
	var c claims
	if strictjson.Unmarshal(payload, &c) != nil {
		return claims{}, errToken
	}
	return c, nil
}

// until returns when c ends. Errors: approve.ErrCodeExpired when that is past, and
// when it does not say so or promises more than any server would.
func (c claims) until(now time.Time) (time.Time, error) {
	end := time.Unix(c.Expires, 0)
	switch {
	case c.Expires <= 0 || end.After(now.Add(30*maxLife)):
		return time.Time{}, errors.New("it does not say how long it is good for")
	case !end.After(now):
		return time.Time{}, approve.ErrCodeExpired
	}
	return end, nil
}

// when is a time as a link's details show it.
func when(t time.Time) string { return t.Local().Format(time.DateTime) }

// errorCode is the "error" of an answer, for comparing only: a server could put
// anything there, so it is never shown.
func errorCode(a approve.Answer) string {
	var body struct {
		Error string `json:"error"`
	}
	if strictjson.Unmarshal(a.Body, &body) != nil {
		return ""
	}
	return body.Error
}
