package server

// Sign-in by password, and out.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"nod/approve/server/store"
)

const (
	loginLife = 15 * time.Minute // of a browser that waits for the second step

	passwordTries  = 10 // wrong passwords for one name from one address ...
	passwordWindow = 15 * time.Minute
	eventPassword  = "password"
)

func (s *Server) homePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.show(w, v, view{Page: "home", Title: "Sample sites", Body: profiles})
}

func (s *Server) missingPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return refuse(http.StatusNotFound, "", "There is no such page.")
}

func (s *Server) redirectLogin(w http.ResponseWriter, r *http.Request, v *visitor) error {
	http.Redirect(w, r, "/app/"+v.site.Name+"/login", http.StatusFound)
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

// loginView is the sign-in page. The name typed is kept, the password never.
func loginView(p profile, name, problem string) view {
	return view{Page: "login", Title: "Sign in to " + p.App, Site: p, Error: problem, Body: name}
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := site(r)
	if err != nil {
		return err
	}
	page := loginView(p, "", "")
	switch r.URL.Query().Get("ended") {
	case "expired":
		page.State, page.Notice = store.Expired, "This sign-in request expired."
	case "cancelled":
		page.State, page.Notice = store.Cancelled, "The sign-in was cancelled."
	}
	return s.show(w, v, page)
}

func (s *Server) signIn(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := site(r)
	if err != nil {
		return err
	}
	name := strings.ToLower(strings.TrimSpace(r.PostForm.Get("user")))
	limit := s.passwordSubject(name, v.ip)
	if limited, err := s.tooOften(r, eventPassword, limit, passwordTries, passwordWindow); err != nil || limited {
		if err == nil {
			page := loginView(p, name, "Too many tries. Wait 15 minutes.")
			page.State = refusalLimited
			s.render(w, http.StatusTooManyRequests, v, page)
		}
		return err
	}
	user, right, err := s.password(r, name, r.PostForm.Get("password"))
	if err != nil {
		return err
	}
	if !right {
		err := s.store.Update(r.Context(), func(tx *store.Tx) error {
			_, err := s.audit(tx, auditPasswordWrong, "", user.Email, v.ip, p.Name)
			return errors.Join(err, tx.AddEvent(eventPassword, limit, s.millis()))
		})
		page := loginView(p, name, "Wrong e-mail or password.")
		page.State = "wrong_password"
		if err == nil {
			s.render(w, http.StatusUnauthorized, v, page)
		}
		return err
	}
	return s.passwordRight(w, r, v, user, p, limit)
}

// tooOften tells whether there were too many events of kind in the window.
func (s *Server) tooOften(r *http.Request, kind, subject string, most int, window time.Duration) (limited bool, err error) {
	err = s.store.View(r.Context(), func(tx *store.Tx) error {
		n, _, err := tx.Events(kind, subject, s.millis()-window.Milliseconds())
		limited = n >= most
		return err
	})
	return limited, err
}

// password checks the password of the person called name. For an unknown one
// it takes as long and says no.
func (s *Server) password(r *http.Request, name, password string) (user store.User, right bool, err error) {
	encoded := nobody()
	err = s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		user, err = tx.UserByName(name)
		return err
	})
	switch {
	case err == nil:
		encoded = user.Password
	case !errors.Is(err, store.ErrNone):
		return user, false, err
	}
	s.hashing <- struct{}{} // each check takes 19 MiB: only a few at a time
	defer func() { <-s.hashing }()
	return user, checkPassword(encoded, password), nil
}

// passwordRight signs in, or starts to wait for the second step.
func (s *Server) passwordRight(w http.ResponseWriter, r *http.Request, v *visitor, user store.User, p profile, limit string) error {
	if err := s.expireDue(r.Context()); err != nil {
		return err
	}
	before := v.hash
	s.newCookie(w, v)
	to := "/app/" + p.Name
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		now := s.millis()
		if err := tx.Prune(now, sessionIdle.Milliseconds(), sessionMax.Milliseconds()); err != nil {
			return err
		}
		if err := s.forget(tx, v, before); err != nil {
			return err
		}
		if err := tx.DropEvents(eventPassword, limit); err != nil {
			return err
		}
		two, err := tx.TwoStep(user.ID, p.Name)
		if err != nil {
			return err
		}
		if !two.On {
			return s.startSession(tx, v, user, p, "password")
		}
		to = "/login/wait"
		id, refusal, err := s.sendRequest(tx, user, p, asked{visit: v.visit})
		if err != nil {
			return err
		}
		return tx.AddLogin(store.Login{
			Hash: v.hash, UserID: user.ID, Profile: p.Name, Method: methodCompanion, RequestID: id, Refusal: refusal,
			MadeAt: now, ExpiresAt: now + loginLife.Milliseconds(),
		})
	})
	if err != nil {
		return err
	}
	s.hub.notify(user.ID)
	return seeOther(w, r, to)
}

// forget ends what the cookie with that hash opened: one browser, one login.
func (s *Server) forget(tx *store.Tx, v *visitor, hash []byte) error {
	if v.login != nil {
		if err := s.cancelRequest(tx, *v.login, v.user, v.ip); err != nil {
			return err
		}
	}
	_, err := tx.DropLogin(hash)
	return errors.Join(err, tx.DropSession(hash))
}

// startSession signs the browser with v's cookie in.
func (s *Server) startSession(tx *store.Tx, v *visitor, user store.User, p profile, how string) error {
	now := s.millis()
	typed := now
	if v.login != nil && v.login.UserID == user.ID {
		typed = v.login.MadeAt
	}
	session := store.Session{Hash: v.hash, UserID: user.ID, Profile: p.Name, MadeAt: now, SeenAt: now, FreshAt: typed}
	if v.login != nil {
		session.FactorAt = now
	}
	if err := errors.Join(tx.AddSession(session), tx.SeeUser(user.ID, now), s.note(tx, user.ID, p, v.visit, kindSignIn, "signed_in", how)); err != nil {
		return err
	}
	_, err := s.audit(tx, auditSignedIn, user.Email, user.Email, v.ip, p.Name+" by "+how)
	return err
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, v *visitor) error {
	before := v.hash
	s.newCookie(w, v)
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return s.forget(tx, v, before) }); err != nil {
		return err
	}
	return seeOther(w, r, "/")
}

func (s *Server) sitePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := site(r)
	if err != nil {
		return err
	}
	if v.site.Name != p.Name { // signed in at another site
		http.Redirect(w, r, "/app/"+p.Name+"/login", http.StatusFound)
		return nil
	}
	page := view{Page: "site", Title: p.App, Site: p, State: "signed_in"}
	if v.two.ResetAt != 0 {
		who := "an administrator"
		if v.two.ResetBy == "recovery" {
			who = "a " + strings.ToLower(p.Words.Recovery)
		}
		page.Notice = fmt.Sprintf("2FA was reset by %s on %s. Set it up again under %s.", who, date(v.two.ResetAt), p.Words.Security)
	}
	return s.show(w, v, page)
}
