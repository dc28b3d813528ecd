package server

// The rules of accounts: closed, reset, unlocked, made administrator. Pages, the
// admin API and the command line all go through them.

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"nod/approve/server/store"
)

// The types of audit entries about accounts.
const (
	auditUserInvited  = "user.invited"
	auditUserPassword = "user.password"
	auditUserClosed   = "user.closed"
	auditUserReopened = "user.reopened"
	auditUserAdmin    = "user.admin"
	auditUserUnlocked = "user.unlocked"
)

// commandLine is who does what is done on the server's machine.
const commandLine = "command line"

// doer is who does something: an administrator, an app of the admin API, or the
// command line. User is the id of an administrator, "" for the others.
type doer struct{ Name, IP, User string }

func (v *visitor) doer() doer { return doer{v.user.Email, v.ip, v.user.ID} }

// problems says what is wrong with the fields of a form, by their names.
type problems map[string]string

func (p problems) Error() string {
	for field, text := range p {
		return field + ": " + text
	}
	return "no problem"
}

func role(u store.User) string {
	if u.Admin {
		return "administrator"
	}
	return "user"
}

// othersLead tells whether an administrator other than user can sign in.
func othersLead(tx *store.Tx, user store.User) (bool, error) {
	admins, err := tx.Admins()
	for _, a := range admins {
		if a.ID != user.ID && a.Password != "" {
			return true, err
		}
	}
	return false, err
}

// keepLeader refuses what would leave the company without an administrator.
func keepLeader(tx *store.Tx, user store.User) error {
	if !user.Admin || user.ClosedAt != 0 {
		return nil
	}
	others, err := othersLead(tx, user)
	if err == nil && !others {
		err = refuse(http.StatusConflict, "last_administrator", "This is the last administrator. Make someone else an administrator first.")
	}
	return err
}

// setAdmin makes user an administrator, or takes that away.
func (s *Server) setAdmin(tx *store.Tx, user store.User, admin bool, by doer) error {
	if user.Admin == admin {
		return nil
	}
	if err := keepLeader(tx, user); err != nil {
		return err
	}
	user.Admin = admin
	if err := tx.SetUser(user); err != nil {
		return err
	}
	if _, err := s.audit(tx, auditUserAdmin, by.Name, user.Email, by.IP, "now "+role(user)); err != nil {
		return err
	}
	return s.mail(tx, user.Email, "Your role was changed", fmt.Sprintf("%s changed it: you are now %s %s.", by.Name, article(role(user)), role(user)))
}

func article(word string) string {
	if strings.ContainsRune("aeio", rune(word[0])) {
		return "an"
	}
	return "a"
}

// closeAccount ends what user has open, at once: sessions, sign-ins, requests,
// links. Devices and methods stay, for the case that it is opened again.
func (s *Server) closeAccount(tx *store.Tx, user store.User, by doer) error {
	switch {
	case user.ClosedAt != 0:
		return nil
	case user.ID == by.User:
		return refuse(http.StatusForbidden, "own_account", "Another administrator has to close yours.")
	}
	if err := keepLeader(tx, user); err != nil {
		return err
	}
	user.ClosedAt = s.millis()
	if err := errors.Join(tx.SetUser(user), tx.DropSessions(user.ID, nil), tx.DropLogins(user.ID), tx.DropLinks(user.ID)); err != nil {
		return err
	}
	for _, p := range profiles {
		if err := s.endPending(tx, user, p, by); err != nil {
			return err
		}
	}
	if _, err := s.audit(tx, auditUserClosed, by.Name, user.Email, by.IP, ""); err != nil {
		return err
	}
	return s.mail(tx, user.Email, "Your account was closed", "You can not sign in any more. "+firstProfile().Policy.SupportText)
}

// endPending ends what waits of user at p: requests, and codes to pair with.
func (s *Server) endPending(tx *store.Tx, user store.User, p profile, by doer) error {
	waiting, err := tx.WaitingOf(user.ID, p.Name)
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if _, err := s.endRequest(tx, r, store.Verdict{State: store.Cancelled, At: s.millis()}, auditLoginCancelled, by.Name, by.IP); err != nil {
			return err
		}
	}
	return errors.Join(s.dropPairings(tx, user.ID, p), tx.DropSetup(user.ID, p.Name))
}

// reopenAccount undoes closeAccount.
func (s *Server) reopenAccount(tx *store.Tx, user store.User, by doer) error {
	if user.ClosedAt == 0 {
		return nil
	}
	user.ClosedAt = 0
	if err := tx.SetUser(user); err != nil {
		return err
	}
	if _, err := s.audit(tx, auditUserReopened, by.Name, user.Email, by.IP, ""); err != nil {
		return err
	}
	return s.mail(tx, user.Email, "Your account is open again", "You can sign in with the password and the devices that you had.")
}

// unlock forgets the wrong tries of user: of passwords from anywhere and of
// codes at all sites.
func (s *Server) unlock(tx *store.Tx, user store.User, by doer) error {
	for _, subject := range s.trySubjects(user) {
		if err := tx.DropTries(subject); err != nil {
			return err
		}
	}
	_, err := s.audit(tx, auditUserUnlocked, by.Name, user.Email, by.IP, "")
	return err
}

// wrongTries counts what unlock would forget.
func (s *Server) wrongTries(tx *store.Tx, user store.User) (n int, err error) {
	for _, subject := range s.trySubjects(user) {
		tries, err := tx.Tries(subject)
		if err != nil {
			return n, err
		}
		n += tries
	}
	return n, nil
}

// trySubjects are what the tries of user are counted under.
func (s *Server) trySubjects(user store.User) []string {
	return []string{user.ID, s.nameSubject(user.Email), s.nameSubject(user.Login)}
}

// nameSubject stands for a name typed at sign-in: what strangers type is not
// stored.
func (s *Server) nameSubject(name string) string {
	return fmt.Sprintf("%x", s.keys.hash("password", name))
}

// passwordSubject is what wrong passwords for a name from an address are counted
// under.
func (s *Server) passwordSubject(name, ip string) string { return s.nameSubject(name) + "|" + ip }

// resetting is what the reset of someone's second factor asks for.
type resetting struct{ Reason, Checked string }

// check cleans r and says what is missing (T20).
func (r *resetting) check() problems {
	found := problems{}
	if r.Reason = cleanName(r.Reason); r.Reason == "" {
		found["reason"] = "Say why."
	}
	if r.Checked = cleanName(r.Checked); r.Checked == "" {
		found["checked"] = "Say how you checked who this is."
	}
	return found
}

// resetFor resets the second factor of user at p and tells them.
func (s *Server) resetFor(tx *store.Tx, user store.User, p profile, form resetting, by doer) error {
	if user.ID == by.User {
		return refuse(http.StatusForbidden, "own_account", "Another administrator has to reset yours.")
	}
	if found := form.check(); len(found) > 0 {
		return found
	}
	detail := fmt.Sprintf("reason: %s; checked: %s", form.Reason, form.Checked)
	if err := s.reset(tx, user, p, "administrator", by.Name, by.IP, detail); err != nil {
		return err
	}
	return s.mail(tx, user.Email, "Your 2-step verification was reset", strings.Join([]string{
		fmt.Sprintf("%s reset it at %s on %s. Your devices can not approve sign-ins any more.", by.Name, p.App, date(s.millis())),
		"Sign in with your password and set it up again. If you did not ask for this, change your password and tell an administrator.",
	}, "\n"))
}
