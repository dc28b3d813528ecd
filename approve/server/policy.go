package server

// What a company decides about the second factor at a site. A site starts with
// the policy of its profile.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"nod/approve/server/store"
)

// What a recovery code does.
const (
	recoveryOnce  = "once"  // each code signs in once, the second factor stays
	recoveryReset = "reset" // a code signs in and switches the second factor off
)

// When the number has to be typed.
const (
	numberAlways   = "always"
	numberNewPlace = "new-place" // where the person has not signed in from before
	numberOff      = "off"
)

// Policy is what a company decides about one site.
type Policy struct {
	// Required asks everyone for a second factor, from RequiredFrom on (zero: now).
	Required     bool      `json:"required"`
	RequiredFrom time.Time `json:"required_from,omitzero"`
	// Methods are the kinds that may be set up: companion, totp, sms, email.
	Methods []string `json:"methods"`
	// Number says when the number has to be typed: always, new-place or off.
	Number string `json:"number"`
	// RequestTTL is the life of a request to the devices in seconds, 30 to 300.
	RequestTTL int `json:"request_ttl"`
	// Period is the time step of new authenticator codes in seconds, 15 to 120.
	Period int `json:"period"`
	// Recovery says what a recovery code does, once or reset; RecoveryCount how
	// many of them a person gets, 1 to 20.
	Recovery      string `json:"recovery"`
	RecoveryCount int    `json:"recovery_count"`
	// CodeTries wrong codes close a method for CodePause seconds.
	CodeTries int `json:"code_tries"`
	CodePause int `json:"code_pause"`
	// AllowSim lets simulated devices pair where people are real.
	AllowSim bool `json:"allow_sim"`
	// SupportText is shown wherever someone may be stuck; SupportURL may be empty.
	SupportText string `json:"support_text"`
	SupportURL  string `json:"support_url,omitempty"`
}

// filled puts the defaults into p.
func (p Policy) filled(ttl time.Duration) Policy {
	or := func(value *int, def int) {
		if *value == 0 {
			*value = def
		}
	}
	if p.Number == "" {
		p.Number = numberAlways
	}
	or(&p.RequestTTL, int(ttl.Seconds()))
	or(&p.Period, 30)
	or(&p.RecoveryCount, 10)
	or(&p.CodeTries, 10)
	or(&p.CodePause, 15*60)
	return p
}

// PolicyError says which field of a policy is not right.
type PolicyError struct{ Field, Problem string }

func (e *PolicyError) Error() string { return e.Field + ": " + e.Problem }

// check refuses a policy that can not work; the error is a *PolicyError.
func (p Policy) check() error {
	if all := p.problems(); len(all) > 0 {
		return &all[0]
	}
	return nil
}

// problems lists what is not right.
func (p Policy) problems() []PolicyError {
	var all []PolicyError
	add := func(wrong bool, field, problem string) {
		if wrong {
			all = append(all, PolicyError{field, problem})
		}
	}
	between := func(field string, value, low, high int) {
		add(value < low || value > high, field, fmt.Sprintf("Use %d to %d.", low, high))
	}
	add(len(p.Methods) == 0, "methods", "Allow at least one method.")
	for _, m := range p.Methods {
		add(!slices.Contains(methodKinds, m), "methods", fmt.Sprintf("There is no method %q.", m))
	}
	add(!slices.Contains([]string{numberAlways, numberNewPlace, numberOff}, p.Number), "number", "Use always, new-place or off.")
	between("request_ttl", p.RequestTTL, 30, 300)
	between("period", p.Period, 15, 120)
	add(p.Recovery != recoveryOnce && p.Recovery != recoveryReset, "recovery", "Use once or reset.")
	between("recovery_count", p.RecoveryCount, 1, 20)
	between("code_tries", p.CodeTries, 3, 100)
	between("code_pause", p.CodePause, 60, 24*3600)
	add(utf8.RuneCountInString(p.SupportText) > 500, "support_text", "Use at most 500 characters.")
	u, err := url.Parse(p.SupportURL)
	add(err != nil || (p.SupportURL != "" && u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto"),
		"support_url", "Use an address that begins with https: or mailto:.")
	return all
}

// methodKinds are the kinds that a policy may allow.
var methodKinds = []string{methodCompanion, methodTOTP, methodSMS, methodEmail}

// policy returns what holds at p.
func (s *Server) policy(tx *store.Tx, p profile) (Policy, error) {
	policy := p.Policy
	stored, err := tx.Policy(p.Name)
	if err == nil {
		policy = Policy{}
		err = json.Unmarshal([]byte(stored), &policy)
	} else if errors.Is(err, store.ErrNone) {
		err = nil
	}
	if err != nil {
		return policy, fmt.Errorf("read policy of %s: %w", p.Name, err)
	}
	return policy.filled(s.config.RequestTTL), nil
}

// setPolicy stores and audits a changed policy. One that says what holds already
// changes nothing.
func (s *Server) setPolicy(tx *store.Tx, p profile, policy Policy, actor, ip string) error {
	policy = policy.filled(s.config.RequestTTL)
	if err := policy.check(); err != nil {
		return err
	}
	before, err := s.policy(tx, p)
	if err != nil {
		return err
	}
	old, err1 := json.Marshal(before)
	text, err2 := json.Marshal(policy)
	if err := errors.Join(err1, err2); err != nil || bytes.Equal(old, text) {
		return err
	}
	if err := tx.SetPolicy(p.Name, string(text), s.millis()); err != nil {
		return err
	}
	_, err = s.audit(tx, auditPolicyChanged, actor, p.Name, ip, strings.Join([]string{"old", string(old), "new", string(text)}, " "))
	return err
}

// inForce tells whether everyone needs a second factor at this moment.
func (p Policy) inForce(now time.Time) bool { return p.Required && !now.Before(p.RequiredFrom) }

// allows tells whether a kind may be set up.
func (p Policy) allows(kind string) bool { return slices.Contains(p.Methods, kind) }
