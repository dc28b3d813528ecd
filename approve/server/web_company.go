package server

// Company settings of administrators: the people, and resetting the second
// step of one who lost every device.

import (
	"fmt"
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// member is a person as administrators see them.
type member struct {
	ID, Name, Email, TwoStep string
	Devices                  int
	Self                     bool
	// Of the reset form, when it came back:
	Reason, Checked           string
	ReasonError, CheckedError string
}

// needAdmin refuses others, and asks administrators for a fresh password. It
// returns true when the page may go on.
func (s *Server) needAdmin(w http.ResponseWriter, r *http.Request, v *visitor) (bool, error) {
	if !v.user.Admin {
		return false, refuse(http.StatusForbidden, "", "This page is for administrators.")
	}
	if !s.fresh(v) {
		return false, s.askPassword(w, r, doCompany, "")
	}
	return true, nil
}

func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.needAdmin(w, r, v); !ok {
		return err
	}
	return s.showPeople(w, r, v, http.StatusOK, member{})
}

// showPeople shows the list; form is the reset form that came back, if any.
func (s *Server) showPeople(w http.ResponseWriter, r *http.Request, v *visitor, status int, form member) error {
	var people []member
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
		users, err := tx.Users()
		if err != nil {
			return err
		}
		for _, u := range users {
			f, err := s.factors(tx, u.ID, v.site)
			if err != nil {
				return err
			}
			m := member{ID: u.ID}
			if form.ID == u.ID {
				m = form
			}
			m.Name, m.Email, m.TwoStep, m.Devices, m.Self = u.Name, u.Email, "", len(f.Devices), u.ID == v.user.ID
			if f.On {
				m.TwoStep = f.first()
			}
			people = append(people, m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{Page: "people", Title: "People", Notice: notices[r.URL.Query().Get("done")], Body: people})
	return nil
}

func (s *Server) resetTwoStep(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.needAdmin(w, r, v); !ok {
		return err
	}
	form := member{ID: r.PathValue("id"), Reason: cleanName(r.PostForm.Get("reason")), Checked: cleanName(r.PostForm.Get("checked"))}
	if form.ID == v.user.ID {
		return refuse(http.StatusForbidden, "", "Another administrator has to reset yours.")
	}
	if form.Reason == "" {
		form.ReasonError = "Say why."
	}
	if form.Checked == "" {
		form.CheckedError = "Say how you checked who this is."
	}
	if form.ReasonError+form.CheckedError != "" {
		return s.showPeople(w, r, v, http.StatusUnprocessableEntity, form)
	}
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return s.resetMember(tx, v, form) }); err != nil {
		return err
	}
	s.hub.notify(form.ID)
	return seeOther(w, r, "/company/users?done=reset")
}

// resetMember resets the second factor of a member and tells them.
func (s *Server) resetMember(tx *store.Tx, v *visitor, form member) error {
	user, err := tx.User(form.ID)
	if err != nil {
		return refuse(http.StatusNotFound, "", "There is no such person.")
	}
	detail := fmt.Sprintf("reason: %s; checked: %s", form.Reason, form.Checked)
	if err := s.reset(tx, user, v.site, "administrator", v.user.Email, v.ip, detail); err != nil {
		return err
	}
	return s.mail(tx, user.Email, "Your 2-step verification was reset", strings.Join([]string{
		fmt.Sprintf("%s reset it at %s on %s. Your devices can not approve sign-ins any more.", v.user.Name, v.site.App, date(s.millis())),
		"Sign in with your password and set it up again. If you did not ask for this, change your password and tell an administrator.",
	}, "\n"))
}
