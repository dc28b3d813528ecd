package server

// The company's settings for the command line. What is done here stands in the
// audit log as done by "command line".

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"nod/approve/server/store"
)

// Account is a person.
type Account struct {
	ID        string       `json:"id"`
	Email     string       `json:"email"`
	Login     string       `json:"login"`
	Name      string       `json:"name"`
	Admin     bool         `json:"admin"`
	Closed    bool         `json:"closed"`
	Invited   bool         `json:"invited"` // no password was chosen yet
	SignedIn  time.Time    `json:"signed_in,omitzero"`
	TwoFactor []SiteFactor `json:"two_factor"`
}

// SiteFactor is the second factor of a person at a site where there is any.
type SiteFactor struct {
	Profile string   `json:"profile"`
	On      bool     `json:"on"`
	Methods []string `json:"methods"`
}

// Users returns all people with what they have at each site.
func (s *Server) Users(ctx context.Context) ([]Account, error) {
	accounts := []Account{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		users, err := tx.Users()
		if err != nil {
			return err
		}
		at, err := allFactors(tx)
		for _, u := range users {
			a := accountOf(u)
			for _, p := range profiles {
				if f := at[u.ID+" "+p.Name]; f != nil {
					a.TwoFactor = append(a.TwoFactor, *f)
				}
			}
			accounts = append(accounts, a)
		}
		return err
	})
	return accounts, err
}

func accountOf(u store.User) Account {
	a := Account{
		ID: u.ID, Email: u.Email, Login: u.Login, Name: u.Name, Admin: u.Admin,
		Closed: u.ClosedAt != 0, Invited: u.Password == "", TwoFactor: []SiteFactor{},
	}
	if u.SignedInAt != 0 {
		a.SignedIn = fromMillis(u.SignedInAt)
	}
	return a
}

// allFactors reads what everyone has, by person and site.
func allFactors(tx *store.Tx) (map[string]*SiteFactor, error) {
	at := map[string]*SiteFactor{}
	get := func(user, profile string) *SiteFactor {
		key := user + " " + profile
		if at[key] == nil {
			at[key] = &SiteFactor{Profile: profile, Methods: []string{}}
		}
		return at[key]
	}
	kinds, err := tx.FactorKinds(methodCompanion)
	for _, k := range kinds {
		f := get(k.UserID, k.Profile)
		f.Methods = append(f.Methods, k.Kind)
	}
	for _, p := range profiles {
		twos, err2 := tx.TwoSteps(p.Name)
		err = errors.Join(err, err2)
		for _, two := range twos {
			if two.On {
				get(two.UserID, p.Name).On = true
			}
		}
	}
	return at, err
}

// FirstLink makes an administrator without a password, and returns the one-time
// link to choose one. It works for 24 hours. An administrator who has chosen
// none yet gets a new link.
func (s *Server) FirstLink(ctx context.Context, email, name string) (string, error) {
	link, err := s.addUser(ctx, newPerson{email, name, true}, true)
	if err != nil {
		return "", fmt.Errorf("make first administrator: %w", err)
	}
	return link, nil
}

// AddUser makes an account without a password, and returns the one-time link to
// choose one, which works for 24 hours. Nothing is mailed.
func (s *Server) AddUser(ctx context.Context, email, name string, admin bool) (string, error) {
	link, err := s.addUser(ctx, newPerson{email, name, admin}, false)
	if err != nil {
		return "", fmt.Errorf("add user: %w", err)
	}
	return link, nil
}

// addUser makes an account, or with again another link for an administrator who
// has chosen no password.
func (s *Server) addUser(ctx context.Context, n newPerson, again bool) (link string, err error) {
	by := doer{Name: commandLine}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.UserByName(strings.ToLower(strings.TrimSpace(n.Email)))
		if again && err == nil && user.Admin && user.ClosedAt == 0 && user.Password == "" {
			if link, err = s.newLink(tx, user, linkFirst); err != nil {
				return err
			}
			_, err = s.audit(tx, auditUserInvited, by.Name, user.Email, "", "again")
			return err
		}
		_, link, err = s.invite(tx, n, by, linkFirst)
		return err
	})
	return link, err
}

// InviteAgain returns a new one-time link for a person who has chosen no
// password yet, or, with lost, for one who does not know it any more.
func (s *Server) InviteAgain(ctx context.Context, email string, lost bool) (link string, err error) {
	err = s.onUser(ctx, "make link", email, func(tx *store.Tx, u store.User, by doer) error {
		switch {
		case u.ClosedAt != 0:
			return &conflict{"the account is closed"}
		case u.Password != "" && !lost:
			return &conflict{"the person has chosen a password already"}
		}
		if link, err = s.newLink(tx, u, linkFirst); err != nil {
			return err
		}
		_, err = s.audit(tx, auditUserInvited, by.Name, u.Email, "", "again")
		return err
	})
	return link, err
}

// CloseUser closes the account of email; ReopenUser opens it again.
func (s *Server) CloseUser(ctx context.Context, email string) error {
	return s.onUser(ctx, "close account", email, s.closeAccount)
}

// ReopenUser undoes CloseUser.
func (s *Server) ReopenUser(ctx context.Context, email string) error {
	return s.onUser(ctx, "reopen account", email, s.reopenAccount)
}

// UnlockUser forgets the wrong passwords and codes of email.
func (s *Server) UnlockUser(ctx context.Context, email string) error {
	return s.onUser(ctx, "unlock account", email, s.unlock)
}

// SetAdmin makes email an administrator, or takes that away. The last one stays.
func (s *Server) SetAdmin(ctx context.Context, email string, admin bool) error {
	return s.onUser(ctx, "set administrator", email, func(tx *store.Tx, u store.User, by doer) error {
		return s.setAdmin(tx, u, admin, by)
	})
}

// ResetTwoStep resets the second factor of email at a site. reason and checked
// (how identity was checked) go into the audit log.
func (s *Server) ResetTwoStep(ctx context.Context, profile, email, reason, checked string) error {
	p, known := profileNamed(profile)
	if !known {
		return wrap("reset two-factor", noSite(profile))
	}
	return s.onUser(ctx, "reset two-factor", email, func(tx *store.Tx, u store.User, by doer) error {
		return s.resetFor(tx, u, p, resetting{reason, checked}, by)
	})
}

// onUser does something to the person with that e-mail or user name.
func (s *Server) onUser(ctx context.Context, what, email string, do func(*store.Tx, store.User, doer) error) error {
	var user store.User
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if user, err = tx.UserByName(strings.ToLower(strings.TrimSpace(email))); errors.Is(err, store.ErrNone) {
			return &missing{fmt.Sprintf("account %q", email)}
		}
		if err != nil {
			return err
		}
		return do(tx, user, doer{Name: commandLine})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	s.hub.notify(user.ID)
	return nil
}
