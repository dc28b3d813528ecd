package server

// POST /v1/auth/{id}/code: a code in place of a device's answer.

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func (s *Server) authCode(r *http.Request, body []byte, a store.App) (any, error) {
	var message struct {
		Code string `json:"code"`
	}
	if err := decode(body, &message); err != nil {
		return nil, err
	}
	if err := s.expireDue(r.Context()); err != nil {
		return nil, err
	}
	code := strings.Join(strings.Fields(message.Code), "")
	var done store.Request
	var refused error // told to the app, but the wrong try stays counted
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if done, err = requestOf(tx, a, r.PathValue("id")); err != nil {
			return err
		}
		if refused = s.codeTime(done); refused != nil {
			return nil
		}
		if refused, err = s.tryCode(tx, a, done, code); err != nil || refused != nil {
			return err
		}
		done, err = tx.Request(done.ID)
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	s.hub.notify(done.UserID)
	return s.stands(done), nil
}

// codeTime refuses a code for a request that was decided, or is too old.
func (s *Server) codeTime(r store.Request) error {
	switch {
	case r.CodeAt == 0 && (r.State == store.Waiting || r.State == store.Expired):
		if s.millis() < r.CreatedAt+codeLife.Milliseconds() {
			return nil
		}
		return refuse(http.StatusGone, protocol.CodeExpired, "the request has expired; start again")
	case r.CodeAt != 0:
		r.State, r.EndedAt, r.Device = store.Accepted, r.CodeAt, r.CodeBy
	}
	return s.ended(r)
}

// tryCode checks a code and, when it is right, ends the request with it. refused
// is what the app is told of another one.
func (s *Server) tryCode(tx *store.Tx, a store.App, r store.Request, code string) (refused, err error) {
	user, err := tx.User(r.UserID)
	if err != nil {
		return nil, err
	}
	if user.ClosedAt != 0 {
		return refuse(http.StatusNotFound, codeUnknownUser, "there is no such person any more"), nil
	}
	p, _ := profileNamed(a.Profile)
	by := ""
	result, tries, err := s.limitCode(tx, user, p, methodTOTP, r.IP, func() (result codeResult, err error) {
		result, by, err = s.checkTOTP(tx, user, p, code)
		return result, err
	})
	if err != nil {
		return nil, err
	}
	if result != codeRight {
		return s.wrongCode(tx, p, result, tries)
	}
	return nil, s.acceptCode(tx, user, a, r, by)
}

// wrongCode is the error for a code that is not right.
func (s *Server) wrongCode(tx *store.Tx, p profile, result codeResult, tries int) (refused, err error) {
	policy, err := s.policy(tx, p)
	if err != nil {
		return nil, err
	}
	message := result.problem(policy)
	switch result {
	case codeLimited:
		return tooMany(protocol.CodeTooMany, message, time.Duration(policy.CodePause)*time.Second), nil
	case codeUsed:
		return refuse(http.StatusConflict, protocol.CodeUsed, message), nil
	}
	e := refuse(http.StatusUnprocessableEntity, protocol.CodeBadCode, message)
	left := max(0, policy.CodeTries-tries)
	e.Left = &left
	return e, nil
}

// acceptCode takes the code of by for the answer: the devices see the request
// cancelled, the app sees it accepted.
func (s *Server) acceptCode(tx *store.Tx, user store.User, a store.App, r store.Request, by string) error {
	now := s.millis()
	if _, err := tx.AcceptCode(r.ID, by, now); err != nil {
		return err
	}
	if _, err := s.audit(tx, auditRequestAnswered, user.Email, r.ID, r.IP, "accepted by a code of "+by+" for "+a.ID); err != nil {
		return err
	}
	if r.State != store.Waiting {
		return s.appEnded(tx, r.ID)
	}
	_, err := s.endRequest(tx, r, store.Verdict{State: store.Cancelled, At: now}, auditLoginCancelled, user.Email, r.IP)
	return err
}
