// Package native is the driver of nod's own protocol (docs/protocol.md). It
// signs every request with the device's transport key, believes nothing that
// the pinned server key has not signed, and follows no redirect.
package native

// This file is the driver's polling and answering.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/vault"
)

// Name is what vault.Device.Driver holds for this driver.
const Name = "native"

// decisionLife is how long a signed decision is good for.
const decisionLife = protocol.MaxSignatureAge

// driver implements approve.Driver, approve.Mailer and approve.Pauser.
type driver struct {
	http *http.Client

	mu      sync.Mutex
	cursors map[string]string // by vault device id: where the last poll stood
}

// New returns the driver; client is never nil and must not follow redirects
// (New sees to that on a copy).
func New(client *http.Client) approve.Driver {
	return &driver{http: approve.Strict(client), cursors: map[string]string{}}
}

// Name returns "native".
func (*driver) Name() string { return Name }

// Poll waits up to wait for news and returns all pending requests.
func (n *driver) Poll(ctx context.Context, d approve.Device, wait time.Duration) (approve.Batch, error) {
	query := url.Values{"wait": {strconv.Itoa(int(wait / time.Second))}}
	if cursor := n.cursor(d.ID); wait > 0 && cursor != "" {
		query.Set("after", cursor)
	}
	var answer protocol.RequestsAnswer
	err := n.signed(ctx, d, call{
		method: http.MethodGet, path: protocol.PathRequests + "?" + query.Encode(), wait: wait,
	}, &answer, func() time.Time { return answer.Time })
	if err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	n.setCursor(d.ID, answer.Cursor)
	batch := approve.Batch{Interval: time.Duration(min(max(answer.Interval, 0), 3600)) * time.Second}
	for _, p := range answer.Requests {
		r, err := verified(d, p)
		switch sig, ok := errors.AsType[*protocol.SignatureError](err); {
		case err == nil:
			batch.Requests = append(batch.Requests, r)
		case ok && sig.Skew:
			// It ran out on its way here; nobody forged anything.
		default:
			batch.Dropped++
		}
	}
	for _, e := range answer.Ended {
		state, ok := states[e.State]
		if !ok {
			continue
		}
		batch.Ended = append(batch.Ended, approve.Request{
			ID: approve.Text(e.ID), Device: d.ID, Server: d.Server, State: state,
			AnsweredBy: approve.Text(e.Device), AnsweredAt: d.Clock.Local(e.At),
		})
	}
	return batch, nil
}

// states are the names of states in messages.
var states = map[string]approve.State{
	"accepted": approve.Accepted, "denied": approve.Denied, "reported": approve.Reported,
	"number_mismatch": approve.Mismatch, "expired": approve.Expired, "cancelled": approve.Cancelled,
	"ignored": approve.Ignored,
}

// verified turns a pending request into one that may be shown, if the paired
// server has signed it for this device.
func verified(d approve.Device, p protocol.Pending) (approve.Request, error) {
	c, err := protocol.VerifyChallenge(p.Challenge, d.ServerKey, d.Server, protocol.Thumbprint(d.Transport.Public()), d.Clock.Now())
	if err != nil {
		return approve.Request{}, err
	}
	if c.ID != p.ID {
		return approve.Request{}, errors.New("poll: the challenge is of another request")
	}
	r := approve.Request{
		ID: c.ID, Device: d.ID, Server: d.Server,
		App: approve.Text(c.App), Account: approve.Text(c.Account), Action: approve.Text(c.Action), Message: approve.Text(c.Message),
		IP: approve.Text(c.IP), Place: approve.Text(c.Place), PlaceNew: c.PlaceNew,
		Browser: approve.Text(c.Browser), OS: approve.Text(c.OS),
		AskedAt:      d.Clock.Local(time.Unix(c.IssuedAt, 0)),
		ExpiresAt:    d.Clock.Local(time.Unix(c.Expires, 0)),
		NumberNeeded: c.NumberNeeded,
		State:        approve.Waiting,
		Challenge:    []byte(p.Challenge),
	}
	for _, name := range c.Devices[:min(len(c.Devices), 32)] {
		r.Devices = append(r.Devices, approve.Text(name))
	}
	if p.Ignored {
		r.State = approve.Ignored
	}
	return r, nil
}

// Answer sends a decision, signed with key for Accept and else with the
// transport key.
func (n *driver) Answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	decision, err := decide(dec)
	if err != nil {
		return approve.Outcome{}, err
	}
	if dec.Act != approve.Accept {
		key = d.Transport
	}
	if key == nil {
		return approve.Outcome{}, errors.New("answer: accepting needs the approval key")
	}
	decision.Issuer = protocol.Thumbprint(key.Public())
	decision.Audience = d.Server
	decision.Challenge = r.ID
	decision.ChallengeHash = protocol.Hash(string(r.Challenge))
	body := func(now time.Time) ([]byte, error) {
		decision.IssuedAt = now.Unix()
		decision.Expires = now.Add(decisionLife).Unix()
		decision.ID = protocol.Nonce()
		jws, err := decision.Sign(key)
		if err != nil {
			return nil, err
		}
		return json.Marshal(protocol.AnswerRequest{Decision: jws})
	}
	var answer protocol.AnswerAnswer
	err = n.signed(ctx, d, call{
		method: http.MethodPost, path: protocol.PathRequests + "/" + url.PathEscape(r.ID) + "/answer", body: body, answering: true,
	}, &answer, func() time.Time { return answer.Time })
	if errors.Is(err, approve.ErrNumber) {
		return approve.Outcome{State: approve.Mismatch}, fmt.Errorf("answer: %w", err)
	}
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	state, ok := states[answer.State]
	if !ok {
		return approve.Outcome{}, fmt.Errorf("answer: %w: it names a state that this nod does not know", approve.ErrUnreachable)
	}
	return approve.Outcome{
		State: state, AnsweredBy: approve.Text(answer.Device),
		At: d.Clock.Local(answer.At), Ticket: approve.Text(answer.Ticket),
	}, nil
}

// decide writes a person's answer in the words of the protocol.
func decide(dec approve.Decision) (protocol.Decision, error) {
	switch dec.Act {
	case approve.Accept:
		return protocol.Decision{Act: protocol.ActApprove, Number: dec.Number}, nil
	case approve.Ignore:
		return protocol.Decision{Act: protocol.ActIgnore}, nil
	case approve.Deny:
		return protocol.Decision{Act: protocol.ActDeny, Reason: protocol.ReasonCancelled}, nil
	case approve.Report:
		return protocol.Decision{Act: protocol.ActDeny, Reason: protocol.ReasonNotMe}, nil
	}
	return protocol.Decision{}, fmt.Errorf("answer: there is no act %q", dec.Act)
}

func (n *driver) cursor(device string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.cursors[device]
}

func (n *driver) setCursor(device, cursor string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cursors[device] = cursor
}
