package server

// /company/users/{id}: one person, and what an administrator can do for them.

import (
	"errors"
	"net/http"
	"net/url"

	"nod/approve/server/store"
)

// person is what the page shows.
type person struct {
	member
	Tries  int
	Invite string // until when the invitation works, "" for none
	Never  bool   // no password was chosen yet
	Admin  bool
	Reset  []field
}

func (s *Server) personPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showPerson(w, r, v, http.StatusOK, "", nil)
}

// showPerson shows the person in r's path; found is what is wrong with the reset
// form that came back, and problem what was refused.
func (s *Server) showPerson(w http.ResponseWriter, r *http.Request, v *visitor, status int, problem string, found problems) error {
	body := person{Reset: withProblems(resetFields(r.PostForm), found)}
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
		u, err := pathUser(tx, r)
		if err != nil {
			return err
		}
		link, err1 := tx.LiveLink(u.ID, s.millis())
		var err2, err3 error
		body.Tries, err2 = s.wrongTries(tx, u)
		body.member, err3 = s.seen(tx, u, v.site, v.user.ID)
		body.Never, body.Admin = u.Password == "", u.Admin
		if link != 0 {
			body.Invite = date(link)
		}
		return errors.Join(err1, err2, err3)
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{
		Page: "person", Title: body.Name, Company: "users", Error: problem, Notice: companyNotices[r.URL.Query().Get("done")], Body: body,
	})
	return nil
}

// pathUser returns the person in r's path.
func pathUser(tx *store.Tx, r *http.Request) (store.User, error) {
	u, err := tx.User(r.PathValue("id"))
	if errors.Is(err, store.ErrNone) {
		err = refuse(http.StatusNotFound, "not_found", "There is no such person.")
	}
	return u, err
}

// resetFields is the form of a reset (T20).
func resetFields(form url.Values) []field {
	return []field{
		{Name: "reason", Label: "Reason", Kind: "text", Value: form.Get("reason"), Max: 64},
		{Name: "checked", Label: "How identity was checked", Kind: "text", Value: form.Get("checked"), Max: 64},
	}
}

// personAction changes u and names the notice to show.
type personAction func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (done string, err error)

// personActions are the forms of the page, by the last part of their path.
var personActions = map[string]personAction{
	"reset": func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (string, error) {
		return "reset", s.resetFor(tx, u, v.site, resetting{r.PostForm.Get("reason"), r.PostForm.Get("checked")}, v.doer())
	},
	"unlock": func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (string, error) {
		return "unlocked", s.unlock(tx, u, v.doer())
	},
	"close": func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (string, error) {
		return "closed", s.closeAccount(tx, u, v.doer())
	},
	"reopen": func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (string, error) {
		return "reopened", s.reopenAccount(tx, u, v.doer())
	},
	"admin": func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (string, error) {
		return "admin", s.setAdmin(tx, u, r.PostForm.Get("admin") == "yes", v.doer())
	},
	"invite": func(s *Server, tx *store.Tx, u store.User, r *http.Request, v *visitor) (string, error) {
		return "invited", s.inviteAgain(tx, u, v.doer())
	},
}

// changePerson answers one of the forms.
func (s *Server) changePerson(do personAction) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		done := ""
		err := s.store.Update(r.Context(), func(tx *store.Tx) error {
			u, err := pathUser(tx, r)
			if err != nil {
				return err
			}
			done, err = do(s, tx, u, r, v)
			return err
		})
		var found problems
		var refused *apiError
		switch id := r.PathValue("id"); {
		case errors.As(err, &found):
			return s.showPerson(w, r, v, http.StatusUnprocessableEntity, "", found)
		case errors.As(err, &refused) && refused.status != http.StatusNotFound:
			return s.showPerson(w, r, v, refused.status, refused.Message, nil)
		case err != nil:
			return err
		case id == v.user.ID && done == "admin": // no administrator any more
			return seeOther(w, r, "/account")
		default:
			s.hub.notify(id)
			return seeOther(w, r, "/company/users/"+url.PathEscape(id)+"?done="+done)
		}
	}
}
