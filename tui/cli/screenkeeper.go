package cli

// This file: the agent as the full-screen program uses it.

import (
	"context"
	"errors"
	"time"

	"nod/tui"
	"nod/tui/agent"
	"nod/vault"
)

// How long an agent may take to unlock, which derives a key, and to lock.
const (
	unlockTime = time.Minute
	lockTime   = 5 * time.Second
)

// screenKeeper reaches the agent of a vault for the full-screen program.
type screenKeeper struct {
	path  string // of the socket
	place vault.Place
}

// agentKeeper is the agent for the full-screen program, nil when it is not to be used.
func (a *app) agentKeeper(place vault.Place) tui.Keeper {
	if a.env.Getenv("NOD_NO_AGENT") != "" {
		return nil
	}
	return screenKeeper{a.socket(place), place}
}

// screenVault is the agent's vault for the full-screen program.
type screenVault struct{ *agent.Program }

func (v screenVault) Inbox() tui.Inbox { return v.Program.Inbox() }

func (v screenVault) Pinned() bool { return v.Unlocked().SessionPIN }

func (v screenVault) Since() time.Time { return v.Unlocked().Since }

func (v screenVault) SetSessionPIN(c, pin vault.Credential) error {
	ctx, cancel := context.WithTimeout(context.Background(), unlockTime)
	defer cancel()
	return v.Program.SetSessionPIN(ctx, c, pin)
}

// dial connects to the agent. What can not be spoken to counts as none: the program
// opens the vault itself then.
func (k screenKeeper) dial(ctx context.Context) (*agent.Client, agent.Status, error) {
	c, s, err := agent.Dial(ctx, k.path, k.place)
	if err != nil {
		return nil, s, errors.Join(tui.ErrNoKeeper, err)
	}
	return c, s, nil
}

func (k screenKeeper) Open(ctx context.Context) (tui.Kept, error) {
	c, s, err := k.dial(ctx)
	if err != nil {
		return nil, err
	}
	if s.Locked {
		c.Close()
		return nil, vault.ErrLocked
	}
	return show(c)
}

// show reads the vault of an unlocked agent; an error closes c.
func show(c *agent.Client) (tui.Kept, error) {
	p, err := c.Program()
	if err != nil {
		c.Close()
		return nil, errors.Join(tui.ErrNoKeeper, err)
	}
	return screenVault{p}, nil
}

func (k screenKeeper) Unlock(ctx context.Context, cred vault.Credential) (tui.Kept, error) {
	c, _, err := k.dial(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, unlockTime)
	defer cancel()
	if _, err := c.Unlock(ctx, cred, 0); err != nil {
		c.Close()
		for _, useless := range []error{agent.ErrNoAgent, agent.ErrTries, agent.ErrProtocol, context.DeadlineExceeded} {
			if errors.Is(err, useless) {
				err = errors.Join(tui.ErrNoKeeper, err)
			}
		}
		return nil, err
	}
	return show(c)
}

func (k screenKeeper) Lock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	c, _, err := agent.Dial(ctx, k.path, k.place)
	if errors.Is(err, agent.ErrNoAgent) {
		return tui.ErrNoKeeper
	}
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Lock(ctx)
}

func (k screenKeeper) State(ctx context.Context) tui.KeeperState {
	c, s, err := k.dial(ctx)
	switch {
	case errors.Is(err, agent.ErrNoAgent):
		return tui.KeeperState{Why: "is gone"}
	case err != nil:
		return tui.KeeperState{Why: "does not answer"}
	}
	c.Close()
	state := tui.KeeperState{Runs: true, Open: !s.Locked, Since: s.Since}
	if s.Locked {
		state.Why = "has locked (" + s.Why + ")"
	}
	if s.SessionPIN {
		state.PIN = vault.Slot{Type: vault.SlotPIN, TriesLeft: s.TriesLeft, WaitUntil: s.RetryAt}
	}
	return state
}

func (k screenKeeper) Gone(err error) bool {
	return errors.Is(err, agent.ErrNoAgent) || errors.Is(err, agent.ErrLocked)
}
