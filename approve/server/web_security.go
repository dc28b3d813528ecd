package server

// Account settings > Security: 2-step verification and the list of devices.

import (
	"net/http"

	"nod/approve/server/store"
)

// security is what the page shows.
type security struct {
	TwoStep    string
	Unfinished bool // 2-step verification is being set up
	Devices    []listed
}

// listed is a device as pages show it.
type listed struct {
	ID, Name, Platform, Paired, Used string
	Simulated                        bool
}

func listDevice(d store.Device) listed {
	l := listed{ID: d.ID, Name: d.Name, Platform: d.Platform, Paired: date(d.PairedAt), Simulated: d.Simulated}
	if d.UsedAt != 0 {
		l.Used = date(d.UsedAt)
	}
	return l
}

func date(ms int64) string { return fromMillis(ms).Format("2 Jan 2006 15:04") + " UTC" }

// notices are the texts that a page may be asked to show after a form.
var notices = map[string]string{
	"added":   "The device was added.",
	"on":      "The device was added. 2-step verification is on.",
	"refused": "The device was not added.",
	"removed": "The device was removed.",
	"reset":   "Two-factor was reset. The person was told by mail.",
}

func (s *Server) securityPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	body := security{Unfinished: !v.two.On && v.two.Setup != ""}
	if v.two.On {
		body.TwoStep = v.two.Method
	}
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
		devices, err := tx.Devices(v.user.ID, v.site.Name, store.DeviceActive)
		for _, d := range devices {
			body.Devices = append(body.Devices, listDevice(d))
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.show(w, v, view{
		Page: "security", Title: "Security", Side: "security", Notice: notices[r.URL.Query().Get("done")], Body: body,
	})
}

// saveTwoStep changes nothing yet: the password comes first.
func (s *Server) saveTwoStep(w http.ResponseWriter, r *http.Request, v *visitor) error {
	choice := r.PostForm.Get("two_step")
	switch {
	case choice == methodCompanion && !v.two.On:
		return s.askPassword(w, r, doCompanion, "")
	case choice == "" && v.two.On:
		return s.askPassword(w, r, doOff, "")
	case choice == "" && v.two.Setup != "": // given up
		two := v.two
		two.Setup = ""
		if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return tx.SetTwoStep(two) }); err != nil {
			return err
		}
	}
	return seeOther(w, r, "/account/security")
}

// removing is what the removal page shows.
type removing struct {
	Device listed
	Last   bool // refused: nobody could approve any more
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
		body = removing{listDevice(d), last}
		return err
	})
	if err != nil {
		return err
	}
	s.render(w, status, v, view{Page: "remove", Title: "Remove a device", Side: "security", Body: body})
	return nil
}

func (s *Server) removeNow(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if !s.fresh(v) {
		return s.askPassword(w, r, doRemove, r.PathValue("id"))
	}
	refused := false
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		d, last, err := s.ownDevice(tx, r, v)
		if err != nil || last {
			refused = last
			return err
		}
		return s.removeDevice(tx, v.user, d, v.user.Email, v.ip)
	})
	if err != nil {
		return err
	}
	if refused {
		return s.showRemoval(w, r, v, http.StatusConflict)
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, "/account/security?done=removed")
}
