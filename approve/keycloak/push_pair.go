package keycloak

// This file pairs with the push MFA extension.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
	"nod/vault"
)

const maxKeys = 32 // of a realm

// realmAlgorithms are those with which a realm may sign.
var realmAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// Pair registers a key of its own with the server. There is nothing to confirm.
func (p *push) Pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	paired, err := p.pair(ctx, o, k)
	if err != nil {
		return approve.Paired{}, fmt.Errorf("pair: %w", err)
	}
	return paired, nil
}

func (p *push) pair(ctx context.Context, o approve.Offer, k *vault.Keys) (approve.Paired, error) {
	e, err := readEnrolment(o.Link, o.Loopback, time.Now())
	if err != nil {
		return approve.Paired{}, err
	}
	if o.ClientID == "" || o.ClientSecret == "" {
		return approve.Paired{}, errors.New("the client id and secret of the server's administrator are missing")
	}
	if o.Trust.Unchecked {
		return approve.Paired{}, fmt.Errorf("%w: the administrator's secret is only sent to a server whose certificate is checked", approve.ErrInsecure)
	}
	if e.fetch != "" {
		if e, err = p.fetchEnrolment(ctx, e, o); err != nil {
			return approve.Paired{}, err
		}
	}
	if err := p.verify(ctx, e, o.Trust); err != nil {
		return approve.Paired{}, err
	}
	a := account{
		pairing: pairing{realm: e.realm, user: e.Subject, trust: o.Trust},
		device:  newUUID(), credential: newUUID(), clock: &approve.Clock{},
	}
	secret := &lent{}
	defer func() { clear(secret.raw) }()
	a.secret = secret
	if err := freshSecret(secret, o); err != nil {
		return approve.Paired{}, err
	}
	name := approve.Text(o.DeviceName)
	if err := p.complete(ctx, a, e, label(name, o.Platform)); err != nil {
		return approve.Paired{}, err
	}
	k.SetSecret(secret.raw)
	return approve.Paired{Device: vault.Device{
		Driver: NamePush, Server: e.realm.origin, App: approve.Text(e.realm.name), Account: approve.Text(e.Username),
		Name: name, RemoteID: a.device, State: vault.DeviceActive,
		Memory: a.memory(o.Loopback, map[string]string{memoryCredential: a.credential}),
	}}, nil
}

// freshSecret puts a new key and the client's credentials into secret.
func freshSecret(secret *lent, o approve.Offer) error {
	key, id, err := newKey()
	if err != nil {
		return err
	}
	s := pushSecret{Key: key, KeyID: id, ClientID: o.ClientID, ClientSecret: []byte(o.ClientSecret)}
	defer s.wipe()
	secret.raw, err = s.encode()
	return err
}

// fetchEnrolment fetches the token that a link points to. It must be of the realm
// that the link pointed to.
func (p *push) fetchEnrolment(ctx context.Context, e enrolment, o approve.Offer) (enrolment, error) {
	answer, err := p.wire.send(ctx, request{
		trust: o.Trust, limit: answerTime,
		make: func(ctx context.Context, _ time.Time) (*http.Request, error) {
			r, err := get(ctx, e.fetch)
			if err == nil {
				r.Header.Set("Accept", "application/jwt")
			}
			return r, err
		},
	})
	switch {
	case err != nil:
		return enrolment{}, err
	case answer.Status == http.StatusNotFound:
		return enrolment{}, approve.ErrCodeExpired
	case answer.Status != http.StatusOK:
		return enrolment{}, refusal(answer)
	}
	token := strings.TrimSpace(string(answer.Body))
	c, err := readToken(token)
	if err != nil || c.Type != typeEnrol {
		return enrolment{}, notKeycloak()
	}
	got, err := enrolmentOf(token, c, o.Loopback, time.Now())
	if err == nil && got.realm != e.realm {
		err = fmt.Errorf("%w: what it gave is of another server or realm than the link", approve.ErrRefused)
	}
	return got, err
}

// verify checks the token's signature with the keys of its realm.
func (p *push) verify(ctx context.Context, e enrolment, trust approve.Trust) error {
	answer, err := p.wire.send(ctx, request{
		trust: trust, limit: answerTime,
		make: func(ctx context.Context, _ time.Time) (*http.Request, error) {
			r, err := get(ctx, e.realm.base+pathCerts)
			if err == nil {
				r.Header.Set("Accept", "application/json")
			}
			return r, err
		},
	})
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return refusal(answer)
	}
	payload, err := verifyWith(e.token, answer.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", approve.ErrRefused, err)
	}
	// The one reader of claims is asked again, about the bytes that were verified.
	signed, err := readClaims(payload)
	if err != nil || !sameClaims(signed, e.claims) {
		return fmt.Errorf("%w: the token says another thing than the link", approve.ErrRefused)
	}
	return nil
}

func sameClaims(a, b claims) bool {
	same := slices.Equal(a.Audience, b.Audience)
	a.Audience, b.Audience = nil, nil
	return same && a.Type == b.Type && a.Issuer == b.Issuer && a.Subject == b.Subject && a.Expires == b.Expires &&
		a.Realm == b.Realm && a.Username == b.Username && a.EnrollmentID == b.EnrollmentID && a.Nonce == b.Nonce
}

// verifyWith returns the payload of token, which a key of certs must have signed.
func verifyWith(token string, certs []byte) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, realmAlgorithms)
	if err != nil || len(signed.Signatures) != 1 {
		return nil, errors.New("the token is not signed in a way that a realm signs")
	}
	var set struct {
		Keys []strictjson.RawMessage `json:"keys"`
	}
	if strictjson.Unmarshal(certs, &set) != nil || len(set.Keys) > maxKeys {
		return nil, errors.New("the realm's keys can not be read")
	}
	header := signed.Signatures[0].Header
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) != nil {
			continue // of a kind that is not known here, such as one for encryption
		}
		if header.KeyID == "" || key.KeyID != header.KeyID || key.Algorithm != header.Algorithm || key.Use != "sig" || !key.IsPublic() {
			continue
		}
		payload, err := signed.Verify(key.Key)
		if err != nil {
			return nil, errors.New("the realm has not signed this token")
		}
		return payload, nil
	}
	return nil, errors.New("the realm has not signed this token")
}

// enrolClaims are those of what this device signs to be enrolled.
type enrolClaims struct {
	EnrollmentID string `json:"enrollmentId"`
	Nonce        string `json:"nonce"`
	Subject      string `json:"sub"`
	DeviceType   string `json:"deviceType"`
	CredentialID string `json:"credentialId"`
	DeviceID     string `json:"deviceId"`
	DeviceLabel  string `json:"deviceLabel"`
	Provider     string `json:"pushProviderType"`
	IssuedAt     int64  `json:"iat"`
	Expires      int64  `json:"exp"`
	Confirm      struct {
		Key jose.JSONWebKey `json:"jwk"`
	} `json:"cnf"`
}

// complete enrols the key.
func (p *push) complete(ctx context.Context, a account, e enrolment, label string) error {
	answer, err := p.call(ctx, a, call{
		method: http.MethodPost, path: "/enroll/complete",
		body: func(now time.Time) (any, error) {
			token, err := a.sign("JWT", &jose.SignerOptions{}, func(public jose.JSONWebKey) any {
				c := enrolClaims{
					EnrollmentID: e.EnrollmentID, Nonce: e.Nonce, Subject: e.Subject, DeviceType: "nod",
					CredentialID: a.credential, DeviceID: a.device, DeviceLabel: label, Provider: "none",
					IssuedAt: now.Unix(), Expires: now.Add(decisionLife).Unix(),
				}
				c.Confirm.Key = public
				return c
			})
			return map[string]string{"token": token}, err
		},
	})
	if err != nil {
		return err
	}
	var done struct {
		Status string `json:"status"`
	}
	switch answer.Status {
	case http.StatusOK:
		if strictjson.Unmarshal(answer.Body, &done) != nil || done.Status != "enrolled" {
			return notKeycloak()
		}
		return nil
	case http.StatusBadRequest, http.StatusNotFound:
		return fmt.Errorf("%w: it was used or is too old", approve.ErrCodeExpired)
	case http.StatusConflict:
		return approve.ErrUsed
	}
	return refusal(answer)
}
