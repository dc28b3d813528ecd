package agent

// This file gets codes from the agent, those of accounts that are marked to be confirmed,
// too.

import (
	"context"
	"errors"
	"time"

	"nod/vault"
)

// confirmed makes a call, and again with what Secret gives when the agent wants that.
func confirmed[T any](c *Client, op string, args func(secretArgs) any) (T, error) {
	result, err := ask[T](context.Background(), c, op, args(secretArgs{}), nil)
	if !errors.Is(err, ErrConfirm) || c.Secret == nil {
		return result, err
	}
	cred, err := c.Secret()
	if err != nil {
		return result, err
	}
	defer cred.Wipe()
	return ask[T](context.Background(), c, op, args(argsOf(cred)), cred.Secret())
}

// Give is Vault.Give.
func (c *Client) Give(id string, now time.Time, g vault.Giving) (vault.Code, error) {
	codes, err := c.GiveAll([]string{id}, now, g)
	if len(codes) == 0 {
		return vault.Code{}, err
	}
	return codes[0], err
}

// GiveAll is Vault.GiveAll.
func (c *Client) GiveAll(ids []string, now time.Time, g vault.Giving) ([]vault.Code, error) {
	r, err := confirmed[given](c, opGive, func(s secretArgs) any { return giveArgs{s, ids, now, g} })
	if err == nil {
		err = r.Err.error()
	}
	return r.Codes, err
}

// GiveConfirmed is Give with cred, which an account takes that is marked to be confirmed.
// Errors: also those of Verify. The caller wipes cred.
func (c *Client) GiveConfirmed(cred vault.Credential, id string, now time.Time, g vault.Giving) (vault.Code, error) {
	r, err := ask[given](context.Background(), c, opGive, giveArgs{argsOf(cred), []string{id}, now, g}, cred.Secret())
	if err == nil {
		err = r.Err.error()
	}
	if len(r.Codes) == 0 {
		return vault.Code{}, err
	}
	return r.Codes[0], err
}

// Verify is Vault.Verify; a PIN is the session PIN where the agent has one. A wrong secret
// counts as at unlocking. Errors: also ErrTries, *vault.WaitError. The caller wipes cred.
func (c *Client) Verify(cred vault.Credential) error {
	_, err := ask[nothing](context.Background(), c, opVerify, argsOf(cred), cred.Secret())
	return err
}

// Edit is Vault.Edit. When somebody else has changed the account since it was read,
// change is applied to what it is now. To take Confirm away takes the secret.
func (c *Client) Edit(id string, change func(*vault.Account)) (vault.Account, error) {
	for {
		before, err := c.Account(id)
		if err != nil {
			return before, err
		}
		after := before
		change(&after)
		changed, err := confirmed[*vault.Account](c, opEdit, func(s secretArgs) any { return editArgs{s, before, after} })
		if err != nil || changed != nil {
			if changed == nil {
				changed = &vault.Account{}
			}
			return *changed, err
		}
	}
}
