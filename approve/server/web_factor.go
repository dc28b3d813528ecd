package server

// The page that asks for a fresh code of the second factor, before something that
// a stolen session must not do.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"nod/approve/server/store"
)

// noContext is for reads that no caller ends.
var noContext = context.Background()

func (s *Server) factorRoutes() {
	s.signedIn("GET /account/factor", s.factorPage)
	s.signedIn("POST /account/factor", s.factorForm)
}

// freshFactor tells whether v's second factor was shown a short while ago, or
// there is none to show.
func (s *Server) freshFactor(v *visitor) bool {
	return !v.two.On || s.millis() < v.session.FactorAt+freshLife.Milliseconds()
}

func (s *Server) askFactor(w http.ResponseWriter, r *http.Request, do, id string) error {
	return seeOther(w, r, factorPath(do, id))
}

func factorPath(do, id string) string {
	return "/account/factor?" + url.Values{"do": {do}, "id": {id}}.Encode()
}

// factorBody is what the page shows.
type factorBody struct {
	asking
	App   bool  // an app or a device shows codes
	Sends []way // where a code may be sent
	To    string
}

func factorOwner(v *visitor) string { return fmt.Sprintf("factor %x", v.hash) }

func (s *Server) showFactor(w http.ResponseWriter, v *visitor, status int, do, id, problem string) error {
	body := factorBody{asking: asking{do, id, purposes[do]}}
	err := s.store.View(noContext, func(tx *store.Tx) error {
		f, err := s.factors(tx, v.user.ID, v.site)
		if err != nil {
			return err
		}
		for _, way := range f.ways() {
			switch way.Kind {
			case methodCompanion, methodTOTP:
				body.App = true
			default:
				body.Sends = append(body.Sends, way)
			}
		}
		sent, err := tx.SentCodes(factorOwner(v))
		if len(sent) > 0 {
			body.To = maskEmail(sent[0].Address)
			if strings.HasPrefix(sent[0].Address, "+") {
				body.To = maskPhone(sent[0].Address)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{Page: "factor", Title: "Confirm with your second factor", Side: "security", Error: problem, Body: body})
	return nil
}

func (s *Server) factorPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	do := r.URL.Query().Get("do")
	if purposes[do] == "" {
		return refuse(http.StatusNotFound, "", "There is no such page.")
	}
	return s.showFactor(w, v, http.StatusOK, do, r.URL.Query().Get("id"), "")
}

func (s *Server) factorForm(w http.ResponseWriter, r *http.Request, v *visitor) error {
	do, id := r.PostForm.Get("do"), r.PostForm.Get("id")
	if purposes[do] == "" {
		return refuse(http.StatusNotFound, "", "There is no such page.")
	}
	if kind := r.PostForm.Get("send"); kind != "" {
		return s.sendFactor(w, r, v, kind, do, id)
	}
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	var result codeResult
	var policy Policy
	to := ""
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if policy, err = s.policy(tx, v.site); err != nil {
			return err
		}
		result, _, err = s.limitCode(tx, v.user, v.site, "confirm", v.ip, func() (codeResult, error) {
			result, _, err := s.checkTOTP(tx, v.user, v.site, code)
			if err != nil || result != codeWrong {
				return result, err
			}
			if sent, err := tx.SentCodes(factorOwner(v)); err != nil || len(sent) == 0 {
				return codeWrong, err
			}
			return s.checkSent(tx, factorOwner(v), code)
		})
		if err != nil || result != codeRight {
			return err
		}
		v.session.FactorAt = s.millis()
		if err := tx.SetFactorAt(v.hash, v.session.FactorAt); err != nil {
			return err
		}
		to, err = s.doConfirmed(tx, v, do, id)
		return err
	})
	if err != nil {
		return err
	}
	if result != codeRight {
		return s.showFactor(w, v, problemStatus(result), do, id, result.problem(policy))
	}
	return seeOther(w, r, to)
}

// sendFactor sends a code to the person's number or address.
func (s *Server) sendFactor(w http.ResponseWriter, r *http.Request, v *visitor, kind, do, id string) error {
	var to string
	if err := s.store.View(r.Context(), func(tx *store.Tx) error {
		f, err := s.factors(tx, v.user.ID, v.site)
		for _, way := range f.ways() {
			if way.Kind == kind {
				to = way.Address
			}
		}
		return err
	}); err != nil {
		return err
	}
	if to == "" {
		return refuse(http.StatusNotFound, "", "There is no such method.")
	}
	wait, err := s.sendCode(r.Context(), sending{Owner: factorOwner(v), User: v.user, Profile: v.site, Kind: kind, Address: to, Purpose: purposes[do]})
	switch {
	case errors.Is(err, errUndelivered):
		return s.showFactor(w, v, http.StatusBadGateway, do, id, "We could not send the text. Try again or use e-mail.")
	case err != nil:
		return err
	case wait > 0:
		return s.showFactor(w, v, http.StatusTooManyRequests, do, id, waitText(wait))
	}
	return s.askFactor(w, r, do, id)
}
