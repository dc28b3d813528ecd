package agent

// This file answers the calls that ask for login requests and servers.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"nod/approve"
	"nod/vault"
)

// inboxCall does what goes to the servers.
func (c *session) inboxCall(ctx context.Context, o *opened, m call, secret []byte) (any, error) {
	in := o.inbox
	switch m.Op {
	case opFetch:
		ev, err := in.Fetch(ctx)
		return fetched{wireEvent(ev), wireError(err)}, nil
	case opAnswer:
		a, err := read[answerArgs](m)
		if err != nil {
			return nil, err
		}
		return c.answerRequest(ctx, o, a, secret)
	case opEnded:
		a, err := read[idArgs](m)
		if err != nil {
			return nil, err
		}
		r, ok := in.Ended(a.ID)
		return endedRequest{r, ok}, nil
	case opScan:
		a, err := read[scanArgs](m)
		if err != nil {
			return nil, err
		}
		return in.Scan(ctx, a.Link)
	case opPause:
		a, err := read[pauseArgs](m)
		if err != nil {
			return nil, err
		}
		if a.Length > 0 {
			return in.Pause(ctx, a.Device, a.Length)
		}
		return in.Resume(ctx, a.Device)
	case opState:
		a, err := read[idArgs](m)
		if err != nil {
			return nil, err
		}
		return in.Status(ctx, a.ID)
	case opRename:
		a, err := read[renameArgs](m)
		if err != nil {
			return nil, err
		}
		return nothing{}, in.Rename(ctx, a.Device, a.Name)
	case opUnpair:
		a, err := read[unpairArgs](m)
		if err != nil {
			return nil, err
		}
		return nothing{}, in.Unpair(ctx, a.Device, a.Force)
	}
	return nil, fmt.Errorf("%w: it knows no %q", ErrProtocol, m.Op)
}

// answerRequest passes an answer on. An accept takes a secret each time, and a wrong
// one counts as at unlocking.
func (c *session) answerRequest(ctx context.Context, o *opened, a answerArgs, secret []byte) (approve.Outcome, error) {
	if a.Decision.Act != approve.Accept {
		return o.inbox.Answer(ctx, a.ID, a.Decision, vault.Credential{})
	}
	if err := c.k.mayTry(); err != nil {
		return approve.Outcome{}, err
	}
	cred, err := credential(a.secretArgs, secret)
	if err != nil {
		return approve.Outcome{}, err
	}
	out, err := o.inbox.Answer(ctx, a.ID, a.Decision, cred)
	if _, wrong := errors.AsType[*vault.PINError](err); wrong || err == nil {
		c.k.tried(err)
	}
	return out, err
}

// watch sends each new event until the client goes away or the vault is locked. It
// does not keep the agent from locking for want of use.
func (c *session) watch(ctx context.Context) error {
	o, err := c.k.look()
	if err != nil {
		return writeMessage(c.conn, reply{Error: wireError(err)}, nil)
	}
	news, end := o.listen()
	defer end()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.done:
			return writeMessage(c.conn, reply{Error: wireError(ErrLocked)}, nil)
		case <-news:
		}
		text, err := json.Marshal(wireEvent(o.newest()))
		if err != nil {
			return err
		}
		if err := writeMessage(c.conn, reply{Result: text}, nil); err != nil {
			return err
		}
	}
}
