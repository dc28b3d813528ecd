package agent

// This file answers the calls that ask for login requests and servers.

import (
	"context"
	"encoding/json"

	"nod/approve"
	"nod/vault"
)

// inboxCall answers what goes to the servers; nil: it is no such call.
func inboxCall(op string) answerer {
	switch op {
	case opFetch:
		return taking(func(ctx context.Context, o *opened, _ nothing) (fetched, error) {
			ev, err := o.inbox.Fetch(ctx)
			return fetched{wireEvent(ev), wireError(err)}, nil
		})
	case opEnded:
		return taking(func(_ context.Context, o *opened, a idArgs) (endedRequest, error) {
			r, ok := o.inbox.Ended(a.ID)
			return endedRequest{r, ok}, nil
		})
	case opScan:
		return taking(func(ctx context.Context, o *opened, a scanArgs) (approve.Request, error) {
			return o.inbox.Scan(ctx, a.Link)
		})
	case opPause:
		return taking(func(ctx context.Context, o *opened, a pauseArgs) (approve.Pause, error) {
			if a.Length > 0 {
				return o.inbox.Pause(ctx, a.Device, a.Length)
			}
			return o.inbox.Resume(ctx, a.Device)
		})
	case opState:
		return taking(func(ctx context.Context, o *opened, a idArgs) (approve.Status, error) {
			return o.inbox.Status(ctx, a.ID)
		})
	case opRename:
		return taking(func(ctx context.Context, o *opened, a renameArgs) (nothing, error) {
			return nothing{}, o.inbox.Rename(ctx, a.Device, a.Name)
		})
	case opUnpair:
		return taking(func(ctx context.Context, o *opened, a unpairArgs) (nothing, error) {
			return nothing{}, o.inbox.Unpair(ctx, a.Device, a.Force)
		})
	case opAnswer:
		return func(ctx context.Context, c *session, o *opened, m call, secret []byte) (any, error) {
			a, err := read[answerArgs](m)
			if err != nil {
				return nil, err
			}
			return c.answerRequest(ctx, o, a, secret)
		}
	}
	return nil
}

// answerRequest passes an answer on. An accept takes a secret each time, and a wrong
// one counts as at unlocking.
func (c *session) answerRequest(ctx context.Context, o *opened, a answerArgs, secret []byte) (approve.Outcome, error) {
	if a.Decision.Act != approve.Accept {
		return o.inbox.Answer(ctx, a.ID, a.Decision, vault.Credential{})
	}
	cred, err := credential(a.secretArgs, secret)
	if err != nil {
		return approve.Outcome{}, err
	}
	return try(c.k, func() (approve.Outcome, error) { return o.inbox.Answer(ctx, a.ID, a.Decision, cred) })
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
