package keycloak

// This file gives a push MFA device another key. The next key is stored before the
// server is told of it: an answer that is lost then loses no pairing.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
)

// Rotate makes a fresh key and has the server take it; the proof is by the old one.
func (p *push) Rotate(ctx context.Context, d approve.Device) error {
	if err := p.rotate(ctx, d); err != nil {
		return fmt.Errorf("change key: %w", err)
	}
	return nil
}

func (p *push) rotate(ctx context.Context, d approve.Device) error {
	a, err := accountOf(d)
	if err != nil {
		return err
	}
	if a.trust.Unchecked {
		return approve.ErrNotOffered
	}
	p.rotating.Lock()
	defer p.rotating.Unlock()
	if err := p.settleKey(ctx, a); err != nil {
		return err
	}
	key, id, err := newKey()
	if err != nil {
		return err
	}
	defer clear(key)
	public, err := readKey(key, id)
	if err != nil {
		return err
	}
	if err := a.change(func(s *pushSecret) { s.Next, s.NextID = append([]byte(nil), key...), id }); err != nil {
		return err
	}
	answer, err := p.call(ctx, a, call{
		method: http.MethodPut, path: "/device/rotate-key", once: true,
		body: func(time.Time) (any, error) {
			return map[string]jose.JSONWebKey{"publicKeyJwk": public.Public()}, nil
		},
	})
	if err != nil {
		return err // the server may have taken it: the next poll finds out
	}
	var done struct {
		Status string `json:"status"`
	}
	switch {
	case answer.Status == http.StatusOK && strictjson.Unmarshal(answer.Body, &done) == nil && done.Status == "rotated":
		return p.promote(a)
	case answer.Status < 400:
		return notKeycloak()
	}
	return errors.Join(a.meaning(answer), a.change(func(s *pushSecret) { clear(s.Next); s.Next, s.NextID = nil, "" }))
}

// promote makes the next key the present one.
func (p *push) promote(a account) error {
	p.dropToken(a.vaultID)
	return a.change(func(s *pushSecret) {
		clear(s.Key)
		s.Key, s.KeyID, s.Next, s.NextID = s.Next, s.NextID, nil, ""
	})
}

// takenKey tells whether the server has taken the next key of an earlier Rotate, which
// then is the present one.
func (p *push) takenKey(ctx context.Context, a account) bool {
	p.rotating.Lock()
	defer p.rotating.Unlock()
	has, err := a.hasNext()
	if err != nil {
		return false
	}
	if !has {
		// Another call may just have changed the key; asking again costs little.
		return true
	}
	a.next = true
	if _, err := p.pending(ctx, a); err != nil {
		return false
	}
	return p.promote(a) == nil
}

// settleKey finds out which key the server has, after a Rotate whose answer was lost;
// p.rotating is held.
func (p *push) settleKey(ctx context.Context, a account) error {
	has, err := a.hasNext()
	if err != nil || !has {
		return err
	}
	if _, err := p.pending(ctx, a); !errors.Is(err, errForbidden) {
		return err // the old one: the next is replaced by another
	}
	a.next = true
	if _, err := p.pending(ctx, a); err != nil {
		return err
	}
	return p.promote(a)
}

func (a account) hasNext() (has bool, err error) {
	err = a.use(func(s *pushSecret) error {
		has = len(s.Next) > 0
		return nil
	})
	return has, err
}
