package cli

// This file: `nod unlock` and `nod lock`, which open and shut the agent's vault.

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"nod/tui/agent"
	"nod/vault"
)

func (a *app) unlockCommand() *cobra.Command {
	var length time.Duration
	var setPIN bool
	cmd := &cobra.Command{
		Use: "unlock", Short: "unlock the agent", Args: noArgs,
		Long: `Hand the agent the PIN (or with --passphrase or --recovery that secret), so that
commands need none until it locks again. The PIN is asked for at this terminal, or
read as everywhere. An agent that is unlocked already begins its time anew.

A vault that opens with a passphrase and has no PIN can have one for as long as
the agent runs: --set-pin reads the passphrase and asks for the new PIN twice. It
is in no file. It opens the agent after a lock and is typed for every accept,
until the agent stops, ten wrong ones in a row have wiped it, or the passphrase
unlocks the agent.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runUnlock(cmd.Context(), length, setPIN) },
	}
	cmd.Flags().BoolVar(&setPIN, "set-pin", false, "choose a PIN that the agent takes until it stops")
	cmd.Flags().DurationVar(&length, "for", 0, "lock again after this `time` at the latest")
	return cmd
}

func (a *app) runUnlock(ctx context.Context, length time.Duration, setPIN bool) error {
	if a.flags.ssh {
		return &usageError{err: errSSHAgent, hint: "unlock it with the PIN, or --passphrase"}
	}
	if length < 0 {
		return usagef("--for takes a time such as 15m")
	}
	if setPIN {
		if err := a.canSetPIN(); err != nil {
			return err
		}
	}
	c, _, err := a.theAgent(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := a.unlockAgent(ctx, c, length); err != nil {
		return err
	}
	if setPIN {
		if err := a.setSessionPIN(ctx, c); err != nil {
			return err
		}
	}
	if _, err := a.ownRules(); err != nil {
		a.warn("%v: the agent applies no rules until that is mended", err)
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	return a.answer(struct {
		Schema     int        `json:"schema"`
		Unlocked   bool       `json:"unlocked"`
		IdleLock   *time.Time `json:"idle_lock,omitempty"`
		HardLock   *time.Time `json:"hard_lock,omitempty"`
		SessionPIN bool       `json:"session_pin"`
	}{schema, !s.Locked, moment(s.IdleLock), moment(s.HardLock), s.SessionPIN}, "unlocked until %s, or when idle at %s\n",
		shownTime(s.HardLock), shownTime(s.IdleLock))
}

// canSetPIN refuses a PIN for the agent before anything is typed, and has the passphrase
// read where no flag names another secret.
func (a *app) canSetPIN() error {
	place, err := a.find()
	if err != nil {
		return err
	}
	s, err := vault.Inspect(place)
	if err != nil {
		return err
	}
	if s.Has(vault.SlotPIN) {
		return &usageError{
			err:  errors.New("the vault has a PIN already, which unlocks the agent"),
			hint: "nod unlock takes it; nod pin change gives the vault another",
		}
	}
	if !a.askable() {
		return &hinted{errNeedSecret, "the new PIN is typed at a terminal: run nod unlock --set-pin there"}
	}
	a.flags.passphrase = !a.flags.recovery
	return nil
}

// setSessionPIN asks for a new PIN and hands it to the agent, with what has just
// unlocked it.
func (a *app) setSessionPIN(ctx context.Context, c *agent.Client) error {
	next, err := a.newSecret(ctx, newPIN{fd: -1}.purpose())
	if err != nil {
		return err
	}
	pin := vault.PIN(next.secret)
	defer pin.Wipe()
	cred, err := a.credential(ctx)
	if err != nil {
		return err
	}
	defer cred.Wipe()
	if err := c.SetSessionPIN(ctx, cred, pin); err != nil {
		return err
	}
	a.say("nod unlock takes the new PIN until the agent stops, or ten wrong ones in a row")
	return nil
}

func (a *app) lockCommand() *cobra.Command {
	return &cobra.Command{
		Use: "lock", Short: "lock the agent", Args: noArgs,
		Long: `Make the agent forget the vault. It goes on running, and keeps the PIN that
nod unlock --set-pin has set.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runLock(cmd.Context()) },
	}
}

func (a *app) runLock(ctx context.Context) error {
	c, _, err := a.theAgent(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Lock(ctx); err != nil {
		return err
	}
	return a.answer(struct {
		Schema int  `json:"schema"`
		Locked bool `json:"locked"`
	}{schema, true}, "locked\n")
}
