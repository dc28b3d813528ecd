package privacyidea

// This file answers. It signs only what it has built of a challenge that verifies
// again and of one of its own choices.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
	"nod/vault"
)

// The reasons of a refusal that newer servers take.
const (
	reasonMine  = "cancelled"       // it was me, stop it
	reasonNotMe = "unknown_trigger" // it was someone else
)

// answer is what is sent.
type answer struct {
	Serial    string `json:"serial"`
	Nonce     string `json:"nonce"` // eduMFA and older servers need it
	Signature string `json:"signature"`
	Choice    string `json:"presence_answer,omitempty"`
	Decline   string `json:"decline,omitempty"`
	Reason    string `json:"decline_reason,omitempty"`
}

// Answer sends a decision, to the address of the pairing link. Accepting needs the
// approval key: it signs nothing here, but without the PIN there is none. Nothing is
// sent for Ignore. Errors: approve.ErrNumber after the one choice that is sent,
// approve.ErrNoRequest, approve.ErrExpired.
func (p *driver) Answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	if dec.Act == approve.Ignore {
		return approve.Outcome{State: approve.Ignored, AnsweredBy: d.Name, At: time.Now()}, nil
	}
	if !answerable(d) {
		return approve.Outcome{}, fmt.Errorf("answer: %w", approve.ErrNotOffered)
	}
	if dec.Act == approve.Accept && key == nil {
		return approve.Outcome{}, errors.New("answer: accepting needs the approval key")
	}
	t, err := p.tokenOf(d)
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	c, err := t.verified(r.Challenge)
	if err != nil || c.nonce != r.ID {
		return approve.Outcome{}, fmt.Errorf("answer: %w", errChallenge)
	}
	a, message, err := decide(c, dec)
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	if a.Signature, err = sign(d.Secret, message); err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	if err := p.seen.try(d.ID, c, dec.Act == approve.Accept, a.Choice); err != nil {
		return approve.Outcome{}, err
	}
	got, err := p.send(ctx, approve.TrustOf(d.Device), http.MethodPost, t.url.String(), a, answerTime)
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	return p.outcome(ctx, d, t, c, dec.Act, got)
}

// decide builds the answer that dec is, and the text that is signed.
func decide(c challenge, dec approve.Decision) (answer, string, error) {
	a := answer{Serial: c.serial, Nonce: c.nonce}
	message := c.nonce + "|" + c.serial
	switch dec.Act {
	case approve.Accept:
		if c.choices == nil {
			return a, message, nil
		}
		if !slices.Contains(c.choices, dec.Number) {
			return answer{}, "", approve.ErrNumberNeeded
		}
		a.Choice = dec.Number
		return a, message + "|" + a.Choice, nil
	case approve.Deny, approve.Report:
		reason := reasonMine
		if dec.Act == approve.Report {
			reason = reasonNotMe
		}
		a.Decline = "1"
		message += "|decline"
		if slices.Contains(c.reasons, reason) {
			a.Reason = reason
			message += "|" + reason
		}
		return a, message, nil
	}
	return answer{}, "", fmt.Errorf("there is no act %q", dec.Act)
}

// states is where an act brings a request.
var states = map[approve.Act]approve.State{
	approve.Accept: approve.Accepted, approve.Deny: approve.Denied, approve.Report: approve.Reported,
}

// outcome reads what the server made of an answer.
func (p *driver) outcome(ctx context.Context, d approve.Device, t token, c challenge, act approve.Act, got envelope.Reply) (approve.Outcome, error) {
	switch {
	case got.Status == http.StatusNotFound && got.Code == codeNotFound:
		return approve.Outcome{}, fmt.Errorf("answer: %w: the token is gone there", approve.ErrRefused)
	case !got.Succeeded():
		return approve.Outcome{}, fmt.Errorf("answer: %w", got.Refusal(p.server))
	case got.IsTrue():
		p.seen.end(d.ID, c, false)
		out := approve.Outcome{State: states[act], AnsweredBy: d.Name, At: time.Now()}
		if act == approve.Accept {
			out.Code, out.Message = approve.Text(got.Text("display_code")), approve.LongText(got.Text("message"))
		}
		return out, nil
	}
	// It says no, for one of several reasons. A choice has been spent by now.
	choosing := act == approve.Accept && c.choices != nil
	if choosing {
		p.seen.end(d.ID, c, true)
	}
	waits, err := p.waits(ctx, d, t, c)
	switch {
	case err != nil:
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	case waits && choosing:
		return approve.Outcome{State: approve.Mismatch}, fmt.Errorf("answer: %w", approve.ErrNumber)
	case waits:
		return approve.Outcome{}, fmt.Errorf("answer: %w: it did not take the answer", approve.ErrRefused)
	}
	p.seen.end(d.ID, c, false)
	if s, _ := p.seen.meet(d.ID, c); time.Since(s.first) >= life {
		return approve.Outcome{}, fmt.Errorf("answer: %w", approve.ErrExpired)
	}
	return approve.Outcome{}, fmt.Errorf("answer: %w", approve.ErrNoRequest)
}

// waits asks the server whether it still lists c.
func (p *driver) waits(ctx context.Context, d approve.Device, t token, c challenge) (bool, error) {
	listed, err := p.list(ctx, d, t)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(listed[:min(len(listed), maxListed)], func(raw json.RawMessage) bool {
		other, err := t.verified(raw)
		return err == nil && other.nonce == c.nonce
	}), nil
}
