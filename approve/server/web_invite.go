package server

// /invite/{token}: the page behind a one-time link, where a person chooses the
// password of a new account.

import (
	"errors"
	"net/http"

	"nod/approve/server/store"
)

// invited is what the page shows.
type invited struct {
	User  store.User
	Sites []profile // once the password is chosen: where to sign in
}

// liveLink returns the link with that token and its person, if it still works.
func (s *Server) liveLink(tx *store.Tx, token string) (link store.Link, user store.User, err error) {
	link, err = tx.Link(s.keys.hash("link", token))
	switch {
	case errors.Is(err, store.ErrNone):
		return link, user, refuse(http.StatusNotFound, "", "There is no such link. Copy the whole address from the mail.")
	case err != nil:
		return link, user, err
	case link.UsedAt != 0:
		return link, user, refuse(http.StatusGone, "", "This link was already used. Sign in with the password that was chosen.")
	case link.ExpiresAt <= s.millis():
		return link, user, refuse(http.StatusGone, "", "This link has expired. Ask an administrator for a new one.")
	}
	if user, err = tx.User(link.UserID); err == nil && user.ClosedAt != 0 {
		err = refuse(http.StatusGone, "", "This account is closed. Contact support.")
	}
	return link, user, err
}

func (s *Server) linkPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var user store.User
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		_, user, err = s.liveLink(tx, r.PathValue("token"))
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, v, inviteView(user, ""))
}

func inviteView(user store.User, problem string) view {
	return view{Page: "invite", Title: "Choose a password", State: "open", Error: problem, Body: invited{User: user}}
}

// useLink takes the link and the password together, or neither.
func (s *Server) useLink(w http.ResponseWriter, r *http.Request, v *visitor) error {
	password := r.PostForm.Get("password")
	var user store.User
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		_, user, err = s.liveLink(tx, r.PathValue("token"))
		return err
	})
	if err != nil {
		return err
	}
	problem := passwordProblem(user, password)
	if problem == "" && password != r.PostForm.Get("again") {
		problem = "The two passwords are not the same."
	}
	if problem != "" {
		s.render(w, http.StatusUnprocessableEntity, v, inviteView(user, problem))
		return nil
	}
	encoded := s.hashSlowly(password)
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		link, user, err := s.liveLink(tx, r.PathValue("token"))
		if err != nil {
			return err
		}
		return s.choosePassword(tx, link, user, encoded, v.ip)
	})
	if err != nil {
		return err
	}
	page := inviteView(user, "")
	page.Title, page.State, page.Notice = "Password chosen", "done", "You can sign in now."
	page.Body = invited{user, profiles}
	return s.show(w, v, page)
}

// hashSlowly hashes a password; each hash takes 19 MiB, so only a few at a time.
func (s *Server) hashSlowly(password string) string {
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	return hashPassword(password)
}

// choosePassword stores the password that a link was used for. A link that came
// by mail has proven the address as well.
func (s *Server) choosePassword(tx *store.Tx, link store.Link, user store.User, encoded, ip string) error {
	used, err := tx.UseLink(link.Hash, s.millis())
	if err == nil && !used {
		err = refuse(http.StatusGone, "", "This link was already used. Sign in with the password that was chosen.")
	}
	if err != nil {
		return err
	}
	user.Password = encoded
	if link.Kind == linkInvite && user.ConfirmedAt == 0 {
		user.ConfirmedAt = s.millis()
	}
	_, err = s.audit(tx, auditUserPassword, user.Email, user.Email, ip, link.Kind+" link")
	return errors.Join(err, tx.SetUser(user), tx.DropSessions(user.ID, nil), tx.DropLogins(user.ID))
}
