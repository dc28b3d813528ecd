package cli

// This file: the unlocked vault that a command works with, which is one that it opens
// itself or one that the agent keeps.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"nod/approve"
	"nod/tui/agent"
	"nod/vault"
	"nod/vault/otp"
)

// keeper is what an unlocked vault does without a further secret: *vault.Vault, or
// the agent's.
type keeper interface {
	Place() vault.Place
	codeSource
	Account(id string) (vault.Account, error)
	ExistingAll(keys []otp.Key) []*vault.DuplicateError
	Add(keepBoth bool, accounts ...vault.NewAccount) ([]vault.Account, error)
	Replace(id string, n vault.NewAccount) (vault.Account, error)
	Edit(id string, change func(*vault.Account)) (vault.Account, error)
	Remove(id string) error
	SetShift(d time.Duration) error
	Devices() []vault.Device
	History() []vault.Event
}

// inbox is what can be done with login requests and servers: *approve.Inbox, or the
// agent's.
type inbox interface {
	Fetch(ctx context.Context) (approve.Event, error)
	Watch(ctx context.Context) <-chan approve.Event
	Answer(ctx context.Context, id string, d approve.Decision, c vault.Credential) (approve.Outcome, error)
	Ended(id string) (approve.Request, bool)
	Scan(ctx context.Context, link string) (approve.Request, error)
	Pause(ctx context.Context, device string, length time.Duration) (approve.Pause, error)
	Resume(ctx context.Context, device string) (approve.Pause, error)
	Status(ctx context.Context, device string) (approve.Status, error)
	Clocks(ctx context.Context, client *http.Client, devices []vault.Device) []approve.ServerClock
	Pair(ctx context.Context, o approve.Offer) (vault.Device, error)
	Await(ctx context.Context, device string) (vault.Device, error)
	Rename(ctx context.Context, device, name string) error
	Rotate(ctx context.Context, device string) error
	Tokens(device string) ([]approve.Held, error)
	Rollover(ctx context.Context, device string) error
	Unpair(ctx context.Context, device string, force bool) error
}

// withKeeper runs do with the unlocked vault, the agent's where one has it.
func (a *app) withKeeper(ctx context.Context, do func(keeper) error) error {
	if a.here != nil {
		return a.withOwn(do)
	}
	c, err := a.kept(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		return a.withVault(ctx, func(v *vault.Vault) error { return do(v) })
	}
	defer c.Close()
	return whyNothing(c, do(c))
}

// withRequests is withKeeper for commands that ask servers: their context ends at the
// time limit.
func (a *app) withRequests(ctx context.Context, limit time.Duration, do func(context.Context, keeper, inbox) error) error {
	c, err := a.kept(ctx)
	if err != nil {
		return err
	}
	if c == nil {
		return a.withInbox(ctx, limit, func(ctx context.Context, v *vault.Vault, in *approve.Inbox) error { return do(ctx, v, in) })
	}
	defer c.Close()
	ctx, cancel := a.limited(ctx, limit)
	defer cancel()
	return whyNothing(c, do(ctx, c, c.Inbox()))
}

// whyNothing is err, or what the agent could not give, of which err is a consequence.
func whyNothing(c *agent.Client, err error) error {
	return firstError(openHint(c.Place(), c.Err()), err)
}

// kept returns the agent that keeps the vault unlocked, or nil when this command has
// to open the vault itself: no agent runs, or a flag says what opens it. A locked agent
// is unlocked with the PIN that is typed, for the commands after this one, too; one
// that comes from a file or the environment opens the vault for this command alone.
func (a *app) kept(ctx context.Context) (*agent.Client, error) {
	c, s, err := a.dialAgent(ctx)
	if c == nil || err != nil {
		return nil, err
	}
	a.given = vault.RecordWhole // the agent tells of those that are not
	c.Secret = func() (vault.Credential, error) { return a.confirming(ctx) }
	if !s.Locked {
		err := c.Check(ctx)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, agent.ErrLocked) && !errors.Is(err, vault.ErrStale) {
			c.Close()
			return nil, openHint(c.Place(), err)
		}
	}
	if ready, err := a.atHand(); ready || err != nil {
		c.Close()
		return nil, err
	}
	if err := a.unlockAgent(ctx, c, 0); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// confirming returns the secret for an account that is marked to be confirmed.
func (a *app) confirming(ctx context.Context) (vault.Credential, error) {
	cred, err := a.credential(ctx)
	if errors.Is(err, errNeedSecret) {
		err = agent.ErrConfirm
	}
	return cred, err
}

// dialAgent connects to the agent, nil when there is none or it is not to be used.
func (a *app) dialAgent(ctx context.Context) (*agent.Client, agent.Status, error) {
	if a.env.Getenv("NOD_NO_AGENT") != "" || a.secretFlag() || a.flags.passphrase || a.flags.recovery || a.flags.ssh {
		return nil, agent.Status{}, nil
	}
	place, err := a.place()
	if err != nil {
		return nil, agent.Status{}, err
	}
	c, s, err := agent.Dial(ctx, a.socket(place), place)
	switch {
	case errors.Is(err, agent.ErrNoAgent):
		return nil, s, nil
	case err != nil && ctx.Err() == nil:
		a.warn("the agent is not used: %v", err)
		return nil, s, nil
	}
	return c, s, err
}

// unlockAgent unlocks the agent with the secret of the flags, or one that is typed.
func (a *app) unlockAgent(ctx context.Context, c *agent.Client, length time.Duration) error {
	if _, err := a.find(); err != nil {
		return err
	}
	cred, err := a.credential(ctx)
	if errors.Is(err, errNeedSecret) {
		return &hinted{errNeedSecret, "unlock the agent at a terminal: nod unlock; or give --pin-file FILE"}
	}
	if err != nil {
		return err
	}
	defer cred.Wipe()
	_, err = c.Unlock(ctx, cred, length)
	return openHint(c.Place(), err)
}

// socket is where the agent of a vault listens: $NOD_AGENT_SOCK, or one socket a
// profile in a directory that is the user's alone.
func (a *app) socket(place vault.Place) string {
	if path := a.env.Getenv("NOD_AGENT_SOCK"); path != "" {
		return path
	}
	name := "agent"
	if profile := firstOf(a.flags.profile, a.env.Getenv("NOD_PROFILE"), "default"); profile != "default" {
		name = profile
	}
	if firstOf(a.flags.vault, a.env.Getenv("NOD_VAULT")) != "" {
		sum := sha256.Sum256([]byte(place.File))
		name = "file-" + hex.EncodeToString(sum[:8])
	}
	if runtime.GOOS == "windows" {
		sum := sha256.Sum256([]byte(a.home()))
		return fmt.Sprintf(`\\.\pipe\nod-%s-%s`, hex.EncodeToString(sum[:8]), name)
	}
	dir := a.env.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		return filepath.Join(a.stateDir(), "run", name+".sock")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return filepath.Join(a.stateDir(), "run", name+".sock")
	}
	return filepath.Join(dir, "nod", name+".sock")
}
