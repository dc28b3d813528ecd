package server

// What all pages share: who looks, forms that come from our own pages, layout.

import (
	"bytes"
	"context"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"nod/approve/server/store"
)

const (
	cookieName = "nod_s"

	sessionIdle = 12 * time.Hour
	sessionMax  = 7 * 24 * time.Hour
	freshLife   = 5 * time.Minute // of a typed password
)

// visitor is the browser that asks, and what its cookie opens: at most one of
// session and login.
type visitor struct {
	visit
	cookie  string
	hash    []byte
	session *store.Session
	login   *store.Login
	user    store.User    // of session or login
	site    profile       // where they are signed in or about to; else that of the path
	two     store.TwoStep // the second factor of user at site
}

type pageHandler func(w http.ResponseWriter, r *http.Request, v *visitor) error

// page makes a handler of h: it finds the visitor, and refuses forms that are
// not from a page of this visitor.
func (s *Server) page(h pageHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visitor(w, r)
		if p, ok := profileNamed(r.PathValue("profile")); ok && v.session == nil && v.login == nil {
			v.site = p
		}
		if err == nil {
			err = s.checkForm(w, r, v)
		}
		if err == nil && v.astray(r.URL.Path) {
			http.Redirect(w, r, "/setup", redirectStatus(r))
			return
		}
		if err == nil {
			err = h(w, r, v)
		}
		var e *apiError
		switch {
		case err == nil, errors.Is(err, context.Canceled):
		case errors.As(err, &e):
			s.render(w, e.status, v, view{Page: "error", Title: "That did not work", Error: e.Message})
		default:
			s.config.Log("error: %v", err)
			s.render(w, http.StatusInternalServerError, v, view{Page: "error", Title: "That did not work", Error: "The server failed. Try again."})
		}
	})
}

// visitor reads the cookie, or gives the browser one: forms need it even before
// anyone has signed in.
func (s *Server) visitor(w http.ResponseWriter, r *http.Request) (*visitor, error) {
	browser, os := browserAndOS(r.UserAgent())
	v := &visitor{visit: visit{remoteIP(r), browser, os}, site: firstProfile()}
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) != base64.RawURLEncoding.EncodedLen(32) {
		s.newCookie(w, v)
		return v, nil
	}
	v.cookie, v.hash = c.Value, s.keys.hash("cookie", c.Value)
	return v, s.recognise(r.Context(), v)
}

// newCookie gives the browser a fresh cookie. After each step up it needs one,
// so that a cookie known before opens nothing after.
func (s *Server) newCookie(w http.ResponseWriter, v *visitor) {
	v.cookie = base64.RawURLEncoding.EncodeToString(randomBytes(32))
	v.hash = s.keys.hash("cookie", v.cookie)
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: v.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure,
	})
}

// recognise finds the session or login of v's cookie.
func (s *Server) recognise(ctx context.Context, v *visitor) error {
	now := s.millis()
	err := s.store.View(ctx, func(tx *store.Tx) error {
		session, err := tx.Session(v.hash)
		if err == nil && now < session.SeenAt+sessionIdle.Milliseconds() && now < session.MadeAt+sessionMax.Milliseconds() {
			v.session = &session
			return s.fillVisitor(tx, v, session.UserID, session.Profile)
		}
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		login, err := tx.Login(v.hash)
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		if now >= login.ExpiresAt { // its site is where the person starts again
			if p, ok := profileNamed(login.Profile); ok {
				v.site = p
			}
			return nil
		}
		v.login = &login
		return s.fillVisitor(tx, v, login.UserID, login.Profile)
	})
	if err != nil || v.session == nil || now < v.session.SeenAt+time.Minute.Milliseconds() {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.SeeSession(v.hash, now, v.session.FreshAt) })
}

// fillVisitor reads who v is. Closing an account ends its sessions and logins.
func (s *Server) fillVisitor(tx *store.Tx, v *visitor, user, site string) (err error) {
	var known bool
	if v.site, known = profileNamed(site); !known {
		v.session, v.login, v.site = nil, nil, firstProfile()
		return nil
	}
	if v.user, err = tx.User(user); err != nil {
		return err
	}
	if v.user.ClosedAt != 0 {
		v.session, v.login, v.user = nil, nil, store.User{}
		return nil
	}
	if v.two, err = tx.TwoStep(user, site); err != nil || v.session == nil || v.two.On || v.session.FactorAt != 0 {
		return err
	}
	policy, err := s.policy(tx, v.site) // it holds for who is signed in already, too
	v.session.Limited = v.session.Limited || policy.inForce(s.now())
	return err
}

// needSession lets only signed-in people through. One who waits for the second
// step is sent to wait, one who must set it up first is sent there.
func (s *Server) needSession(h pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if v.session != nil && !v.session.Limited {
			return h(w, r, v)
		}
		to := "/app/" + v.site.Name + "/login"
		if v.session != nil {
			to = "/setup"
		}
		if v.login != nil {
			to = loginPath(v.login.Method)
		}
		http.Redirect(w, r, to, redirectStatus(r))
		return nil
	}
}

// redirectStatus keeps a POST from being sent again.
func redirectStatus(r *http.Request) int {
	if r.Method == http.MethodPost {
		return http.StatusSeeOther
	}
	return http.StatusFound
}

// seeOther answers a form.
func seeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// view is what a page shows. Page names its template.
type view struct {
	Page, Title string
	State       string // of a login, for scripts and styles
	Refresh     int    // seconds after which a page without script looks again
	Script      bool   // the page looks by itself when scripts run
	Side        string // marked entry of the account's sidebar, "" for no sidebar
	Company     string // marked entry of the company's sidebar, "" for no sidebar
	Error       string // next to the form or its field
	Notice      string
	User        string // signed in; "" shows no user menu
	Account     bool   // the menu has the account's settings; not while setting up is forced
	Admin       bool   // the menu has the company's settings
	CSRF        string
	Site        profile
	Support     string // where to turn to
	SupportURL  string
	Banner      string // what is about to change, for the whole site
	Body        any
}

//go:embed pages/*.html
var pageFiles embed.FS

// templates are parsed when the first page is shown: every nod command starts
// with this package in it.
var templates = sync.OnceValue(parseTemplates)

// parseTemplates makes one template per page: each fills in "body" of the layout.
func parseTemplates() map[string]*template.Template {
	files, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		panic(err) // only for a pattern that is not valid
	}
	all := map[string]*template.Template{}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".html")
		all[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/fields.html", file))
	}
	return all
}

// render writes a page.
func (s *Server) render(w http.ResponseWriter, status int, v *visitor, page view) {
	if v != nil {
		page.CSRF = s.csrf(v)
		if v.session != nil && (page.Site.Name == "" || page.Site.Name == v.site.Name) {
			page.User, page.Account = v.user.Email, !v.session.Limited
			page.Admin = v.user.Admin && page.Account
		}
	}
	if page.Site.Name == "" {
		page.Site = firstProfile()
		if v != nil {
			page.Site = v.site
		}
	}
	if err := s.fillPolicy(&page); err != nil {
		s.config.Log("error: %v", err)
	}
	var out bytes.Buffer
	if err := templates()[page.Page].ExecuteTemplate(&out, "layout.html", page); err != nil {
		s.config.Log("error: show page %s: %v", page.Page, err)
		http.Error(w, "The server failed. Try again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes()) // an error here is a browser that has gone
}

// fillPolicy puts what the site's policy says into every page.
func (s *Server) fillPolicy(page *view) error {
	return s.store.View(context.Background(), func(tx *store.Tx) error {
		policy, err := s.policy(tx, page.Site)
		page.Support, page.SupportURL = policy.SupportText, policy.SupportURL
		if policy.Required && !policy.inForce(s.now()) && page.Page != "home" {
			page.Banner = fmt.Sprintf("From %s two-factor authentication is mandatory for everyone.", policy.RequiredFrom.UTC().Format("2 January 2006"))
		}
		return err
	})
}

func (s *Server) show(w http.ResponseWriter, v *visitor, page view) error {
	s.render(w, http.StatusOK, v, page)
	return nil
}
