package agent

// This file answers the calls that pair, and those that tend to pairings.

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/memory"
)

// awaitRound is how long the agent waits for a confirmation before the client asks
// again. Each time counts as a use, so that it does not lock while a person is busy at
// the site, and each notices when the client has gone. A variable for the tests.
var awaitRound = 20 * time.Second

type (
	// pairArgs is an approve.Offer without what is secret of it, which is the secret of
	// the call: so many bytes each of link, code, client secret and passphrase.
	pairArgs struct {
		Server, DeviceName, Platform, ClientID string
		Simulated, Container, Loopback         bool
		Trust                                  approve.Trust
		Secrets                                [4]int
	}
	pairReply struct {
		Step   string // one that is about to be taken; more replies follow
		Device vault.Device
	}
	awaited struct {
		Device vault.Device
		Over   bool // else: ask again
	}
	timesArgs struct{ Devices []string } // ids
	timeWire  struct {
		Clock approve.ServerClock // without its error
		Err   *errorWire
	}
)

// pairCall answers what pairs and tends to pairings; nil: it is no such call.
func pairCall(op string) answerer {
	switch op {
	case opPair:
		return func(ctx context.Context, c *session, o *opened, m call, secret []byte) (any, error) {
			a, err := read[pairArgs](m)
			if err != nil {
				return nil, err
			}
			return c.pair(ctx, o, a, secret)
		}
	case opAwait:
		return func(ctx context.Context, c *session, o *opened, m call, _ []byte) (any, error) {
			a, err := read[idArgs](m)
			if err != nil {
				return nil, err
			}
			return c.await(ctx, o, a.ID)
		}
	case opTimes:
		return func(ctx context.Context, c *session, o *opened, m call, _ []byte) (any, error) {
			a, err := read[timesArgs](m)
			if err != nil {
				return nil, err
			}
			return c.times(ctx, o, a)
		}
	case opRotate:
		return taking(func(ctx context.Context, o *opened, a idArgs) (nothing, error) {
			return nothing{}, o.inbox.Rotate(ctx, a.ID)
		})
	case opTokens:
		return taking(func(_ context.Context, o *opened, a idArgs) ([]approve.Held, error) { return o.inbox.Tokens(a.ID) })
	case opRollover:
		return taking(func(ctx context.Context, o *opened, a idArgs) (nothing, error) {
			return nothing{}, o.inbox.Rollover(ctx, a.ID)
		})
	}
	return nil
}

// pair pairs, and tells the client of each step meanwhile.
func (c *session) pair(ctx context.Context, o *opened, a pairArgs, secret []byte) (pairReply, error) {
	offer := approve.Offer{
		Server: a.Server, DeviceName: a.DeviceName, Platform: a.Platform, ClientID: a.ClientID,
		Simulated: a.Simulated, Container: a.Container, Loopback: a.Loopback, Trust: a.Trust,
		Progress: func(step string) {
			if text, err := json.Marshal(pairReply{Step: step}); err == nil {
				_ = writeMessage(c.conn, reply{Result: text}, nil) // a client that is gone ends ctx
			}
		},
	}
	rest := keyBytes{secret: secret}
	for i, text := range []*string{&offer.Link, &offer.Code, &offer.ClientSecret, &offer.Passphrase} {
		part := rest.take(a.Secrets[i])
		memory.Do(func() { *text = string(part) })
	}
	if err := rest.end(); err != nil {
		return pairReply{}, err
	}
	d, err := o.inbox.Pair(ctx, offer)
	return pairReply{Device: d}, err
}

// await waits for a confirmation, for at most awaitRound and never until it locks for
// want of use.
func (c *session) await(ctx context.Context, o *opened, device string) (awaited, error) {
	ctx, cancel := context.WithTimeout(ctx, min(awaitRound, c.k.config.Idle/2))
	defer cancel()
	d, err := o.inbox.Await(ctx, device)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return awaited{}, nil
	}
	return awaited{d, true}, err
}

// times asks servers for the time.
func (c *session) times(ctx context.Context, o *opened, a timesArgs) ([]timeWire, error) {
	devices := make([]vault.Device, len(a.Devices))
	for i, id := range a.Devices {
		var err error
		if devices[i], err = o.vault.Device(id); err != nil {
			return nil, err
		}
	}
	list := make([]timeWire, len(devices))
	for i, clock := range o.inbox.Clocks(ctx, c.k.config.HTTP, devices) {
		list[i] = timeWire{clock, wireError(clock.Err)}
		list[i].Clock.Err = nil
	}
	return list, nil
}
