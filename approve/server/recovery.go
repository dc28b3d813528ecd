package server

// Recovery codes: made, shown once, and used instead of the second factor.

import (
	"fmt"
	"strings"
	"time"

	"nod/approve/server/store"
)

// recoveryLetters of a code: 50 bit, as the letters are 32.
const recoveryLetters = 10

// newRecovery makes the recovery codes of user at p in place of those before,
// and returns them as they are shown: the store has only keyed hashes.
func (s *Server) newRecovery(tx *store.Tx, user store.User, p profile, ip string) ([]string, error) {
	policy, err := s.policy(tx, p)
	if err != nil {
		return nil, err
	}
	var codes []string
	var hashes [][]byte
	for range policy.RecoveryCount {
		code := randomID("", recoveryLetters)
		codes = append(codes, code[:5]+"-"+code[5:])
		hashes = append(hashes, s.recoveryHash(user.ID, p, code))
	}
	if err := tx.SetRecovery(user.ID, p.Name, hashes, s.millis()); err != nil {
		return nil, err
	}
	_, err = s.audit(tx, auditRecoveryMade, user.Email, user.Email, ip, fmt.Sprintf("%s %d", p.Name, len(codes)))
	return codes, err
}

// recoveryHash hashes a code however it was typed.
func (s *Server) recoveryHash(user string, p profile, code string) []byte {
	code = strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, code))
	return s.keys.hash("recovery "+user+" "+p.Name, code)
}

// useRecovery takes a recovery code. Under the policy reset it takes every other
// factor away too. The person is told by mail. left is how many remain.
func (s *Server) useRecovery(tx *store.Tx, user store.User, p profile, policy Policy, code, ip string) (used bool, left int, err error) {
	used, err = tx.UseRecovery(user.ID, p.Name, s.recoveryHash(user.ID, p, code), s.millis())
	if err != nil || !used {
		return used, 0, err
	}
	if left, _, err = tx.RecoveryLeft(user.ID, p.Name); err != nil {
		return used, left, err
	}
	word := strings.ToLower(p.Words.Recovery)
	if _, err := s.audit(tx, auditRecoveryUsed, user.Email, user.Email, ip, fmt.Sprintf("%s, %d left", p.Name, left)); err != nil {
		return used, left, err
	}
	at := fromMillis(s.millis()).Format(time.RFC1123)
	body := fmt.Sprintf("Someone signed in to %s as %s with a %s on %s from %s. %d left.", p.App, user.Email, word, at, known(ip), left)
	if policy.Recovery == recoveryReset {
		if err := s.reset(tx, user, p, "recovery", user.Email, ip, ""); err != nil {
			return used, 0, err
		}
		left = 0
		body = fmt.Sprintf("Someone signed in to %s as %s with a %s on %s from %s. Your two-factor settings were reset: set them up again.", p.App, user.Email, word, at, known(ip))
	}
	return used, left, s.mail(tx, user.Email, fmt.Sprintf("Your %s was used", word), body+"\nIf this was not you, change your password and tell an administrator.")
}
