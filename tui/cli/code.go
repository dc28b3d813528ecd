package cli

// This file: `nod code` prints one code.

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/tui"
	"nod/vault"
	"nod/vault/otp"
)

type codeOptions struct {
	copy, next bool
	at         string
}

func (a *app) codeCommand() *cobra.Command {
	var o codeOptions
	cmd := &cobra.Command{
		Use:   "code [QUERY]",
		Short: "print the present code of an account",
		Long: `Print the present code of the account that QUERY finds: its id, or words that
are all in its issuer, name or tags. Nothing but the digits is printed on
standard output. An HOTP account moves to its next counter, which is stored
before the code is printed.`,
		Args: maxArgs(8),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runCode(cmd.Context(), strings.Join(args, " "), o)
		},
	}
	cmd.Flags().BoolVarP(&o.copy, "copy", "c", false, "put the code on the clipboard instead of printing it")
	cmd.Flags().BoolVar(&o.next, "next", false, "the code after the present one")
	cmd.Flags().StringVar(&o.at, "at", "", "the code at this `time` (RFC 3339)")
	return cmd
}

func (a *app) runCode(ctx context.Context, query string, o codeOptions) error {
	at := a.env.Now()
	if o.at != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, o.at); err != nil {
			return &usageError{err: fmt.Errorf("--at %q is not a time", o.at), hint: "write it as 2026-11-22T20:00:00Z"}
		}
	}
	return a.withKeeper(ctx, func(v keeper) error {
		x, err := findAccount(v, query)
		if err != nil {
			return err
		}
		if x.Type == otp.HOTP && (o.next || o.at != "") {
			return usagef("an HOTP code depends on a counter, not on the time: no --next, no --at")
		}
		c, err := v.Code(x.ID, at)
		if err != nil {
			return err
		}
		return a.giveCode(v, x, c, o)
	})
}

// giveCode prints or copies a code and notes that it was handed out.
func (a *app) giveCode(v keeper, x vault.Account, c vault.Code, o codeOptions) error {
	value, how := c.Value, "printed"
	if o.next {
		value = c.Next
	}
	if o.copy {
		how = "copied"
		if err := a.copyText(value, x); err != nil {
			return err
		}
	}
	if err := v.MarkUsed(x.ID, how, a.env.Now()); err != nil {
		a.warn("the use could not be noted: %v", err)
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema int `json:"schema"`
			accountJSON
		}{schema, withCode(x, c)})
	}
	if o.copy {
		return nil
	}
	return a.print("%s\n", value)
}

// withCode is an account with its code; an HOTP account shows the counter of the code.
func withCode(x vault.Account, c vault.Code) accountJSON {
	s := accountShape(x)
	s.codeJSON = codeShape(c)
	if x.Type == otp.HOTP {
		s.Counter = &c.Counter
	}
	return s
}

// copyText puts a code on the clipboard: with the display's or tmux's tool, or
// else by asking the terminal, which never tells whether it did.
func (a *app) copyText(text string, x vault.Account) error {
	name := firstOf(x.Issuer, x.Name)
	if tool := tui.SystemClipboard(a.env.Getenv); tool != nil {
		if err := tool.Copy(text); err != nil {
			return fmt.Errorf("copy with %s: %w", tool.Name(), err)
		}
		a.say("copied the code of %s", name)
		return nil
	}
	t, err := a.terminal()
	if errors.Is(err, errNoTerminal) {
		return usagef("there is no clipboard: no display, no tmux and no terminal")
	}
	if err != nil {
		return err
	}
	defer t.Close()
	// OSC 52, the terminal's own clipboard command.
	if _, err := fmt.Fprintf(t.Out, "\x1b]52;c;%s\a", base64.StdEncoding.EncodeToString([]byte(text))); err != nil {
		return fmt.Errorf("copy through the terminal: %w", err)
	}
	a.say("sent the code of %s to the terminal's clipboard", name)
	return nil
}
