package server

// Switching the second factor on and off, and removing a method.

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"nod/approve/server/store"
)

func (s *Server) methodRoutes() {
	s.signedIn("GET /account/security/recovery", s.shownOncePage)
	s.signedIn("GET /account/security/method/{id}/remove", s.removeMethodPage)
	s.signedIn("POST /account/security/method/{id}/remove", s.removeMethod)
	s.signedIn("DELETE /account/security/method/{id}", s.removeMethod)
	s.signedIn("GET /account/security/done", s.donePage)
}

// requiredText says why the second factor stays on.
const requiredText = "Your company requires two-factor. Add another method first."

// switchOff stops asking for the second factor; its methods are kept (S21).
func (s *Server) switchOff(tx *store.Tx, v *visitor) (string, error) {
	policy, err := s.policy(tx, v.site)
	if err != nil {
		return "", err
	}
	if policy.inForce(s.now()) {
		return "", refuse(http.StatusConflict, "", "Your company requires two-factor authentication.")
	}
	if err := s.setTwoStep(tx, v.user, v.site, "", v.ip); err != nil {
		return "", err
	}
	return "/account/security?done=off", s.changed(tx, v, "switched off", "The second factor was switched off. Signing in asks for the password alone.")
}

// startSetup is what follows the password: what is there is switched on again,
// the rest is set up.
func (s *Server) startSetup(tx *store.Tx, v *visitor, kind string) (string, error) {
	f, err := s.factors(tx, v.user.ID, v.site)
	if err != nil {
		return "", err
	}
	policy, err := s.policy(tx, v.site)
	if err != nil {
		return "", err
	}
	if kind == "on" && f.any() {
		kind = f.first()
	}
	switch {
	case !f.On && f.has(kind):
		return "/account/security?done=setup", errors.Join(s.setTwoStep(tx, v.user, v.site, kind, v.ip),
			s.changed(tx, v, "switched on", "The second factor was switched on, with the methods from before."))
	case f.On && v.site.Setting == "select" && f.has(kind): // another one is asked first
		return "/account/security?done=first", errors.Join(s.setTwoStep(tx, v.user, v.site, kind, v.ip),
			s.note(tx, v.user.ID, v.site, v.visit, kindChange, "asked first: "+kindName(kind), ""))
	case kind == "on" && len(policy.Methods) == 1:
		kind = policy.Methods[0]
	case kind == "on" || kind == "choose":
		return "/account/security/choose", nil
	}
	switch {
	case !policy.allows(kind):
		return "", refuse(http.StatusNotFound, "", "There is no such method.")
	case kind == methodCompanion:
		return s.startCompanion(tx, v)
	}
	two := f.TwoStep
	two.Setup = kind
	return v.setupPath(kind), tx.SetTwoStep(two)
}

// startAdding is what follows the password when a method is added by its own
// button, or new recovery codes are wanted: what is asked first stays.
func (s *Server) startAdding(tx *store.Tx, v *visitor, kind string) (string, error) {
	two, err := tx.TwoStep(v.user.ID, v.site.Name)
	if err != nil {
		return "", err
	}
	if policy, err := s.policy(tx, v.site); err != nil || kind != setupRecovery && (!policy.allows(kind) || kind == methodCompanion) {
		return "", cmp.Or(err, error(refuse(http.StatusNotFound, "", "There is no such method.")))
	}
	two.Setup = ""
	if !two.On && kind != setupRecovery {
		two.Setup = kind
	}
	return v.setupPath(kind), tx.SetTwoStep(two)
}

func (s *Server) startCompanion(tx *store.Tx, v *visitor) (string, error) {
	two := v.two
	two.Setup = methodCompanion
	if err := tx.SetTwoStep(two); err != nil {
		return "", err
	}
	_, err := s.newPairing(tx, v.user.ID, v.site, store.PairToken)
	return v.devicePath(), err
}

// changed notes and mails what was changed for v's account.
func (s *Server) changed(tx *store.Tx, v *visitor, what, body string) error {
	if err := s.note(tx, v.user.ID, v.site, v.visit, kindChange, what, ""); err != nil {
		return err
	}
	return s.mail(tx, v.user.Email, "Your account at "+v.site.App, body+"\nIf this was not you, change your password and tell an administrator.")
}

// methodBody is what the removal page shows.
type methodBody struct{ ID, Name, Refused, Code string }

// ownMethod finds the method in r's path, and why it may not be removed.
func (s *Server) ownMethod(tx *store.Tx, r *http.Request, v *visitor) (body methodBody, err error) {
	f, err := s.factors(tx, v.user.ID, v.site)
	if err != nil {
		return body, err
	}
	policy, err := s.policy(tx, v.site)
	if err != nil {
		return body, err
	}
	for _, m := range f.Methods {
		if m.ID != r.PathValue("id") {
			continue
		}
		body = methodBody{ID: m.ID, Name: m.Name}
		switch {
		case m.Kind == methodEmail && v.site.EmailBackup:
			body.Refused, body.Code = "E-mail stays as backup.", "email_is_backup"
		case f.lastWay(policy, m.ID, s.millis()) && policy.inForce(s.now()):
			body.Refused, body.Code = requiredText, "last_method"
		case f.lastWay(policy, m.ID, s.millis()):
			body.Code = "last_method"
			body.Refused = fmt.Sprintf("%s is on, and this is the last method. Switch it off first, or add another method.", v.site.Words.TwoStep)
		}
		return body, nil
	}
	return body, refuse(http.StatusNotFound, "", "There is no such method.")
}

func (s *Server) removeMethodPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var body methodBody
	if err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		body, err = s.ownMethod(tx, r, v)
		return err
	}); err != nil {
		return err
	}
	return s.show(w, v, methodView(body))
}

func methodView(body methodBody) view {
	return view{Page: "method", State: body.Code, Title: "Remove a method", Side: "security", Body: body}
}

// removeMethod says what can not be removed before it asks for anything.
func (s *Server) removeMethod(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, proven := r.PathValue("id"), s.fresh(v) && s.freshFactor(v)
	var body methodBody
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if body, err = s.ownMethod(tx, r, v); err != nil || body.Refused != "" || !proven {
			return err
		}
		return s.dropOwnMethod(tx, v, body)
	})
	switch {
	case err != nil:
		return err
	case body.Refused != "":
		s.render(w, http.StatusConflict, v, methodView(body))
		return nil
	case r.Method == http.MethodDelete && !proven:
		return refuse(http.StatusForbidden, "", "Confirm your password and your second factor first.")
	case !s.fresh(v):
		return s.askPassword(w, r, doMethod, id)
	case !proven:
		return s.askFactor(w, r, doMethod, id)
	}
	return seeOther(w, r, "/account/security?done=method")
}

func (s *Server) dropOwnMethod(tx *store.Tx, v *visitor, m methodBody) error {
	if _, err := tx.DropMethod(v.user.ID, v.site.Name, m.ID); err != nil {
		return err
	}
	if _, err := s.audit(tx, auditMethodRemoved, v.user.Email, v.user.Email, v.ip, v.site.Name+" "+m.Name); err != nil {
		return err
	}
	return s.changed(tx, v, "removed: "+m.Name, m.Name+" can no longer be used to sign in as "+v.user.Email+".")
}

// donePage says that a setup has gone well (S11).
func (s *Server) donePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.show(w, v, view{Page: "done", Title: "Registered", Side: "security"})
}

// shownOncePage is for people who look for codes that were shown.
func (s *Server) shownOncePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.show(w, v, view{Page: "recovery", Title: v.site.Words.Recovery + "s", Side: "security"})
}
