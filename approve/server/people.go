package server

// The sample people of the demo, and what the demo does in their place.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"nod/approve/server/store"
)

// Person is a sample person of the demo.
type Person struct {
	Email, Name, Password string
	Admin                 bool
}

// People are the demo's sample people.
func People() []Person {
	return []Person{
		{Email: "ana@demo.test", Name: "Ana", Password: "ana-demo-pass", Admin: true},
		{Email: "ben@demo.test", Name: "Ben", Password: "ben-demo-pass"},
		{Email: "cleo@demo.test", Name: "Cleo", Password: "cleo-demo-pass"},
	}
}

// sampleUsers hashes the sample passwords once a process: it takes a while.
var sampleUsers = sync.OnceValue(func() []store.User {
	var users []store.User
	for _, p := range People() {
		login, _, _ := strings.Cut(p.Email, "@")
		users = append(users, store.User{
			ID: "u-" + login, Email: p.Email, Login: login, Name: p.Name,
			Password: hashPassword(p.Password), Admin: p.Admin,
		})
	}
	return users
})

func addPeople(tx *store.Tx, now int64) error {
	for _, u := range sampleUsers() {
		u.ConfirmedAt = now
		if _, err := tx.AddUser(u); err != nil {
			return err
		}
	}
	return nil
}

// RegistrationCode makes a registration code for email, as the portal's button
// does, and Confirm says yes to the device that used it. They are for the demo,
// which plays the person in the browser.
func (s *Server) RegistrationCode(ctx context.Context, email string) (string, error) {
	var code string
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.UserByName(strings.ToLower(email))
		if err != nil {
			return err
		}
		code, err = s.newPairing(tx, user.ID, firstProfile(), store.PairCode)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make registration code: %w", err)
	}
	return code, nil
}

// Confirm says yes to a pending device of email at the first site and switches its 2-step verification on.
func (s *Server) Confirm(ctx context.Context, email, deviceID string) error {
	var user store.User
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if user, err = tx.UserByName(strings.ToLower(email)); err != nil {
			return err
		}
		two, err := tx.TwoStep(user.ID, firstProfile().Name)
		if err != nil {
			return err
		}
		if !two.On {
			two.Setup = methodCompanion
			if err := tx.SetTwoStep(two); err != nil {
				return err
			}
		}
		added, _, err := s.confirmDevice(tx, user, firstProfile(), deviceID, "")
		if err == nil && !added {
			err = errors.New("no such device waits")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("confirm device: %w", err)
	}
	s.hub.notify(user.ID)
	return nil
}
