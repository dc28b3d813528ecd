package agent

// This file answers the calls that give codes out, and guards the accounts that are
// marked to be confirmed: the agent gives their codes, and takes the mark away, only
// when the call brings the person's PIN. opVerify checks that alone, for a program that
// asks before it does what the agent does unasked.

import (
	"context"
	"errors"
	"reflect"
	"time"

	"nod/vault"
)

// confirmCall answers what marked accounts take a secret for; nil: it is no such call.
func confirmCall(op string) answerer {
	switch op {
	case opGive:
		return func(_ context.Context, c *session, o *opened, m call, secret []byte) (any, error) {
			a, err := read[giveArgs](m)
			if err == nil {
				err = c.confirm(o, a.IDs, a.secretArgs, secret)
			}
			if err != nil {
				return nil, err
			}
			return give(o, a)
		}
	case opEdit:
		return func(_ context.Context, c *session, o *opened, m call, secret []byte) (any, error) {
			a, err := read[editArgs](m)
			if err == nil && !a.After.Confirm {
				err = c.confirm(o, []string{a.Before.ID}, a.secretArgs, secret)
			}
			if err != nil {
				return nil, err
			}
			return edit(o.vault, a)
		}
	case opVerify:
		return func(_ context.Context, c *session, o *opened, m call, secret []byte) (any, error) {
			a, err := read[secretArgs](m)
			if err == nil {
				err = c.verify(o, a, secret)
			}
			return nothing{}, err
		}
	}
	return nil
}

// confirm checks the secret of a call when one of the accounts is marked. Errors:
// ErrConfirm when the call brings none, those of verify.
func (c *session) confirm(o *opened, ids []string, a secretArgs, secret []byte) error {
	marked := false
	for _, id := range ids {
		x, err := o.vault.Account(id)
		marked = marked || err == nil && x.Confirm
	}
	switch {
	case !marked:
		return nil
	case len(secret) == 0:
		return ErrConfirm
	}
	return c.verify(o, a, secret)
}

// verify checks the secret of a call; a PIN is the session PIN where there is one. A wrong
// one counts as at unlocking. Errors: those of vault.Verify, ErrTries, *vault.WaitError.
func (c *session) verify(o *opened, a secretArgs, secret []byte) error {
	cred, err := credential(a, secret)
	if err != nil {
		return err
	}
	_, err = try(c.k, func() (nothing, error) { return nothing{}, o.vault.Verify(cred) })
	return err
}

// give hands out codes. ErrGiven is told beside the time that is left.
func give(o *opened, a giveArgs) (given, error) {
	codes, err := o.vault.GiveAll(a.IDs, a.Now, a.Giving)
	if errors.Is(err, vault.ErrGiven) {
		return given{codes, wireError(err)}, nil
	}
	return given{Codes: codes}, err
}

// edit changes an account if it is still what the client saw, else gives nil.
func edit(v *vault.Vault, a editArgs) (*vault.Account, error) {
	seen := true
	x, err := v.Edit(a.Before.ID, func(x *vault.Account) {
		now := *x
		now.Used, now.Uses, a.Before.Used, a.Before.Uses = time.Time{}, 0, time.Time{}, 0
		if seen = same(now, a.Before); seen {
			a.After.Used, a.After.Uses = x.Used, x.Uses
			*x = a.After
		}
	})
	if err != nil || !seen {
		return nil, err
	}
	return &x, nil
}

// same compares accounts as they are on the wire, where times lose what they have
// beside the instant.
func same(a, b vault.Account) bool {
	equal := a.Added.Equal(b.Added)
	a.Added, b.Added = time.Time{}, time.Time{}
	if len(a.Tags) == 0 && len(b.Tags) == 0 {
		a.Tags, b.Tags = nil, nil
	}
	return equal && reflect.DeepEqual(a, b)
}
