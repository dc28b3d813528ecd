package server

// Account settings > Security: 2-step verification and the list of devices.

import (
	"net/http"

	"nod/approve/server/store"
)

// security is what the page shows.
type security struct {
	Setting    string // of the profile
	TwoStep    string // kind that is asked first, "" for off
	Unfinished string // kind whose setup was left half way
	Kinds      []card // that may be chosen
	Add        []card // that are not there yet
	Methods    []shownMethod
	Change     bool // there is an app to be replaced
	Companion  bool // devices may be paired
	Devices    []listed
	Left, All  int    // recovery codes
	Create     string // button for new ones
	Word       string // for recovery codes
	Reset      string // that the second factor was reset, "" for no
}

// shownMethod is a method as the page lists it. Locked says why it stays.
type shownMethod struct{ ID, Name, Added, Used, Locked string }

// listed is a device as pages show it.
type listed struct {
	ID, Name, Platform, Paired, Used string
	Simulated                        bool
}

func listDevice(u store.User, d store.Device) listed {
	l := listed{ID: d.ID, Name: d.Name, Platform: d.Platform, Paired: dateFor(u, d.PairedAt), Simulated: d.Simulated}
	if d.UsedAt != 0 {
		l.Used = dateFor(u, d.UsedAt)
	}
	return l
}

func date(ms int64) string { return fromMillis(ms).Format("2 Jan 2006 15:04") + " UTC" }

// notices are the texts that a page may be asked to show after a form.
var notices = map[string]string{
	"added":    "The device was added.",
	"on":       "The device was added. 2-step verification is on.",
	"refused":  "The device was not added.",
	"removed":  "The device was removed.",
	"first":    "It is asked first from now on.",
	"method":   "The method was removed.",
	"off":      "It is off. Your methods are kept.",
	"recovery": "The new codes count from now on, the old ones no longer work.",
	"saved":    "Saved.",
	"address":  "Your new e-mail address counts from now on.",
	"password": "Your password was changed. Every other browser is signed out.",
	"reported": "It was reported to your administrators, and every other browser is signed out.",
	"reset":    "Two-factor was reset. The person was told by mail.",
}

// notice is the text for r, in the words of p.
func notice(r *http.Request, p profile) string {
	done := r.URL.Query().Get("done")
	if done == "setup" {
		return p.Words.Done
	}
	return notices[done]
}

func (s *Server) securityPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showSecurity(w, r, v, http.StatusOK, "")
}

func (s *Server) showSecurity(w http.ResponseWriter, r *http.Request, v *visitor, status int, problem string) error {
	cards, err := s.cards(v)
	if err != nil {
		return err
	}
	body := security{Setting: v.site.Setting, Kinds: cards}
	err = s.store.View(r.Context(), func(tx *store.Tx) error {
		policy, err := s.policy(tx, v.site)
		if err != nil {
			return err
		}
		f, err := s.factors(tx, v.user.ID, v.site)
		if err != nil {
			return err
		}
		s.fillSecurity(&body, v, policy, f)
		body.Unfinished, err = s.unfinished(tx, v)
		return err
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{
		Page: "security", Title: v.site.Words.Security, Side: "security", Notice: notice(r, v.site), Error: problem, Body: body,
	})
	return nil
}

func (s *Server) fillSecurity(body *security, v *visitor, policy Policy, f factors) {
	if f.On {
		body.TwoStep = f.first()
	}
	for _, m := range f.Methods {
		shown := shownMethod{ID: m.ID, Name: m.Name, Added: dateFor(v.user, m.AddedAt)}
		switch m.Kind {
		case methodSMS:
			shown.Name += " to " + maskPhone(m.Address)
		case methodEmail:
			shown.Name += " to " + maskEmail(m.Address)
			if v.site.EmailBackup {
				shown.Locked = "E-mail stays as backup."
			}
		}
		if m.UsedAt != 0 {
			shown.Used = dateFor(v.user, m.UsedAt)
		}
		body.Methods = append(body.Methods, shown)
	}
	for _, d := range f.Devices {
		body.Devices = append(body.Devices, listDevice(v.user, d))
	}
	body.Companion = policy.allows(methodCompanion) || len(f.Devices) > 0
	body.Change = v.site.oneApp() && f.has(methodTOTP)
	for _, c := range body.Kinds {
		if c.Kind != methodCompanion && (!f.has(c.Kind) || c.Kind == methodTOTP && v.site.Named) && (f.On || f.any() || v.site.Setting == "none") {
			body.Add = append(body.Add, c)
		}
	}
	body.Left, body.All = f.RecoveryLeft, f.RecoveryCount
	body.Word = v.site.recoveryWord(policy.RecoveryCount)
	body.Create = "Create new " + body.Word
	if policy.RecoveryCount == 1 {
		body.Create = "Create a new " + body.Word
	}
	body.Reset = resetNotice(f.TwoStep, v.site)
}

// saveTwoStep changes nothing yet: the password comes first.
func (s *Server) saveTwoStep(w http.ResponseWriter, r *http.Request, v *visitor) error {
	choice := r.PostForm.Get("two_step")
	switch {
	case choice == "" && v.two.On:
		return s.askPassword(w, r, doOff, "")
	case choice == "" && v.two.Setup != "": // given up
		return s.cancelSetup(w, r, v)
	case choice == "":
	case choice == methodCompanion && !v.two.On:
		return s.askPassword(w, r, doCompanion, "")
	case choice != v.two.Method || !v.two.On:
		return s.askPassword(w, r, doSetup, choice)
	}
	return seeOther(w, r, "/account/security")
}

// removing is what the removal page shows.
type removing struct {
	Device listed
	Last   bool   // refused: nobody could approve any more
	Why    string // it is refused
}

// ownDevice returns the active device in r's path.
func (s *Server) ownDevice(tx *store.Tx, r *http.Request, v *visitor) (d store.Device, last bool, err error) {
	f, err := s.factors(tx, v.user.ID, v.site)
	if err != nil {
		return d, false, err
	}
	for _, d := range f.Devices {
		if d.ID == r.PathValue("id") {
			last, _, err := s.isLastWay(tx, d)
			return d, last, err
		}
	}
	return d, false, refuse(http.StatusNotFound, "", "There is no such device.")
}

func (s *Server) removePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showRemoval(w, r, v, http.StatusOK)
}

func (s *Server) showRemoval(w http.ResponseWriter, r *http.Request, v *visitor, status int) error {
	var body removing
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
		d, last, err := s.ownDevice(tx, r, v)
		body = removing{Device: listDevice(v.user, d), Last: last}
		if err != nil || !last {
			return err
		}
		policy, err := s.policy(tx, v.site)
		if policy.inForce(s.now()) {
			body.Why = requiredText
		}
		return err
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{Page: "remove", Title: "Remove a device", Side: "security", Body: body})
	return nil
}

func (s *Server) removeNow(w http.ResponseWriter, r *http.Request, v *visitor) error {
	proven, refused := s.fresh(v) && s.freshFactor(v), false
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		d, last, err := s.ownDevice(tx, r, v)
		if err != nil || last || !proven {
			refused = last
			return err
		}
		return s.removeDevice(tx, v.user, d, v.user.Email, v.ip)
	})
	if err != nil {
		return err
	}
	switch {
	case refused:
		return s.showRemoval(w, r, v, http.StatusConflict)
	case !s.fresh(v):
		return s.askPassword(w, r, doRemove, r.PathValue("id"))
	case !proven:
		return s.askFactor(w, r, doRemove, r.PathValue("id"))
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, "/account/security?done=removed")
}
