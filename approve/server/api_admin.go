package server

// /v1/admin: the company's pages for programs. The caller is an app of the
// profile "admin"; its secret is the bearer token.

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func (s *Server) adminRoutes() {
	s.mux.Handle("GET /v1/admin/policy/{profile}", s.adminAPI(s.policyOf))
	s.mux.Handle("PUT /v1/admin/policy/{profile}", s.adminAPI(s.putPolicy))
	s.mux.Handle("GET /v1/admin/users", s.adminAPI(s.listUsers))
	s.mux.Handle("POST /v1/admin/users/{id}/reset", s.adminAPI(s.resetUser))
	s.mux.HandleFunc("GET /v1/admin/audit", func(w http.ResponseWriter, r *http.Request) {
		by, err := s.adminApp(r)
		if err == nil {
			err = s.streamAudit(w, r, by)
		}
		if err != nil {
			s.writeError(w, err)
		}
	})
}

// adminAPI makes a handler of a call: only apps of the admin API may make it.
func (s *Server) adminAPI(call func(r *http.Request, body []byte, by doer) (any, error)) http.Handler {
	return s.api(http.StatusOK, func(r *http.Request, body []byte) (any, error) {
		by, err := s.adminApp(r)
		if err != nil {
			return nil, err
		}
		answer, err := call(r, body, by)
		var found problems
		if errors.As(err, &found) {
			return nil, found.refusal()
		}
		return answer, err
	})
}

// adminApp returns the app that calls.
func (s *Server) adminApp(r *http.Request) (doer, error) {
	id, secret, found := bearer(r)
	if !found {
		return doer{}, refuse(http.StatusUnauthorized, codeUnauthorized, "bring the id and secret of an app of the admin API: Authorization: Bearer ID.SECRET")
	}
	var a store.App
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		a, err = s.appBySecret(tx, id, secret)
		return err
	})
	switch {
	case errors.Is(err, errApp):
		return doer{}, refuse(http.StatusUnauthorized, codeUnauthorized, "there is no such app, or its secret is another one")
	case err != nil:
		return doer{}, err
	case a.Profile != profileAdmin:
		return doer{}, refuse(http.StatusForbidden, "forbidden", "this app may not use the admin API")
	}
	return doer{Name: "app " + a.ID, IP: remoteIP(r)}, nil
}

// refusal is the first of the problems as an answer.
func (p problems) refusal() error {
	for field, text := range p {
		e := refuse(http.StatusUnprocessableEntity, "not_right", text)
		e.Field = field
		return e
	}
	return errors.New("no problem")
}

func (s *Server) policyOf(r *http.Request, _ []byte, _ doer) (any, error) {
	p, err := site(r)
	if err != nil {
		return nil, err
	}
	var policy Policy
	err = s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		policy, err = s.policy(tx, p)
		return err
	})
	return policy, err
}

// putPolicy takes a whole policy: what is left out has its default.
func (s *Server) putPolicy(r *http.Request, body []byte, by doer) (any, error) {
	p, err := site(r)
	if err != nil {
		return nil, err
	}
	var policy Policy
	read := json.NewDecoder(bytes.NewReader(body))
	read.DisallowUnknownFields()
	if err := read.Decode(&policy); err != nil || read.More() {
		return nil, refuse(http.StatusBadRequest, protocol.CodeBadRequest, "the message is not a policy as GET gives it")
	}
	err = s.store.Update(r.Context(), func(tx *store.Tx) error { return s.setPolicy(tx, p, policy, by.Name, by.IP) })
	var wrong *PolicyError
	if errors.As(err, &wrong) {
		return nil, problems{wrong.Field: wrong.Problem}
	}
	if err != nil {
		return nil, err
	}
	return s.policyOf(r, nil, by)
}

func (s *Server) listUsers(r *http.Request, _ []byte, _ doer) (any, error) {
	return s.Users(r.Context())
}

// resetCall is what a reset takes.
type resetCall struct {
	Profile string `json:"profile"`
	Reason  string `json:"reason"`
	Checked string `json:"checked"` // how identity was checked
}

func (s *Server) resetUser(r *http.Request, body []byte, by doer) (any, error) {
	var call resetCall
	if err := decode(body, &call); err != nil {
		return nil, err
	}
	p, known := profileNamed(call.Profile)
	if !known {
		return nil, problems{"profile": "There is no such site."}
	}
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		u, err := pathUser(tx, r)
		if err != nil {
			return err
		}
		return s.resetFor(tx, u, p, resetting{call.Reason, call.Checked}, by)
	})
	if err == nil {
		s.hub.notify(r.PathValue("id"))
	}
	return nil, err
}
