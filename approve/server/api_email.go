package server

// /v1/email: proving that an address is the person's, with a code by mail.

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	emailLife   = 10 * time.Minute
	emailTries  = 5
	emailResend = 30 * time.Second

	emailPerHour = 5  // codes to one address in an hour
	emailPerIP   = 20 // codes asked for from one network address in an hour
	eventEmail   = "email"
	eventEmailIP = "email ip"
)

func (s *Server) emailStart(r *http.Request, body []byte) (any, error) {
	var start protocol.EmailStart
	if err := decode(body, &start); err != nil {
		return nil, err
	}
	address, err := emailAddress(start.Email)
	if err != nil {
		return nil, err
	}
	return nil, s.store.Update(r.Context(), func(tx *store.Tx) error {
		now := s.millis()
		before, err := tx.EmailCode(address)
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		if wait := before.MadeAt + emailResend.Milliseconds() - now; err == nil && wait > 0 {
			return tooMany(protocol.CodeTooMany, "a code was sent a moment ago", time.Duration(wait)*time.Millisecond)
		}
		for _, limit := range []struct {
			kind, subject string
			most          int
		}{{eventEmail, address, emailPerHour}, {eventEmailIP, remoteIP(r), emailPerIP}} {
			n, oldest, err := tx.Events(limit.kind, limit.subject, now-time.Hour.Milliseconds())
			if err != nil {
				return err
			}
			if n >= limit.most {
				return tooMany(protocol.CodeTooMany, "too many codes were sent", time.Duration(oldest-now)*time.Millisecond+time.Hour)
			}
			if err := tx.AddEvent(limit.kind, limit.subject, now); err != nil {
				return err
			}
		}
		code := randomDigits(6)
		if err := tx.SetEmailCode(store.EmailCode{
			Email: address, Hash: s.keys.hash("email "+address, code), MadeAt: now, ExpiresAt: now + emailLife.Milliseconds(),
		}); err != nil {
			return err
		}
		return s.mail(tx, address, "Your code for nod", fmt.Sprintf("Your code is %s. It works for 10 minutes.", code))
	})
}

func (s *Server) emailConfirm(r *http.Request, body []byte) (any, error) {
	var confirm protocol.EmailConfirm
	if err := decode(body, &confirm); err != nil {
		return nil, err
	}
	address, err := emailAddress(confirm.Email)
	if err != nil {
		return nil, err
	}
	var refused error // told to the device, but the wrong try stays counted
	err = s.store.Update(r.Context(), func(tx *store.Tx) error {
		code, err := tx.EmailCode(address)
		if errors.Is(err, store.ErrNone) || (err == nil && code.ExpiresAt <= s.millis()) {
			refused = wrongEmailCode(0)
			return nil
		}
		if err == nil && code.Tries >= emailTries {
			refused = tooMany(protocol.CodeTooMany, "too many tries; have a new code sent", emailResend)
			return nil
		}
		if err != nil {
			return err
		}
		if !hmac.Equal(code.Hash, s.keys.hash("email "+address, confirm.Code)) {
			refused = wrongEmailCode(emailTries - code.Tries - 1)
			return tx.CountEmailTry(address)
		}
		return tx.DropEmailCode(address)
	})
	return nil, errors.Join(err, refused)
}

func wrongEmailCode(left int) error {
	e := refuse(http.StatusUnprocessableEntity, protocol.CodeBadCode, "that code is not right")
	e.Left = &left
	return e
}

// emailAddress checks and normalises an address.
func emailAddress(text string) (string, error) {
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != strings.TrimSpace(text) || len(parsed.Address) > 254 {
		e := refuse(http.StatusBadRequest, protocol.CodeBadRequest, "that is not an e-mail address")
		e.Field = "email"
		return "", e
	}
	return strings.ToLower(parsed.Address), nil
}
