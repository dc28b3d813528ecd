package server

// The rules of login requests: when one may be sent, and how it ends.

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	maxWaiting = 3 // requests of one person at a time

	unwelcomeMax    = 5 // requests not accepted ...
	unwelcomeWindow = 10 * time.Minute
	pauseLife       = 20 * time.Minute

	endedShown = 5 * time.Minute // how long devices and pages are told of an end
)

// Why a login got no request.
const (
	refusalPaused  = "paused"
	refusalLimited = "limited"
	refusalNone    = "none" // no device to ask
)

// visit is where someone signs in from.
type visit struct{ ip, browser, os string }

// asked is what the devices are told: a visit, and for an app of someone else
// what it wants.
type asked struct {
	visit
	appID, app, action, message string

	ttl        int  // seconds; 0 for what the site's policy says
	unnumbered bool // whoever asks has no place to show a number
}

// sendRequest asks all devices of user. It returns the id of the new request, or why
// there is none.
func (s *Server) sendRequest(tx *store.Tx, user store.User, p profile, ask asked) (id, refusal string, err error) {
	now := s.millis()
	two, err := tx.TwoStep(user.ID, p.Name)
	if err != nil {
		return "", "", err
	}
	if user.ClosedAt != 0 {
		return "", refusalNone, nil
	}
	if two.PauseTill > now {
		return "", refusalPaused, nil
	}
	devices, err := tx.Devices(user.ID, p.Name, store.DeviceActive)
	if err != nil || len(devices) == 0 {
		return "", refusalNone, err
	}
	waiting, err := tx.WaitingOf(user.ID, p.Name)
	if err != nil {
		return "", "", err
	}
	last, err := tx.LastRequest(user.ID, p.Name, ask.appID)
	if err != nil {
		return "", "", err
	}
	if len(waiting) >= maxWaiting || now < last+s.config.PushSpacing.Milliseconds() {
		return "", refusalLimited, nil
	}
	r, err := s.newRequest(tx, user, p, ask, false)
	if err != nil {
		return "", "", err
	}
	if err := s.ask(tx, r, user, p, devices); err != nil {
		return "", "", err
	}
	_, err = s.audit(tx, auditRequestCreated, user.Email, r.ID, ask.ip, fmt.Sprintf("%s, %d devices", p.Name, len(devices)))
	return r.ID, "", err
}

// newRequest stores a request; a silent one waits for a code and has no number.
func (s *Server) newRequest(tx *store.Tx, user store.User, p profile, ask asked, silent bool) (store.Request, error) {
	policy, err := s.policy(tx, p)
	if err != nil {
		return store.Request{}, err
	}
	now := s.millis()
	r := store.Request{
		UserID: user.ID, Profile: p.Name, CreatedAt: now, ExpiresAt: now + int64(cmp.Or(ask.ttl, policy.RequestTTL))*1000,
		IP: ask.ip, Browser: ask.browser, OS: ask.os, AppID: ask.appID, App: ask.app, Action: ask.action, Message: ask.message, Silent: silent,
	}
	if !silent && !ask.unnumbered {
		if r.Number, err = s.number(tx, user, policy, ask.ip); err != nil {
			return r, err
		}
	}
	for made := false; !made; {
		r.ID = randomID("r-", 6)
		if made, err = tx.AddRequest(r); err != nil {
			return r, err
		}
	}
	tx.Notify(r.UserID)
	return r, nil
}

// number is what has to be typed, "" for nothing.
func (s *Server) number(tx *store.Tx, user store.User, policy Policy, ip string) (string, error) {
	switch policy.Number {
	case numberOff:
		return "", nil
	case numberNewPlace:
		known, err := tx.KnownPlace(user.ID, ip)
		if err != nil || known {
			return "", err
		}
	}
	return randomDigits(2), nil
}

// ask signs and stores one challenge for each device.
func (s *Server) ask(tx *store.Tx, r store.Request, user store.User, p profile, devices []store.Device) error {
	var names []string
	for _, d := range devices {
		names = append(names, d.Name)
	}
	for _, d := range devices {
		challenge, err := protocol.Challenge{
			Issuer: s.config.Origin, Audience: d.KeyID, ID: r.ID,
			IssuedAt: r.CreatedAt / 1000, Expires: r.ExpiresAt / 1000,
			App: cmp.Or(r.App, p.App), Profile: p.Name, Account: user.Email, Action: cmp.Or(r.Action, p.Action), Message: r.Message,
			IP: r.IP, Browser: r.Browser, OS: r.OS, Devices: names, NumberNeeded: r.Number != "",
			Nonce: base64.RawURLEncoding.EncodeToString(randomBytes(16)),
		}.Sign(s.keys)
		if err != nil {
			return fmt.Errorf("sign challenge: %w", err)
		}
		if err := tx.Ask(r.ID, d.ID, challenge); err != nil {
			return err
		}
	}
	return nil
}

// endRequest ends r with v, if nothing has ended it before, and does what follows from
// it: audit, report, pause. It returns whether it did.
func (s *Server) endRequest(tx *store.Tx, r store.Request, v store.Verdict, kind, actor, ip string) (bool, error) {
	won, err := tx.EndRequest(r.ID, v)
	if err != nil || !won {
		return false, err
	}
	tx.Notify(r.UserID)
	s.metrics.ended(r.Profile, v.State)
	seq, err := s.audit(tx, kind, actor, r.ID, ip, v.State)
	if err == nil && r.AppID != "" {
		err = s.appEnded(tx, r.ID)
	}
	if err != nil || v.State == store.Accepted {
		return true, err
	}
	user, err := tx.User(r.UserID)
	if err != nil {
		return true, err
	}
	if p, ok := profileNamed(r.Profile); ok && v.Device == "" { // answers are noted where they come in
		if err := s.note(tx, user.ID, p, visit{r.IP, r.Browser, r.OS}, kindSignIn, v.State, v.Device); err != nil {
			return true, err
		}
	}
	if v.State == store.Reported {
		return true, s.report(tx, user, r, v, seq)
	}
	return true, s.countUnwelcome(tx, user, r.Profile)
}

// report pauses requests and tells the person and the administrators. The
// ticket is the number of the audit entry.
func (s *Server) report(tx *store.Tx, user store.User, r store.Request, v store.Verdict, seq int64) error {
	ticket := fmt.Sprintf("A-%04d", seq)
	if err := tx.SetTicket(r.ID, ticket); err != nil {
		return err
	}
	if err := s.pausePush(tx, user, r.Profile, "report"); err != nil {
		return err
	}
	admins, err := tx.Admins()
	if err != nil {
		return err
	}
	body := fmt.Sprintf("A sign-in as %s was reported on %s: someone else started it.\nFrom %s with %s on %s at %s.\nWhoever did this knows the password: change it. Requests are paused for 20 minutes; codes keep working.",
		user.Email, v.Device, known(r.IP), known(r.Browser), known(r.OS), fromMillis(r.CreatedAt).Format(time.RFC1123))
	told := map[string]bool{}
	for _, u := range append([]store.User{user}, admins...) {
		if told[u.Email] {
			continue
		}
		told[u.Email] = true
		if err := s.mail(tx, u.Email, "Sign-in reported, "+ticket, body); err != nil {
			return err
		}
	}
	return nil
}

// countUnwelcome pauses requests when too many of them were not wanted.
func (s *Server) countUnwelcome(tx *store.Tx, user store.User, profile string) error {
	now := s.millis()
	n, err := tx.Unwelcome(user.ID, profile, now-unwelcomeWindow.Milliseconds())
	if err != nil || n < unwelcomeMax {
		return err
	}
	two, err := tx.TwoStep(user.ID, profile)
	if err != nil || two.PauseTill > now {
		return err
	}
	return s.pausePush(tx, user, profile, "limit")
}

func (s *Server) pausePush(tx *store.Tx, user store.User, profile, why string) error {
	two, err := tx.TwoStep(user.ID, profile)
	if err != nil {
		return err
	}
	two.PauseTill, two.PauseWhy = s.millis()+pauseLife.Milliseconds(), why
	if err := tx.SetTwoStep(two); err != nil {
		return err
	}
	_, err = s.audit(tx, auditPolicyPaused, "", user.Email, "", why)
	return err
}

// expireDue ends the requests whose time is over. Nothing does so by itself at
// that moment: everyone who looks calls this first.
func (s *Server) expireDue(ctx context.Context) error {
	var due []store.Request
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.Overdue(s.millis())
		return err
	}); err != nil || len(due) == 0 {
		return err
	}
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if due, err = tx.Overdue(s.millis()); err != nil {
			return err
		}
		for _, r := range due {
			user, err := tx.User(r.UserID)
			if err != nil {
				return err
			}
			if _, err := s.endRequest(tx, r, store.Verdict{State: store.Expired, At: r.ExpiresAt}, auditLoginExpired, user.Email, r.IP); err != nil {
				return err
			}
		}
		return nil
	})
	for _, r := range due {
		s.hub.notify(r.UserID)
	}
	return err
}

// cancelRequest ends the request of a login, if it still waits.
func (s *Server) cancelRequest(tx *store.Tx, l store.Login, user store.User, ip string) error {
	if l.RequestID == "" {
		return nil
	}
	r, err := tx.Request(l.RequestID)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.endRequest(tx, r, store.Verdict{State: store.Cancelled, At: s.millis()}, auditLoginCancelled, user.Email, ip)
	return err
}

// known says "an unknown ..." for what is not known.
func known(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
