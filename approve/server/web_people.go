package server

// /company/users: the people, and inviting one.

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"nod/approve/server/store"
)

const peoplePerPage = 50

// companyNotices are the texts that the company's pages may be asked to show
// after a form.
var companyNotices = map[string]string{
	"saved":    "The settings were saved.",
	"sent":     "The settings were saved, and the notification was sent.",
	"unsent":   "The settings were saved. No notification was sent.",
	"reset":    "Two-factor was reset. The person was told by mail.",
	"unlocked": "The wrong tries were forgotten.",
	"closed":   "The account was closed.",
	"reopened": "The account is open again.",
	"admin":    "The role was changed. The person was told by mail.",
	"invited":  "The invitation was sent.",
	"app":      "The app was closed.",
}

// member is a person as administrators see them.
type member struct {
	ID, Name, Email, Role string
	TwoStep, Methods      string
	SignedIn, Note        string
	Self, Closed          bool
}

// people is what the page shows.
type people struct {
	People              []member
	Query, Older, Newer string
	From, To, All       int
	Invite              []field
	Open                bool // the invitation came back
}

// seen shows u as of p to the administrator self.
func (s *Server) seen(tx *store.Tx, u store.User, p profile, self string) (member, error) {
	m := member{ID: u.ID, Name: u.Name, Email: u.Email, Role: "User", Self: u.ID == self, Closed: u.ClosedAt != 0, SignedIn: "Never"}
	if u.Admin {
		m.Role = "Administrator"
	}
	if u.SignedInAt != 0 {
		m.SignedIn = date(u.SignedInAt)
	}
	switch {
	case u.ClosedAt != 0:
		m.Note = "closed"
	case u.Password == "":
		m.Note = "invited"
	}
	f, err := s.factors(tx, u.ID, p)
	m.TwoStep, m.Methods = f.state(), strings.Join(f.names(), ", ")
	return m, err
}

// state says in a word or two whether the second factor is asked for.
func (f factors) state() string {
	switch {
	case f.On:
		return "On"
	case f.ResetAt != 0:
		return "Reset"
	case f.Setup != "":
		return "Setup not finished"
	}
	return "Off"
}

// names lists what there is, the way that is asked first in front.
func (f factors) names() []string {
	var all []string
	first := f.first()
	for _, w := range f.ways() {
		name := kindName(w.Kind)
		if n := len(f.Devices); w.Kind == methodCompanion && n == 1 {
			name += " (1 device)"
		} else if w.Kind == methodCompanion {
			name += fmt.Sprintf(" (%d devices)", n)
		}
		if w.Kind == first {
			all = append([]string{name}, all...)
		} else {
			all = append(all, name)
		}
	}
	return all
}

func (s *Server) peoplePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showPeople(w, r, v, http.StatusOK, nil, nil)
}

// showPeople shows a page of the list; form is the invitation that came back.
func (s *Server) showPeople(w http.ResponseWriter, r *http.Request, v *visitor, status int, form url.Values, found problems) error {
	body := people{Query: cleanName(r.URL.Query().Get("q")), Invite: withProblems(inviteFields(form), found), Open: len(found) > 0}
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || page < 1 || page > 1e6 {
		page = 1
	}
	skip := (page - 1) * peoplePerPage
	err = s.store.View(r.Context(), func(tx *store.Tx) error {
		users, err1 := tx.FindUsers(body.Query, peoplePerPage, skip)
		all, err2 := tx.CountUsers(body.Query)
		for _, u := range users {
			m, err := s.seen(tx, u, v.site, v.user.ID)
			if err != nil {
				return err
			}
			body.People = append(body.People, m)
		}
		body.All = all
		return errors.Join(err1, err2)
	})
	if err != nil {
		return err
	}
	body.From, body.To = skip+1, skip+len(body.People)
	at := func(page int) string {
		return "/company/users?" + url.Values{"q": {body.Query}, "page": {strconv.Itoa(page)}}.Encode()
	}
	if page > 1 {
		body.Newer = at(page - 1)
	}
	if body.To < body.All {
		body.Older = at(page + 1)
	}
	s.render(w, status, v, view{Page: "people", Title: "People", Company: "users", Notice: companyNotices[r.URL.Query().Get("done")], Body: body})
	return nil
}

// inviteFields is the form of an invitation.
func inviteFields(form url.Values) []field {
	role := form.Get("role")
	if role == "" {
		role = "user"
	}
	return []field{
		{Name: "email", Label: "E-mail", Kind: "email", Value: form.Get("email"), Max: 254},
		{Name: "name", Label: "Name", Kind: "text", Value: form.Get("name"), Max: 64},
		{Name: "role", Label: "Role", Kind: fieldSelect, Options: choose(role, "user", "User", "administrator", "Administrator")},
	}
}

// invitePerson makes an account and mails the link to it.
func (s *Server) invitePerson(w http.ResponseWriter, r *http.Request, v *visitor) error {
	n := newPerson{Email: r.PostForm.Get("email"), Name: r.PostForm.Get("name"), Admin: r.PostForm.Get("role") == "administrator"}
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		user, link, err := s.invite(tx, n, v.doer(), linkInvite)
		if err != nil {
			return err
		}
		return s.mailLink(tx, user, link, v.doer())
	})
	var found problems
	if errors.As(err, &found) {
		return s.showPeople(w, r, v, http.StatusUnprocessableEntity, r.PostForm, found)
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/company/users?done=invited")
}
