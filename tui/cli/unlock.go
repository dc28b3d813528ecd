package cli

// This file: `nod unlock` and `nod lock`, which open and shut the agent's vault.

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) unlockCommand() *cobra.Command {
	var length time.Duration
	cmd := &cobra.Command{
		Use: "unlock", Short: "unlock the agent", Args: noArgs,
		Long: `Hand the agent the PIN (or with --passphrase or --recovery that secret), so that
commands need none until it locks again. The PIN is asked for at this terminal, or
read as everywhere. An agent that is unlocked already begins its time anew.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runUnlock(cmd.Context(), length) },
	}
	cmd.Flags().DurationVar(&length, "for", 0, "lock again after this `time` at the latest")
	return cmd
}

func (a *app) runUnlock(ctx context.Context, length time.Duration) error {
	if a.flags.ssh {
		return &usageError{err: errSSHAgent, hint: "unlock it with the PIN, or --passphrase"}
	}
	if length < 0 {
		return usagef("--for takes a time such as 15m")
	}
	c, _, err := a.theAgent(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := a.unlockAgent(ctx, c, length); err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	return a.answer(struct {
		Schema   int        `json:"schema"`
		Unlocked bool       `json:"unlocked"`
		IdleLock *time.Time `json:"idle_lock,omitempty"`
		HardLock *time.Time `json:"hard_lock,omitempty"`
	}{schema, !s.Locked, moment(s.IdleLock), moment(s.HardLock)}, "unlocked until %s, or when idle at %s\n",
		shownTime(s.HardLock), shownTime(s.IdleLock))
}

func (a *app) lockCommand() *cobra.Command {
	return &cobra.Command{
		Use: "lock", Short: "lock the agent", Args: noArgs,
		Long: "Make the agent forget the vault. It goes on running.",
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
