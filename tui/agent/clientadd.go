package agent

// This file brings accounts into the agent's vault.

import (
	"context"

	"nod/vault"
	"nod/vault/otp"
)

// Existing is Vault.Existing.
func (c *Client) Existing(k otp.Key) *vault.DuplicateError {
	return c.ExistingAll([]otp.Key{k})[0]
}

// ExistingAll is Vault.ExistingAll.
func (c *Client) ExistingAll(keys []otp.Key) []*vault.DuplicateError {
	var s keySecrets
	args := existingArgs{make([]keyArgs, len(keys))}
	for i, k := range keys {
		args.Keys[i] = s.key(k)
	}
	found, err := withKeys[[]*vault.DuplicateError](c, opExisting, args, s)
	if err != nil {
		c.fail(err)
	}
	if len(found) != len(keys) {
		return make([]*vault.DuplicateError, len(keys))
	}
	return found
}

// Add is Vault.Add.
func (c *Client) Add(keepBoth bool, accounts ...vault.NewAccount) ([]vault.Account, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	var s keySecrets
	args := addArgs{keepBoth, make([]accountArgs, len(accounts))}
	for i, n := range accounts {
		args.Accounts[i] = s.account(n)
	}
	return withKeys[[]vault.Account](c, opAdd, args, s)
}

// Replace is Vault.Replace.
func (c *Client) Replace(id string, n vault.NewAccount) (vault.Account, error) {
	var s keySecrets
	args := replaceArgs{id, s.account(n)}
	return withKeys[vault.Account](c, opReplace, args, s)
}

// keySecrets gathers the secrets of keys in the order of their arguments.
type keySecrets struct{ keys []otp.Key }

func (s *keySecrets) key(k otp.Key) keyArgs {
	a := keyArgs{Key: k, Secret: len(k.Secret), PIN: len(k.PIN)}
	a.Key.Secret, a.Key.PIN = nil, ""
	s.keys = append(s.keys, k)
	return a
}

func (s *keySecrets) account(n vault.NewAccount) accountArgs {
	return accountArgs{keyArgs: s.key(n.Key), Tags: n.Tags, Note: n.Note, Source: n.Source, Device: n.Device}
}

// withKeys is ask for a call whose secret are those of keys.
func withKeys[T any](c *Client, op string, args any, s keySecrets) (T, error) {
	n := 0
	for _, k := range s.keys {
		n += len(k.Secret) + len(k.PIN)
	}
	secret := make([]byte, 0, n) // at once: what append leaves behind could not be wiped
	for _, k := range s.keys {
		secret = append(append(secret, k.Secret...), k.PIN...)
	}
	defer clear(secret)
	return ask[T](context.Background(), c, op, args, secret)
}
