package server

// The page that waits for a device, and how it ends.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"nod/approve/server/store"
)

// waiting is what the wait page shows.
type waiting struct {
	Number  string // while it waits
	Left    string // "1:52"
	Seconds int
	Devices []string
	Message string // how it ended, or why there is no request
	Hint    string
	Again   bool // offer to send again
	Code    bool // offer to enter a code
}

// loginState is where a login stands: the state of its request or why it has none.
type loginState struct {
	state   string // of store.Request, or refusalPaused, -Limited, -None
	request store.Request
	devices []string
	seen    int64 // when any device last called
}

func (s *Server) loginState(ctx context.Context, v *visitor) (loginState, error) {
	if err := s.expireDue(ctx); err != nil {
		return loginState{}, err
	}
	l := loginState{state: v.login.Refusal}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		devices, err := tx.Devices(v.user.ID, v.site.Name, store.DeviceActive)
		if err != nil {
			return err
		}
		for _, d := range devices {
			l.seen = max(l.seen, d.SeenAt)
		}
		if v.login.RequestID == "" {
			return nil
		}
		if l.request, err = tx.Request(v.login.RequestID); err != nil {
			return err
		}
		l.state = l.request.State
		l.devices, err = tx.AskedNames(l.request.ID)
		return err
	})
	return l, err
}

// goesOn tells whether another way or another try is open after state: what a
// person refused ends the login.
func goesOn(state string) bool {
	return state != store.Denied && state != store.Reported && state != store.Mismatch && state != store.Accepted
}

func (s *Server) waitPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if l.state == store.Accepted {
		return s.acceptedLogin(w, r, v, l)
	}
	p, _ := profileNamed(v.login.Profile)
	page := view{Page: "wait", Title: "Waiting for your device", Site: p, State: l.state}
	if l.state == store.Waiting {
		page.Refresh, page.Script = 2, true
		left := int(max(0, fromMillis(l.request.ExpiresAt).Sub(s.now())+time.Second-1) / time.Second)
		page.Body = waiting{
			Number: l.request.Number, Left: fmt.Sprintf("%d:%02d", left/60, left%60), Seconds: left,
			Devices: l.devices, Hint: s.unseen(l), Code: true,
		}
		return s.show(w, v, page)
	}
	page.Title = "Sign-in not finished"
	body := waiting{Code: goesOn(l.state) && l.state != refusalNone, Again: l.state == store.Expired || l.state == store.Cancelled || l.state == refusalLimited}
	body.Message, body.Hint = s.ending(l, v.two, p)
	page.Body = body
	return s.show(w, v, page)
}

// unseen warns when no device has called for a while.
func (s *Server) unseen(l loginState) string {
	seen := fromMillis(l.seen)
	if s.now().Sub(seen) < 5*time.Minute {
		return ""
	}
	return fmt.Sprintf("None of your devices has been seen since %s.", clockTime(seen))
}

// ending says how a login ended, and what to do.
func (s *Server) ending(l loginState, two store.TwoStep, p profile) (message, hint string) {
	switch l.state {
	case store.Denied:
		return fmt.Sprintf("Sign-in was denied on %s.", l.request.Device), ""
	case store.Reported:
		return "It was reported. Push is paused.", "If you know nothing of this, change your password. Codes keep working."
	case store.Expired:
		return "No device answered.", "This sign-in request expired."
	case store.Mismatch:
		return "The number did not match. Start again.", ""
	case store.Cancelled:
		return "The request was cancelled.", ""
	case refusalPaused:
		till := fmt.Sprintf("Requests are paused until %s.", clockTime(fromMillis(two.PauseTill)))
		if two.PauseWhy == "limit" {
			return "Too many requests. Use a code.", till
		}
		return till + " Use a code.", ""
	case refusalLimited:
		return "Too many requests. Use a code.", fmt.Sprintf("Or send again in %.0f seconds.", s.config.PushSpacing.Seconds())
	}
	return "No device can approve sign-ins for this account.", p.Policy.SupportText
}

// clockTime is a time of day; the server knows no one's time zone.
func clockTime(t time.Time) string { return t.UTC().Format("15:04") + " UTC" }

// acceptedLogin turns the waiting browser into a signed-in one, once.
func (s *Server) acceptedLogin(w http.ResponseWriter, r *http.Request, v *visitor, l loginState) error {
	p, _ := profileNamed(v.login.Profile)
	if s.millis() > l.request.EndedAt+endedShown.Milliseconds() {
		return seeOther(w, r, "/app/"+p.Name+"/login?ended=expired")
	}
	if err := s.finishLogin(w, r, v, p, l.request.Device); err != nil {
		return err
	}
	return seeOther(w, r, "/app/"+p.Name)
}

// finishLogin makes the session of a login. Who comes second finds the login gone.
func (s *Server) finishLogin(w http.ResponseWriter, r *http.Request, v *visitor, p profile, how string) error {
	before := v.hash
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		dropped, err := tx.DropLogin(before)
		if err != nil {
			return err
		}
		if !dropped {
			return refuse(http.StatusConflict, "", "This sign-in has ended. Start again.")
		}
		if err := s.cancelRequest(tx, *v.login, v.user, v.ip); err != nil { // no effect on an accepted one
			return err
		}
		s.newCookie(w, v)
		return s.startSession(tx, v, v.user, p, how)
	})
	s.hub.notify(v.user.ID)
	return err
}

func (s *Server) sendAgain(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if l.state == store.Waiting || !goesOn(l.state) {
		return seeOther(w, r, "/login/wait")
	}
	p, _ := profileNamed(v.login.Profile)
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		user, err := tx.User(v.user.ID)
		if err != nil {
			return err
		}
		id, refusal, err := s.sendRequest(tx, user, p, asked{visit: v.visit})
		return errors.Join(err, tx.SetLogin(v.hash, methodCompanion, id, refusal))
	})
	if err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, "/login/wait")
}

func (s *Server) cancelLogin(w http.ResponseWriter, r *http.Request, v *visitor) error {
	p, _ := profileNamed(v.login.Profile)
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return s.forget(tx, v, v.hash) }); err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	to := "/app/" + p.Name + "/login"
	if l.state == store.Waiting {
		to += "?ended=cancelled"
	}
	return seeOther(w, r, to)
}

// waitEvents tells a page with scripts when its login has ended.
func (s *Server) waitEvents(w http.ResponseWriter, r *http.Request, v *visitor) error {
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w).Flush
	wake, stop := s.hub.subscribe(v.user.ID)
	defer stop()
	beat := time.NewTicker(time.Second) // also notices expiry
	defer beat.Stop()
	for {
		l, err := s.loginState(r.Context(), v)
		if err != nil {
			return err
		}
		if l.state != store.Waiting {
			fmt.Fprintf(w, "data: %s\n\n", l.state)
			return flush()
		}
		fmt.Fprint(w, ":\n\n") // keeps the connection open
		if err := flush(); err != nil {
			return nil
		}
		select {
		case <-wake:
		case <-beat.C:
		case <-s.done:
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
}
