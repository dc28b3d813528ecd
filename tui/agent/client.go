package agent

// This file is the side of the commands.

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"nod/vault"
)

// DialTime is how long an agent may take to take a connection, and to say how it
// stands. One that hangs longer counts as none. Only tests set it, before they dial.
var DialTime = 2 * time.Second

// Client speaks to an agent. Its methods may be called from several goroutines: one that
// finds the connection busy opens another. When a call was cut short, or the agent went
// away, every later call fails with ErrNoAgent. Methods without an error give nothing
// then, and Err says so afterwards.
type Client struct {
	// Secret asks for what opens the vault where an account is marked to be confirmed;
	// nil: such calls fail with ErrConfirm. The client wipes the credential.
	Secret func() (vault.Credential, error)

	place vault.Place
	path  string

	conn   net.Conn
	calls  sync.Mutex  // of conn
	broken atomic.Bool // conn can not be used any more

	mu  sync.Mutex
	err error // that a method without an error met first
}

// Dial connects to the agent of the vault at place, whose socket is at path. Errors:
// ErrNoAgent when none runs there or it keeps another vault, ErrUser when what listens
// there is another user's, ErrSilent when it hangs. The caller closes the client.
func Dial(ctx context.Context, path string, place vault.Place) (*Client, Status, error) {
	conn, err := connect(ctx, path)
	if err != nil {
		return nil, Status{}, err
	}
	c := &Client{place: place, path: path, conn: conn}
	ctx, cancel := context.WithTimeoutCause(ctx, DialTime, ErrSilent)
	defer cancel()
	s, err := c.Status(ctx)
	if err == nil && s.Vault != place.File {
		err = fmt.Errorf("%w: that at %s keeps %s", ErrNoAgent, path, s.Vault)
	}
	if err != nil {
		c.Close()
		return nil, s, err
	}
	return c, s, nil
}

// connect opens a connection to an agent of this user.
func connect(ctx context.Context, path string) (net.Conn, error) {
	if _, err := os.Lstat(path); err != nil && !isPipe(path) {
		return nil, ErrNoAgent
	}
	within, cancel := context.WithTimeout(ctx, DialTime)
	defer cancel()
	conn, err := dial(within, path)
	switch {
	case err != nil && ctx.Err() != nil: // it is not the agent that is away
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNoAgent, err)
	}
	// A PIN is handed over: make sure to whom.
	if err := checkPeer(conn); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Close ends the connection.
func (c *Client) Close() {
	c.conn.Close()
}

// Err is why a method that returns no error gave nothing, or nil.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// ask makes one call.
func ask[T any](ctx context.Context, c *Client, op string, args any, secret []byte) (T, error) {
	var result T
	r, err := c.exchange(ctx, op, args, secret)
	if err != nil {
		return result, err
	}
	return result, json.Unmarshal(r.Result, &result)
}

// exchange makes one call on c's connection, or on one of its own while that is busy.
func (c *Client) exchange(ctx context.Context, op string, args any, secret []byte) (reply, error) {
	if c.broken.Load() {
		return reply{}, ErrNoAgent
	}
	if c.calls.TryLock() {
		defer c.calls.Unlock()
		r, err := exchange(ctx, c.conn, op, args, secret)
		if err != nil && r.Error == nil {
			c.broken.Store(true)
		}
		return r, err
	}
	conn, err := connect(ctx, c.path)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	return exchange(ctx, conn, op, args, secret)
}

// exchange sends a call and reads its (first) reply.
func exchange(ctx context.Context, conn net.Conn, op string, args any, secret []byte) (reply, error) {
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	text, err := json.Marshal(args)
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", op, err)
	}
	if err := writeMessage(conn, call{version, op, text, len(secret)}, secret); err != nil {
		return reply{}, lost(ctx, err)
	}
	var r reply
	if err := readMessage(conn, maxReply, &r); err != nil {
		return reply{}, lost(ctx, err)
	}
	return r, r.Error.error()
}

// lost says why a connection ended.
func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w: %w", ErrGone, err)
}

// quiet is ask for methods without an error.
func quiet[T any](c *Client, op string, args any) T {
	result, err := ask[T](context.Background(), c, op, args, nil)
	if err != nil {
		c.fail(err)
	}
	return result
}

// fail has Err say err, unless something failed before.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// Status asks how the agent stands.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return ask[Status](ctx, c, opStatus, nothing{}, nil)
}

// Unlock opens the agent's vault with cred, for at most d (0: the agent's limit).
// Errors: those of vault.Open, ErrTries. An ssh key can not be handed over.
func (c *Client) Unlock(ctx context.Context, cred vault.Credential, d time.Duration) (Status, error) {
	return ask[Status](ctx, c, opUnlock, unlockArgs{argsOf(cred), d}, cred.Secret())
}

// SetSessionPIN lets pin open the agent's vault, and accept, until the agent ends, ten
// wrong ones have wiped it, or something else unlocks the agent. cred is what opens the
// vault. Errors: those of vault.SetSessionPIN, vault.ErrSlotExists when the vault has a
// PIN, ErrLocked, ErrTries. The caller wipes both.
func (c *Client) SetSessionPIN(ctx context.Context, cred, pin vault.Credential) error {
	secret := slices.Concat(cred.Secret(), pin.Secret())
	defer clear(secret)
	_, err := ask[nothing](ctx, c, opSessionPIN, pinArgs{argsOf(cred), len(cred.Secret())}, secret)
	return err
}

func argsOf(c vault.Credential) secretArgs { return secretArgs{c.Kind(), c.Name()} }

// Lock makes the agent forget the vault; it goes on running.
func (c *Client) Lock(ctx context.Context) error {
	_, err := ask[nothing](ctx, c, opLock, nothing{}, nil)
	return err
}

// Stop ends the agent.
func (c *Client) Stop(ctx context.Context) error {
	_, err := ask[nothing](ctx, c, opStop, nothing{}, nil)
	return err
}

// Place is that of the vault.
func (c *Client) Place() vault.Place { return c.place }

// Accounts is Vault.Accounts.
func (c *Client) Accounts() []vault.Account { return quiet[[]vault.Account](c, opList, nothing{}) }

// Find is Vault.Find.
func (c *Client) Find(query string) []vault.Account {
	return quiet[[]vault.Account](c, opFind, findArgs{query})
}

// Account is Vault.Account.
func (c *Client) Account(id string) (vault.Account, error) {
	return ask[vault.Account](context.Background(), c, opAccount, idArgs{id}, nil)
}

// Check tells whether the vault is the one that the agent has unlocked. Errors:
// ErrLocked, those of vault.Refresh.
func (c *Client) Check(ctx context.Context) error {
	_, err := ask[time.Duration](ctx, c, opShift, nothing{}, nil)
	return err
}

// Shift is Vault.Shift.
func (c *Client) Shift() time.Duration { return quiet[time.Duration](c, opShift, nothing{}) }

// SetShift is Vault.SetShift.
func (c *Client) SetShift(d time.Duration) error {
	_, err := ask[nothing](context.Background(), c, opSetShift, shiftArgs{d}, nil)
	return err
}

// Differences is Vault.Differences.
func (c *Client) Differences(now time.Time) []vault.Difference {
	return quiet[[]vault.Difference](c, opClocks, clocksArgs{now})
}

// MarkUsed is Vault.MarkUsed; the agent saves it a moment later, when it has answered.
func (c *Client) MarkUsed(id, how string, now time.Time) error {
	_, err := ask[nothing](context.Background(), c, opUsed, usedArgs{id, how, now}, nil)
	return err
}

// Remove is Vault.Remove.
func (c *Client) Remove(id string) error {
	_, err := ask[nothing](context.Background(), c, opRemove, idArgs{id}, nil)
	return err
}

// Devices is Vault.Devices.
func (c *Client) Devices() []vault.Device { return quiet[[]vault.Device](c, opDevices, nothing{}) }

// Device is Vault.Device.
func (c *Client) Device(id string) (vault.Device, error) {
	return ask[vault.Device](context.Background(), c, opDevice, idArgs{id}, nil)
}

// History is Vault.History.
func (c *Client) History() []vault.Event { return quiet[[]vault.Event](c, opHistory, nothing{}) }
