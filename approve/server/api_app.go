package server

// What the calls of apps share: who asks, and the error codes of apps alone.

import (
	"errors"
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// The error codes of the app API, beside those of package protocol.
const (
	codeUnauthorized = "unauthorized" // 401: no such app, or another secret
	codeUnknownUser  = "unknown_user" // 404
	codeNoDevice     = "no_device"    // 409: nothing to ask
	codePaused       = "paused"       // 409, with retry_after: a code still works
	codeNoCallback   = "no_callback"  // 409: the app has no address of a realm
)

// appRoutes are the calls of apps.
func (s *Server) appRoutes() {
	app := func(pattern string, status int, h func(r *http.Request, body []byte, a store.App) (any, error)) {
		s.mux.Handle(pattern, s.api(status, func(r *http.Request, body []byte) (any, error) {
			id, secret := credentials(r)
			a, err := s.appNamed(r, id, secret)
			if err != nil {
				return nil, err
			}
			return h(r, body, a)
		}))
	}
	app("POST /v1/auth", http.StatusCreated, s.startAuth)
	app("GET /v1/auth/{id}", http.StatusOK, s.authState)
	app("POST /v1/auth/{id}/code", http.StatusOK, s.authCode)
	app("DELETE /v1/auth/{id}", http.StatusOK, s.cancelAuth)
	s.mux.Handle("POST /v1/ciba/{app}/{secret}", s.api(http.StatusCreated, s.startCIBA))
}

// credentials reads Authorization: Bearer <app id>.<secret>.
func credentials(r *http.Request) (id, secret string) {
	id, secret, _ = bearer(r)
	return id, secret
}

// appNamed returns the app of id and secret. All wrong ones get the same answer.
func (s *Server) appNamed(r *http.Request, id, secret string) (a store.App, err error) {
	err = s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		a, err = s.appBySecret(tx, id, secret)
		return err
	})
	if errors.Is(err, errApp) || err == nil && a.Profile == profileAdmin {
		err = refuse(http.StatusUnauthorized, codeUnauthorized, "there is no app with that id and secret")
	}
	return a, err
}

// appUser returns the person whom an app names by e-mail address or user name.
func appUser(tx *store.Tx, name string) (store.User, error) {
	u, err := tx.UserByName(strings.ToLower(strings.TrimSpace(name)))
	if errors.Is(err, store.ErrNone) || (err == nil && u.ClosedAt != 0) {
		e := refuse(http.StatusNotFound, codeUnknownUser, "there is no such person")
		e.Field = "user"
		return u, e
	}
	return u, err
}

// refusedRequest is the error for a request that was not sent.
func (s *Server) refusedRequest(tx *store.Tx, user store.User, p profile, why string) error {
	switch why {
	case refusalNone:
		return refuse(http.StatusConflict, codeNoDevice, "this person has no device that could be asked")
	case refusalPaused:
		two, err := tx.TwoStep(user.ID, p.Name)
		if err != nil {
			return err
		}
		e := refuse(http.StatusConflict, codePaused, "requests to this person are paused; a code still works")
		e.RetryAfter = int((two.PauseTill - s.millis() + 999) / 1000)
		return e
	}
	return tooMany("too_many", "too many requests to this person; a code still works", s.config.PushSpacing)
}
