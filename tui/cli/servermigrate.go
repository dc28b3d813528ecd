package cli

// This file: `nod server migrate` brings the store's tables up to date.

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverMigrateCommand() *cobra.Command {
	var p serverPlace
	var dry bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "bring the store's tables up to date, with a copy first",
		Long: `Bring the tables of the store up to the version that this nod knows, all of the way
or not at all. A SQLite file is copied first, to server.db.before-VERSION beside it;
for a copy of a PostgreSQL database, use pg_dump before. nod server run does the same
at its start: this command is for doing it at a time of your own, or for seeing with
--dry-run whether there is something to do. Stop servers of the older version first.`,
		Example: `  nod server migrate --dry-run
  nod server migrate --data /var/lib/nod-server`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withData(cmd.Context(), p, func(ctx context.Context, k kept) error { return a.migrateServer(ctx, k, dry) })
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only tell what would be done")
	return cmd
}

func (a *app) migrateServer(ctx context.Context, k kept, dry bool) error {
	is, known, err := k.Version(ctx)
	if err != nil {
		return err
	}
	if is > known {
		return newerStore(is, known)
	}
	m := server.Migration{From: is, To: known}
	if is < known && is > 0 && k.Shared() {
		a.say("to have a copy of the tables as they are, before they change: %s", dumpCommand(k.settings))
	}
	if is < known && !dry {
		if m, err = k.Migrate(ctx); err != nil {
			return &hinted{err, "the store is as it was; nod server doctor looks further"}
		}
	}
	return a.answer(struct {
		Schema int    `json:"schema"`
		Store  string `json:"store"`
		From   int    `json:"from"`
		To     int    `json:"to"`
		DryRun bool   `json:"dry_run"`
		Copy   string `json:"copy,omitempty"`
	}{schema, k.settings.ShownStore(), m.From, m.To, dry, m.Copy}, "%s\n", printable(migrationText(m, dry, k.Shared())))
}

// migrationText says what was done, or would be.
func migrationText(m server.Migration, dry, shared bool) string {
	switch {
	case m.From == m.To:
		return fmt.Sprintf("already at version %d", m.To)
	case m.From == 0 && dry:
		return fmt.Sprintf("there are no tables yet: those of version %d would be made", m.To)
	case m.From == 0:
		return fmt.Sprintf("made the tables of version %d", m.To)
	case dry && shared:
		return fmt.Sprintf("version %d would be brought to %d, in one transaction", m.From, m.To)
	case dry:
		return fmt.Sprintf("version %d would be brought to %d, after a copy of the file beside it", m.From, m.To)
	case m.Copy != "":
		return fmt.Sprintf("brought from version %d to %d; as it was: %s", m.From, m.To, m.Copy)
	}
	return fmt.Sprintf("brought from version %d to %d", m.From, m.To)
}
