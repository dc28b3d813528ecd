package server

// Adding a device: QR image and link, registration code, and the person's yes.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"nod/approve/server/store"
	"nod/scan/draw"
)

// qrSize is the least width of the pairing link's QR code, in pixels.
const qrSize = 300

// adding is what the page shows: a device that waits for an answer, or how to
// pair one.
type adding struct {
	Pending *pendingDevice
	Live    bool // there is something to pair with
	Link    string
	Code    string
	Left    string // of the code, in minutes
	Full    bool   // no more devices allowed
	Install string // lines
	Base    string // of the paths of buttons and image
	New     string // path that makes a new link
	Leave   string // path for those who give up
}

type pendingDevice struct {
	ID, Name, Platform, Words string
	Simulated                 bool
}

// devicePath is where a device is added, and deviceBase what the paths of that
// page's buttons and image begin with.
func (v *visitor) devicePath() string {
	if v.session.Limited {
		return "/setup/device"
	}
	return "/account/security/device/new"
}

func (v *visitor) deviceBase() string { return strings.TrimSuffix(v.devicePath(), "/new") }

func (s *Server) newDevicePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	body := adding{Install: strings.Join(s.config.Install, "\n"), Base: v.deviceBase(), New: v.devicePath(), Leave: v.securityPath()}
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		pending, err := s.pendingDevices(tx, v.user.ID, v.site)
		if err != nil {
			return err
		}
		if len(pending) > 0 {
			d := pending[len(pending)-1]
			body.Pending = &pendingDevice{d.ID, d.Name, d.Platform, strings.Join(s.words(d), " "), d.Simulated}
			return nil
		}
		devices, err := tx.Devices(v.user.ID, v.site.Name, store.DeviceActive)
		if err != nil {
			return err
		}
		body.Full = len(devices) >= maxDevices
		if v.session.Limited && !body.Full { // whoever must set up first has pressed for it already
			if err := s.linkFor(tx, v); err != nil {
				return err
			}
		}
		return s.fillPairing(tx, v, &body)
	})
	if err != nil {
		return err
	}
	page := view{Page: "device", Title: "Add a verification device", Body: body, State: "closed"}
	if !v.session.Limited {
		page.Side = "security"
	}
	switch {
	case body.Pending != nil:
		page.State = "pending"
	case body.Live:
		page.State, page.Refresh = "waiting", 2
	}
	return s.show(w, v, page)
}

// linkFor makes a link when none is alive.
func (s *Server) linkFor(tx *store.Tx, v *visitor) error {
	_, _, err := s.shownPairing(tx, v.user.ID, v.site, store.PairToken)
	if errors.Is(err, store.ErrNone) {
		_, err = s.newPairing(tx, v.user.ID, v.site, store.PairToken)
	}
	return err
}

// fillPairing puts link and code into body, as far as they are alive.
func (s *Server) fillPairing(tx *store.Tx, v *visitor, body *adding) error {
	token, _, err := s.shownPairing(tx, v.user.ID, v.site, store.PairToken)
	if err == nil {
		body.Live, body.Link = true, s.link(token)
	} else if !errors.Is(err, store.ErrNone) {
		return err
	}
	code, ends, err := s.shownPairing(tx, v.user.ID, v.site, store.PairCode)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	body.Live, body.Code = true, code
	body.Left = minutes(ends.Sub(s.now()))
	return err
}

// minutes rounds up: "1 minute" is shown to the last second.
func minutes(left time.Duration) string {
	if left <= time.Minute {
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", int((left+time.Minute-1)/time.Minute))
}

// newDevice makes a new link.
func (s *Server) newDevice(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if !v.session.Limited && !s.fresh(v) {
		return s.askPassword(w, r, doDevice, "")
	}
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		_, err := s.newPairing(tx, v.user.ID, v.site, store.PairToken)
		return err
	}); err != nil {
		return err
	}
	return seeOther(w, r, v.devicePath())
}

// newCode makes a registration code. Whoever sees a live link may have one: it
// opens the same door.
func (s *Server) newCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	allowed := v.session.Limited || s.fresh(v)
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		_, _, err := s.shownPairing(tx, v.user.ID, v.site, store.PairToken)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if allowed = allowed || err == nil; !allowed {
			return nil
		}
		_, err = s.newPairing(tx, v.user.ID, v.site, store.PairCode)
		return err
	})
	if err != nil {
		return err
	}
	if !allowed {
		return s.askPassword(w, r, doDevice, "")
	}
	return seeOther(w, r, v.devicePath())
}

// answerDevice is the person's yes or no to a pending device.
func (s *Server) answerDevice(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, yes := r.PostForm.Get("device"), r.PostForm.Get("answer") == "yes"
	done := "refused"
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		if !yes {
			return s.refuseDevice(tx, v.user, id, v.ip)
		}
		if v.session.Limited {
			two := v.two
			two.Setup = methodCompanion
			if err := tx.SetTwoStep(two); err != nil {
				return err
			}
		}
		added, on, err := s.confirmDevice(tx, v.user, v.site, id, v.ip)
		if err != nil {
			return err
		}
		switch {
		case added && v.session.Limited:
			done = "setup"
			return s.completed(tx, w, v)
		case on:
			done = "on"
		case added:
			done = "added"
		}
		return err
	})
	if err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	if v.session.Limited && done == "setup" {
		return seeOther(w, r, s.afterSetup(v, methodCompanion))
	}
	return seeOther(w, r, v.securityPath()+"?done="+done)
}

func (s *Server) qrImage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	var token string
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		token, _, err = s.shownPairing(tx, v.user.ID, v.site, store.PairToken)
		return err
	})
	if errors.Is(err, store.ErrNone) {
		return refuse(http.StatusNotFound, "", "There is no live link. Make a new code.")
	}
	if err != nil {
		return err
	}
	return sendQR(w, s.link(token))
}

// sendQR answers with the picture of a QR code.
func sendQR(w http.ResponseWriter, text string) error {
	code, err := draw.Sturdy(text)
	if err != nil {
		return err
	}
	image, err := code.PNG(qrSize)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Write(image) // an error here is a browser that has gone
	return nil
}
