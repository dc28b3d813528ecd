package server

// The ways of a person to show a second factor at a site, and what ends them.

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"nod/approve/server/store"
)

// way is one way to show a second factor.
type way struct {
	Kind    string // methodCompanion, methodTOTP, methodSMS, methodEmail
	ID      string // of the method, "" for devices
	Name    string // "Authenticator code", "SMS to +370 *** **12"
	Address string // not masked
	UsedAt  int64
}

// factors is everything a person has at a site.
type factors struct {
	store.TwoStep
	Devices       []store.Device // active ones
	Methods       []store.Method
	RecoveryLeft  int
	RecoveryCount int
}

// factors reads what user has at p.
func (s *Server) factors(tx *store.Tx, user string, p profile) (f factors, err error) {
	if f.TwoStep, err = tx.TwoStep(user, p.Name); err != nil {
		return f, err
	}
	if f.Devices, err = tx.Devices(user, p.Name, store.DeviceActive); err != nil {
		return f, err
	}
	if f.Methods, err = tx.Methods(user, p.Name); err != nil {
		return f, err
	}
	f.RecoveryLeft, f.RecoveryCount, err = tx.RecoveryLeft(user, p.Name)
	return f, err
}

// any tells whether there is something to sign in with.
func (f factors) any() bool { return len(f.Devices) > 0 || len(f.Methods) > 0 }

// has tells whether a method or device of that kind is there.
func (f factors) has(kind string) bool {
	if kind == methodCompanion {
		return len(f.Devices) > 0
	}
	return slices.ContainsFunc(f.Methods, func(m store.Method) bool { return m.Kind == kind })
}

// ways lists the ways, last used first.
func (f factors) ways() []way {
	var all []way
	if len(f.Devices) > 0 {
		w := way{Kind: methodCompanion, Name: "Companion app"}
		for _, d := range f.Devices {
			w.UsedAt = max(w.UsedAt, d.UsedAt)
		}
		all = append(all, w)
	}
	totp := -1 // several apps are one way: any of their codes counts
	for _, m := range f.Methods {
		switch m.Kind {
		case methodTOTP:
			if totp >= 0 {
				all[totp].UsedAt = max(all[totp].UsedAt, m.UsedAt)
				continue
			}
			totp = len(all)
			all = append(all, way{Kind: m.Kind, ID: m.ID, Name: "Authenticator code", UsedAt: m.UsedAt})
		case methodSMS:
			all = append(all, way{m.Kind, m.ID, "SMS to " + maskPhone(m.Address), m.Address, m.UsedAt})
		case methodEmail:
			all = append(all, way{m.Kind, m.ID, "E-mail to " + maskEmail(m.Address), m.Address, m.UsedAt})
		}
	}
	slices.SortStableFunc(all, func(a, b way) int { return cmp.Compare(b.UsedAt, a.UsedAt) })
	return all
}

// first is the kind that a sign-in begins with: the one that was chosen, as long
// as it is there, else the one used last.
func (f factors) first() string {
	if f.Method != "" && f.has(f.Method) {
		return f.Method
	}
	if all := f.ways(); len(all) > 0 {
		return all[0].Kind
	}
	return ""
}

// kindName is what a kind is called in texts and lists.
func kindName(kind string) string {
	switch kind {
	case methodCompanion:
		return "Companion app"
	case methodTOTP:
		return "Authenticator code"
	case methodSMS:
		return "SMS"
	case methodEmail:
		return "E-mail"
	}
	return "Off"
}

// maskPhone keeps the country's first digits and the last two: +370 *** **12.
func maskPhone(number string) string {
	if len(number) < 8 {
		return "***"
	}
	return number[:4] + " *** **" + number[len(number)-2:]
}

// maskEmail keeps the first letter and the domain: a***@demo.test.
func maskEmail(address string) string {
	name, domain, found := strings.Cut(address, "@")
	if !found || name == "" {
		return "***"
	}
	return string([]rune(name)[:1]) + "***@" + domain
}

// reset takes every second factor of user at p away: methods, devices, recovery
// codes. by is "administrator" or "recovery"; detail goes into the audit log.
func (s *Server) reset(tx *store.Tx, user store.User, p profile, by, actor, ip, detail string) error {
	for _, state := range []string{store.DeviceActive, store.DevicePending} {
		devices, err := tx.Devices(user.ID, p.Name, state)
		if err != nil {
			return err
		}
		for _, d := range devices {
			if _, err := tx.MoveDevice(d.ID, state, store.DeviceRemoved); err != nil {
				return err
			}
		}
	}
	for _, drop := range []func() error{
		func() error { return s.dropPairings(tx, user.ID, p) },
		func() error { return tx.DropMethods(user.ID, p.Name) },
		func() error { return tx.DropRecovery(user.ID, p.Name) },
		func() error { return tx.DropSetup(user.ID, p.Name) },
		func() error {
			return tx.SetTwoStep(store.TwoStep{UserID: user.ID, Profile: p.Name, ResetAt: s.millis(), ResetBy: by})
		},
	} {
		if err := drop(); err != nil {
			return err
		}
	}
	_, err := s.audit(tx, auditTwoStepReset, actor, user.Email, ip, strings.TrimSpace(fmt.Sprintf("%s by %s %s", p.Name, by, detail)))
	return err
}

// lastWay tells whether taking a device or method away leaves user with no way
// to sign in although one is asked for.
func (f factors) lastWay(policy Policy, gone string, now int64) bool {
	if !f.On && !policy.inForce(fromMillis(now)) {
		return false
	}
	left := 0
	for _, d := range f.Devices {
		if d.ID != gone {
			left++
		}
	}
	for _, m := range f.Methods {
		if m.ID != gone {
			left++
		}
	}
	return left == 0
}
