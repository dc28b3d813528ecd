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
}

type pendingDevice struct {
	ID, Name, Platform, Words string
	Simulated                 bool
}

func (s *Server) newDevicePage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	body := adding{Install: strings.Join(s.config.Install, "\n")}
	err := s.store.View(r.Context(), func(tx *store.Tx) error {
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
		return s.fillPairing(tx, v, &body)
	})
	if err != nil {
		return err
	}
	page := view{Page: "device", Title: "Add a verification device", Side: "security", Body: body, State: "closed"}
	switch {
	case body.Pending != nil:
		page.State = "pending"
	case body.Live:
		page.State, page.Refresh = "waiting", 2
	}
	return s.show(w, v, page)
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
	if !s.fresh(v) {
		return s.askPassword(w, r, doDevice, "")
	}
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		_, err := s.newPairing(tx, v.user.ID, v.site, store.PairToken)
		return err
	}); err != nil {
		return err
	}
	return seeOther(w, r, "/account/security/device/new")
}

// newCode makes a registration code. Whoever sees a live link may have one: it
// opens the same door.
func (s *Server) newCode(w http.ResponseWriter, r *http.Request, v *visitor) error {
	allowed := s.fresh(v)
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
	return seeOther(w, r, "/account/security/device/new")
}

// answerDevice is the person's yes or no to a pending device.
func (s *Server) answerDevice(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id, yes := r.PostForm.Get("device"), r.PostForm.Get("answer") == "yes"
	done := "refused"
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		if !yes {
			return s.refuseDevice(tx, v.user, id, v.ip)
		}
		added, on, err := s.confirmDevice(tx, v.user, v.site, id, v.ip)
		switch {
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
	return seeOther(w, r, "/account/security?done="+done)
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
	code, err := draw.Sturdy(s.link(token))
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
