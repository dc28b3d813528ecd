package agent

// This file pairs with servers by the agent's inbox, and tends to pairings.

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"nod/approve"
	"nod/vault"
)

// Pair is Inbox.Pair, on a connection of its own.
func (in Inbox) Pair(ctx context.Context, o approve.Offer) (vault.Device, error) {
	args := pairArgs{
		Server: o.Server, DeviceName: o.DeviceName, Platform: o.Platform, ClientID: o.ClientID,
		Simulated: o.Simulated, Container: o.Container, Loopback: o.Loopback, Trust: o.Trust,
		Secrets: [4]int{len(o.Link), len(o.Code), len(o.ClientSecret), len(o.Passphrase)},
	}
	secret := make([]byte, 0, len(o.Link)+len(o.Code)+len(o.ClientSecret)+len(o.Passphrase))
	secret = append(append(append(append(secret, o.Link...), o.Code...), o.ClientSecret...), o.Passphrase...)
	defer clear(secret)
	var p pairReply
	err := in.c.stream(ctx, opPair, args, secret, func(result json.RawMessage) (more bool, err error) {
		p = pairReply{}
		if err := json.Unmarshal(result, &p); err != nil {
			return false, err
		}
		if p.Step != "" && o.Progress != nil {
			o.Progress(p.Step)
		}
		return p.Step != "", nil
	})
	return p.Device, err
}

// Await is Inbox.Await, on connections of its own. The agent does not lock for want of
// use meanwhile.
func (in Inbox) Await(ctx context.Context, device string) (vault.Device, error) {
	for first := true; ; first = false {
		a, err := askApart[awaited](ctx, in.c, opAwait, idArgs{device})
		if errors.Is(err, vault.ErrNotFound) && !first {
			err = approve.ErrPairingRefused // the agent's watch was told between two rounds
		}
		if err != nil || a.Over {
			return a.Device, err
		}
	}
}

// Clocks is Inbox.Clocks. The agent asks with a client of its own, not with that of the
// argument. Of what it refuses as a whole Err tells.
func (in Inbox) Clocks(ctx context.Context, _ *http.Client, devices []vault.Device) []approve.ServerClock {
	args := timesArgs{make([]string, len(devices))}
	for i, d := range devices {
		args.Devices[i] = d.ID
	}
	list, err := askApart[[]timeWire](ctx, in.c, opTimes, args)
	if err != nil {
		in.c.fail(err)
	}
	clocks := make([]approve.ServerClock, len(devices))
	for i, d := range devices {
		if i >= len(list) {
			clocks[i] = approve.ServerClock{Device: d, Err: err}
			continue
		}
		clocks[i] = list[i].Clock
		clocks[i].Err = list[i].Err.error()
	}
	return clocks
}

// Rotate is Inbox.Rotate.
func (in Inbox) Rotate(ctx context.Context, device string) error {
	_, err := askApart[nothing](ctx, in.c, opRotate, idArgs{device})
	return err
}

// Tokens is Inbox.Tokens.
func (in Inbox) Tokens(device string) ([]approve.Held, error) {
	return ask[[]approve.Held](context.Background(), in.c, opTokens, idArgs{device}, nil)
}

// Rollover is Inbox.Rollover.
func (in Inbox) Rollover(ctx context.Context, device string) error {
	_, err := askApart[nothing](ctx, in.c, opRollover, idArgs{device})
	return err
}
