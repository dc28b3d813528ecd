package agent

// This file lets a command run inside the agent: opRun, with which package shortcut
// asks.

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"nod/vault"
)

// mostText is how much such a command may print, in bytes; package shortcut has the
// same.
const mostText = 4096

// Runner runs a command with the arguments args and the variables env ("NAME=value")
// of a client. It asks nobody anything. done is false when the client has to run the
// command itself; nothing must have happened then that is wrong to happen twice.
type Runner func(ctx context.Context, h Here, args, env []string) (out, told []byte, done bool)

// Here is what the agent has for a command that runs inside of it.
type Here struct{ c *session }

// Status is how the agent stands.
func (h Here) Status() Status { return h.c.k.status() }

// Vault is the unlocked vault, which this counts as a use of. Errors: ErrLocked, those
// of vault.Refresh.
func (h Here) Vault() (Vault, error) {
	o, err := h.c.k.use(h.c.peer)
	if err != nil {
		return Vault{}, err
	}
	return Vault{o.vault, h.c, o}, h.c.k.refresh(o)
}

// Vault is the agent's: it guards the accounts that are marked to be confirmed, and
// saves uses a moment later.
type Vault struct {
	*vault.Vault
	c *session
	o *opened
}

// Give is Vault.Give. Errors: also ErrConfirm.
func (v Vault) Give(id string, now time.Time, g vault.Giving) (vault.Code, error) {
	if err := v.c.confirm(v.o, []string{id}, secretArgs{}, nil); err != nil {
		return vault.Code{}, err
	}
	return v.Vault.Give(id, now, g)
}

// GiveAll is Vault.GiveAll. Errors: also ErrConfirm.
func (v Vault) GiveAll(ids []string, now time.Time, g vault.Giving) ([]vault.Code, error) {
	if err := v.c.confirm(v.o, ids, secretArgs{}, nil); err != nil {
		return nil, err
	}
	return v.Vault.GiveAll(ids, now, g)
}

// MarkUsed is Vault.MarkUsed; it is saved with other uses.
func (v Vault) MarkUsed(id, how string, now time.Time) error {
	v.c.k.used(v.o, vault.Use{ID: id, How: how, At: now})
	return nil
}

type runArgs struct{ Args, Env []string }

// run answers opRun: what a command has printed, or nothing when the client has to run
// it itself. Only a client that is the same program gets more, so that nobody sees the
// output of an older nod after an update.
func (c *session) run(ctx context.Context, m call) error {
	answer := make([]byte, lengthBytes, lengthBytes+64)
	a, err := read[runArgs](m)
	if err == nil && m.Version == version && c.k.config.Run != nil && sameProgram(c.peer.pid) {
		out, told, done := c.k.config.Run(ctx, Here{c}, a.Args, a.Env)
		if done && len(out) <= mostText && len(told) <= mostText {
			answer = append(answer, '+')
			answer = binary.BigEndian.AppendUint32(answer, uint32(len(out)))
			answer = append(append(answer, out...), told...)
		}
	}
	binary.BigEndian.PutUint32(answer, uint32(len(answer)-lengthBytes))
	defer clear(answer)
	_, writeErr := c.conn.Write(answer)
	return errors.Join(err, writeErr)
}
