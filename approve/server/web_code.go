package server

// The second step by code, when no request reaches a device.

import (
	"errors"
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
	limited, err := s.tooOften(r, eventCode, v.user.ID, codeTries, codeWindow)
	if err != nil {
		return err
	}
	if limited {
		s.render(w, http.StatusTooManyRequests, v, s.codeView(v, "Too many tries. Wait 15 minutes.", ""))
		return nil
	}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	result, device, tries, err := s.tryCode(r, v, code)
	switch {
	case err != nil:
		return err
	case result == codeRight:
		p, _ := profileNamed(v.login.Profile)
		if err := s.finishLogin(w, r, v, p, "code of "+device.Name); err != nil {
			return err
		}
		return seeOther(w, r, "/app/"+p.Name)
	case result == codeUsed:
		s.render(w, http.StatusUnprocessableEntity, v, s.codeView(v, "That code was already used. Wait for the next one.", ""))
		return nil
	}
	hint := ""
	if tries >= 2 {
		hint = fmt.Sprintf("The server's clock shows %s. If that of your device shows another time, set it right.", s.now().UTC().Format(time.TimeOnly+" MST"))
	}
	s.render(w, http.StatusUnprocessableEntity, v, s.codeView(v, "That code is not right. Try again.", hint))
	return nil
}

// tryCode checks a code and counts wrong ones; tries is how many there were.
func (s *Server) tryCode(r *http.Request, v *visitor, code string) (result codeResult, device store.Device, tries int, err error) {
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		var err error
		if result, device, err = s.checkCode(tx, v.user, code); err != nil {
			return err
		}
		if result == codeRight {
			return errors.Join(tx.DropEvents(eventCode, v.user.ID), tx.UseDevice(device.ID, s.millis()))
		}
		if err := tx.AddEvent(eventCode, v.user.ID, s.millis()); err != nil {
			return err
		}
		if tries, _, err = tx.Events(eventCode, v.user.ID, s.millis()-codeWindow.Milliseconds()); err != nil {
			return err
		}
		_, err = s.audit(tx, auditCodeWrong, "", v.user.Email, v.ip, "")
		return err
	})
	return result, device, tries, err
}
