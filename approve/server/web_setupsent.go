package server

// The steps of a setup that send a code: to a number or an e-mail address.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"nod/approve/server/store"
)

// takeNumber stores the telephone number and sends the first code.
func (s *Server) takeNumber(w http.ResponseWriter, r *http.Request, v *visitor, now setup) error {
	number, problem := phoneNumber(strings.TrimSpace(r.PostForm.Get("number")))
	if problem != "" {
		return s.showSetup(w, v, http.StatusUnprocessableEntity, now, settingUp{Number: r.PostForm.Get("number"), NumberError: problem})
	}
	now.Address = number
	return s.sendSetup(w, r, v, now)
}

// sendSetup sends a code to the number or address that is being set up.
func (s *Server) sendSetup(w http.ResponseWriter, r *http.Request, v *visitor, now setup) error {
	kind, what := methodEmail, "this address"
	if now.Kind == methodSMS {
		kind, what = methodSMS, "this number"
	}
	wait, err := s.sendCode(r.Context(), sending{
		Owner: setupOwner(v.user.ID, v.site, now.Kind), User: v.user, Profile: v.site, Kind: kind, Address: now.Address,
		Purpose: "to confirm " + what + " for " + v.site.App,
	})
	problem, status := "", http.StatusTooManyRequests
	switch {
	case errors.Is(err, errUndelivered):
		status = http.StatusBadGateway
		problem = "We could not send the text. Try again or use e-mail."
	case err != nil:
		return err
	case wait > 0:
		problem = waitText(wait)
	}
	if problem != "" {
		told := settingUp{CodeError: problem}
		if now.Step == stepNumber {
			told = settingUp{Number: now.Address, NumberError: problem}
		}
		return s.showSetup(w, v, status, now, told)
	}
	if now.Step == stepNumber {
		now.move(v.site, 1)
	}
	return s.goOn(w, r, v, func(tx *store.Tx) error { return s.saveSetup(tx, now) })
}

// waitText says when the next code may be sent.
func waitText(wait time.Duration) string {
	if wait <= time.Minute {
		return fmt.Sprintf("A code was sent a moment ago. Wait %d seconds for the next one.", int((wait+time.Second-1)/time.Second))
	}
	return fmt.Sprintf("Too many codes were sent. Wait %s for the next one.", minutes(wait))
}

// verifySent checks the code that was sent to what is being set up.
func (s *Server) verifySent(w http.ResponseWriter, r *http.Request, v *visitor, now setup) error {
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	var result codeResult
	var policy Policy
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if policy, err = s.policy(tx, v.site); err != nil {
			return err
		}
		result, _, err = s.limitCode(tx, v.user, v.site, "setup", v.ip, func() (codeResult, error) {
			return s.checkSetupCode(tx, now, code)
		})
		return err
	})
	if err != nil {
		return err
	}
	if result != codeRight {
		return s.showSetup(w, v, problemStatus(result), now, settingUp{CodeError: result.problem(policy)})
	}
	return s.goOn(w, r, v, func(tx *store.Tx) error { return s.next(tx, v, &now) })
}

// checkSetupCode checks a code that was sent to what is being set up now: one that
// went elsewhere before proves nothing.
func (s *Server) checkSetupCode(tx *store.Tx, now setup, code string) (codeResult, error) {
	p, _ := profileNamed(now.Profile)
	owner := setupOwner(now.UserID, p, now.Kind)
	all, err := tx.SentCodes(owner)
	if err != nil || len(all) == 0 || all[0].Address != now.Address {
		return codeExpired, err
	}
	return s.checkSent(tx, owner, code)
}
