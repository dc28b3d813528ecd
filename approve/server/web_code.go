package server

// The second step by code, when no request reaches a device.

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"nod/approve/server/store"
)

// codeInstead ends the request: a login has one way at a time.
func (s *Server) codeInstead(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if !goesOn(l.state) {
		return seeOther(w, r, "/login/wait")
	}
	err = s.store.Update(r.Context(), func(tx *store.Tx) error { return s.cancelRequest(tx, *v.login, v.user, v.ip) })
	if err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, "/login/code")
}

func (s *Server) codeView(v *visitor, problem, hint string) view {
	p, _ := profileNamed(v.login.Profile)
	return view{Page: "code", Title: "Enter a code", Site: p, Error: problem, Body: hint}
}

func (s *Server) codePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if !goesOn(l.state) {
		return seeOther(w, r, "/login/wait")
	}
	return s.show(w, v, s.codeView(v, "", ""))
}

func (s *Server) enterCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if !goesOn(l.state) {
		return seeOther(w, r, "/login/wait")
	}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	var result codeResult
	var by string
	var policy Policy
	tries := 0
	err = s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if policy, err = s.policy(tx, v.site); err != nil {
			return err
		}
		result, tries, err = s.limitCode(tx, v.user, v.site, methodTOTP, v.ip, func() (codeResult, error) {
			result, name, err := s.checkTOTP(tx, v.user, v.site, code)
			by = name
			return result, err
		})
		return err
	})
	switch {
	case err != nil:
		return err
	case result == codeRight:
		if err := s.finishLogin(w, r, v, v.site, "code of "+by); err != nil {
			return err
		}
		return seeOther(w, r, "/app/"+v.site.Name)
	case result == codeLimited:
		s.render(w, http.StatusTooManyRequests, v, s.codeView(v, result.problem(policy), ""))
		return nil
	}
	hint := ""
	if result == codeWrong && tries >= 2 {
		hint = fmt.Sprintf("The server's clock shows %s. If that of your device shows another time, set it right.", s.now().UTC().Format(time.TimeOnly+" MST"))
	}
	s.render(w, http.StatusUnprocessableEntity, v, s.codeView(v, result.problem(policy), hint))
	return nil
}
