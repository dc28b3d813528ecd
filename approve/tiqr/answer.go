package tiqr

// This file answers a sign-in, once.

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
)

// Answer sends the code of a sign-in to the address of the pairing. A tiqr server has
// no message for a refusal; ignoring stays on this device. That there is a key says
// that the PIN was right: the code itself is made from the secret of the pairing.
func (t *driver) Answer(ctx context.Context, d approve.Device, r approve.Request, dec approve.Decision, key vault.Signer) (approve.Outcome, error) {
	switch {
	case dec.Act == approve.Ignore:
		return approve.Outcome{State: approve.Ignored, AnsweredBy: d.Name, At: time.Now()}, nil
	case dec.Act != approve.Accept || approve.TrustOf(d.Device).Unchecked:
		return approve.Outcome{}, fmt.Errorf("answer: %w", approve.ErrNotOffered)
	case key == nil:
		return approve.Outcome{}, errors.New("answer: accepting needs the approval key")
	}
	s, err := t.take(d.ID, r.ID)
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	final, err := t.send(ctx, d, s)
	out := t.settle(d, s, err, final)
	if err != nil {
		return approve.Outcome{}, fmt.Errorf("answer: %w", err)
	}
	return out, nil
}

// take marks a session as being answered and returns what was scanned.
func (t *driver) take(device, id string) (signIn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sessions {
		if s.request.Device != device || s.request.ID != id {
			continue
		}
		switch {
		case s.sending:
			return signIn{}, errors.New("an answer is on its way")
		case s.request.State == approve.Accepted:
			return signIn{}, &approve.AnsweredError{State: approve.Accepted, Device: s.request.AnsweredBy, At: s.request.AnsweredAt}
		case !s.waiting():
			return signIn{}, approve.ErrExpired
		}
		s.sending = true
		return s.signIn, nil
	}
	return signIn{}, approve.ErrNoRequest
}

// settle keeps what became of an answer. A session with a final reply is never
// answered again: its code would be the same, and each wrong one counts at the server.
func (t *driver) settle(d approve.Device, in signIn, err error, final bool) approve.Outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := approve.Outcome{State: approve.Accepted, AnsweredBy: d.Name, At: time.Now()}
	s := t.find(in)
	if s == nil {
		return out // unpaired meanwhile
	}
	s.sending = false
	switch {
	case err == nil:
		s.request.State, s.request.AnsweredBy, s.request.AnsweredAt = out.State, out.AnsweredBy, out.At
	case errors.Is(err, approve.ErrExpired):
		s.request.State = approve.Expired
	case final:
		s.request.State = approve.Cancelled
	}
	t.changed(d.ID)
	return out
}

// send computes the code and posts it. final tells whether that was the end of the session.
func (t *driver) send(ctx context.Context, d approve.Device, s signIn) (final bool, err error) {
	to, err := approve.ServerURL(d.Memory[memoryAnswers], true) // whether plain http is allowed was settled when pairing
	if err != nil || approve.Origin(to) != d.Server {
		return false, approve.ErrAddress
	}
	client, err := t.connections.Client(approve.TrustOf(d.Device))
	if err != nil {
		return false, err
	}
	code, err := answerCode(d, s)
	if err != nil {
		return false, err
	}
	form := common("login")
	form.Set("sessionKey", s.session)
	form.Set("userId", d.RemoteID)
	form.Set("response", code)
	answer, err := post(ctx, client, to, []byte(form.Encode()))
	if err != nil {
		return false, err
	}
	return meaning(answer)
}

// answerCode is the OCRA code of the session's question.
func answerCode(d approve.Device, s signIn) (code string, err error) {
	suite, err := readSuite(d.Memory[memorySuite])
	if err != nil {
		return "", err
	}
	key, err := hex.DecodeString(s.session)
	if err != nil {
		return "", errors.New("the session is not hexadecimal")
	}
	err = d.Secret.Use(func(secret []byte) error {
		code, err = suite.Code(secret, otp.OCRAInput{Question: s.question, Session: key})
		return err
	})
	return code, err
}
