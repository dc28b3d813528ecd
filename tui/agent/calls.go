package agent

// This file answers the calls that ask for the agent itself or for its vault.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"nod/vault"
)

// do does what a call asks for.
func (c *session) do(ctx context.Context, m call, secret []byte) (any, error) {
	if m.Version != version {
		return nil, ErrProtocol
	}
	switch m.Op {
	case opStatus:
		return c.k.status(), nil
	case opLock:
		c.k.lock("by hand")
		return nothing{}, nil
	case opStop:
		return nothing{}, nil
	case opUnlock:
		a, err := read[unlockArgs](m)
		if err != nil {
			return nil, err
		}
		cred, err := credential(a.secretArgs, secret)
		if err == nil {
			err = c.k.unlock(cred, a.For)
		}
		return c.k.status(), err
	}
	o, err := c.k.use(c.peer)
	if err != nil {
		return nil, err
	}
	if err := c.k.refresh(o); err != nil {
		return nil, err
	}
	if result, err, known := c.vaultCall(o, m); known {
		return result, err
	}
	return c.inboxCall(ctx, o, m, secret)
}

// read reads the arguments of a call.
func read[T any](m call) (args T, err error) {
	if err := json.Unmarshal(m.Args, &args); err != nil {
		return args, fmt.Errorf("%s: read arguments: %w", m.Op, err)
	}
	return args, nil
}

func credential(a secretArgs, secret []byte) (vault.Credential, error) {
	switch a.Kind {
	case vault.SlotPIN:
		return vault.PINOf(a.Name, secret), nil
	case vault.SlotPassphrase:
		return vault.Passphrase(secret), nil
	case vault.SlotRecovery:
		return vault.RecoveryCode(secret), nil
	}
	return vault.Credential{}, fmt.Errorf("a credential of the kind %q can not be handed to the agent: %w", a.Kind, vault.ErrNoSlot)
}

// vaultCall does what the vault can do without a secret.
func (c *session) vaultCall(o *opened, m call) (result any, err error, known bool) {
	v := o.vault
	switch m.Op {
	case opList:
		return v.Accounts(), nil, true
	case opDevices:
		return v.Devices(), nil, true
	case opHistory:
		return v.History(), nil, true
	case opFind:
		a, err := read[findArgs](m)
		if err != nil {
			return nil, err, true
		}
		return v.Find(a.Query), nil, true
	case opAccount, opRemove, opDevice:
		a, err := read[idArgs](m)
		if err != nil {
			return nil, err, true
		}
		switch m.Op {
		case opAccount:
			x, err := v.Account(a.ID)
			return x, err, true
		case opDevice:
			d, err := v.Device(a.ID)
			return d, err, true
		}
		return nothing{}, v.Remove(a.ID), true
	case opGive:
		a, err := read[giveArgs](m)
		if err != nil {
			return nil, err, true
		}
		codes, err := v.GiveAll(a.IDs, a.Now, a.Giving)
		if errors.Is(err, vault.ErrGiven) { // with the time that is left
			return given{codes, wireError(err)}, nil, true
		}
		return given{Codes: codes}, err, true
	case opShift:
		return v.Shift(), nil, true
	case opClocks:
		a, err := read[clocksArgs](m)
		if err != nil {
			return nil, err, true
		}
		return v.Differences(a.Now), nil, true
	case opUsed:
		a, err := read[usedArgs](m)
		if err != nil {
			return nil, err, true
		}
		c.k.used(o, vault.Use{ID: a.ID, How: a.How, At: a.Now})
		return nothing{}, nil, true
	case opEdit:
		a, err := read[editArgs](m)
		if err != nil {
			return nil, err, true
		}
		x, err := edit(v, a)
		return x, err, true
	}
	return nil, nil, false
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
