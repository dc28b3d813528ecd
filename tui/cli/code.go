package cli

// This file: `nod code` prints one code.

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
	return a.withVault(ctx, func(v *vault.Vault) error {
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
		return a.giveCode(ctx, v, x, c, o)
	})
}

// giveCode prints or copies a code and notes that it was handed out.
func (a *app) giveCode(ctx context.Context, v *vault.Vault, x vault.Account, c vault.Code, o codeOptions) error {
	value, how := c.Value, "printed"
	if o.next {
		value = c.Next
	}
	if o.copy {
		how = "copied"
		if err := a.copyText(ctx, value, firstOf(x.Issuer, x.Name)); err != nil {
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
