package keycloak

// This file answers a request of the app authenticator.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
	"nod/vault"
)

// verdicts are where an act that is sent brings a request, and whether it lets the
// login go on. Report is no more than Deny here: the server knows no difference.
var verdicts = map[approve.Act]struct {
	state   approve.State
	granted bool
}{
	approve.Accept: {approve.Accepted, true},
	approve.Deny:   {approve.Denied, false},
	approve.Report: {approve.Reported, false},
}

// permit refuses what must not be sent. sent is false for what stays on this machine.
func (p pairing) permit(dec approve.Decision, key vault.Signer) (sent bool, err error) {
	_, known := verdicts[dec.Act]
	switch {
	case dec.Act == approve.Ignore:
		return false, nil
	case !known:
		return false, fmt.Errorf("there is no act %q", dec.Act)
	case p.trust.Unchecked:
		return false, approve.ErrNotOffered
	case dec.Act == approve.Accept && key == nil:
		return false, errors.New("accepting needs the approval key") // it proves that the PIN was typed
	}
	return true, nil
}

// ignored is the outcome of Ignore, which the server is not told.
func ignored(d approve.Device) approve.Outcome {
	return approve.Outcome{State: approve.Ignored, AnsweredBy: d.Name, At: time.Now()}
}

// Answer sends a decision. The token of a request is good for one try.
func (a *app) Answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	out, err := a.answer(ctx, d, r, dec, key)
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	return out, nil
}

func (a *app) answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	p, err := pairingOf(d.Device)
	if err != nil {
		return approve.Outcome{}, err
	}
	sent, err := p.permit(dec, key)
	if err != nil {
		return approve.Outcome{}, err
	}
	if !sent {
		return ignored(d), nil
	}
	var c answerable
	if strictjson.Unmarshal(r.Challenge, &c) != nil {
		return approve.Outcome{}, approve.ErrNoRequest
	}
	fit, err := p.check(c, d.Clock.Now())
	switch {
	case errors.Is(err, errOver):
		return approve.Outcome{}, approve.ErrExpired
	case err != nil:
		return approve.Outcome{}, fmt.Errorf("%w: %w", approve.ErrNotOffered, err)
	case fit.id != r.ID:
		return approve.Outcome{}, approve.ErrNoRequest
	}
	r.Device = d.ID
	if before, ok := a.handled.claim(r); !ok {
		return approve.Outcome{}, before.already(d)
	}
	verdict := verdicts[dec.Act]
	state, err := a.tell(ctx, d, p, c, verdict.granted)
	if err == nil {
		state = verdict.state
	}
	a.handled.settle(r, state)
	return approve.Outcome{State: state, AnsweredBy: d.Name, At: time.Now()}, err
}

// tell sends the verdict once. With an error it returns how the request ended
// nevertheless, or "" when it can be tried again.
func (a *app) tell(ctx context.Context, d approve.Device, p pairing, c answerable, granted bool) (approve.State, error) {
	answer, err := a.wire.send(ctx, request{
		trust: p.trust, clock: d.Clock, limit: answerTime, once: true,
		make: func(ctx context.Context, now time.Time) (*http.Request, error) {
			created := now.UnixMilli()
			signature, err := appSign(d, answerText(created, c.Code, granted))
			if err != nil {
				return nil, err
			}
			r, err := get(ctx, c.Target)
			if err != nil {
				return nil, err
			}
			r.Header.Set("Signature", answerHeader(d.RemoteID, created, granted, signature))
			return r, nil
		},
	})
	if err != nil {
		return "", err
	}
	switch answer.Status {
	case http.StatusNoContent:
		return "", nil
	case http.StatusForbidden:
		return approve.Cancelled, fmt.Errorf("%w: the sign-in is over or was rejected before", approve.ErrNoRequest)
	case http.StatusUnauthorized:
		return approve.Expired, approve.ErrExpired
	case http.StatusBadRequest:
		return "", fmt.Errorf("%w: it did not take the answer; start the sign-in again", approve.ErrRefused)
	}
	if answer.Status < 300 {
		return "", notKeycloak()
	}
	return "", refusal(answer)
}
