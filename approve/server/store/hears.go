package store

// Trying out whether announcements arrive.

import (
	"context"
	"crypto/rand"
	"errors"
)

// errDeaf says what keeps announcements away.
var errDeaf = errors.New("what one connection announces does not arrive at another: a pooler in between gives each transaction another connection")

// Hears tries out whether announcements arrive, within a few seconds: nil when
// they do, and on SQLite, where there are none.
func (s *Store) Hears(ctx context.Context) error {
	if !s.Shared() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answer/2)
	subject := "try " + rand.Text() // nobody waits for it
	arrived, states, ended := make(chan struct{}, 1), make(chan error), make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.listen(ctx, listener{ // self is nobody: it hears this store, too
			heard: func(got string) {
				if got == subject {
					select {
					case arrived <- struct{}{}:
					default:
					}
				}
			},
			state: func(err error) {
				select {
				case states <- err:
				case <-ctx.Done():
				}
			},
		})
	}()
	defer func() { cancel(); <-ended }()
	return s.tryHearing(ctx, subject, arrived, states)
}

func (s *Store) tryHearing(ctx context.Context, subject string, arrived <-chan struct{}, states <-chan error) error {
	why := errDeaf
	for {
		select {
		case <-arrived:
			return nil
		case err := <-states:
			if err != nil {
				why = err
			} else if err := s.Notify(ctx, subject); err != nil {
				return err
			}
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return why
		}
	}
}
