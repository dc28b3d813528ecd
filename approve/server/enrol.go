package server

// A second factor without the pages that set it up: for demos and scripts.

import (
	"context"
	"fmt"
	"strings"

	"nod/approve/server/store"
)

// Enrol gives the person with that e-mail a way to sign in at a site, and asks
// for it first from now on. kind is totp, sms or email; address is where sms and
// email codes go. It returns the link for an authenticator app, and the recovery
// codes of someone who had none.
func (s *Server) Enrol(ctx context.Context, email, site, kind, address string) (link string, recovery []string, err error) {
	p, ok := profileNamed(site)
	if !ok {
		return "", nil, fmt.Errorf("enrol: no site %q", site)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		user, err := tx.UserByName(strings.ToLower(email))
		if err != nil {
			return err
		}
		policy, err := s.policy(tx, p)
		if err != nil {
			return err
		}
		m := store.Method{ID: randomID("m-", 6), UserID: user.ID, Profile: p.Name, Kind: kind, Name: kindName(kind), Address: address, AddedAt: s.millis()}
		if kind == methodTOTP {
			secret := randomBytes(secretSize)
			m.Secret, m.Period, m.Digits = s.keys.seal(secret, secretContext(user.ID, p.Name)), policy.Period, totpDigits
			link = totpKey(secret, p, user.Email, m.Period, m.Digits).URI()
		}
		if err := tx.AddMethod(m); err != nil {
			return err
		}
		_, all, err := tx.RecoveryLeft(user.ID, p.Name)
		if err == nil && all == 0 {
			if recovery, err = s.recoveryCodes(tx, p); err == nil {
				err = s.storeRecovery(tx, user, p, recovery, "")
			}
		}
		if err != nil {
			return err
		}
		if _, err := s.audit(tx, auditMethodAdded, user.Email, user.Email, "", p.Name+" "+kind); err != nil {
			return err
		}
		return s.setTwoStep(tx, user, p, kind, "")
	})
	if err != nil {
		return "", nil, fmt.Errorf("enrol %s: %w", kind, err)
	}
	return link, recovery, nil
}
