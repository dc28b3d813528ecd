package keycloak

// This file is the driver of the push MFA extension (ba-itsys): what it keeps of a
// device, and its signed calls.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"nod/approve"
)

const (
	pathToken = "/protocol/openid-connect/token"
	pathCerts = "/protocol/openid-connect/certs"
	pathPush  = "/push-mfa"

	decisionLife = 60 * time.Second // of what this device signs
)

// push implements approve.Driver and approve.Rotator.
type push struct {
	wire    wire
	handled handled

	rotating sync.Mutex // held while the keys of a device change

	mu     sync.Mutex
	tokens map[string]accessToken // by vault device id
	first  map[requestKey]time.Time
}

// NewPush returns the driver "keycloak-push-mfa"; client is never nil.
func NewPush(client *http.Client) approve.Driver {
	return &push{
		wire: wire{approve.NewConnections(client)}, tokens: map[string]accessToken{}, first: map[requestKey]time.Time{},
	}
}

// Name returns "keycloak-push-mfa".
func (*push) Name() string { return NamePush }

// account is one enrolled device of one account, as calls need it.
type account struct {
	pairing
	vaultID    string // "" while pairing
	device     string // the ids that this device gave itself
	credential string
	clock      *approve.Clock
	secret     approve.Secret
	next       bool // sign with the key that is to follow
}

// accountOf reads what is kept of d.
func accountOf(d approve.Device) (account, error) {
	p, err := pairingOf(d.Device)
	if err != nil {
		return account{}, err
	}
	a := account{
		pairing: p, vaultID: d.ID, device: d.RemoteID, credential: d.Memory[memoryCredential], clock: d.Clock, secret: d.Secret,
	}
	if p.user == "" || !uuid().MatchString(a.credential) || d.Secret == nil {
		return account{}, errors.New("what is kept of this pairing is not complete: pair this device again")
	}
	return a, nil
}

// call is one call of the extension.
type call struct {
	method, path string
	query        url.Values
	body         func(now time.Time) (any, error) // nil for none; made anew for a second try
	once         bool
}

// call sends c with a token and a proof of the key; once more with another token when
// the server does not take the one that was kept.
func (p *push) call(ctx context.Context, a account, c call) (approve.Answer, error) {
	for try := 1; ; try++ {
		token, fresh, err := p.token(ctx, a)
		if err != nil {
			return approve.Answer{}, err
		}
		answer, err := p.callWith(ctx, a, c, token)
		if err != nil || answer.Status != http.StatusUnauthorized {
			return answer, err
		}
		p.dropToken(a.vaultID)
		if fresh || try == 2 {
			return answer, fmt.Errorf("%w: it does not take the access that it gave", approve.ErrRefused)
		}
	}
}

func (p *push) callWith(ctx context.Context, a account, c call, token string) (approve.Answer, error) {
	address := a.realm.base + pathPush + c.path
	return p.wire.send(ctx, request{
		trust: a.trust, clock: a.clock, limit: answerTime, once: c.once,
		make: func(ctx context.Context, now time.Time) (*http.Request, error) {
			var body []byte
			if c.body != nil {
				message, err := c.body(now)
				if err != nil {
					return nil, err
				}
				if body, err = json.Marshal(message); err != nil {
					return nil, fmt.Errorf("write message: %w", err)
				}
			}
			proof, err := a.proof(c.method, address, token, now)
			if err != nil {
				return nil, err
			}
			full := address
			if c.query != nil {
				full += "?" + c.query.Encode()
			}
			r, err := http.NewRequestWithContext(ctx, c.method, full, bytes.NewReader(body))
			if err != nil {
				return nil, approve.ErrAddress
			}
			if body != nil {
				r.Header.Set("Content-Type", "application/json")
			}
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set("DPoP", proof)
			return r, nil
		},
	})
}

// Status tells what is known; the server can not be asked.
func (*push) Status(_ context.Context, d approve.Device) (approve.Status, error) { return status(d) }

// Rename changes nothing at the server, which has no call for it.
func (*push) Rename(context.Context, approve.Device, string) error { return nil }

// Unpair changes nothing at the server, which has no call for it.
func (p *push) Unpair(_ context.Context, d approve.Device, _ bool) error {
	p.handled.forget(d.ID)
	p.dropToken(d.ID)
	return nil
}
