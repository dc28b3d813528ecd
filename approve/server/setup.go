package server

// Setting up a method of the second factor: which steps a site asks for, and what
// each of them does. The pages are in web_setup.go.

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"nod/approve/server/store"
)

// setupLife is how long a secret that was shown stays the same (H5).
const setupLife = 30 * time.Minute

// The steps of a setup; each is a page.
const (
	stepIntro    = "intro"    // which apps there are
	stepScan     = "scan"     // QR image and key
	stepCode     = "code"     // the app's code
	stepScanCode = "scancode" // both on one page
	stepNumber   = "number"   // a telephone number
	stepAddress  = "address"  // the e-mail address, to be confirmed
	stepSent     = "sent"     // the code that was sent
	stepRecovery = "recovery" // recovery codes, shown once
	stepDone     = "done"
)

// setupRecovery is the kind of a setup that only makes new recovery codes.
const setupRecovery = "recovery"

// steps are those of setting up kind at p. withEmail adds the e-mail address as a
// backup; replacing only puts another app in place of the one before, so that the
// recovery code stays (M13).
func (p profile) steps(kind string, withEmail, replacing bool) []string {
	var all []string
	switch kind {
	case methodTOTP:
		all = []string{stepScanCode}
		if p.Name == "rmscloud" {
			all = []string{stepIntro, stepScan, stepCode}
		}
		if withEmail {
			all = append(all, stepAddress)
		}
	case methodSMS:
		all = []string{stepNumber, stepSent}
	case methodEmail:
		all = []string{stepAddress}
	case setupRecovery:
		return []string{stepRecovery, stepDone}
	}
	if p.RecoveryStep && !replacing {
		all = append(all, stepRecovery)
	}
	return append(all, stepDone)
}

// pending is what an unfinished setup knows; it is stored sealed.
type pending struct {
	Secret    []byte   `json:"secret,omitempty"`
	Codes     []string `json:"codes,omitempty"`      // recovery codes, until they are saved
	WithEmail bool     `json:"with_email,omitempty"` // the e-mail address is confirmed, too
	Remade    bool     `json:"remade,omitempty"`     // the secret took the place of one that was too old
	Period    int      `json:"period,omitempty"`     // of the secret's codes, in seconds
	LastStep  int64    `json:"last_step,omitempty"`  // that the person has shown a code of
}

// setup is an unfinished setup with what it knows.
type setup struct {
	store.Setup
	pending
}

func (s *Server) saveSetup(tx *store.Tx, now setup) error {
	text, err := json.Marshal(now.pending)
	if err != nil {
		return err
	}
	now.Setup.Secret = s.keys.seal(text, "setup "+now.UserID+" "+now.Profile)
	return tx.SetSetup(now.Setup)
}

// openSetup returns the unfinished setup of kind; store.ErrNone when there is none.
func (s *Server) openSetup(tx *store.Tx, user string, p profile, kind string) (setup, error) {
	stored, err := tx.Setup(user, p.Name)
	if err != nil {
		return setup{}, err
	}
	if stored.Kind != kind || stored.ExpiresAt <= s.millis() {
		return setup{Setup: stored}, store.ErrNone
	}
	now := setup{Setup: stored}
	text, err := s.keys.open(stored.Secret, "setup "+user+" "+p.Name)
	if err != nil {
		return now, err
	}
	return now, json.Unmarshal(text, &now.pending)
}

// beginSetup returns the unfinished setup of kind, or starts one.
func (s *Server) beginSetup(tx *store.Tx, user store.User, p profile, kind string) (setup, error) {
	now, err := s.openSetup(tx, user.ID, p, kind)
	if err == nil || !errors.Is(err, store.ErrNone) {
		return now, err
	}
	f, err := s.factors(tx, user.ID, p)
	if err != nil {
		return now, err
	}
	withEmail := kind == methodTOTP && p.EmailBackup && !f.has(methodEmail)
	at := s.millis()
	fresh := setup{Setup: store.Setup{
		UserID: user.ID, Profile: p.Name, Kind: kind, Step: p.steps(kind, withEmail, false)[0], MadeAt: at, ExpiresAt: at + setupLife.Milliseconds(),
	}}
	fresh.WithEmail = withEmail
	fresh.Remade = now.Kind == kind // the one that is too old
	switch kind {
	case methodTOTP:
		policy, err := s.policy(tx, p)
		if err != nil {
			return fresh, err
		}
		fresh.pending.Secret, fresh.Period = randomBytes(secretSize), policy.Period
		if p.oneApp() {
			for _, m := range f.Methods {
				if m.Kind == methodTOTP {
					fresh.Replaces = m.ID
				}
			}
		}
	case methodEmail:
		fresh.Address = user.Email
	case setupRecovery:
		if fresh.Codes, err = s.recoveryCodes(tx, p); err != nil {
			return fresh, err
		}
	}
	if withEmail {
		fresh.Address = user.Email
	}
	return fresh, s.saveSetup(tx, fresh)
}

// oneApp tells whether a new authenticator app takes the place of the one before
// (M13). Where apps have names there may be several.
func (p profile) oneApp() bool { return !p.Named }

func (n *setup) steps(p profile) []string { return p.steps(n.Kind, n.WithEmail, n.Replaces != "") }

// move goes to the step after or before the present one.
func (n *setup) move(p profile, by int) {
	all := n.steps(p)
	for i, step := range all {
		if step == n.Step {
			n.Step = all[min(max(0, i+by), len(all)-1)]
			return
		}
	}
	n.Step = all[0]
}

// moved tells whether the first step is behind.
func (n *setup) moved(p profile) bool { return n.Step != n.steps(p)[0] }

// next goes on; what is reached last is done.
func (s *Server) next(tx *store.Tx, v *visitor, n *setup) error {
	n.move(v.site, 1)
	if n.Step == stepRecovery && len(n.Codes) == 0 {
		codes, err := s.recoveryCodes(tx, v.site)
		if err != nil {
			return err
		}
		n.Codes = codes
	}
	if n.Step == stepDone {
		return s.finishSetup(tx, v, *n)
	}
	return s.saveSetup(tx, *n)
}

// finishSetup makes what was set up count.
func (s *Server) finishSetup(tx *store.Tx, v *visitor, n setup) error {
	user, p := v.user, v.site
	if n.Replaces != "" {
		if _, err := tx.DropMethod(user.ID, p.Name, n.Replaces); err != nil {
			return err
		}
	}
	for _, m := range s.newMethods(n) {
		if err := errors.Join(s.dropSame(tx, m), tx.AddMethod(m)); err != nil {
			return err
		}
		if _, err := s.audit(tx, auditMethodAdded, user.Email, user.Email, v.ip, p.Name+" "+m.Kind); err != nil {
			return err
		}
	}
	if len(n.Codes) > 0 {
		if err := s.storeRecovery(tx, user, p, n.Codes, v.ip); err != nil {
			return err
		}
	}
	if err := s.askFirst(tx, v, n.Kind); err != nil {
		return err
	}
	what, body := "set up: "+cardName(n.Kind), fmt.Sprintf("%s is set up as a second factor for %s at %s.", cardName(n.Kind), user.Email, p.App)
	switch {
	case n.Kind == setupRecovery:
		what = "new " + strings.ToLower(p.recoveryWord(len(n.Codes)))
		body = fmt.Sprintf("The %s of %s at %s took the place of the ones before.", what, user.Email, p.App)
	case n.Replaces != "":
		what = "changed: " + cardName(n.Kind)
		body = fmt.Sprintf("The device that makes codes for %s at %s was changed. The one before no longer works.", user.Email, p.App)
	}
	return errors.Join(
		tx.DropSetup(user.ID, p.Name),
		tx.DropSentCodes(setupOwner(user.ID, p, n.Kind)),
		s.changed(tx, v, what, body),
	)
}

// askFirst switches the second factor on, asking for kind first. Where it is on,
// one more method changes nothing, unless the person has chosen it to come first.
func (s *Server) askFirst(tx *store.Tx, v *visitor, kind string) error {
	if kind == setupRecovery {
		return nil
	}
	two, err := tx.TwoStep(v.user.ID, v.site.Name)
	if err != nil || two.On && two.Setup != kind {
		return err
	}
	return s.setTwoStep(tx, v.user, v.site, kind, v.ip)
}

// recoveryWord is what the site calls n recovery codes.
func (p profile) recoveryWord(n int) string {
	if n == 1 {
		return p.Words.Recovery
	}
	return p.Words.Recovery + "s"
}

// cardName is what a kind is called where one chooses what to set up.
func cardName(kind string) string {
	if kind == methodTOTP {
		return "Authenticator app"
	}
	return kindName(kind)
}
