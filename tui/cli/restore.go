package cli

// This file: `nod vault restore` lists the older copies of the vault and puts
// one in its place.

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) vaultCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "vault", Short: "the vault's file", Args: noArgs, RunE: parent}
	yes := false
	restore := &cobra.Command{
		Use:   "restore [COPY]",
		Short: "list the vault's older copies, or put one back",
		Long: `Without a name: list the older copies that stand beside the vault, newest first.
With the number of one of them, or with any copy of the vault file: put it in the
vault's place, after its PIN. What stood there stays beside it under another name.
Changes made after that copy are not in it, and HOTP counters may be behind.`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listCopies()
			}
			return a.runRestore(cmd.Context(), args[0], yes)
		},
	}
	restore.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.AddCommand(restore)
	return cmd
}

type copyJSON struct {
	Number int        `json:"number"`
	File   string     `json:"file"`
	Saved  *time.Time `json:"saved"`
	Size   int64      `json:"size"`
}

func (a *app) listCopies() error {
	place, err := a.place()
	if err != nil {
		return err
	}
	copies, err := vault.Copies(place)
	if err != nil {
		return err
	}
	list := []copyJSON{}
	rows := [][]string{{"COPY", "SAVED", "BYTES", "FILE"}}
	for i, c := range copies {
		list = append(list, copyJSON{i + 1, c.File, moment(c.Saved), c.Size})
		rows = append(rows, []string{strconv.Itoa(i + 1), c.Saved.Local().Format(time.DateTime), strconv.FormatInt(c.Size, 10), c.File})
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema int        `json:"schema"`
			Copies []copyJSON `json:"copies"`
		}{schema, list})
	}
	if len(copies) == 0 {
		a.say("no older copies beside %s", place.File)
		return nil
	}
	return a.table(rows)
}

func (a *app) runRestore(ctx context.Context, name string, yes bool) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(name); err == nil {
		copies, err := vault.Copies(place)
		if err != nil {
			return err
		}
		if n < 1 || n > len(copies) {
			return &usageError{err: fmt.Errorf("there is no copy %d", n), hint: "nod vault restore lists them"}
		}
		name = copies[n-1].File
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
		return err
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
