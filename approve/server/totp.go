package server

// Codes of authenticator apps, and the fallback code that each device gets when
// it pairs.

import (
	"crypto/subtle"
	"fmt"
	"time"

	"nod/approve/server/store"
	"nod/vault/otp"
)

const (
	fallbackPeriod = 30 // seconds
	totpDigits     = 6
	secretSize     = 20 // bytes: 160 bit, as RFC 4226 recommends
	eventCode      = "code"
)

// What a check of a code found.
type codeResult int

const (
	codeWrong    codeResult = iota
	codeUsed                // right, but it was used before
	codeExpired             // it was sent too long ago
	codeReplaced            // a newer one was sent
	codeTooMany             // too many wrong tries of this code
	codeLimited             // the method is closed for a while
	codeRight
)

// problem is the text for a result that is not right.
func (c codeResult) problem(policy Policy) string {
	switch c {
	case codeUsed:
		return "That code was already used. Wait for the next one."
	case codeExpired:
		return "That code has expired."
	case codeReplaced:
		return "That code was replaced by a newer one."
	case codeTooMany:
		return "Too many tries. Have a new code sent."
	case codeLimited:
		return fmt.Sprintf("Too many tries. Wait %d minutes.", (policy.CodePause+59)/60)
	}
	return "That code is not right. Try again."
}

// newFallback makes the secret of a device: sealed for the store, and as a link
// for the device.
func (s *Server) newFallback(device string, p profile, email string) (sealed []byte, uri string) {
	secret := randomBytes(secretSize)
	return s.keys.seal(secret, "fallback "+device), totpKey(secret, p, email, fallbackPeriod, totpDigits).URI()
}

// openSecret opens the secret of an authenticator app.
func (s *Server) openSecret(sealed []byte, user, profile string) ([]byte, error) {
	return s.keys.open(sealed, secretContext(user, profile))
}

func secretContext(user, profile string) string { return "totp " + user + " " + profile }

// totpKey is what an app needs to know. The link uses only what every app reads
// (G3): issuer, secret, digits, period, algorithm.
func totpKey(secret []byte, p profile, email string, period, digits int) otp.Key {
	return otp.Key{Type: otp.TOTP, Issuer: p.App, Name: email, Secret: secret, Algorithm: otp.SHA1, Digits: digits, Period: period}
}

// checkTOTP looks for the authenticator app or device of user at p whose code of
// this or a neighbouring time step it is, and takes the step (RFC 6238, 5.2). by
// names the app or device.
func (s *Server) checkTOTP(tx *store.Tx, user store.User, p profile, code string) (result codeResult, by string, err error) {
	f, err := s.factors(tx, user.ID, p)
	if err != nil {
		return codeWrong, "", err
	}
	for _, m := range f.Methods {
		if m.Kind != methodTOTP {
			continue
		}
		secret, err := s.openSecret(m.Secret, user.ID, p.Name)
		if err != nil {
			return codeWrong, "", err
		}
		step, found, err := s.matchStep(totpKey(secret, p, user.Email, m.Period, m.Digits), code)
		if err != nil || !found {
			if err != nil {
				return codeWrong, "", err
			}
			continue
		}
		fresh, err := tx.UseMethodStep(m.ID, step)
		if err != nil || !fresh {
			return codeUsed, m.Name, err
		}
		return codeRight, m.Name, tx.UseMethod(m.ID, s.millis())
	}
	for _, d := range f.Devices {
		secret, err := s.keys.open(d.Fallback, "fallback "+d.ID)
		if err != nil {
			return codeWrong, "", err
		}
		step, found, err := s.matchStep(totpKey(secret, p, user.Email, fallbackPeriod, totpDigits), code)
		if err != nil {
			return codeWrong, "", err
		}
		if !found {
			continue
		}
		fresh, err := tx.UseStep(d.ID, step)
		if err != nil || !fresh {
			return codeUsed, d.Name, err
		}
		return codeRight, d.Name, tx.UseDevice(d.ID, s.millis())
	}
	return codeWrong, "", nil
}

// matchStep returns the time step of now or a neighbour that gives code.
func (s *Server) matchStep(key otp.Key, code string) (step int64, found bool, err error) {
	period := time.Duration(key.Period) * time.Second
	for shift := -1; shift <= 1; shift++ {
		at := s.now().Add(time.Duration(shift) * period)
		want, err := key.Code(at)
		if err != nil {
			return 0, false, fmt.Errorf("compute code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return at.Unix() / int64(key.Period), true, nil
		}
	}
	return 0, false, nil
}

// limitCode counts wrong codes of one kind of a person at a site: check runs as
// long as the method is open, and what it says is counted. tries is how many
// wrong ones there were.
func (s *Server) limitCode(tx *store.Tx, user store.User, p profile, kind, ip string, check func() (codeResult, error)) (result codeResult, tries int, err error) {
	policy, err := s.policy(tx, p)
	if err != nil {
		return codeWrong, 0, err
	}
	subject := user.ID + "|" + p.Name + "|" + kind
	since := s.millis() - int64(policy.CodePause)*1000
	if tries, _, err = tx.Events(eventCode, subject, since); err != nil {
		return codeWrong, tries, err
	}
	if tries >= policy.CodeTries {
		return codeLimited, tries, nil
	}
	result, err = check()
	switch {
	case err != nil:
		return result, tries, err
	case result == codeRight:
		return result, tries, tx.DropEvents(eventCode, subject)
	}
	if _, err := s.audit(tx, auditCodeWrong, "", user.Email, ip, p.Name+" "+kind); err != nil {
		return result, tries, err
	}
	if result == codeUsed || result == codeExpired || result == codeReplaced {
		return result, tries, nil // no guess: it was right once
	}
	return result, tries + 1, tx.AddEvent(eventCode, subject, s.millis())
}
