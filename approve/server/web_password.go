package server

// Account settings: another password.

import (
	"errors"
	"net/http"

	"nod/approve/server/store"
)

// auditPasswordChanged is the type of audit entries about a changed password.
const auditPasswordChanged = "password.changed"

// changePassword wants the present password and a new one twice.
func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, v *visitor) error {
	old, password := r.PostForm.Get("password"), r.PostForm.Get("new")
	field, problem := "new", passwordProblem(v.user, password)
	switch {
	case problem != "":
	case password == old:
		problem = "This is the password you have now."
	case password != r.PostForm.Get("again"):
		field, problem = "again", "The two passwords are not the same."
	}
	if problem != "" {
		return s.wrongField(w, r, v, http.StatusUnprocessableEntity, field, problem)
	}
	if status, problem, err := s.retype(r, v, "password"); err != nil || problem != "" {
		if err == nil {
			err = s.wrongField(w, r, v, status, "password", problem)
		}
		return err
	}
	s.hashing <- struct{}{} // each hash takes 19 MiB: only a few at a time
	encoded := hashPassword(password)
	<-s.hashing
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		user, err := tx.User(v.user.ID)
		if err != nil {
			return err
		}
		user.Password = encoded
		_, err = s.audit(tx, auditPasswordChanged, user.Email, user.Email, v.ip, "")
		return errors.Join(err, tx.SetUser(user), s.endOthers(tx, v), s.changed(tx, v, "password changed",
			"The password of your account was changed. Every other browser that was signed in is signed out."))
	})
	if err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, "/account?done=password")
}

// endOthers signs every browser of v's account out but this one, and ends its
// sign-ins under way.
func (s *Server) endOthers(tx *store.Tx, v *visitor) error {
	return errors.Join(tx.DropSessions(v.user.ID, v.hash), tx.DropLogins(v.user.ID))
}
