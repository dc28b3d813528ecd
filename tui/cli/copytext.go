package cli

// This file: putting a code onto the clipboard, and the process that takes it away
// again after the command has ended.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/tui/clipboard"
)

// canCopy refuses where there is neither a tool nor a terminal to copy with. Whether a
// tool works is seen when it copies.
func (a *app) canCopy() error {
	if _, err := a.clearing(); err != nil {
		return err
	}
	for _, t := range clipboard.New(a.env.Getenv).Tools() {
		if t.Installed {
			return nil
		}
	}
	if a.askable() {
		return nil
	}
	return noClipboard(clipboard.ErrNoTool)
}

// copyText puts text onto the clipboard, says what became of it, and has it cleared
// later. owner is whose code it is.
func (a *app) copyText(ctx context.Context, text, owner string) error {
	clearing, err := a.clearing()
	if err != nil {
		return err
	}
	board := clipboard.New(a.env.Getenv)
	r, failed := board.Copy(ctx, text)
	var screen *os.File
	if failed != nil {
		t, err := a.terminal()
		if errors.Is(err, errNoTerminal) {
			return noClipboard(failed)
		}
		if err != nil {
			return err
		}
		defer t.Close()
		if _, err := io.WriteString(t.Out, board.Sequence(text)); err != nil {
			return fmt.Errorf("copy through the terminal: %w", err)
		}
		r, screen = clipboard.NewReceipt(clipboard.Terminal, text), t.Out
		if failed != clipboard.ErrNoTool { // there was one
			a.warn("%v", failed)
		}
	}
	if after, ok := clearing.Delay(r); ok {
		if err := clearAfter(clearJob{Schema: schema, Receipt: r, Blind: clearing.Blind}, after, screen); err != nil {
			a.warn("the clipboard will not be cleared: %v", err)
			clearing.After = -1
		}
	}
	a.say("%s", r.Sentence("the code of "+owner, clearing))
	return nil
}

// noClipboard is the error where there is neither a tool nor a terminal.
func noClipboard(failed error) error {
	return &usageError{
		err:  fmt.Errorf("there is no clipboard: no terminal, and %w", failed),
		hint: "nod doctor clipboard says what is missing",
	}
}

// clearing reads $NOD_CLIPBOARD_CLEAR.
func (a *app) clearing() (clipboard.Clearing, error) {
	c, err := clipboard.ParseClearing(a.env.Getenv("NOD_CLIPBOARD_CLEAR"))
	if err != nil {
		return c, &usageError{err: fmt.Errorf("NOD_CLIPBOARD_CLEAR: %w", err), hint: "write it as 45s, 0 for never, blind, or 45s,blind"}
	}
	return c, nil
}

// clearJob is what the process that clears gets on its standard input.
type clearJob struct {
	Schema  int               `json:"schema"`
	Receipt clipboard.Receipt `json:"receipt"`
	Blind   bool              `json:"blind"`
}

// clearAfter starts this program once more, on its own and without a terminal, to
// do job after a time. It returns once that is ready for signals, and does not wait
// for its end. screen, if any, is where it may write a sequence to: its standard error.
func clearAfter(job clearJob, after time.Duration, screen *os.File) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	line, err := json.Marshal(job)
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "clear-clipboard", "--quiet", after.String())
	cmd.Args[0] = os.Args[0]
	cmd.Dir = os.TempDir() // it keeps no disk busy
	cmd.SysProcAttr = detached()
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NOD_PIN") })
	if screen != nil && job.Blind {
		cmd.Stderr = screen
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer out.Close()
	_, err = in.Write(line)
	if err := errors.Join(err, in.Close()); err != nil {
		return err
	}
	if _, err := io.ReadFull(out, make([]byte, len(clearReady))); err != nil {
		return fmt.Errorf("%s did not start: %w", program, err)
	}
	return cmd.Process.Release()
}

// clearReady is what the process that clears says once it waits.
const clearReady = "waiting\n"

// clearCommand is what clearAfter starts.
func (a *app) clearCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "clear-clipboard TIME",
		Short:  "wait, and clear the clipboard if it is unchanged; nod starts it itself",
		Hidden: true,
		Args:   oneArg("time"),
		RunE:   func(cmd *cobra.Command, args []string) error { return a.runClear(cmd.Context(), args[0]) },
	}
}

// runClear waits, or until a signal asks it to leave, and clears.
func (a *app) runClear(ctx context.Context, after string) error {
	var job clearJob
	wait, err := time.ParseDuration(after)
	if err == nil {
		err = json.NewDecoder(io.LimitReader(a.env.Stdin, 4096)).Decode(&job)
	}
	if err != nil || job.Schema != schema {
		return usagef("nod starts this command itself, after nod code --copy")
	}
	if err := a.print(clearReady); err != nil {
		return err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	ctx = context.WithoutCancel(ctx)
	board := clipboard.New(a.env.Getenv)
	if !job.Blind {
		_, err := board.Clear(ctx, job.Receipt)
		return err
	}
	_, err = board.ClearBlindly(ctx, job.Receipt, func(sequence string) error {
		_, err := io.WriteString(a.env.Stderr, sequence)
		return err
	})
	return err
}
