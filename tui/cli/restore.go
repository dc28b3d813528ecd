package cli

// This file: `nod vault restore` puts an older copy of the vault in its place. The
// list of copies is in copies.go.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) restoreCommand() *cobra.Command {
	yes, open := false, false
	restore := &cobra.Command{
		Use:   "restore [COPY]",
		Short: "list the vault's older copies, or put one back",
		Long: `Without a name: list the older copies that stand beside the vault, newest first,
and whether each is whole; with --open also what it holds, after the PIN. With the
number of one of them, or with any copy of the vault file: put it in the vault's
place, after its PIN. What stood there stays beside it under another name. Changes
made after that copy are not in it, and HOTP counters may be behind. The vault's
own file, named so, is taken as the newest although it is older than the last used.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listCopies(cmd.Context(), open)
			}
			if open {
				return usagef("--open goes with the list of copies")
			}
			return a.runRestore(cmd.Context(), args[0], yes)
		},
	}
	restore.Flags().BoolVar(&yes, "yes", false, "do not ask")
	restore.Flags().BoolVar(&open, "open", false, "open each copy, to tell what it holds")
	return restore
}

func (a *app) runRestore(ctx context.Context, name string, yes bool) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	if name, err = copyNamed(place, name); err != nil {
		return err
	}
	if !yes {
		if err := a.confirm(ctx, fmt.Sprintf("Put %s in the vault's place? To go on type  restore : ", printable(name)), "restore"); err != nil {
			return err
		}
	}
	c, err := a.credential(ctx)
	if err != nil {
		return err
	}
	defer c.Wipe()
	v, kept, err := vault.Restore(place, name, c)
	if err != nil {
		return damagedCopy(err)
	}
	defer v.Close()
	text := fmt.Sprintf("restored %s: %d accounts, %d servers\n", place.File, len(v.Accounts()), len(v.Devices()))
	if kept != "" {
		text += "what stood there is now " + kept + "\n"
	}
	return a.answer(struct {
		Schema   int    `json:"schema"`
		Vault    string `json:"vault"`
		From     string `json:"from"`
		Kept     string `json:"kept,omitempty"`
		Accounts int    `json:"accounts"`
		Servers  int    `json:"servers"`
	}{schema, place.File, name, kept, len(v.Accounts()), len(v.Devices())}, "%s", printable(text))
}
