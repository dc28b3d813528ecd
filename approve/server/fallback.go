package server

// The code that works when no request reaches a device: a TOTP secret that
// each device gets when it pairs.

import (
	"crypto/subtle"
	"fmt"
	"time"

	"nod/approve/server/store"
	"nod/vault/otp"
)

const (
	fallbackPeriod = 30 // seconds
	codeTries      = 10 // wrong codes of one person ...
	codeWindow     = 15 * time.Minute
	eventCode      = "code"
)

// newFallback makes the secret of a device: sealed for the store, and as a link
// for the device.
func (s *Server) newFallback(device string, p profile, email string) (sealed []byte, uri string) {
	secret := randomBytes(20) // 160 bit, as RFC 4226 recommends
	return s.keys.seal(secret, "fallback "+device), fallbackKey(secret, p, email).URI()
}

func fallbackKey(secret []byte, p profile, email string) otp.Key {
	return otp.Key{Type: otp.TOTP, Issuer: p.App, Name: email, Secret: secret, Algorithm: otp.SHA1, Digits: 6, Period: fallbackPeriod}
}

// What checkCode found.
type codeResult int

const (
	codeWrong codeResult = iota
	codeUsed
	codeRight
)

// checkCode looks for a device of user whose code of this or a neighbouring
// time step it is, and takes the step.
func (s *Server) checkCode(tx *store.Tx, user store.User, code string) (codeResult, store.Device, error) {
	devices, err := tx.Devices(user.ID, store.DeviceActive)
	if err != nil {
		return codeWrong, store.Device{}, err
	}
	now := s.now()
	for _, d := range devices {
		secret, err := s.keys.open(d.Fallback, "fallback "+d.ID)
		if err != nil {
			return codeWrong, d, err
		}
		for shift := -1; shift <= 1; shift++ {
			at := now.Add(time.Duration(shift) * fallbackPeriod * time.Second)
			want, err := fallbackKey(secret, accountProfile(), user.Email).Code(at)
			if err != nil {
				return codeWrong, d, fmt.Errorf("compute code: %w", err)
			}
			if subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
				continue
			}
			fresh, err := tx.UseStep(d.ID, at.Unix()/fallbackPeriod)
			if err != nil || !fresh {
				return codeUsed, d, err
			}
			return codeRight, d, nil
		}
	}
	return codeWrong, store.Device{}, nil
}
