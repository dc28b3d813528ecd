package server

// The ways of a browser that waits for a second factor: which there are, and
// going from one to another. A login has one live challenge at a time.

import (
	"errors"
	"net/http"

	"nod/approve/server/store"
)

// Where a login does not go on as it was asked to: a person's answer has ended it,
// or the way is not set up (any more).
var (
	errEnded = errors.New("the login has ended")
	errNoWay = errors.New("that way is not set up")
)

// needLogin lets only those through who wait for the second step.
func (s *Server) needLogin(h pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		if v.login != nil {
			return h(w, r, v)
		}
		to := "/app/" + v.site.Name
		if v.session == nil {
			to += "/login?ended=expired"
		}
		http.Redirect(w, r, to, redirectStatus(r))
		return nil
	}
}

// waitingFor lets only those through who wait for the second factor, and leads
// them to a page where they can go on.
func (s *Server) waitingFor(h pageHandler) pageHandler {
	return s.needLogin(func(w http.ResponseWriter, r *http.Request, v *visitor) error {
		err := h(w, r, v)
		switch {
		case errors.Is(err, errEnded):
			return seeOther(w, r, "/login/wait")
		case errors.Is(err, errNoWay):
			return seeOther(w, r, "/login/choose")
		}
		return err
	})
}

// loginPath is the page of a login that waits for a kind of second factor.
func loginPath(kind string) string {
	switch kind {
	case methodCompanion:
		return "/login/wait"
	case "":
		return "/login/choose"
	}
	return "/login/code"
}

// isSent tells whether codes of that kind are sent.
func isSent(kind string) bool { return kind == methodSMS || kind == methodEmail }

// choice is a way on the page.
type choice struct{ Kind, Name, Hint string }

// choices lists the ways of f, last used first: the codes of the companion app
// too, and recovery codes as long as there are any.
func (f factors) choices(p profile) []choice {
	var all []choice
	for _, w := range f.ways() {
		c := choice{Kind: w.Kind, Name: w.Name}
		if w.UsedAt != 0 {
			c.Hint = "Last used " + date(w.UsedAt)
		}
		all = append(all, c)
		if w.Kind == methodCompanion && !f.has(methodTOTP) {
			all = append(all, choice{methodTOTP, "Code of the companion app", "Works without a network"})
		}
	}
	if f.RecoveryLeft > 0 {
		all = append(all, choice{methodRecovery, p.Words.Recovery, leftOf(f)})
	}
	return all
}

// can tells whether kind is one of the ways of f.
func (f factors) can(kind string) bool {
	return f.has(kind) || kind == methodTOTP && f.has(methodCompanion) || kind == methodRecovery && f.RecoveryLeft > 0
}

func (s *Server) choosePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if ok, err := s.undecided(w, r, v); !ok {
		return err
	}
	var f factors
	if err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		f, err = s.factors(tx, v.user.ID, v.site)
		return err
	}); err != nil {
		return err
	}
	page := view{Page: "choose", Title: "Choose how to confirm it is you", Body: f.choices(v.site)}
	if !f.any() {
		page.State = refusalNone
	}
	return s.show(w, v, page)
}

func (s *Server) choose(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.goTo(w, r, v, r.PostForm.Get("method"))
}

// goTo makes kind the way of v's login, unless it is already, and shows its page.
func (s *Server) goTo(w http.ResponseWriter, r *http.Request, v *visitor, kind string) error {
	if err := s.expireDue(r.Context()); err != nil {
		return err
	}
	stays := false
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		stays, err = s.switchTo(tx, v, kind)
		return err
	})
	s.hub.notify(v.user.ID)
	switch {
	case err != nil:
		return err
	case kind == methodRecovery:
		return seeOther(w, r, "/login/recovery")
	case stays:
		return seeOther(w, r, loginPath(kind))
	}
	return s.sendAndGo(w, r, v, loginPath(kind))
}

// switchTo gives v's login another way: what ran before ends. stays tells that it
// goes on as it was.
func (s *Server) switchTo(tx *store.Tx, v *visitor, kind string) (stays bool, err error) {
	f, err := s.factors(tx, v.user.ID, v.site)
	if err != nil {
		return false, err
	}
	if !f.can(kind) {
		return false, errNoWay
	}
	state := v.login.Refusal
	if v.login.RequestID != "" {
		request, err := tx.Request(v.login.RequestID)
		if err != nil {
			return false, err
		}
		state = request.State
	}
	if !goesOn(state) {
		return false, errEnded
	}
	codes, err := tx.SentCodes(loginOwner(*v.login))
	if err != nil {
		return false, err
	}
	if kind == v.login.Method && (state == store.Waiting || kind == methodTOTP || len(codes) > 0) {
		return true, nil
	}
	if err := errors.Join(s.cancelRequest(tx, *v.login, v.user, v.ip), tx.DropSentCodes(loginOwner(*v.login))); err != nil {
		return false, err
	}
	l := store.Login{Method: kind}
	switch kind {
	case methodRecovery:
		l.Method = "" // nothing is sent or asked: the page is open at any time
	case methodCompanion:
		if l.RequestID, l.Refusal, err = s.sendRequest(tx, v.user, v.site, asked{visit: v.visit}); err != nil {
			return false, err
		}
	}
	v.login.Method, v.login.RequestID, v.login.Refusal = l.Method, l.RequestID, l.Refusal
	return false, tx.SetLogin(v.hash, l.Method, l.RequestID, l.Refusal)
}

// methodOf returns the method of that kind of user at p.
func (s *Server) methodOf(tx *store.Tx, user string, p profile, kind string) (store.Method, error) {
	all, err := tx.Methods(user, p.Name)
	if err != nil {
		return store.Method{}, err
	}
	for _, m := range all {
		if m.Kind == kind {
			return m, nil
		}
	}
	return store.Method{}, errNoWay
}
