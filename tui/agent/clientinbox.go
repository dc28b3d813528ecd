package agent

// This file is the agent's inbox, as the commands use it.

import (
	"context"
	"encoding/json"
	"time"

	"nod/approve"
	"nod/vault"
)

// Inbox has the methods of approve.Inbox that an agent offers.
type Inbox struct{ c *Client }

// Inbox returns that of the agent's vault.
func (c *Client) Inbox() Inbox { return Inbox{c} }

// Fetch is Inbox.Fetch.
func (in Inbox) Fetch(ctx context.Context) (approve.Event, error) {
	f, err := ask[fetched](ctx, in.c, opFetch, nothing{}, nil)
	if err != nil {
		return approve.Event{}, err
	}
	return f.Event.event(), f.Err.error()
}

// Answer is Inbox.Answer. The credential's secret goes to the agent for an accept only.
func (in Inbox) Answer(ctx context.Context, id string, d approve.Decision, cred vault.Credential) (approve.Outcome, error) {
	return ask[approve.Outcome](ctx, in.c, opAnswer, answerArgs{argsOf(cred), id, d}, cred.Secret())
}

// Ended is Inbox.Ended.
func (in Inbox) Ended(id string) (approve.Request, bool) {
	r := quiet[endedRequest](in.c, opEnded, idArgs{id})
	return r.Request, r.Found
}

// Scan is Inbox.Scan.
func (in Inbox) Scan(ctx context.Context, link string) (approve.Request, error) {
	return ask[approve.Request](ctx, in.c, opScan, scanArgs{link}, nil)
}

// Pause is Inbox.Pause.
func (in Inbox) Pause(ctx context.Context, device string, length time.Duration) (approve.Pause, error) {
	return ask[approve.Pause](ctx, in.c, opPause, pauseArgs{device, length}, nil)
}

// Resume is Inbox.Resume.
func (in Inbox) Resume(ctx context.Context, device string) (approve.Pause, error) {
	return ask[approve.Pause](ctx, in.c, opPause, pauseArgs{device, 0}, nil)
}

// Status is Inbox.Status.
func (in Inbox) Status(ctx context.Context, device string) (approve.Status, error) {
	return ask[approve.Status](ctx, in.c, opState, idArgs{device}, nil)
}

// Rename is Inbox.Rename.
func (in Inbox) Rename(ctx context.Context, device, name string) error {
	_, err := ask[nothing](ctx, in.c, opRename, renameArgs{device, name}, nil)
	return err
}

// Unpair is Inbox.Unpair.
func (in Inbox) Unpair(ctx context.Context, device string, force bool) error {
	_, err := ask[nothing](ctx, in.c, opUnpair, unpairArgs{device, force}, nil)
	return err
}

// Watch is Inbox.Watch, on a connection of its own. When the agent locks or goes the
// channel ends, and Err says why.
func (in Inbox) Watch(ctx context.Context) <-chan approve.Event {
	out := make(chan approve.Event, 1)
	go func() {
		defer close(out)
		err := in.c.stream(ctx, opWatch, nothing{}, nil, func(result json.RawMessage) (more bool, err error) {
			var w eventWire
			if err := json.Unmarshal(result, &w); err != nil {
				return false, err
			}
			select { // a slow receiver gets the newest only
			case <-out:
			default:
			}
			out <- w.event()
			return true, nil
		})
		if err != nil && ctx.Err() == nil {
			in.c.fail(err)
		}
	}()
	return out
}

// stream makes a call on a connection of its own and hands each reply to take, until
// that wants no more or fails, or the agent refuses.
func (c *Client) stream(ctx context.Context, op string, args any, secret []byte, take func(result json.RawMessage) (more bool, err error)) error {
	conn, err := connect(ctx, c.path)
	if err != nil {
		return err
	}
	defer conn.Close()
	r, err := exchange(ctx, conn, op, args, secret)
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	for err == nil {
		var more bool
		if more, err = take(r.Result); err != nil || !more {
			return err
		}
		r = reply{}
		if err := readMessage(conn, maxReply, &r); err != nil {
			return lost(ctx, err)
		}
		err = r.Error.error()
	}
	return err
}

// askApart is ask on a connection of its own, for calls that take long: others do not
// wait for it.
func askApart[T any](ctx context.Context, c *Client, op string, args any) (result T, err error) {
	err = c.stream(ctx, op, args, nil, func(r json.RawMessage) (bool, error) { return false, json.Unmarshal(r, &result) })
	return result, err
}
