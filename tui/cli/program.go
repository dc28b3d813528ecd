package cli

// This file: `nod` without a command opens the full-screen program.

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"

	"nod/scan"
	"nod/tui"
	"nod/tui/clipboard"
)

// screenFlags are the flags of the full-screen programs.
func (a *app) screenFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.flags.ascii, "ascii", false, "draw with ASCII characters only")
}

// ascii also knows the Linux console, whose font lacks the lines.
func (a *app) ascii() bool { return a.flags.ascii || a.env.Getenv("TERM") == "linux" }

func (a *app) runProgram(cmd *cobra.Command, _ []string) error {
	if err := a.needScreen(); err != nil {
		return err
	}
	place, err := a.place()
	if err != nil {
		return err
	}
	rules, err := a.rulesFile()
	if err != nil {
		return err
	}
	c, err := a.surroundings(cmd.Context(), tui.Config{
		Place:   place,
		Drivers: a.drivers(),
		Cost:    a.env.Cost,
		Server:  a.env.Getenv("NOD_SERVER"),
		Rules:   rules,
		Keeper:  a.agentKeeper(place),
	})
	if err != nil {
		return err
	}
	return a.fullScreen(cmd.Context(), c)
}

// surroundings fills in what the full-screen program uses of the desk around it.
func (a *app) surroundings(ctx context.Context, c tui.Config) (tui.Config, error) {
	c.Desk, c.Clipboard = scan.NewDesk(a.env.Getenv), clipboard.New(a.env.Getenv)
	c.ASCII, c.Home = a.ascii(), a.home()
	var err error
	if c.Clearing, err = a.clearing(); err != nil {
		return c, err
	}
	c.Notifier, err = a.notifier(ctx)
	return c, err
}

// fullScreen runs the program. Signals end ctx; the terminal library's own handler
// would wait for a program that has already left, so it is not installed.
func (a *app) fullScreen(ctx context.Context, c tui.Config) error {
	return errors.Join(tui.Run(ctx, c, tea.WithoutSignalHandler()), ctx.Err())
}

// needScreen refuses the full-screen program where there is no screen.
func (a *app) needScreen() error {
	if !isTerminal(a.env.Stdin) || !isTerminal(a.env.Stdout) {
		return &usageError{
			err:  errors.New("the full-screen program needs a terminal"),
			hint: "in scripts use the commands: nod code, nod accept, ... (nod --help)",
		}
	}
	return nil
}
