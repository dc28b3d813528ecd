package server

// The page that waits for a device, and how it ends.

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"nod/approve/server/store"
)

// waiting is what the wait page shows.
type waiting struct {
	Waits   bool
	Number  string // to type, "" when none is asked for
	Left    string // "1:52"
	Seconds int
	Devices []string
	From    string // what the devices show
	Message string // how it ended, or why there is no request
	Hint    string
	Times   bool // it tells a time of day
	Again   bool // offer to send again
	Code    bool // offer to enter a code
	Other   bool // offer the other ways
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
	if v.login.Method != methodCompanion {
		return seeOther(w, r, loginPath(v.login.Method))
	}
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if l.state == store.Accepted {
		return s.acceptedLogin(w, r, v, l)
	}
	page := view{Page: "wait", Title: "Waiting for your device", State: l.state}
	if l.state == store.Waiting {
		page.Refresh, page.Script = 2, true
		left := int(max(0, fromMillis(l.request.ExpiresAt).Sub(s.now())+time.Second-1) / time.Second)
		hint := s.unseen(l)
		page.Body = waiting{
			Waits: true, Number: l.request.Number, Left: fmt.Sprintf("%d:%02d", left/60, left%60), Seconds: left, Devices: l.devices,
			From: fmt.Sprintf("%s on %s, from %s", known(l.request.Browser), known(l.request.OS), known(l.request.IP)),
			Hint: hint, Times: hint != "", Code: true, Other: true,
		}
		return s.show(w, v, page)
	}
	page.Title = "Sign-in not finished"
	page.Body = s.ending(l, v.two)
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

// ending says how a login ended, and what can be done.
func (s *Server) ending(l loginState, two store.TwoStep) waiting {
	w := waiting{Code: goesOn(l.state), Other: goesOn(l.state)}
	switch l.state {
	case store.Denied:
		w.Message = fmt.Sprintf("Sign-in was denied on %s.", l.request.Device)
	case store.Reported:
		w.Message, w.Hint = "It was reported. Push is paused.", "If you know nothing of this, change your password. Codes keep working."
	case store.Expired:
		w.Message, w.Hint, w.Again = "No device answered.", "This sign-in request expired.", true
	case store.Mismatch:
		w.Message = "The number did not match. Start again."
	case store.Cancelled:
		w.Message, w.Again = "The request was cancelled.", true
	case refusalPaused:
		s.paused(&w, two)
	case refusalLimited:
		w.Message, w.Again = "Too many requests. Use a code.", true
		w.Hint = fmt.Sprintf("Or send again in %.0f seconds.", s.config.PushSpacing.Seconds())
	default:
		w.Message, w.Code = "No device can approve sign-ins for this account.", false
	}
	return w
}

// paused says until when no request is sent, and who wanted that.
func (s *Server) paused(w *waiting, two store.TwoStep) {
	till := fmt.Sprintf("Requests are paused until %s.", clockTime(fromMillis(two.PauseTill)))
	w.Times = true
	switch {
	case two.PauseTill == 0: // the devices themselves want none
		w.Message, w.Again, w.Times = "Requests are paused on all your devices. Use a code.", true, false
	case two.PauseTill <= s.millis():
		w.Message, w.Again, w.Times = "Requests were paused. They can be sent again.", true, false
	case two.PauseWhy == "limit":
		w.Message, w.Hint = "Too many requests. Use a code.", till
	default:
		w.Message = till + " Use a code."
	}
}

// clockTime is a time of day. The server knows no one's time zone: pages with
// one say that it is UTC.
func clockTime(t time.Time) string { return t.UTC().Format("15:04") }

// acceptedLogin turns the waiting browser into a signed-in one, once.
func (s *Server) acceptedLogin(w http.ResponseWriter, r *http.Request, v *visitor, l loginState) error {
	if s.millis() > l.request.EndedAt+endedShown.Milliseconds() {
		return seeOther(w, r, "/app/"+v.site.Name+"/login?ended=expired")
	}
	var to string
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		to, err = s.endLogin(tx, w, v, false, l.request.Device)
		return err
	})
	if err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	return seeOther(w, r, to)
}

// endLogin turns v's login into a session, a limited one for who has to set up a
// second factor, and returns the page. Who comes second finds the login gone.
func (s *Server) endLogin(tx *store.Tx, w http.ResponseWriter, v *visitor, limited bool, how string) (to string, err error) {
	dropped, err := tx.DropLogin(v.hash)
	if err != nil {
		return "", err
	}
	if !dropped {
		return "", refuse(http.StatusConflict, "", "This sign-in has ended. Start again.")
	}
	if err := s.cancelRequest(tx, *v.login, v.user, v.ip); err != nil { // no effect on an accepted one
		return "", err
	}
	if err := tx.DropSentCodes(loginOwner(*v.login)); err != nil {
		return "", err
	}
	s.newCookie(w, v)
	return s.enter(tx, v, limited, how)
}

func (s *Server) sendAgain(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.goTo(w, r, v, methodCompanion)
}

func (s *Server) cancelLogin(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l, err := s.loginState(r.Context(), v)
	if err != nil {
		return err
	}
	if err := s.store.Update(r.Context(), func(tx *store.Tx) error { return s.forget(tx, v, v.hash) }); err != nil {
		return err
	}
	s.hub.notify(v.user.ID)
	to := "/app/" + v.site.Name + "/login"
	if l.state == store.Waiting || v.login.Method != methodCompanion {
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
