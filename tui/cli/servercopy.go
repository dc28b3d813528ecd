package cli

// This file: `nod server copy` copies the store into another one.

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverCopyCommand() *cobra.Command {
	var p serverPlace
	var to, toFile string
	cmd := &cobra.Command{
		Use:   "copy",
		Short: "copy the store into another one: from SQLite to PostgreSQL, or back",
		Long: `Copy all that the server keeps into another store that holds nothing yet: an empty
PostgreSQL database with the encoding UTF8, or a SQLite file to be made. All of it
is copied or nothing; rows are counted and the audit log is checked at the target.
The store itself stays as it is. Stop the server first: what it writes meanwhile is
not in the copy. The copy needs the same server.key.`,
		Example: `  nod server copy --to postgres://nod@db.example.org/nod
  nod server copy --to-file /etc/nod/store-address       an address with a password
  nod server copy --to /var/lib/nod-server/server.db     back from PostgreSQL`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			where, err := copyTarget(to, toFile)
			if err != nil {
				return err
			}
			return a.withData(cmd.Context(), p, func(ctx context.Context, k kept) error { return a.copyServer(ctx, k, where) })
		},
	}
	p.register(cmd)
	cmd.Flags().StringVar(&to, "to", "", "`store` to copy to: postgres://nod@host/nod, without a password, or a file")
	cmd.Flags().StringVar(&toFile, "to-file", "", "read the address of the PostgreSQL database from `file`")
	return cmd
}

// copyTarget reads which store to copy to.
func copyTarget(to, toFile string) (string, error) {
	if to != "" && toFile != "" {
		return "", usagef("--to and --to-file say the same")
	}
	if toFile != "" {
		address, err := readPassword(toFile)
		if err != nil {
			return "", &usageError{err: fmt.Errorf("--to-file: %w", err)}
		}
		if !isPostgres(address) {
			return "", usagef("--to-file: %s holds no address that begins with postgres://", toFile)
		}
		return address, nil
	}
	switch {
	case to == "":
		return "", &usageError{err: errors.New("--to is missing"), hint: "name the store to copy to: --to postgres://nod@host/nod, or --to FILE for SQLite"}
	case isPostgres(to):
		return to, withoutPassword("--to", to)
	case strings.Contains(to, "://"):
		return "", usagef("--to: a store is a file, or an address that begins with postgres://")
	}
	return filepath.Abs(to)
}

// isPostgres tells an address from a file, as server.toml does.
func isPostgres(store string) bool {
	return strings.HasPrefix(store, "postgres://") || strings.HasPrefix(store, "postgresql://")
}

func (a *app) copyServer(ctx context.Context, k kept, where string) error {
	is, known, err := k.Version(ctx)
	if err != nil {
		return err
	}
	if is > known {
		return newerStore(is, known)
	}
	if is < known {
		return &statusError{
			exit: exitConflict, name: "older", text: fmt.Sprintf("the store is of version %d, and a copy would be of %d", is, known),
			hint: "bring it up to date first: nod server migrate",
		}
	}
	before, err := k.AuditLength(ctx)
	if err != nil {
		return err
	}
	held, err := k.CopyTo(ctx, where)
	if err != nil {
		return noCopy(where, err)
	}
	after, err := k.AuditLength(ctx)
	if err != nil {
		return err
	}
	if after > before {
		a.warn("the server has written %d entries of the audit log meanwhile, which the copy may lack: stop it, and copy again into an empty store", after-before)
	}
	return a.printCopy(k, where, held)
}

// noCopy says what to do about a copy that could not be made.
func noCopy(where string, err error) error {
	shown := server.ShownPlace(where)
	if errors.Is(err, server.ErrNotEmpty) {
		hint := "name an empty database: createdb --encoding=UTF8 --template=template0 NAME"
		if !isPostgres(where) {
			hint = "name a file that does not exist"
		}
		return &statusError{exit: exitConflict, name: "not_empty", text: shown + ": " + err.Error(), hint: hint}
	}
	return &hinted{err, "nothing was copied to " + shown + "; when that is put right, run it again"}
}

func (a *app) printCopy(k kept, where string, held []server.Rows) error {
	rows, entries := 0, 0
	for _, t := range held {
		rows += t.Rows
		if t.Table == "audit" {
			entries = t.Rows
		}
	}
	shown, next := server.ShownPlace(where), nextAfterCopy(k, where)
	a.say("every server over the copy needs the same key: %s", k.config.keyFile())
	return a.answer(struct {
		Schema int           `json:"schema"`
		From   string        `json:"from"`
		To     string        `json:"to"`
		Rows   int           `json:"rows"`
		Audit  int           `json:"audit"`
		Tables []server.Rows `json:"tables"`
		Key    string        `json:"key"`
		Next   string        `json:"next"`
	}{schema, k.settings.ShownStore(), shown, rows, entries, held, k.config.keyFile(), next},
		"copied  %d tables, %d rows, to %s\naudit   %d entries, as they were written\nnext    %s\n",
		len(held), rows, printable(shown), entries, printable(next))
}

// nextAfterCopy is what makes a server use the copy.
func nextAfterCopy(k kept, where string) string {
	own := filepath.Join(k.place.data, "server.db")
	switch {
	case isPostgres(where):
		return "set store = " + strconv.Quote(server.ShownPlace(where)) + " in " + k.config.file + " (with its settings, if it has any), then: nod server run"
	case where == own:
		return "remove store from " + k.config.file + ", then: nod server run"
	case k.Shared():
		return "move it to " + own + ", remove store from " + k.config.file + ", then: nod server run"
	}
	return "name it server.db in the data directory of another server, with the same server.key, then: nod server run --data DIR"
}
