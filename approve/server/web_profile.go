package server

// Account settings: who one is, and how dates are written. Address and password
// have files of their own.

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"nod/approve/server/store"
)

// auditAccountChanged is the type of audit entries about name, zone and language.
const auditAccountChanged = "account.changed"

func (s *Server) accountRoutes() {
	s.signedIn("GET /account", s.accountPage)
	s.signedIn("POST /account", s.saveAccount)
	s.signedIn("POST /account/email", s.newAddress)
	s.signedIn("POST /account/email/confirm", s.confirmAddress)
	s.signedIn("POST /account/email/cancel", s.cancelAddress)
	s.signedIn("POST /account/password", s.changePassword)
	s.signedIn("GET /account/activity", s.activityPage)
	s.signedIn("GET /account/activity.csv", s.activityFile)
	s.signedIn("POST /account/activity/{id}/report", s.reportActivity)
}

// account is what the page shows. Problems are by the name of their field.
type account struct {
	Login, Name, Zone, Language string
	Admin                       bool
	Languages                   []language
	Zones                       []string
	Email, NewEmail             string
	Confirmed                   string // when the address was confirmed, "" for not yet
	Pending                     string // a new address that waits for its code
	Problems                    map[string]string
}

// said is the problem of a field, for the line below it.
type said struct{ Field, Text string }

// Said is called by the page.
func (a account) Said(field string) said { return said{field, a.Problems[field]} }

func (s *Server) accountPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showAccount(w, r, v, http.StatusOK, account{Name: v.user.Name, Zone: v.user.Zone, Language: languageOf(v.user).Tag})
}

// wrongField shows the page again with what was typed and one problem.
func (s *Server) wrongField(w http.ResponseWriter, r *http.Request, v *visitor, status int, field, problem string) error {
	body := account{Name: v.user.Name, Zone: v.user.Zone, Language: languageOf(v.user).Tag, Problems: map[string]string{field: problem}}
	body.NewEmail = r.PostForm.Get("email")
	return s.showAccount(w, r, v, status, body)
}

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request, v *visitor, status int, body account) error {
	body.Login, body.Admin, body.Email = v.user.Login, v.user.Admin, v.user.Email
	body.Languages, body.Zones = languages, zones
	if v.user.ConfirmedAt != 0 {
		body.Confirmed = dateFor(v.user, v.user.ConfirmedAt)
	}
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		body.Pending, err = s.pendingAddress(tx, v.user)
		return err
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{Page: "account", Title: v.site.Words.Account, Side: "account", Notice: notice(r, v.site), Body: body})
	return nil
}

// saveAccount stores name, time zone and language.
func (s *Server) saveAccount(w http.ResponseWriter, r *http.Request, v *visitor) error {
	body := account{
		Name: cleanName(r.PostForm.Get("name")), Zone: strings.TrimSpace(r.PostForm.Get("zone")), Language: r.PostForm.Get("language"),
		Problems: map[string]string{},
	}
	if body.Name == "" {
		body.Problems["name"] = "Write your name."
	}
	if _, err := time.LoadLocation(body.Zone); err != nil || body.Zone == "Local" {
		body.Problems["zone"] = "There is no such time zone. Write it like Europe/Vilnius."
	}
	if body.Language = languageOf(store.User{Language: body.Language}).Tag; len(body.Problems) > 0 {
		return s.showAccount(w, r, v, http.StatusUnprocessableEntity, body)
	}
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		user, err := tx.User(v.user.ID)
		if err != nil || user.Name == body.Name && user.Zone == body.Zone && user.Language == body.Language {
			return err
		}
		user.Name, user.Zone, user.Language = body.Name, body.Zone, body.Language
		_, err = s.audit(tx, auditAccountChanged, user.Email, user.Email, v.ip, "name, time zone or language")
		return errors.Join(err, tx.SetUser(user), s.note(tx, user.ID, v.site, v.visit, kindChange, "name, time zone or language", ""))
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, "/account?done=saved")
}
