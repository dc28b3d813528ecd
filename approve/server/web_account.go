package server

// The page that asks for the password again.

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"nod/approve/server/store"
)

const (
	reauthTries  = 5 // wrong passwords of a signed-in person ...
	reauthWindow = 15 * time.Minute
	eventReauth  = "reauth"
)

// What the password is asked for.
const (
	doCompanion = "companion" // switch 2-step verification on
	doOff       = "off"
	doDevice    = "device" // add one
	doRemove    = "remove" // remove one
	doCompany   = "company"
	doSetup     = "setup"  // set a method up
	doAdd       = "add"    // set one more up
	doMethod    = "method" // remove one
)

// purposes says it in words.
var purposes = map[string]string{
	doCompanion: "to set up 2-step verification",
	doOff:       "to switch 2-step verification off",
	doDevice:    "to add a device",
	doRemove:    "to remove a device",
	doCompany:   "to open the company's settings",
	doSetup:     "to set up your second factor",
	doAdd:       "to set up your second factor",
	doMethod:    "to remove a method",
}

// asking is what the password page is for.
type asking struct{ Do, ID, Purpose string }

func (s *Server) askPassword(w http.ResponseWriter, r *http.Request, do, id string) error {
	return seeOther(w, r, "/account/confirm?"+url.Values{"do": {do}, "id": {id}}.Encode())
}

func passwordView(do, id, problem string) (view, error) {
	purpose, ok := purposes[do]
	if !ok {
		return view{}, refuse(http.StatusNotFound, "", "There is no such page.")
	}
	return view{Page: "confirm", Title: "Confirm your password", Side: "security", Error: problem, Body: asking{do, id, purpose}}, nil
}

func (s *Server) passwordPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	page, err := passwordView(r.URL.Query().Get("do"), r.URL.Query().Get("id"), "")
	if err != nil {
		return err
	}
	return s.show(w, v, page)
}

func (s *Server) confirmPassword(w http.ResponseWriter, r *http.Request, v *visitor) error {
	do, id := r.PostForm.Get("do"), r.PostForm.Get("id")
	page, err := passwordView(do, id, "")
	if err != nil {
		return err
	}
	status, problem, err := s.retype(r, v, do)
	if err != nil {
		return err
	}
	if problem != "" {
		page.Error = problem
		s.render(w, status, v, page)
		return nil
	}
	to := "/account/security"
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		now := s.millis()
		if err := tx.SeeSession(v.hash, now, now); err != nil {
			return err
		}
		to, err = s.doConfirmed(tx, v, do, id)
		return err
	})
	if err != nil {
		return err
	}
	return seeOther(w, r, to)
}

// retype checks the password that a signed-in person typed once more, and counts
// wrong ones. A problem comes with the status to answer. why goes into the audit
// log.
func (s *Server) retype(r *http.Request, v *visitor, why string) (status int, problem string, err error) {
	limited, err := s.tooOften(r, eventReauth, v.user.ID, reauthTries, reauthWindow)
	if err != nil {
		return 0, "", err
	}
	if limited {
		return http.StatusTooManyRequests, "Too many tries. Wait 15 minutes.", nil
	}
	_, right, err := s.password(r, v.user.Email, r.PostForm.Get("password"))
	if err != nil {
		return 0, "", err
	}
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		if right {
			return tx.DropEvents(eventReauth, v.user.ID)
		}
		_, err := s.audit(tx, auditPasswordWrong, v.user.Email, v.user.Email, v.ip, why)
		return errors.Join(err, tx.AddEvent(eventReauth, v.user.ID, s.millis()))
	})
	if right {
		return 0, "", err
	}
	return http.StatusForbidden, "Wrong password.", err
}

// doConfirmed does what the password was asked for and returns the page to show.
func (s *Server) doConfirmed(tx *store.Tx, v *visitor, do, id string) (string, error) {
	const security, newDevice = "/account/security", "/account/security/device/new"
	switch do {
	case doOff:
		return s.switchOff(tx, v)
	case doSetup:
		return s.startSetup(tx, v, id)
	case doAdd:
		return s.startAdding(tx, v, id)
	case doMethod, doRemove:
		if !s.freshFactor(v) { // both are asked for, one after the other
			return factorPath(do, id), nil
		}
		if do == doMethod {
			return security + "/method/" + url.PathEscape(strings.TrimSpace(id)) + "/remove", nil
		}
		return security + "/device/" + url.PathEscape(strings.TrimSpace(id)) + "/remove", nil
	case doCompany:
		return companyPath(id), nil
	case doCompanion:
		devices, err := tx.Devices(v.user.ID, v.site.Name, store.DeviceActive)
		if err != nil {
			return security, err
		}
		if len(devices) > 0 { // switched off before: its devices are still there
			return security, s.setTwoStep(tx, v.user, v.site, methodCompanion, v.ip)
		}
		two := v.two
		two.Setup = methodCompanion
		if err := tx.SetTwoStep(two); err != nil {
			return security, err
		}
	}
	_, err := s.newPairing(tx, v.user.ID, v.site, store.PairToken)
	return newDevice, err
}
