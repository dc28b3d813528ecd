package cli

// This file: `nod ls` lists the accounts, without secrets and codes.

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nod/vault"
)

func (a *app) lsCommand() *cobra.Command {
	var tag, kind string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "list the accounts",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runLs(cmd.Context(), tag, kind) },
	}
	cmd.Flags().StringVar(&tag, "tag", "", "only accounts with this `tag`")
	cmd.Flags().StringVar(&kind, "type", "", "only accounts of this `type`: totp hotp steam motp yandex")
	return cmd
}

func (a *app) runLs(ctx context.Context, tag, kind string) error {
	return a.withKeeper(ctx, func(v keeper) error {
		var found []vault.Account
		for _, x := range v.Accounts() {
			if (tag == "" || slices.Contains(x.Tags, tag)) && (kind == "" || strings.EqualFold(string(x.Type), kind)) {
				found = append(found, x)
			}
		}
		if a.flags.json {
			return a.printJSON(accountsJSON{Schema: schema, Accounts: accountShapes(found), VaultShift: v.Shift().Seconds()})
		}
		if len(found) == 0 {
			a.say("no accounts; add one with: nod add")
			return nil
		}
		rows := [][]string{{"ID", "ISSUER", "ACCOUNT", "TYPE", "TAGS"}}
		for _, x := range found {
			rows = append(rows, []string{x.ID, x.Issuer, x.Name, string(x.Type), strings.Join(x.Tags, ",")})
		}
		return a.table(rows)
	})
}

type accountsJSON struct {
	Schema     int           `json:"schema"`
	Accounts   []accountJSON `json:"accounts"`
	VaultShift float64       `json:"vault_shift,omitempty"` // seconds; of nod ls
	Skipped    []string      `json:"skipped,omitempty"`     // entries of a hand-over that could not be read
	Halves     []halfJSON    `json:"halves,omitempty"`      // of nod add: what is still to be typed at sites
}

func accountShapes(accounts []vault.Account) []accountJSON {
	shapes := []accountJSON{}
	for _, x := range accounts {
		shapes = append(shapes, accountShape(x))
	}
	return shapes
}
