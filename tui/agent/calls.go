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
		if err == nil {
			_, err = c.k.use(c.peer)
		}
		return c.k.status(), err
	}
	o, err := c.opened(m.Op)
	if err != nil {
		return nil, err
	}
	if err := c.k.refresh(o); err != nil {
		return nil, err
	}
	for _, calls := range []func(op string) answerer{vaultCall, addCall, inboxCall, pairCall, programCall} {
		if answer := calls(m.Op); answer != nil {
			return answer(ctx, c, o, m, secret)
		}
	}
	return nil, fmt.Errorf("%w: it knows no %q", ErrProtocol, m.Op)
}

// opened is the unlocked vault. Most calls count as its use.
func (c *session) opened(op string) (*opened, error) {
	if idleCall(op) {
		return c.k.look()
	}
	return c.k.use(c.peer)
}

// answerer answers one kind of call with an unlocked vault.
type answerer func(ctx context.Context, c *session, o *opened, m call, secret []byte) (any, error)

// taking is an answerer that reads its arguments and needs no secret.
func taking[A, R any](do func(ctx context.Context, o *opened, args A) (R, error)) answerer {
	return func(ctx context.Context, _ *session, o *opened, m call, _ []byte) (any, error) {
		args, err := read[A](m)
		if err != nil {
			return nil, err
		}
		return do(ctx, o, args)
	}
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

// vaultCall answers what the vault can do without a secret; nil: it is no such call.
func vaultCall(op string) answerer {
	switch op {
	case opList:
		return taking(func(_ context.Context, o *opened, _ nothing) ([]vault.Account, error) { return o.vault.Accounts(), nil })
	case opDevices:
		return taking(func(_ context.Context, o *opened, _ nothing) ([]vault.Device, error) { return o.vault.Devices(), nil })
	case opHistory:
		return taking(func(_ context.Context, o *opened, _ nothing) ([]vault.Event, error) { return o.vault.History(), nil })
	case opShift:
		return taking(func(_ context.Context, o *opened, _ nothing) (time.Duration, error) { return o.vault.Shift(), nil })
	case opSetShift:
		return taking(func(_ context.Context, o *opened, a shiftArgs) (nothing, error) {
			return nothing{}, o.vault.SetShift(a.Shift)
		})
	case opClocks:
		return taking(func(_ context.Context, o *opened, a clocksArgs) ([]vault.Difference, error) {
			return o.vault.Differences(a.Now), nil
		})
	case opFind:
		return taking(func(_ context.Context, o *opened, a findArgs) ([]vault.Account, error) {
			return o.vault.Find(a.Query), nil
		})
	case opAccount:
		return taking(func(_ context.Context, o *opened, a idArgs) (vault.Account, error) { return o.vault.Account(a.ID) })
	case opDevice:
		return taking(func(_ context.Context, o *opened, a idArgs) (vault.Device, error) { return o.vault.Device(a.ID) })
	case opRemove:
		return taking(func(_ context.Context, o *opened, a idArgs) (nothing, error) { return nothing{}, o.vault.Remove(a.ID) })
	case opEdit:
		return taking(func(_ context.Context, o *opened, a editArgs) (*vault.Account, error) { return edit(o.vault, a) })
	case opGive:
		return taking(give)
	case opCodes:
		return taking(func(_ context.Context, o *opened, a codesArgs) ([]vault.Code, error) {
			return o.vault.Codes(a.IDs, a.Now)
		})
	case opUsed:
		return func(_ context.Context, c *session, o *opened, m call, _ []byte) (any, error) {
			a, err := read[usedArgs](m)
			if err == nil {
				c.k.used(o, vault.Use{ID: a.ID, How: a.How, At: a.Now})
			}
			return nothing{}, err
		}
	}
	return nil
}

// give hands out codes. ErrGiven is told beside the time that is left.
func give(_ context.Context, o *opened, a giveArgs) (given, error) {
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
