package agent

// This file answers the calls that bring accounts in. Their secrets are the secret of
// the call: they go in and never come out.

import (
	"context"
	"errors"

	"nod/vault"
	"nod/vault/memory"
	"nod/vault/otp"
)

type (
	// keyArgs is a key without its secret and PIN, which lie in the secret of the call,
	// that of the first key first.
	keyArgs struct {
		Key    otp.Key
		Secret int // bytes
		PIN    int // bytes, behind those of the secret
	}
	accountArgs struct {
		keyArgs
		Tags         []string
		Note, Source string
		Device       string
	}
	existingArgs struct{ Keys []keyArgs }
	addArgs      struct {
		KeepBoth bool
		Accounts []accountArgs
	}
	replaceArgs struct {
		ID      string
		Account accountArgs
	}
)

// addCall answers what brings accounts in; nil: it is no such call.
func addCall(op string) answerer {
	switch op {
	case opExisting:
		return keyed(func(o *opened, a existingArgs, rest *keyBytes) ([]*vault.DuplicateError, error) {
			keys := make([]otp.Key, len(a.Keys))
			for i, k := range a.Keys {
				keys[i] = rest.key(k)
			}
			if err := rest.end(); err != nil {
				return nil, err
			}
			return o.vault.ExistingAll(keys), nil
		})
	case opAdd:
		return keyed(func(o *opened, a addArgs, rest *keyBytes) ([]vault.Account, error) {
			accounts := make([]vault.NewAccount, len(a.Accounts))
			for i, x := range a.Accounts {
				accounts[i] = rest.account(x)
			}
			if err := rest.end(); err != nil {
				return nil, err
			}
			return o.vault.Add(a.KeepBoth, accounts...)
		})
	case opReplace:
		return keyed(func(o *opened, a replaceArgs, rest *keyBytes) (vault.Account, error) {
			x := rest.account(a.Account)
			if err := rest.end(); err != nil {
				return vault.Account{}, err
			}
			return o.vault.Replace(a.ID, x)
		})
	}
	return nil
}

// keyed is an answerer whose arguments take keys out of the secret.
func keyed[A, R any](do func(o *opened, args A, rest *keyBytes) (R, error)) answerer {
	return func(_ context.Context, _ *session, o *opened, m call, secret []byte) (any, error) {
		args, err := read[A](m)
		if err != nil {
			return nil, err
		}
		return do(o, args, &keyBytes{secret: secret})
	}
}

// keyBytes is what is left of the secret of a call while its keys are taken from it.
type keyBytes struct {
	secret []byte
	wrong  bool // the arguments name more than there is
}

// take returns the next n bytes, which stay part of the secret.
func (b *keyBytes) take(n int) []byte {
	if n < 0 || n > len(b.secret) {
		b.wrong = true
		return nil
	}
	taken := b.secret[:n:n]
	b.secret = b.secret[n:]
	return taken
}

func (b *keyBytes) key(a keyArgs) otp.Key {
	k := a.Key
	k.Secret = b.take(a.Secret)
	if pin := b.take(a.PIN); len(pin) > 0 {
		memory.Do(func() { k.PIN = string(pin) }) // erased once it is collected, where the build can
	}
	return k
}

func (b *keyBytes) account(a accountArgs) vault.NewAccount {
	return vault.NewAccount{Key: b.key(a.keyArgs), Tags: a.Tags, Note: a.Note, Source: a.Source, Device: a.Device}
}

// end checks that the keys were all there, and nothing else.
func (b *keyBytes) end() error {
	if b.wrong || len(b.secret) > 0 {
		return errors.New("the secret of the call does not hold the keys that it names")
	}
	return nil
}
