package server

// The first administrator, and passwords set on the command line.

import (
	"context"
	"errors"

	"nod/approve/server/store"
)

// Begin makes the first administrator of an empty store, and returns the
// one-time link. A store that has people already is refused.
func (s *Server) Begin(ctx context.Context, email, name string) (string, error) {
	people, err := s.Users(ctx)
	if err == nil && len(people) > 0 {
		err = &conflict{"the store holds people already"}
	}
	if err != nil {
		return "", wrap("make first administrator", err)
	}
	return s.FirstLink(ctx, email, name)
}

// BeginAgain returns another first link, in place of the one before, as long as
// no administrator has chosen a password. email and name are of another
// administrator to make; with email empty it is the one that Begin made.
func (s *Server) BeginAgain(ctx context.Context, email, name string) (string, error) {
	people, err := s.Users(ctx)
	if err != nil {
		return "", wrap("make first link", err)
	}
	for _, a := range people {
		switch {
		case a.Admin && !a.Invited:
			return "", wrap("make first link", &conflict{a.Email + " is an administrator and has chosen a password"})
		case a.Admin && !a.Closed && email == "":
			email, name = a.Email, a.Name
		}
	}
	if email == "" {
		return "", wrap("make first link", &missing{"administrator; name one"})
	}
	return s.FirstLink(ctx, email, name)
}

// AddUserWithPassword makes an account that can sign in at once, for a person who
// is told the password in some other way.
func (s *Server) AddUserWithPassword(ctx context.Context, email, name string, admin bool, password string) error {
	encoded := hashPassword(password)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		user, _, err := s.invite(tx, newPerson{email, name, admin}, doer{Name: commandLine}, linkFirst)
		if err != nil {
			return err
		}
		if problem := passwordProblem(user, password); problem != "" {
			return problems{"password": problem}
		}
		user.Password = encoded
		if err := errors.Join(tx.SetUser(user), tx.DropLinks(user.ID)); err != nil {
			return err
		}
		_, err = s.audit(tx, auditUserPassword, commandLine, user.Email, "", "set")
		return err
	})
	return wrap("add user", err)
}
