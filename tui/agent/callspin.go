package agent

// This file answers the call that sets a session PIN, a PIN that is in no file, and opens
// the vault with it again.

import (
	"context"
	"errors"
	"fmt"

	"nod/vault"
)

type pinArgs struct {
	secretArgs     // of what opens the vault
	Secret     int // bytes of it; the PIN is what follows in the secret of the call
}

// pinCall answers opSessionPIN; nil: it is another call.
func pinCall(op string) answerer {
	if op != opSessionPIN {
		return nil
	}
	return func(_ context.Context, c *session, o *opened, m call, secret []byte) (any, error) {
		a, err := read[pinArgs](m)
		if err == nil {
			err = c.setSessionPIN(o, a, secret)
		}
		return nothing{}, err
	}
}

// setSessionPIN sets the session PIN. What opens the vault is checked, and a wrong one
// counts as at unlocking. Errors: those of vault.SetSessionPIN, vault.ErrSlotExists when
// the vault has a PIN, ErrTries.
func (c *session) setSessionPIN(o *opened, a pinArgs, secret []byte) error {
	rest := &keyBytes{secret: secret}
	opens := rest.take(a.Secret)
	if rest.wrong {
		return errors.New("the secret of the call does not hold what it names")
	}
	s, err := vault.Inspect(o.vault.Place())
	if err == nil && s.Has(vault.SlotPIN) {
		err = fmt.Errorf("set session PIN: %w", vault.ErrSlotExists)
	}
	if err != nil {
		return err
	}
	cred, err := credential(a.secretArgs, opens)
	if err != nil {
		return err
	}
	_, err = try(c.k, func() (nothing, error) { return nothing{}, o.vault.SetSessionPIN(cred, vault.PIN(rest.secret)) })
	return err
}

// openWith opens the vault. A PIN is the session PIN where there is one; whatever else
// opens the vault ends that.
func (k *keeper) openWith(c vault.Credential) (*vault.Vault, error) {
	k.mu.Lock()
	before := k.open
	k.mu.Unlock()
	v, err := k.openOnce(c)
	k.mu.Lock()
	locked := k.open != before
	k.mu.Unlock()
	if locked && (errors.Is(err, vault.ErrPINDisabled) || errors.Is(err, vault.ErrNoSlot)) {
		return k.openOnce(c) // the lock has taken the session PIN from the open vault meanwhile
	}
	return v, err
}

func (k *keeper) openOnce(c vault.Credential) (*vault.Vault, error) {
	k.mu.Lock()
	o, r := k.open, k.resting
	k.mu.Unlock()
	pin := c.Kind() == vault.SlotPIN
	switch {
	case pin && o != nil && o.vault.HasSessionPIN():
		return o.vault.Reopen(c)
	case pin && r != nil:
		v, err := r.Open(c)
		if errors.Is(err, vault.ErrPINDisabled) || errors.Is(err, vault.ErrStale) || errors.Is(err, vault.ErrRollback) {
			k.forget(r)
		}
		return v, err
	}
	return vault.Open(k.config.Place, c)
}

// handOver leaves the session PIN to the vault that is open from now on, or ends it where
// that was opened by something else; k.mu is held.
func (k *keeper) handOver(now *vault.Vault, old *opened) {
	r := k.resting
	k.resting = nil
	switch {
	case now.HasSessionPIN() && old != nil:
		old.vault.Detach()
	case !now.HasSessionPIN() && r != nil:
		r.Close()
	}
}

// forget ends the session PIN of r.
func (k *keeper) forget(r *vault.Resting) {
	r.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.resting == r {
		k.resting = nil
	}
}
