package server

// The sites: the list of them, their addresses, and the page of each for who is
// signed in.

import (
	"fmt"
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// listedSite is a site on the list.
type listedSite struct {
	profile
	Ways string // how it asks for a second factor
}

func (s *Server) homePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var sites []listedSite
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
		for _, p := range profiles {
			policy, err := s.policy(tx, p)
			if err != nil {
				return err
			}
			var names []string
			for _, kind := range policy.Methods {
				names = append(names, kindName(kind))
			}
			sites = append(sites, listedSite{p, strings.Join(names, ", ")})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.show(w, v, view{Page: "home", Title: "Sample sites", Body: sites})
}

func (s *Server) missingPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return refuse(http.StatusNotFound, "", "There is no such page.")
}

// redirectLogin leads to the sign-in page of the site that is named, or that the
// browser has to do with; a browser that is new here chooses one.
func (s *Server) redirectLogin(w http.ResponseWriter, r *http.Request, v *visitor) error {
	to := "/"
	if p, ok := profileNamed(r.URL.Query().Get("site")); ok {
		to = "/app/" + p.Name + "/login"
	} else if v.session != nil || v.login != nil || v.site.Name != firstProfile().Name {
		to = "/app/" + v.site.Name + "/login"
	}
	http.Redirect(w, r, to, http.StatusFound)
	return nil
}

// redirectTo answers a short address, such as /helpdesk/login.
func redirectTo(path string) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, _ *visitor) error {
		http.Redirect(w, r, path, http.StatusFound)
		return nil
	}
}

// redirectSite leads to the site where the browser is signed in.
func (s *Server) redirectSite(w http.ResponseWriter, r *http.Request, v *visitor) error {
	http.Redirect(w, r, "/app/"+v.site.Name, http.StatusFound)
	return nil
}

// site returns the profile in r's path.
func site(r *http.Request) (profile, error) {
	p, ok := profileNamed(r.PathValue("profile"))
	if !ok {
		return p, refuse(http.StatusNotFound, "", "There is no such site.")
	}
	return p, nil
}

// doneRecovery asks the page of a site to say how many codes are left.
const doneRecovery = "recovery"

func (s *Server) sitePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := site(r)
	if err != nil {
		return err
	}
	if v.site.Name != p.Name { // signed in at another site
		http.Redirect(w, r, "/app/"+p.Name+"/login", http.StatusFound)
		return nil
	}
	var f factors
	if err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		f, err = s.factors(tx, v.user.ID, p)
		return err
	}); err != nil {
		return err
	}
	page := view{Page: "site", Title: p.App, Site: p, State: "signed_in", Body: "Off", Notice: resetNotice(f.TwoStep, p)}
	if f.On {
		page.Body = kindName(f.first())
	}
	if done := notice(r, p); page.Notice == "" && done != "" {
		page.Notice = done
	}
	if f.RecoveryCount > 0 && r.URL.Query().Get("done") == doneRecovery {
		page.Notice = fmt.Sprintf("%d of %d codes left.", f.RecoveryLeft, f.RecoveryCount)
	}
	return s.show(w, v, page)
}

// resetNotice tells people whose second factor was reset, until they have set it
// up again.
func resetNotice(two store.TwoStep, p profile) string {
	switch {
	case two.ResetAt == 0:
		return ""
	case two.ResetBy == "recovery":
		return "Your two-factor settings were reset. Set them up again."
	}
	return fmt.Sprintf("2FA was reset by an administrator on %s. Set it up again under %s.", date(two.ResetAt), p.Words.Security)
}
