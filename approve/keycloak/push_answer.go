package keycloak

// This file answers a request of the push MFA extension.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	strictjson "github.com/go-jose/go-jose/v4/json"

	"nod/approve"
	"nod/vault"
)

// The two actions. The server takes a token without one for a yes, so there is none
// without.
const (
	actionApprove = "approve"
	actionDeny    = "deny"
)

// respondClaims are those of a signed answer.
type respondClaims struct {
	ChallengeID  string `json:"cid"`
	CredentialID string `json:"credId"`
	DeviceID     string `json:"deviceId"`
	Action       string `json:"action"`
	Verification string `json:"userVerification,omitempty"`
	IssuedAt     int64  `json:"iat"`
	Expires      int64  `json:"exp"`
}

// typedCode is what a person may type from the sign-in page.
var typedCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Za-z]{1,12}$`) })

// errBusy is a 409: another answer is being taken, or was.
var errBusy = errors.New("another answer is being taken")

// Answer sends a decision.
func (p *push) Answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	out, err := p.answer(ctx, d, r, dec, key)
	if err != nil {
		return approve.Outcome{State: out.State}, fmt.Errorf("answer: %w", err)
	}
	return out, nil
}

func (p *push) answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	a, err := accountOf(d)
	if err != nil {
		return approve.Outcome{}, err
	}
	sent, err := a.permit(dec, key)
	if err != nil {
		return approve.Outcome{}, err
	}
	if !sent {
		return ignored(d), nil
	}
	c, err := p.decision(d, a, r, dec)
	if err != nil {
		return approve.Outcome{}, err
	}
	r.Device = d.ID
	if before, ok := p.handled.claim(r); !ok {
		return approve.Outcome{}, before.already(d)
	}
	state, err := p.tell(ctx, a, c)
	if err == nil {
		state = verdicts[dec.Act].state
	}
	p.handled.settle(r, state)
	if errors.Is(err, approve.ErrNumber) {
		return approve.Outcome{State: approve.Mismatch}, err
	}
	if err != nil {
		return approve.Outcome{}, err
	}
	return approve.Outcome{State: state, AnsweredBy: d.Name, At: time.Now()}, nil
}

// decision is what is to be signed. r is read anew from its challenge.
func (p *push) decision(d approve.Device, a account, r approve.Request, dec approve.Decision) (respondClaims, error) {
	var listed pushChallenge
	if strictjson.Unmarshal(r.Challenge, &listed) != nil || listed.ID != r.ID {
		return respondClaims{}, approve.ErrNoRequest
	}
	asked, err := p.request(d, a, listed)
	switch {
	case errors.Is(err, errOver):
		return respondClaims{}, approve.ErrExpired
	case err != nil:
		return respondClaims{}, fmt.Errorf("%w: %w", approve.ErrNotOffered, err)
	}
	c := respondClaims{ChallengeID: listed.ID, CredentialID: a.credential, DeviceID: a.device, Action: actionDeny}
	if !verdicts[dec.Act].granted {
		return c, nil
	}
	c.Action = actionApprove
	if asked.Asks() {
		if !asked.Fits(dec.Number) || !typedCode().MatchString(dec.Number) {
			return respondClaims{}, approve.ErrNumberNeeded
		}
		c.Verification = dec.Number
	}
	return c, nil
}

// tell sends the answer; once more after a conflict, when the request turns out to be
// waiting still. With an error it returns how the request ended nevertheless, or "".
func (p *push) tell(ctx context.Context, a account, c respondClaims) (approve.State, error) {
	for try := 1; ; try++ {
		state, err := p.respond(ctx, a, c)
		if !errors.Is(err, errBusy) {
			return state, err
		}
		list, err := p.pending(ctx, a)
		if err != nil {
			return "", err
		}
		waits := false
		for _, other := range list {
			waits = waits || other.ID == c.ChallengeID
		}
		switch {
		case !waits:
			return approve.Cancelled, &approve.AnsweredError{State: approve.Cancelled}
		case try == 2:
			return "", &approve.LimitedError{Message: errBusy.Error(), RetryAfter: time.Second}
		}
	}
}

// respond sends the answer once.
func (p *push) respond(ctx context.Context, a account, c respondClaims) (approve.State, error) {
	answer, err := p.call(ctx, a, call{
		method: http.MethodPost, path: "/login/challenges/" + c.ChallengeID + "/respond",
		body: func(now time.Time) (any, error) {
			c.IssuedAt, c.Expires = now.Unix(), now.Add(decisionLife).Unix()
			token, err := a.sign("JWT", &jose.SignerOptions{}, func(jose.JSONWebKey) any { return c })
			return map[string]string{"token": token}, err
		},
	})
	if err != nil {
		return "", err
	}
	switch answer.Status {
	case http.StatusOK:
		return "", c.taken(answer.Body)
	case http.StatusNotFound:
		return approve.Cancelled, approve.ErrNoRequest
	}
	switch why := errorCode(answer); {
	case answer.Status == http.StatusBadRequest && why == "Missing user verification":
		return "", approve.ErrNumberNeeded
	case answer.Status == http.StatusBadRequest && why != "DPoP proof expired":
		return approve.Expired, approve.ErrExpired
	case answer.Status == http.StatusForbidden && c.Verification != "" && why == "User verification mismatch":
		return approve.Mismatch, approve.ErrNumber
	case answer.Status == http.StatusConflict && why == "Challenge already resolved as APPROVED":
		return approve.Accepted, &approve.AnsweredError{State: approve.Accepted}
	case answer.Status == http.StatusConflict && why == "Challenge already resolved as DENIED":
		return approve.Denied, &approve.AnsweredError{State: approve.Denied}
	case answer.Status == http.StatusConflict:
		return "", errBusy
	}
	return "", a.meaning(answer)
}

// taken checks that the server took the answer for what it was.
func (c respondClaims) taken(body []byte) error {
	var done struct {
		Status string `json:"status"`
	}
	want := map[string]string{actionApprove: "approved", actionDeny: "denied"}[c.Action]
	if strictjson.Unmarshal(body, &done) != nil || done.Status != want {
		return notKeycloak()
	}
	return nil
}
