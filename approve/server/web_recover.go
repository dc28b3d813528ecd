package server

// Signing in with a recovery code when no other way is at hand. What the code is
// called, and whether it resets the second factor, is up to the site.

import (
	"fmt"
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// leftOf counts the recovery codes in words; who gets only one needs no count.
func leftOf(f factors) string {
	if f.RecoveryCount == 0 || f.RecoveryCount == 1 && f.RecoveryLeft == 1 {
		return ""
	}
	return fmt.Sprintf("%d of %d codes left.", f.RecoveryLeft, f.RecoveryCount)
}

// recovering is what the recovery page shows.
type recovering struct {
	Resets  bool   // a code resets the second factor
	Left    string // how many codes are left, "" for one at most
	Problem string // for scripts
}

func (s *Server) recoveryView(tx *store.Tx, v *visitor, policy Policy) (view, recovering, error) {
	f, err := s.factors(tx, v.user.ID, v.site)
	body := recovering{Resets: policy.Recovery == recoveryReset, Left: leftOf(f)}
	return view{Page: "recover", Title: v.site.Words.RecoveryLink}, body, err
}

// undecided tells whether v's login may still go on in another way; else the
// answer leads to the page that says how it ended.
func (s *Server) undecided(w http.ResponseWriter, r *http.Request, v *visitor) (bool, error) {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return false, err
	}
	if !goesOn(l.state) {
		return false, seeOther(w, r, "/login/wait")
	}
	return true, nil
}

func (s *Server) recoveryPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.undecided(w, r, v); !ok {
		return err
	}
	var page view
	if err := s.store.View(r.Context(), func(tx *store.Tx) error {
		policy, err := s.policy(tx, v.site)
		if err != nil {
			return err
		}
		page, page.Body, err = s.recoveryView(tx, v, policy)
		return err
	}); err != nil {
		return err
	}
	return s.show(w, v, page)
}

func (s *Server) enterRecovery(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.undecided(w, r, v); !ok {
		return err
	}
	var page view
	var result codeResult
	to := ""
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		policy, err := s.policy(tx, v.site)
		if err != nil {
			return err
		}
		result, _, err = s.limitCode(tx, v.user, v.site, methodRecovery, v.ip, func() (codeResult, error) {
			used, _, err := s.useRecovery(tx, v.user, v.site, policy, r.PostForm.Get("code"), v.ip)
			if used {
				return codeRight, err
			}
			return codeWrong, err
		})
		if err != nil {
			return err
		}
		if result == codeRight {
			to, err = s.afterRecovery(tx, w, v, policy)
			return err
		}
		var body recovering
		if page, body, err = s.recoveryView(tx, v, policy); err != nil {
			return err
		}
		body.Problem = problemNames[result]
		page.Body = body
		if result == codeLimited {
			page.Error = result.problem(policy)
			return nil
		}
		page.Error = fmt.Sprintf("That %s is not valid.", strings.ToLower(v.site.Words.Recovery))
		return s.note(tx, v.user.ID, v.site, v.visit, kindSignIn, "wrong_code", v.site.Words.Recovery)
	}); err != nil {
		return err
	}
	switch result {
	case codeRight:
		s.hub.notify(v.user.ID)
		return seeOther(w, r, to)
	case codeLimited:
		s.render(w, http.StatusTooManyRequests, v, page)
	default:
		s.render(w, http.StatusUnprocessableEntity, v, page)
	}
	return nil
}

// afterRecovery signs v in after a right recovery code. Who has no second factor
// any more sets one up first, where the site asks it of everyone.
func (s *Server) afterRecovery(tx *store.Tx, w http.ResponseWriter, v *visitor, policy Policy) (to string, err error) {
	limited := policy.Recovery == recoveryReset && policy.inForce(s.now())
	to, err = s.endLogin(tx, w, v, limited, strings.ToLower(v.site.Words.Recovery))
	if !limited && policy.Recovery == recoveryOnce {
		to += "?done=" + doneRecovery
	}
	return to, err
}
