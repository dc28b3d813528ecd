package server

// Switching the second factor on and off, and removing a method.

import (
	"fmt"
	"net/http"

	"nod/approve/server/store"
)

func (s *Server) methodRoutes() {
	signedIn := func(pattern string, h pageHandler) { s.mux.Handle(pattern, s.page(s.needSession(h))) }
	signedIn("GET /account/security/recovery", s.shownOncePage)
	signedIn("GET /account/security/method/{id}/remove", s.removeMethodPage)
	signedIn("POST /account/security/method/{id}/remove", s.removeMethod)
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
	case !f.On && kind != setupRecovery && f.has(kind):
		return "/account/security?done=setup", s.setTwoStep(tx, v.user, v.site, kind, v.ip)
	case f.On && v.site.Setting == "select" && f.has(kind) && f.Method != kind: // another one is asked first
		return "/account/security", s.setTwoStep(tx, v.user, v.site, kind, v.ip)
	case kind == "on" && len(policy.Methods) == 1:
		kind = policy.Methods[0]
	case kind == "on" || kind == "choose":
		return "/account/security/choose", nil
	}
	if kind == methodCompanion {
		return s.startCompanion(tx, v)
	}
	two := f.TwoStep
	two.Setup = kind
	if kind == setupRecovery {
		two.Setup = ""
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
type methodBody struct{ ID, Name, Refused string }

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
			body.Refused = "E-mail stays as backup."
		case f.lastWay(policy, m.ID, s.millis()) && policy.inForce(s.now()):
			body.Refused = requiredText
		case f.lastWay(policy, m.ID, s.millis()):
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
	return s.show(w, v, view{Page: "method", Title: "Remove a method", Side: "security", Body: body})
}

func (s *Server) removeMethod(w http.ResponseWriter, r *http.Request, v *visitor) error {
	switch id := r.PathValue("id"); {
	case !s.fresh(v):
		return s.askPassword(w, r, doMethod, id)
	case !s.freshFactor(v):
		return s.askFactor(w, r, doMethod, id)
	}
	var body methodBody
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if body, err = s.ownMethod(tx, r, v); err != nil || body.Refused != "" {
			return err
		}
		if _, err := tx.DropMethod(v.user.ID, v.site.Name, body.ID); err != nil {
			return err
		}
		if _, err := s.audit(tx, auditMethodRemoved, v.user.Email, v.user.Email, v.ip, v.site.Name+" "+body.Name); err != nil {
			return err
		}
		return s.changed(tx, v, "removed: "+body.Name, body.Name+" can no longer be used to sign in as "+v.user.Email+".")
	})
	if err != nil {
		return err
	}
	if body.Refused != "" {
		s.render(w, http.StatusConflict, v, view{Page: "method", State: "email_is_backup", Title: "Remove a method", Side: "security", Body: body})
		return nil
	}
	return seeOther(w, r, "/account/security?done=method")
}

// shownOncePage is for people who look for codes that were shown.
func (s *Server) shownOncePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.show(w, v, view{Page: "recovery", Title: v.site.Words.Recovery + "s", Side: "security"})
}
