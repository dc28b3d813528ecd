package server

// Codes by SMS and e-mail: sending one, and checking what was typed.

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"time"

	"nod/approve/server/store"
)

const (
	sentLife    = 10 * time.Minute
	sentTries   = 5
	sentSpacing = 30 * time.Second
	sentPerHour = 5
	eventSent   = "sent"
)

// errUndelivered says that the gateway did not take the message.
var errUndelivered = errors.New("the message could not be sent")

// sending is a code to be sent. Owner names what it is for; a newer code of the
// same owner takes the place of an older one.
type sending struct {
	Owner   string
	User    store.User
	Profile profile
	Kind    string // methodSMS or methodEmail
	Address string
	Purpose string // "to sign in to Keys"
}

// sendCode sends a code. When the last one is too fresh or there were too many,
// nothing is sent and wait says for how long. errUndelivered: nothing was sent,
// and the code before still works.
func (s *Server) sendCode(ctx context.Context, c sending) (wait time.Duration, err error) {
	code := randomDigits(6)
	body := fmt.Sprintf("Your code %s is %s. It works for %d minutes.", c.Purpose, code, int(sentLife.Minutes()))
	subject := sendingSubject(c.User, c.Profile, c.Kind)
	if wait, err = s.sendingWait(ctx, subject); wait > 0 || err != nil {
		return wait, err
	}
	if c.Kind == methodSMS && s.config.SMS != nil {
		if err := s.config.SMS(ctx, c.Address, body); err != nil {
			s.config.Log("error: send SMS: %v", err)
			return 0, errUndelivered
		}
	}
	return 0, s.store.Update(ctx, func(tx *store.Tx) error {
		now := s.millis()
		if err := tx.AddEvent(eventSent, subject, now); err != nil {
			return err
		}
		if err := tx.AddSentCode(store.SentCode{
			Owner: c.Owner, Address: c.Address, Hash: s.sentHash(c.Owner, code), MadeAt: now, ExpiresAt: now + sentLife.Milliseconds(),
		}); err != nil {
			return err
		}
		if c.Kind == methodSMS {
			return s.text(tx, c.Address, body)
		}
		return s.mail(tx, c.Address, "Your code for "+c.Profile.App, body)
	})
}

// sendingSubject names who codes of a kind are counted for.
func sendingSubject(user store.User, p profile, kind string) string {
	return user.ID + "|" + p.Name + "|" + kind
}

// sendingWait is how long to wait before the next code may be sent.
func (s *Server) sendingWait(ctx context.Context, subject string) (wait time.Duration, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		wait, err = s.waitToSend(tx, subject)
		return err
	})
	return wait, err
}

func (s *Server) waitToSend(tx *store.Tx, subject string) (time.Duration, error) {
	now := s.millis()
	n, oldest, err := tx.Events(eventSent, subject, now-time.Hour.Milliseconds())
	if err != nil {
		return 0, err
	}
	if n >= sentPerHour {
		return time.Duration(oldest-now)*time.Millisecond + time.Hour, nil
	}
	n, oldest, err = tx.Events(eventSent, subject, now-sentSpacing.Milliseconds())
	if n > 0 {
		return time.Duration(oldest-now)*time.Millisecond + sentSpacing, err
	}
	return 0, err
}

func (s *Server) sentHash(owner, code string) []byte { return s.keys.hash("sent "+owner, code) }

// checkSent checks a code that was sent for owner, and counts a wrong one. A
// right one ends all codes of owner.
func (s *Server) checkSent(tx *store.Tx, owner, code string) (codeResult, error) {
	all, err := tx.SentCodes(owner)
	if err != nil || len(all) == 0 {
		return codeExpired, err
	}
	hash, newest := s.sentHash(owner, code), all[0]
	switch {
	case newest.ExpiresAt <= s.millis():
		return codeExpired, nil
	case newest.Tries >= sentTries:
		return codeTooMany, nil
	case hmac.Equal(hash, newest.Hash):
		return codeRight, tx.DropSentCodes(owner)
	}
	if err := tx.CountSentTry(newest.ID); err != nil {
		return codeWrong, err
	}
	for _, older := range all[1:] {
		if hmac.Equal(hash, older.Hash) {
			return codeReplaced, nil
		}
	}
	return codeWrong, nil
}

// loginOwner names the codes of a waiting browser. A new login has a new hash.
func loginOwner(l store.Login) string { return fmt.Sprintf("login %x", l.Hash) }

// setupOwner names the codes of an unfinished setup.
func setupOwner(user string, p profile, kind string) string {
	return "setup " + user + " " + p.Name + " " + kind
}
