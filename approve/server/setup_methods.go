package server

// What a setup has made, and the checks of what people type for it.

import (
	"strings"
	"unicode/utf8"

	"nod/approve/server/store"
)

// newMethods are the methods that a setup has made.
func (s *Server) newMethods(n setup) []store.Method {
	now := s.millis()
	base := store.Method{UserID: n.UserID, Profile: n.Profile, AddedAt: now}
	var all []store.Method
	add := func(kind, name, address string) {
		m := base
		m.ID, m.Kind, m.Name, m.Address = randomID("m-", 10), kind, name, address
		all = append(all, m)
	}
	switch n.Kind {
	case methodTOTP:
		name := n.Name
		if name == "" {
			name = "Authenticator app"
		}
		add(methodTOTP, name, "")
		m := &all[0]
		m.Secret = s.keys.seal(n.pending.Secret, secretContext(n.UserID, n.Profile))
		m.Period, m.Digits, m.LastStep, m.UsedAt = n.Period, totpDigits, n.LastStep, now
		if n.WithEmail {
			add(methodEmail, "E-mail", n.Address)
		}
	case methodSMS:
		add(methodSMS, "SMS", n.Address)
	case methodEmail:
		add(methodEmail, "E-mail", n.Address)
	}
	return all
}

// dropSame removes the method that m takes the place of: there is one telephone
// number and one address.
func (s *Server) dropSame(tx *store.Tx, m store.Method) error {
	if m.Kind == methodTOTP {
		return nil
	}
	all, err := tx.Methods(m.UserID, m.Profile)
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Kind == m.Kind {
			if _, err := tx.DropMethod(m.UserID, m.Profile, old.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// nameProblem says what is wrong with the name of an authenticator app, "" for
// nothing.
func nameProblem(f factors, name string) string {
	switch {
	case name == "":
		return "Give this device a name."
	case utf8.RuneCountInString(name) > 40:
		return "Use at most 40 characters."
	}
	for _, m := range f.Methods {
		if m.Kind == methodTOTP && strings.EqualFold(m.Name, name) {
			return "You already have a device with this name."
		}
	}
	for _, d := range f.Devices {
		if strings.EqualFold(d.Name, name) {
			return "You already have a device with this name."
		}
	}
	return ""
}

// phoneNumber checks a number of ITU-T E.164: + and 7 to 15 digits. Spaces and
// dashes are left out.
func phoneNumber(text string) (number, problem string) {
	number = strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(text)
	if !strings.HasPrefix(number, "+") || len(number) < 8 || len(number) > 16 || strings.Trim(number[1:], "0123456789") != "" || number[1] == '0' {
		return number, "Start with + and the country code."
	}
	return number, ""
}
