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

// recoveryCodes makes as many recovery codes as the policy of p says, as they are
// shown. They count when they are stored.
func (s *Server) recoveryCodes(tx *store.Tx, p profile) ([]string, error) {
	policy, err := s.policy(tx, p)
	if err != nil {
		return nil, err
	}
	var codes []string
	for range policy.RecoveryCount {
		code := randomID("", recoveryLetters)
		codes = append(codes, code[:5]+"-"+code[5:])
	}
	return codes, nil
}

// storeRecovery makes codes the recovery codes of user at p, in place of those
// before. The store gets keyed hashes only.
func (s *Server) storeRecovery(tx *store.Tx, user store.User, p profile, codes []string, ip string) error {
	var hashes [][]byte
	for _, code := range codes {
		hashes = append(hashes, s.recoveryHash(user.ID, p, code))
	}
	if err := tx.SetRecovery(user.ID, p.Name, hashes, s.millis()); err != nil {
		return err
	}
	_, err := s.audit(tx, auditRecoveryMade, user.Email, user.Email, ip, fmt.Sprintf("%s %d", p.Name, len(codes)))
	return err
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
