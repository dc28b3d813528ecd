package server

// /v1/auth: an app asks for a person's second factor.

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	authInterval = 5 * time.Second  // between two questions without a wait
	codeLife     = 10 * time.Minute // how long after the start a code is taken
	maxMessage   = 50               // characters: a dialog of 80 columns shows them all

	silentMost  = 10 // requests for a code of one person by one app ...
	silentTime  = 10 * time.Minute
	eventSilent = "auth code"
)

// The states of a request as apps see it, beside those of package store.
const authPending = "pending"

// authStart is what an app asks for.
type authStart struct {
	User    string `json:"user"` // e-mail address or user name
	Action  string `json:"action"`
	Message string `json:"message"` // shown at the app as well, to compare
	IP      string `json:"ip"`
	Browser string `json:"browser"`
	OS      string `json:"os"`
	TTL     int    `json:"ttl"`  // seconds
	Push    *bool  `json:"push"` // false: send nothing to devices, wait for a code
}

// authStarted tells the app what to show.
type authStarted struct {
	ID        string    `json:"id"`
	Number    string    `json:"number,omitempty"`
	ExpiresIn int       `json:"expires_in"`
	Interval  int       `json:"interval"`
	Time      time.Time `json:"time"`
}

// authAnswer is how a request stands.
type authAnswer struct {
	ID        string     `json:"id"`
	State     string     `json:"state"`
	Method    string     `json:"method,omitempty"` // of an accepted one: device or code
	Device    string     `json:"device,omitempty"` // that answered, or whose code it was
	At        *time.Time `json:"at,omitempty"`     // of the end
	Ticket    string     `json:"ticket,omitempty"` // of a report
	ExpiresAt time.Time  `json:"expires_at"`
	Time      time.Time  `json:"time"`
}

func (s *Server) startAuth(r *http.Request, body []byte, a store.App) (any, error) {
	var start authStart
	if err := decode(body, &start); err != nil {
		return nil, err
	}
	ask, err := start.asked(a)
	if err != nil {
		return nil, err
	}
	if err := s.expireDue(r.Context()); err != nil {
		return nil, err
	}
	var made store.Request
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		user, err := appUser(tx, start.User)
		if err != nil {
			return err
		}
		if start.Push != nil && !*start.Push {
			made, err = s.silentRequest(tx, user, a, ask)
			return err
		}
		made, err = s.appRequest(tx, user, a, ask)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.hub.notify(made.UserID)
	return authStarted{
		ID: made.ID, Number: made.Number, ExpiresIn: int(made.ExpiresAt-made.CreatedAt) / 1000,
		Interval: int(authInterval.Seconds()), Time: s.now(),
	}, nil
}

// asked checks what an app wants to be asked.
func (start authStart) asked(a store.App) (asked, error) {
	wrong := func(field, message string) (asked, error) {
		e := refuse(http.StatusBadRequest, protocol.CodeBadRequest, message)
		e.Field = field
		return asked{}, e
	}
	message, ok := cleanMessage(start.Message)
	if !ok {
		return wrong("message", "the message is one line of at most 50 characters that can be shown")
	}
	if start.User == "" {
		return wrong("user", "name the person by e-mail address or user name")
	}
	if _, err := netip.ParseAddr(start.IP); err != nil && start.IP != "" {
		return wrong("ip", "that is not a network address")
	}
	if start.TTL != 0 && (start.TTL < 30 || start.TTL > 300) {
		return wrong("ttl", "a request lives 30 to 300 seconds")
	}
	return asked{
		visit: visit{start.IP, cleanName(start.Browser), cleanName(start.OS)},
		appID: a.ID, app: a.Name, action: cleanName(start.Action), message: message, ttl: start.TTL,
	}, nil
}

// cleanMessage refuses what would be shown in another way than it came: then the
// two texts that a person compares would differ.
func cleanMessage(text string) (string, bool) {
	text = strings.TrimSpace(text)
	return text, len([]rune(text)) <= maxMessage && cleanName(text) == text
}

// appRequest sends a request of a to the devices of user.
func (s *Server) appRequest(tx *store.Tx, user store.User, a store.App, ask asked) (store.Request, error) {
	p, _ := profileNamed(a.Profile)
	id, refusal, err := s.sendRequest(tx, user, p, ask)
	if err == nil && refusal != "" {
		err = s.refusedRequest(tx, user, p, refusal)
	}
	if err != nil {
		return store.Request{}, err
	}
	return tx.Request(id)
}

// silentRequest waits for a code: for a person whose devices can not be asked now.
func (s *Server) silentRequest(tx *store.Tx, user store.User, a store.App, ask asked) (store.Request, error) {
	p, _ := profileNamed(a.Profile)
	f, err := s.factors(tx, user.ID, p)
	if err != nil {
		return store.Request{}, err
	}
	if !f.any() {
		return store.Request{}, s.refusedRequest(tx, user, p, refusalNone)
	}
	now, subject := s.millis(), user.ID+"|"+a.ID
	n, oldest, err := tx.Events(eventSilent, subject, now-silentTime.Milliseconds())
	if err != nil {
		return store.Request{}, err
	}
	if n >= silentMost {
		return store.Request{}, tooMany(protocol.CodeTooMany, "too many requests for a code of this person", time.Duration(oldest-now)*time.Millisecond+silentTime)
	}
	if err := tx.AddEvent(eventSilent, subject, now); err != nil {
		return store.Request{}, err
	}
	r, err := s.newRequest(tx, user, p, ask, true)
	if err == nil {
		_, err = s.audit(tx, auditRequestCreated, user.Email, r.ID, ask.ip, p.Name+", for a code to "+a.ID)
	}
	return r, err
}

// cancelAuth ends a request for its app.
func (s *Server) cancelAuth(r *http.Request, _ []byte, a store.App) (any, error) {
	if err := s.expireDue(r.Context()); err != nil {
		return nil, err
	}
	var user string
	err := s.store.Update(r.Context(), func(tx *store.Tx) error {
		request, err := requestOf(tx, a, r.PathValue("id"))
		if err != nil {
			return err
		}
		user = request.UserID
		if request.State == store.Cancelled && request.CodeAt == 0 {
			return nil
		}
		if err := s.ended(request); err != nil {
			return err
		}
		_, err = s.endRequest(tx, request, store.Verdict{State: store.Cancelled, At: s.millis()}, auditLoginCancelled, a.ID, remoteIP(r))
		return err
	})
	if err == nil {
		s.hub.notify(user)
	}
	return nil, err
}
