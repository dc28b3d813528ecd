package server

// Account settings: another e-mail address, proven by a code that went there.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// The types of audit entries about the address.
const (
	auditAddressChanged   = "address.changed"
	auditAddressConfirmed = "address.confirmed"
)

// addressOwner names the code that proves a new address of user.
func addressOwner(user store.User) string { return "address " + user.ID }

// pendingAddress is the address that a code is under way to, "" for none.
func (s *Server) pendingAddress(tx *store.Tx, user store.User) (string, error) {
	all, err := tx.SentCodes(addressOwner(user))
	if err != nil || len(all) == 0 || all[0].ExpiresAt <= s.millis() {
		return "", err
	}
	return all[0].Address, nil
}

// newAddress sends the code. Another address than the present one needs the
// password.
func (s *Server) newAddress(w http.ResponseWriter, r *http.Request, v *visitor) error {
	address, err := emailAddress(r.PostForm.Get("email"))
	if err != nil {
		return s.wrongField(w, r, v, http.StatusUnprocessableEntity, "email", "That is not an e-mail address.")
	}
	if address == v.user.Email && v.user.ConfirmedAt != 0 {
		return s.wrongField(w, r, v, http.StatusUnprocessableEntity, "email", "That is your address already.")
	}
	if address != v.user.Email {
		if status, problem, err := s.retype(r, v, "address"); err != nil || problem != "" {
			if err == nil {
				err = s.wrongField(w, r, v, status, "email-password", problem)
			}
			return err
		}
	}
	wait, err := s.sendCode(r.Context(), sending{
		Owner: addressOwner(v.user), User: v.user, Profile: v.site, Kind: methodEmail, Address: address,
		Purpose: "to confirm this address for " + v.site.App,
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		return s.wrongField(w, r, v, http.StatusTooManyRequests, "email", waitText(wait))
	}
	return seeOther(w, r, "/account#email")
}

// cancelAddress gives a new address up.
func (s *Server) cancelAddress(w http.ResponseWriter, r *http.Request, v *visitor) error {
	err := s.store.Update(r.Context(), func(tx *store.Tx) error { return tx.DropSentCodes(addressOwner(v.user)) })
	if err != nil {
		return err
	}
	return seeOther(w, r, "/account#email")
}

// confirmAddress takes the code: the address counts from now on.
func (s *Server) confirmAddress(w http.ResponseWriter, r *http.Request, v *visitor) error {
	code := strings.Join(strings.Fields(r.PostForm.Get("code")), "")
	var result codeResult
	var policy Policy
	taken := false
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		if policy, err = s.policy(tx, v.site); err != nil {
			return err
		}
		address, err := s.pendingAddress(tx, v.user)
		if err != nil {
			return err
		}
		result, _, err = s.limitCode(tx, v.user, v.site, "address", v.ip, func() (codeResult, error) {
			return s.checkSent(tx, addressOwner(v.user), code)
		})
		if err != nil || result != codeRight {
			return err
		}
		taken, err = s.setAddress(tx, v, address)
		return err
	})
	switch {
	case err != nil:
		return err
	case result != codeRight:
		return s.wrongField(w, r, v, problemStatus(result), "code", result.problem(policy))
	case taken:
		return s.wrongField(w, r, v, http.StatusConflict, "email", "That address belongs to another account.")
	}
	return seeOther(w, r, "/account?done=address")
}

// setAddress stores a proven address, and tells the one before. taken: someone
// else has it.
func (s *Server) setAddress(tx *store.Tx, v *visitor, address string) (taken bool, err error) {
	user, err := tx.User(v.user.ID)
	if err != nil {
		return false, err
	}
	other, err := tx.UserByName(address)
	if err == nil && other.ID != user.ID {
		return true, nil
	}
	if err != nil && !errors.Is(err, store.ErrNone) {
		return false, err
	}
	old := user.Email
	user.Email, user.ConfirmedAt = address, s.millis()
	if err := tx.SetUser(user); err != nil {
		return false, err
	}
	if old == address {
		_, err := s.audit(tx, auditAddressConfirmed, address, address, v.ip, "")
		return false, errors.Join(err, s.note(tx, user.ID, v.site, v.visit, kindChange, "e-mail address confirmed", ""))
	}
	for _, p := range profiles { // a setup would go on with the old one
		if err := tx.DropSetup(user.ID, p.Name); err != nil {
			return false, err
		}
	}
	_, err = s.audit(tx, auditAddressChanged, old, address, v.ip, "old "+old)
	body := fmt.Sprintf("The e-mail address of your account is now %s. Mail and codes go there from now on.\nIf this was not you, tell an administrator.", address)
	return false, errors.Join(err, tx.MoveAddress(user.ID, old, address),
		s.note(tx, user.ID, v.site, v.visit, kindChange, "e-mail address changed", ""),
		s.mail(tx, old, "Your e-mail address was changed", body))
}
