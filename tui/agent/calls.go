package agent

// This file answers the calls that ask for the agent itself or for its vault.

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"nod/approve"
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
	for _, calls := range []func(op string) answerer{vaultCall, pinCall, addCall, inboxCall, pairCall, programCall} {
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
	case opEdit, opGive, opVerify:
		return confirmCall(op)
	case opUsed:
		return func(_ context.Context, c *session, o *opened, m call, _ []byte) (any, error) {
			a, err := read[usedArgs](m)
			if err == nil {
				c.k.used(o, vault.Use{ID: a.ID, How: approve.Text(a.How), At: a.Now}) // one short line in the history
			}
			return nothing{}, err
		}
	}
	return nil
}
