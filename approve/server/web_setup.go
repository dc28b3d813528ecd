package server

// The pages that set a method up, step by step: under /account/security for who is
// signed in, under /setup for who must set one up first. The rules are in setup.go.

import (
	"encoding/base32"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"nod/approve/server/store"
)

func (s *Server) setupRoutes() {
	forced := func(pattern string, h pageHandler) { s.open(pattern, s.needForced(h)) }
	forced("GET /setup", s.setupHome)
	forced("GET /setup/choose", s.cardsPage)
	forced("GET /setup/{kind}", s.setupPage)
	forced("POST /setup/{kind}", s.setupForm)
	forced("GET /setup/{kind}/qr.png", s.setupQR)
	forced("GET /setup/device", s.newDevicePage)
	forced("POST /setup/device", s.newDevice)
	forced("POST /setup/device/code", s.newCode)
	forced("POST /setup/device/confirm", s.answerDevice)
	forced("GET /setup/device/qr.png", s.qrImage)

	s.signedIn("GET /account/security/choose", s.cardsPage)
	s.signedIn("GET /account/security/{kind}/new", s.setupPage)
	s.signedIn("POST /account/security/{kind}/new", s.setupForm)
	s.signedIn("GET /account/security/{kind}/qr.png", s.setupQR)
}

// setupPath is where kind is set up.
func (v *visitor) setupPath(kind string) string {
	if v.session != nil && v.session.Limited {
		return "/setup/" + kind
	}
	return "/account/security/" + kind + "/new"
}

// securityPath is where one goes who gives up.
func (v *visitor) securityPath() string {
	if v.session != nil && v.session.Limited {
		return "/setup"
	}
	return "/account/security"
}

// settingUp is what a step shows.
type settingUp struct {
	Kind, Step, Action, Leave string
	First                     bool // no step before it
	Key, Facts, QR            string
	Large                     bool // in the middle of the page (H5)
	Name, NameError           string
	Number, NumberError       string
	To                        string // masked
	Sent                      bool
	CodeError, Hint           string
	Verb                      string // of the button
	Codes                     []string
	App                       template.URL // opens an app on the same machine
	Forced                    bool         // the company asks for it
	TickError                 string
}

// setupGates sends people to type password or code first, where that is needed: a
// redirect was sent then.
func (s *Server) setupGates(w http.ResponseWriter, r *http.Request, v *visitor, kind string) (sent bool, err error) {
	var allowed bool
	if err := s.store.View(r.Context(), func(tx *store.Tx) error {
		policy, err := s.policy(tx, v.site)
		allowed = kind == setupRecovery || policy.allows(kind)
		return err
	}); err != nil {
		return false, err
	}
	switch {
	case !allowed || kind == methodCompanion:
		return false, refuse(http.StatusNotFound, "", "There is no such page.")
	case v.session.Limited && kind == setupRecovery:
		return true, seeOther(w, r, "/setup")
	case v.session.Limited:
		return false, nil
	case !s.fresh(v):
		return true, s.askPassword(w, r, doAdd, kind)
	case !s.freshFactor(v):
		return true, s.askFactor(w, r, doAdd, kind)
	}
	return false, nil
}

func (s *Server) setupPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	kind := r.PathValue("kind")
	if sent, err := s.setupGates(w, r, v, kind); sent || err != nil {
		return err
	}
	var now setup
	if err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		now, err = s.beginSetup(tx, v.user, v.site, kind)
		return err
	}); err != nil {
		return err
	}
	return s.showSetup(w, v, http.StatusOK, now, settingUp{})
}

// showSetup shows the step that now is at; told has what went wrong.
func (s *Server) showSetup(w http.ResponseWriter, v *visitor, status int, now setup, told settingUp) error {
	body := told
	body.Kind, body.Step, body.Action, body.Leave = now.Kind, now.Step, v.setupPath(now.Kind), v.securityPath()
	body.First = !now.moved(v.site)
	if body.Number == "" {
		body.Number = now.Address
	}
	body.QR = strings.TrimSuffix(body.Action, "/new") + "/qr.png"
	page := view{Page: "step", Title: s.stepTitle(v, now), State: now.Step, Body: &body}
	if !v.session.Limited {
		page.Side = "security"
	}
	body.Forced = v.session.Limited && body.First
	switch now.Step {
	case stepScan, stepScanCode, stepCode:
		body.Key = grouped(base32.StdEncoding.EncodeToString(now.pending.Secret))
		body.App = template.URL(totpKey(now.pending.Secret, v.site, v.user.Email, now.Period, totpDigits).URI())
		body.Facts = fmt.Sprintf("period %d s, %d digits", now.Period, totpDigits)
		body.Large, body.Verb = v.site.Name == "helpdesk", "Next"
		switch v.site.Name {
		case "oneglobal", "rms":
			body.Verb = "Save"
		case "helpdesk":
			body.Verb = "Verify"
		}
		if now.Remade {
			page.Notice = "We made a new QR code, scan again."
		}
	case stepAddress, stepSent:
		body.Verb, body.To = "Next", now.Address
		if now.Step == stepSent {
			body.Verb, body.To = "Register", maskPhone(now.Address)
		}
		var err error
		if body.Sent, err = s.hasSent(now, v.site); err != nil {
			return err
		}
	case stepRecovery:
		body.Codes = now.Codes
	}
	s.render(w, status, v, page)
	return nil
}

func (s *Server) stepTitle(v *visitor, now setup) string {
	switch {
	case now.Step == stepRecovery:
		return v.site.recoveryWord(len(now.Codes))
	case now.Kind == methodTOTP && now.Step == stepAddress:
		return "Add your e-mail address as a backup"
	case now.Kind == methodTOTP && now.Replaces != "":
		return "Change the device for two-factor authentication"
	case now.Kind == methodTOTP:
		return "Set up an authenticator app"
	case now.Kind == methodSMS:
		return "Set up codes by SMS"
	}
	return "Set up codes by e-mail"
}

// hasSent tells whether a code is under way for the present step.
func (s *Server) hasSent(now setup, p profile) (sent bool, err error) {
	err = s.store.View(noContext, func(tx *store.Tx) error {
		all, err := tx.SentCodes(setupOwner(now.UserID, p, now.Kind))
		sent = len(all) > 0 && all[0].Address == now.Address && all[0].ExpiresAt > s.millis()
		return err
	})
	return sent, err
}

// grouped writes a key in groups of four.
func grouped(key string) string {
	var parts []string
	for group := range slices.Chunk([]byte(strings.TrimRight(key, "=")), 4) {
		parts = append(parts, string(group))
	}
	return strings.Join(parts, " ")
}

func (s *Server) setupQR(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var now setup
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		now, err = s.openSetup(tx, v.user.ID, v.site, methodTOTP)
		return err
	})
	if errors.Is(err, store.ErrNone) || r.PathValue("kind") != methodTOTP {
		return refuse(http.StatusNotFound, "", "There is no setup under way.")
	}
	if err != nil {
		return err
	}
	return sendQR(w, totpKey(now.pending.Secret, v.site, v.user.Email, now.Period, totpDigits).URI())
}

// clockHint is told after wrong codes of a clock.
func (s *Server) clockHint(tries int) string {
	if tries < 2 {
		return ""
	}
	return fmt.Sprintf("Check the clock on your device; server time is %s.", s.now().UTC().Format(time.TimeOnly))
}
