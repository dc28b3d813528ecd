package server

// What all pages share: who looks, forms that come from our own pages, layout.

import (
	"bytes"
	"context"
	"crypto/hmac"
	"embed"
	"encoding/base64"
	"errors"
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
	user    store.User // of session or login
}

type pageHandler func(w http.ResponseWriter, r *http.Request, v *visitor) error

// page makes a handler of h: it finds the visitor, and refuses forms that are
// not from a page of this visitor.
func (s *Server) page(h pageHandler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visitor(w, r)
		if err == nil {
			err = s.checkForm(w, r, v)
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
	v := &visitor{visit: visit{remoteIP(r), browser, os}}
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
			v.user, err = tx.User(session.UserID)
			return err
		}
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		login, err := tx.Login(v.hash)
		if errors.Is(err, store.ErrNone) || (err == nil && now >= login.ExpiresAt) {
			return nil
		}
		if err != nil {
			return err
		}
		v.login = &login
		v.user, err = tx.User(login.UserID)
		return err
	})
	if err != nil || v.session == nil || now < v.session.SeenAt+time.Minute.Milliseconds() {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.SeeSession(v.hash, now, v.session.FreshAt) })
}

// fresh tells whether v's password was typed a short while ago.
func (s *Server) fresh(v *visitor) bool {
	return v.session != nil && s.millis() < v.session.FreshAt+freshLife.Milliseconds()
}

func (s *Server) csrf(v *visitor) string {
	return base64.RawURLEncoding.EncodeToString(s.keys.hash("form", v.cookie))
}

// checkForm refuses a POST without the token that our own pages put into forms.
func (s *Server) checkForm(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if r.Method != http.MethodPost {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return refuse(http.StatusBadRequest, "", "The form could not be read.")
	}
	if !hmac.Equal([]byte(r.PostForm.Get("csrf")), []byte(s.csrf(v))) {
		return refuse(http.StatusForbidden, "", "This form is out of date. Go back, reload the page and try again.")
	}
	return nil
}

// needSession lets only signed-in people through. One who waits for the second
// step is sent to wait.
func (s *Server) needSession(h pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if v.session != nil {
			return h(w, r, v)
		}
		to := "/app/" + accountProfile().Name + "/login"
		if v.login != nil {
			to = "/login/wait"
		}
		http.Redirect(w, r, to, redirectStatus(r))
		return nil
	}
}

// needLogin lets only those through who wait for the second step.
func (s *Server) needLogin(h pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if v.login != nil {
			return h(w, r, v)
		}
		to := "/app/" + accountProfile().Name
		if v.session == nil {
			to += "/login?ended=expired"
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
	Error       string // next to the form or its field
	Notice      string
	User        string // signed in; "" shows no user menu
	Admin       bool   // the menu has the company's settings
	CSRF        string
	Site        profile
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
		all[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", file))
	}
	return all
}

// render writes a page.
func (s *Server) render(w http.ResponseWriter, status int, v *visitor, page view) {
	if v != nil {
		page.CSRF = s.csrf(v)
		if v.session != nil {
			page.User, page.Admin = v.user.Email, v.user.Admin
		}
	}
	if page.Site.Name == "" {
		page.Site = accountProfile()
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

func (s *Server) show(w http.ResponseWriter, v *visitor, page view) error {
	s.render(w, http.StatusOK, v, page)
	return nil
}
