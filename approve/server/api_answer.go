package server

// POST /v1/requests/{id}/answer: a device's signed decision.

import (
	"crypto/ed25519"
	"crypto/subtle"
	"errors"
	"net/http"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func (s *Server) answer(r *http.Request, body []byte) (any, error) {
	d, err := s.activeDevice(r, body)
	if err != nil {
		return nil, err
	}
	var message protocol.AnswerRequest
	if err := decode(body, &message); err != nil {
		return nil, err
	}
	if err := s.expireDue(r.Context()); err != nil {
		return nil, err
	}
	var answer protocol.AnswerAnswer
	var refused error // told to the device, but what it wrote stays
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		answer, refused, err = s.decide(tx, d.ID, r.PathValue("id"), message.Decision, remoteIP(r))
		return err
	})
	s.hub.notify(d.UserID)
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	return answer, nil
}

// decide applies a decision. All of it happens in one transaction, so that the
// first final verdict wins. It returns what to refuse the device with apart
// from a failure of the store.
func (s *Server) decide(tx *store.Tx, device, id, jws, ip string) (answer protocol.AnswerAnswer, refused, err error) {
	d, err := tx.Device(device)
	if err != nil {
		return answer, nil, err
	}
	if refused := s.allowed(d, store.DeviceActive); refused != nil {
		return answer, refused, nil
	}
	asked, err := tx.Asked(id, d.ID)
	if errors.Is(err, store.ErrNone) {
		return answer, refuse(http.StatusNotFound, protocol.CodeNotFound, "there is no such request"), nil
	}
	if err != nil {
		return answer, nil, err
	}
	decision, refused := s.readDecision(d, asked, jws)
	if refused == nil {
		refused = s.ended(asked.Request)
	}
	if refused == nil {
		answer, refused, err = s.apply(tx, d, asked, decision, ip)
	}
	if refused != nil && refusalCode(refused) != protocol.CodeNumberMismatch { // that one is a verdict
		_, auditErr := s.audit(tx, auditAnswerRefused, d.ID, id, ip, refusalCode(refused))
		err = errors.Join(err, auditErr)
	}
	return answer, refused, err
}

// readDecision verifies a decision: approve under the approval key alone. Its
// jti needs no memory: a decision is for one exact challenge, and a request
// takes one verdict.
func (s *Server) readDecision(d store.Device, asked store.Asked, jws string) (protocol.Decision, error) {
	decision, err := protocol.VerifyDecision(jws, func(act string) (ed25519.PublicKey, error) {
		if act == protocol.ActApprove {
			return d.Approval, nil
		}
		return d.Transport, nil
	}, s.config.Origin, asked.ID, asked.Challenge, s.now())
	bad := (*protocol.SignatureError)(nil)
	switch {
	case err == nil:
		return decision, nil
	case !errors.As(err, &bad):
		return decision, err
	case bad.WrongKey:
		return decision, refuse(http.StatusForbidden, protocol.CodeWrongKey, "this answer needs the other key")
	case bad.Skew && s.ended(asked.Request) != nil:
		return decision, s.ended(asked.Request) // it has expired together with its request
	case bad.Skew:
		return decision, refuse(http.StatusBadRequest, protocol.CodeClockSkew, "the decision is not of this minute; the clocks are too far apart")
	}
	return decision, refuse(http.StatusUnauthorized, protocol.CodeBadSignature, "the decision is not right")
}

// ended is the error for a request that does not wait any more, nil for one
// that does.
func (s *Server) ended(r store.Request) error {
	if r.State == store.Expired || (r.State == store.Waiting && r.ExpiresAt <= s.millis()) {
		return refuse(http.StatusGone, protocol.CodeExpired, "the request has expired")
	}
	if r.State == store.Waiting {
		return nil
	}
	e := refuse(http.StatusConflict, protocol.CodeAnswered, "the request was already answered")
	at := fromMillis(r.EndedAt)
	e.Decision, e.Device, e.At = r.State, r.Device, &at
	return e
}

func (s *Server) apply(tx *store.Tx, d store.Device, asked store.Asked, decision protocol.Decision, ip string) (answer protocol.AnswerAnswer, refused, err error) {
	now := s.millis()
	answer = protocol.AnswerAnswer{Device: d.Name, At: fromMillis(now), Time: s.now()}
	verdict := store.Verdict{At: now, DeviceID: d.ID, Device: d.Name}
	switch decision.Act {
	case protocol.ActIgnore:
		answer.State = "ignored"
		_, auditErr := s.audit(tx, auditRequestIgnored, d.ID, asked.ID, ip, "")
		return answer, nil, errors.Join(tx.Ignore(asked.ID, d.ID, now), auditErr, s.noteAnswer(tx, d, asked.Request, answer.State))
	case protocol.ActDeny:
		verdict.State = store.Denied
		if decision.Reason == protocol.ReasonNotMe {
			verdict.State = store.Reported
		}
	case protocol.ActApprove:
		if decision.Number == "" && asked.Number != "" {
			return answer, refuse(http.StatusUnprocessableEntity, protocol.CodeNumberNeeded, "type the number shown on the sign-in page"), nil
		}
		verdict.State = store.Accepted
		if asked.Number != "" && subtle.ConstantTimeCompare([]byte(decision.Number), []byte(asked.Number)) != 1 {
			verdict.State = store.Mismatch
		}
	default:
		return answer, refuse(http.StatusBadRequest, protocol.CodeBadRequest, "there is no such act"), nil
	}
	answer.State = verdict.State
	won, err := s.endRequest(tx, asked.Request, verdict, auditRequestAnswered, d.ID, ip)
	if err != nil {
		return answer, nil, err
	}
	r, err := tx.Request(asked.ID)
	if err != nil {
		return answer, nil, err
	}
	if !won {
		return answer, s.ended(r), nil
	}
	if err := s.noteAnswer(tx, d, r, verdict.State); err != nil {
		return answer, nil, err
	}
	answer.Ticket = r.Ticket
	if verdict.State == store.Mismatch {
		refused = refuse(http.StatusUnprocessableEntity, protocol.CodeNumberMismatch, "that number does not match; the request has ended")
	}
	return answer, refused, tx.UseDevice(d.ID, now)
}

// refusalCode is the code of an error for the audit log.
func refusalCode(err error) string {
	var e *apiError
	if errors.As(err, &e) {
		return e.Code
	}
	return protocol.CodeInternal
}
