package cli

// This file: `nod edit` changes an account, `nod rm` deletes one.

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
	"nod/vault/otp"
)

// editOptions are the new values; only flags that were given count.
type editOptions struct {
	issuer, account, note, algorithm string
	tags                             []string
	digits, period                   int
	counter                          uint64
	shift                            time.Duration
	confirm, noConfirm               bool
}

func (a *app) editCommand() *cobra.Command {
	var o editOptions
	cmd := &cobra.Command{
		Use:   "edit ID",
		Short: "change an account",
		Long: `Change an account. With --confirm an agent that is unlocked gives its codes only
to a command that brings the PIN: one that is typed at the terminal, or read as
everywhere. That is for the agent alone, also when the full-screen program works
on its vault: whoever opens the vault sees the codes as before. A nod too old to
know of the mark can not use the account.`,
		Args: oneArg("account (id or words)"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runEdit(cmd, args[0], o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.issuer, "issuer", "", "who asks for the code")
	f.StringVar(&o.account, "account", "", "your name there")
	f.StringVar(&o.note, "note", "", "a note")
	f.StringSliceVar(&o.tags, "tag", nil, "the tags, in place of the old ones (again, or with commas)")
	f.DurationVar(&o.shift, "shift", 0, "added to the clock for this account's codes")
	f.IntVar(&o.digits, "digits", 0, "length of the code")
	f.IntVar(&o.period, "period", 0, "`seconds` that a code is valid")
	f.StringVar(&o.algorithm, "algorithm", "", "SHA1, SHA256 or SHA512")
	f.BoolVar(&o.confirm, "confirm", false, "have the agent give codes against the PIN only")
	f.BoolVar(&o.noConfirm, "no-confirm", false, "have it give codes without; this takes the PIN")
	f.Uint64Var(&o.counter, "counter", 0, "HOTP: counter of the next code")
	return cmd
}

// apply sets what the flags of cmd name.
func (o editOptions) apply(cmd *cobra.Command, x *vault.Account) (changed bool) {
	for _, c := range []struct {
		flag string
		set  func()
	}{
		{"issuer", func() { x.Issuer = o.issuer }},
		{"account", func() { x.Name = o.account }},
		{"note", func() { x.Note = o.note }},
		{"tag", func() { x.Tags = o.tags }},
		{"shift", func() { x.Shift = o.shift }},
		{"digits", func() { x.Digits = o.digits }},
		{"period", func() { x.Period = o.period }},
		{"algorithm", func() { x.Algorithm = otp.Algorithm(strings.ToUpper(o.algorithm)) }},
		{"counter", func() { x.Counter = o.counter }},
		{"confirm", func() { x.Confirm = o.confirm }},
		{"no-confirm", func() { x.Confirm = !o.noConfirm }},
	} {
		if cmd.Flags().Changed(c.flag) {
			c.set()
			changed = true
		}
	}
	return changed
}

func (a *app) runEdit(cmd *cobra.Command, query string, o editOptions) error {
	if o.confirm && o.noConfirm {
		return usagef("--confirm and --no-confirm exclude each other")
	}
	if !o.apply(cmd, &vault.Account{}) {
		return &usageError{err: fmt.Errorf("nothing to change"), hint: "name it: --issuer, --account, --tag, --note, --shift, ..."}
	}
	return a.withKeeper(cmd.Context(), func(v keeper) error {
		x, err := findAccount(v, query)
		if err != nil {
			return err
		}
		x, err = v.Edit(x.ID, func(x *vault.Account) { o.apply(cmd, x) })
		if err != nil {
			return err
		}
		return a.answer(struct {
			Schema int `json:"schema"`
			accountJSON
		}{schema, accountShape(x)}, "%s\n", printable(accountLine(x)))
	})
}

func (a *app) rmCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rm ID",
		Short: "delete an account",
		Args:  oneArg("account (id or words)"),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.runRm(cmd.Context(), args[0], yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) runRm(ctx context.Context, query string, yes bool) error {
	return a.withKeeper(ctx, func(v keeper) error {
		x, err := findAccount(v, query)
		if err != nil {
			return err
		}
		if !yes {
			question := fmt.Sprintf("Delete %s?\nIts codes can not be made again. To go on type  delete : ", printable(accountLine(x)))
			if err := a.confirm(ctx, question, "delete"); err != nil {
				return err
			}
		}
		if err := v.Remove(x.ID); err != nil {
			return err
		}
		return a.answer(struct {
			Schema  int    `json:"schema"`
			Removed string `json:"removed"`
		}{schema, x.ID}, "%s\n", x.ID)
	})
}

// confirm asks for word and calls the command off when another is typed.
func (a *app) confirm(ctx context.Context, question, word string) error {
	typed, err := a.ask(ctx, question)
	if err != nil {
		return err
	}
	if !strings.EqualFold(typed, word) {
		return &statusError{exit: exitInterrupted, name: "interrupted", text: "nothing was done"}
	}
	return nil
}
