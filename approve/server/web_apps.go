package server

// /company/apps: the apps, and their secrets at the moment they are made.

import (
	"errors"
	"net/http"
	"net/url"

	"nod/approve/server/store"
)

// shownApp is an app as the page shows it.
type shownApp struct {
	ID, Name, Profile, Webhook, Made string
	OldUntil                         string // until when two secrets work
	Closed                           bool
}

// apps is what the page shows. Secrets are those of Made, this once.
type apps struct {
	Apps    []shownApp
	New     []field
	Open    bool // the form came back
	Made    *store.App
	Secrets appSecrets
}

func (s *Server) appsPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showApps(w, r, v, http.StatusOK, apps{New: appFields(nil)}, "")
}

func (s *Server) showApps(w http.ResponseWriter, r *http.Request, v *visitor, status int, body apps, problem string) error {
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
		all, err := tx.Apps()
		for _, a := range all {
			body.Apps = append(body.Apps, s.seenApp(a))
		}
		return err
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{
		Page: "apps", Title: "Apps", Company: "apps", Error: problem, Notice: companyNotices[r.URL.Query().Get("done")], Body: body,
	})
	return nil
}

func (s *Server) seenApp(a store.App) shownApp {
	seen := shownApp{ID: a.ID, Name: a.Name, Profile: "Admin API", Webhook: a.Webhook, Made: date(a.MadeAt), Closed: a.ClosedAt != 0}
	if p, known := profileNamed(a.Profile); known {
		seen.Profile = p.Site
	}
	if s.millis() < a.OldUntil {
		seen.OldUntil = date(a.OldUntil)
	}
	return seen
}

func appFields(form url.Values) []field {
	var sites []option
	for _, p := range profiles {
		sites = append(sites, option{p.Name, p.Site, p.Name == form.Get("profile")})
	}
	sites = append(sites, option{profileAdmin, "Admin API: settings and people of all sites", form.Get("profile") == profileAdmin})
	return []field{
		{Name: "name", Label: "Name", Kind: "text", Value: form.Get("name"), Max: 64},
		{Name: "profile", Label: "Site", Kind: fieldSelect, Options: sites},
		{Name: "webhook", Label: "Webhook", Kind: "text", Value: form.Get("webhook"), Hint: "Where to tell how a request ended. May be empty.", Max: 512},
	}
}

// showSecrets answers with the secrets of a; they are not kept.
func (s *Server) showSecrets(w http.ResponseWriter, r *http.Request, v *visitor, a store.App, secrets appSecrets) error {
	return s.showApps(w, r, v, http.StatusOK, apps{New: appFields(nil), Made: &a, Secrets: secrets}, "")
}

// mayOwn refuses an administrator without a second factor who would get the key
// to the admin API, which asks for none.
func mayOwn(v *visitor, profile string) error {
	if profile == profileAdmin && !v.two.On {
		return refuse(http.StatusConflict, "two_factor_first", firstOwn)
	}
	return nil
}

func (s *Server) addApp(w http.ResponseWriter, r *http.Request, v *visitor) error {
	form := newAppForm{r.PostForm.Get("name"), r.PostForm.Get("profile"), r.PostForm.Get("webhook")}
	var made store.App
	var secrets appSecrets
	err := mayOwn(v, form.Profile)
	if err == nil {
		err = s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
			made, secrets, err = s.newApp(tx, form, v.doer())
			return err
		})
	}
	var found problems
	var refused *apiError
	switch {
	case errors.As(err, &found):
		return s.showApps(w, r, v, http.StatusUnprocessableEntity, apps{New: withProblems(appFields(r.PostForm), found), Open: true}, "")
	case errors.As(err, &refused):
		return s.showApps(w, r, v, refused.status, apps{New: appFields(r.PostForm), Open: true}, refused.Message)
	case err != nil:
		return err
	}
	return s.showSecrets(w, r, v, made, secrets)
}

func (s *Server) rotateSecret(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var a store.App
	var secrets appSecrets
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if a, err = openApp(tx, r.PathValue("id")); err != nil {
			return err
		}
		if err := mayOwn(v, a.Profile); err != nil {
			return err
		}
		a, secrets, err = s.rotateApp(tx, a.ID, r.PostForm.Get("at_once") != "", v.doer())
		return err
	})
	if err != nil {
		return err
	}
	return s.showSecrets(w, r, v, a, secrets)
}

func (s *Server) closeAppPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	err := s.store.Update(r.Context(), func(tx *store.Tx) error { return s.closeApp(tx, r.PathValue("id"), v.doer()) })
	if err != nil {
		return err
	}
	return seeOther(w, r, "/company/apps?done=app")
}
