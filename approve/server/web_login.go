package server

// Sign-in by password, what comes after it, and signing out.

import (
	"cmp"
	"context"
	"errors"
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

// loginRoutes are the pages of signing in.
func (s *Server) loginRoutes() {
	s.open("GET /login", s.redirectLogin)
	s.open("GET /app/{profile}/login", s.loginPage)
	s.open("POST /app/{profile}/login", s.signIn)
	for _, p := range profiles {
		s.open("GET /"+p.Name+"/login", redirectTo("/app/"+p.Name+"/login"))
	}

	pending := func(pattern string, h pageHandler) { s.open(pattern, s.waitingFor(h)) }
	pending("GET /login/wait", s.waitPage)
	pending("GET /login/events", s.waitEvents)
	pending("POST /login/again", s.sendAgain)
	pending("POST /login/cancel", s.cancelLogin)
	pending("POST /login/instead", s.codeInstead)
	pending("GET /login/choose", s.choosePage)
	pending("POST /login/choose", s.choose)
	pending("GET /login/code", s.codePage)
	pending("POST /login/code", s.enterCode)
	pending("POST /login/resend", s.resendCode)
	pending("GET /login/recovery", s.recoveryPage)
	pending("POST /login/recovery", s.enterRecovery)

	s.signedIn("GET /app", s.redirectSite)
	s.signedIn("GET /app/{profile}", s.sitePage)
}

// loginView is the sign-in page. The name typed is kept, the password never.
func loginView(p profile, name, state, problem string) view {
	return view{Page: "login", Title: "Sign in to " + p.App, Site: p, State: state, Error: problem, Body: name}
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, err := site(r)
	if err != nil {
		return err
	}
	page := loginView(p, "", "", "")
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
			s.render(w, http.StatusTooManyRequests, v, loginView(p, name, refusalLimited, "Too many tries. Wait 15 minutes."))
		}
		return err
	}
	user, right, err := s.password(r, name, r.PostForm.Get("password"))
	if err != nil {
		return err
	}
	if right && user.ClosedAt != 0 {
		s.render(w, http.StatusForbidden, v, loginView(p, name, "closed", "This account is closed. Contact support."))
		return nil
	}
	if !right {
		err := s.store.Update(r.Context(), func(tx *store.Tx) error {
			_, err := s.audit(tx, auditPasswordWrong, "", user.Email, v.ip, p.Name)
			if user.ID != "" {
				err = errors.Join(err, s.note(tx, user.ID, p, v.visit, kindSignIn, "wrong_password", ""))
			}
			return errors.Join(err, tx.AddEvent(eventPassword, limit, s.millis()))
		})
		if err == nil {
			s.render(w, http.StatusUnauthorized, v, loginView(p, name, "wrong_password", "Wrong e-mail or password."))
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

// password checks the password of the person called name. For an unknown one,
// and for one who has not chosen any yet, it takes as long and says no.
func (s *Server) password(r *http.Request, name, password string) (user store.User, right bool, err error) {
	err = s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		user, err = tx.UserByName(name)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNone) {
		return user, false, err
	}
	s.hashing <- struct{}{} // each check takes 19 MiB: only a few at a time
	defer func() { <-s.hashing }()
	return user, checkPassword(cmp.Or(user.Password, nobody()), password), nil
}

// passwordRight signs in, or starts what has to come first.
func (s *Server) passwordRight(w http.ResponseWriter, r *http.Request, v *visitor, user store.User, p profile, limit string) error {
	if err := s.expireDue(r.Context()); err != nil {
		return err
	}
	before := v.hash
	s.newCookie(w, v)
	var to string
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		if err := tx.Prune(s.millis(), sessionIdle.Milliseconds(), sessionMax.Milliseconds()); err != nil {
			return err
		}
		if err := s.forget(tx, v, before); err != nil {
			return err
		}
		if err := tx.DropEvents(eventPassword, limit); err != nil {
			return err
		}
		v.login, v.session, v.user, v.site = nil, nil, user, p
		var err error
		to, err = s.afterPassword(tx, v)
		return err
	})
	if err != nil {
		return err
	}
	s.hub.notify(user.ID)
	return s.sendAndGo(w, r, v, to)
}

// afterPassword decides what comes after v's right password, and returns the
// page: a second factor that is on is asked for; one that the site asks of
// everyone has to be set up first.
func (s *Server) afterPassword(tx *store.Tx, v *visitor) (to string, err error) {
	f, err := s.factors(tx, v.user.ID, v.site)
	if err != nil {
		return "", err
	}
	if f.On {
		return s.startLogin(tx, v, f)
	}
	policy, err := s.policy(tx, v.site)
	if err != nil {
		return "", err
	}
	return s.enter(tx, v, policy.inForce(s.now()), "password")
}

// startLogin makes v wait for the second factor that comes first.
func (s *Server) startLogin(tx *store.Tx, v *visitor, f factors) (to string, err error) {
	now := s.millis()
	l := store.Login{
		Hash: v.hash, UserID: v.user.ID, Profile: v.site.Name, Method: f.first(),
		MadeAt: now, ExpiresAt: now + loginLife.Milliseconds(),
	}
	if l.Method == methodCompanion {
		if l.RequestID, l.Refusal, err = s.sendRequest(tx, v.user, v.site, asked{visit: v.visit}); err != nil {
			return "", err
		}
	}
	v.login = &l
	return loginPath(l.Method), tx.AddLogin(l)
}

// sendAndGo sends the code that v's login waits for, if it is of a kind that is
// sent, and goes to the page.
func (s *Server) sendAndGo(w http.ResponseWriter, r *http.Request, v *visitor, to string) error {
	if v.login == nil || !isSent(v.login.Method) {
		return seeOther(w, r, to)
	}
	_, err := s.sendLoginCode(r.Context(), v)
	if errors.Is(err, errUndelivered) {
		return seeOther(w, r, to+"?sent=failed")
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, to)
}

// sendLoginCode sends a code by the way of v's login. wait says for how long
// none may be sent.
func (s *Server) sendLoginCode(ctx context.Context, v *visitor) (wait time.Duration, err error) {
	var m store.Method
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		m, err = s.methodOf(tx, v.user.ID, v.site, v.login.Method)
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.sendCode(ctx, sending{
		Owner: loginOwner(*v.login), User: v.user, Profile: v.site, Kind: m.Kind, Address: m.Address, Purpose: "to sign in to " + v.site.App,
	})
}

// forget ends what the cookie with that hash opened: one browser, one login.
func (s *Server) forget(tx *store.Tx, v *visitor, hash []byte) error {
	if v.login != nil {
		if err := s.cancelRequest(tx, *v.login, v.user, v.ip); err != nil {
			return err
		}
		if err := tx.DropSentCodes(loginOwner(*v.login)); err != nil {
			return err
		}
	}
	_, err := tx.DropLogin(hash)
	return errors.Join(err, tx.DropSession(hash))
}

// enter gives the browser with v's cookie a session, a limited one for who must
// set up a second factor first, and returns the page.
func (s *Server) enter(tx *store.Tx, v *visitor, limited bool, how string) (to string, err error) {
	if limited {
		return "/setup", s.addSession(tx, v, v.user, v.site, "setup", how)
	}
	return "/app/" + v.site.Name, s.startSession(tx, v, v.user, v.site, how)
}

// startSession signs the browser with v's cookie in.
func (s *Server) startSession(tx *store.Tx, v *visitor, user store.User, p profile, how string) error {
	if err := errors.Join(s.addSession(tx, v, user, p, "signed_in", how), tx.SeeUser(user.ID, s.millis())); err != nil {
		return err
	}
	_, err := s.audit(tx, auditSignedIn, user.Email, user.Email, v.ip, p.Name+" by "+how)
	return err
}

// addSession stores a session: a limited one when result is "setup".
func (s *Server) addSession(tx *store.Tx, v *visitor, user store.User, p profile, result, how string) error {
	now := s.millis()
	session := store.Session{
		Hash: v.hash, UserID: user.ID, Profile: p.Name, Limited: result == "setup", MadeAt: now, SeenAt: now, FreshAt: now,
	}
	if v.login != nil { // its password came first, then a second factor
		session.FreshAt, session.FactorAt = v.login.MadeAt, now
	}
	return errors.Join(tx.AddSession(session), s.note(tx, user.ID, p, v.visit, kindSignIn, result, how))
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request, v *visitor) error {
	before := v.hash
	s.newCookie(w, v)
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return s.forget(tx, v, before) }); err != nil {
		return err
	}
	return seeOther(w, r, "/")
}
