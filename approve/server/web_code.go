package server

// The second factor by code: of an authenticator app, of the companion app when
// no request reaches it, by SMS and by e-mail.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"nod/approve/server/store"
)

// entering is what the code page shows.
type entering struct {
	Kind     string
	Where    string // where the code is to be found
	Hint     string // below the field
	Times    bool   // it tells a time of day
	Problem  string // for scripts: what was wrong with the code before
	Address  string // masked, of a code that is sent
	Live     bool   // a sent code can be typed
	Sent     bool   // the kind is sent
	Wait     int    // seconds until the next code may be sent
	Recovery string // the link to the recovery page, "" for none
	Push     bool   // devices can be asked instead
}

// problemNames say for scripts what a check of a code found.
var problemNames = map[codeResult]string{
	codeWrong: "wrong", codeUsed: "used", codeExpired: "expired", codeReplaced: "replaced", codeTooMany: "too_many", codeLimited: refusalLimited,
}

// codeInstead leaves the devices alone: a login has one way at a time.
func (s *Server) codeInstead(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.goTo(w, r, v, methodTOTP)
}

// codeView is the page for the way of v's login.
func (s *Server) codeView(tx *store.Tx, v *visitor) (view, entering, error) {
	page := view{Page: "code", Title: "Enter a code"}
	f, err := s.factors(tx, v.user.ID, v.site)
	if err != nil {
		return page, entering{}, err
	}
	e := entering{Kind: v.login.Method, Sent: isSent(v.login.Method), Push: f.has(methodCompanion), Recovery: recoveryLink(f, v.site)}
	if !e.Sent {
		e.Where = fmt.Sprintf("Open your authenticator app: it shows the code of %s.", v.site.App)
		if !f.has(methodTOTP) {
			e.Where = fmt.Sprintf("Open your authenticator app. In nod, the code of %s is on the Codes screen. It needs no network.", v.site.App)
		}
		return page, e, nil
	}
	m, err := s.methodOf(tx, v.user.ID, v.site, e.Kind)
	if err != nil {
		return page, e, err
	}
	e.Address = maskPhone(m.Address)
	if e.Kind == methodEmail {
		e.Address = maskEmail(m.Address)
	}
	codes, err := tx.SentCodes(loginOwner(*v.login))
	if err != nil {
		return page, e, err
	}
	e.Live = len(codes) > 0 && codes[0].ExpiresAt > s.millis()
	wait, err := s.waitToSend(tx, sendingSubject(v.user, v.site, e.Kind))
	e.Wait = int((wait + time.Second - 1) / time.Second)
	if e.Live {
		e.Where = fmt.Sprintf("We sent a code to %s", e.Address)
	} else {
		e.Where = fmt.Sprintf("There is no code yet for %s.", e.Address)
	}
	if e.Wait > 60 {
		e.Hint = fmt.Sprintf("Too many codes were sent. Wait %s, or use another method.", minutes(wait))
	} else if e.Wait > 0 && !e.Live {
		e.Hint = fmt.Sprintf("You can have one sent in %d seconds.", e.Wait)
	}
	return page, e, err
}

// recoveryLink are the words of the link to the recovery page; "" when no code
// is left.
func recoveryLink(f factors, p profile) string {
	if f.RecoveryLeft == 0 {
		return ""
	}
	return p.Words.RecoveryLink
}

// byCode tells whether v's login waits for a code; else the answer leads to
// where it stands.
func (s *Server) byCode(w http.ResponseWriter, r *http.Request, v *visitor) (bool, error) {
	if to := loginPath(v.login.Method); to != "/login/code" {
		return false, seeOther(w, r, to)
	}
	return true, nil
}

func (s *Server) codePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.byCode(w, r, v); !ok {
		return err
	}
	var page view
	var e entering
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		page, e, err = s.codeView(tx, v)
		return err
	})
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("sent") {
	case "new":
		page.Notice = "A new code was sent. The one before no longer works."
	case "before":
		if e.Hint == "" && e.Wait > 0 {
			e.Hint = waitText(time.Duration(e.Wait) * time.Second)
		}
	case "failed":
		page.Error = "We could not send the code. Try again, or use another method."
	}
	page.Body = e
	return s.show(w, v, page)
}

func (s *Server) enterCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.byCode(w, r, v); !ok {
		return err
	}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	var page view
	var e entering
	var result codeResult
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		policy, err := s.policy(tx, v.site)
		if err != nil {
			return err
		}
		how, tries := "", 0
		result, tries, err = s.limitCode(tx, v.user, v.site, v.login.Method, v.ip, func() (result codeResult, err error) {
			result, how, err = s.checkCode(tx, v, code)
			return result, err
		})
		if err != nil {
			return err
		}
		if result == codeRight {
			_, err = s.endLogin(tx, w, v, false, how)
			return err
		}
		if page, e, err = s.codeView(tx, v); err != nil {
			return err
		}
		page.Error, e.Problem = result.problem(policy), problemNames[result]
		if result == codeWrong && tries >= 2 && v.login.Method == methodTOTP {
			e.Hint = fmt.Sprintf("Check the clock on your device; server time is %s.", s.now().UTC().Format(time.TimeOnly))
			e.Times = true
		}
		if result == codeLimited {
			e.Hint = "Other methods still work."
			return nil
		}
		return s.note(tx, v.user.ID, v.site, v.visit, kindSignIn, "wrong_code", kindName(v.login.Method))
	})
	if err != nil {
		return err
	}
	status := http.StatusUnprocessableEntity
	switch result {
	case codeRight:
		s.hub.notify(v.user.ID)
		return seeOther(w, r, "/app/"+v.site.Name)
	case codeLimited:
		status = http.StatusTooManyRequests
	}
	page.Body = e
	s.render(w, status, v, page)
	return nil
}

// checkCode checks a code of the kind that v's login waits for. how says whose
// it was.
func (s *Server) checkCode(tx *store.Tx, v *visitor, code string) (result codeResult, how string, err error) {
	if !isSent(v.login.Method) {
		result, name, err := s.checkTOTP(tx, v.user, v.site, code)
		if name == "" {
			return result, "authenticator code", err
		}
		return result, "code of " + name, err
	}
	m, err := s.methodOf(tx, v.user.ID, v.site, v.login.Method)
	if err != nil {
		return codeWrong, "", err
	}
	how = "SMS to " + maskPhone(m.Address)
	if m.Kind == methodEmail {
		how = "e-mail to " + maskEmail(m.Address)
	}
	result, err = s.checkSent(tx, loginOwner(*v.login), code)
	if err != nil || result != codeRight {
		return result, how, err
	}
	return result, how, tx.UseMethod(m.ID, s.millis())
}

// resendCode sends a new code; the one before no longer works.
func (s *Server) resendCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.byCode(w, r, v); !ok {
		return err
	}
	if !isSent(v.login.Method) {
		return seeOther(w, r, "/login/code")
	}
	wait, err := s.sendLoginCode(r.Context(), v)
	switch {
	case errors.Is(err, errUndelivered):
		return seeOther(w, r, "/login/code?sent=failed")
	case err != nil:
		return err
	case wait > 0:
		return seeOther(w, r, "/login/code?sent=before")
	}
	return seeOther(w, r, "/login/code?sent=new")
}
