package cli

// This file: `nod server backup` writes a copy of the store into a file.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverBackupCommand() *cobra.Command {
	var p serverPlace
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "write a copy of the store into a file, also while the server runs",
		Long: `Write all that the server keeps, as of one moment, into a new file, also while the
server runs. A file that exists is never overwritten, and of a backup that fails
nothing is left. The server's key is not in it, and the secrets in the store are
encrypted with that: a backup is worth nothing without server.key.

To go back to it: stop the server, move server.db, server.db-wal and server.db-shm
away, copy the backup to server.db, as a file of the server's user, and start.
A PostgreSQL store is backed up with pg_dump.`,
		Example: `  nod server backup /var/backups/nod-$(date +%F).db
  nod server backup nod.db --data /var/lib/nod-server --json`,
		Args: oneArg("file to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withStoreFile(cmd.Context(), p, func(ctx context.Context, k kept) error { return a.backUpServer(ctx, k, args[0]) })
		},
	}
	p.register(cmd)
	return cmd
}

// withStoreFile is withData for a store that is a file.
func (a *app) withStoreFile(ctx context.Context, p serverPlace, do func(context.Context, kept) error) error {
	found, err := p.find(a)
	if err != nil {
		return err
	}
	c, err := readServerConfig(found.config)
	if err != nil {
		return err
	}
	if c.Store != "" {
		return &statusError{
			exit: exitUsage, name: "postgres", text: "the store is a PostgreSQL database: its backups are pg_dump's",
			hint: dumpCommand(server.Config{Store: c.Store}) + " makes one; keep " + c.keyFile() + " with it; nod server copy --to FILE makes a SQLite file of it",
		}
	}
	return a.withData(ctx, p, do)
}

func (a *app) backUpServer(ctx context.Context, k kept, file string) error {
	file, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	size, err := k.Backup(ctx, file)
	if err != nil {
		return noBackup(file, err)
	}
	a.say("keep %s with it: the secrets in the backup are encrypted with that key, and nothing opens them without it", k.config.keyFile())
	return a.answer(struct {
		Schema int    `json:"schema"`
		File   string `json:"file"`
		Bytes  int64  `json:"bytes"`
		Store  string `json:"store"`
		Key    string `json:"key"`
	}{schema, file, size, k.settings.ShownStore(), k.config.keyFile()},
		"backup  %s, %d bytes\nkey     %s\n", printable(file), size, printable(k.config.keyFile()))
}

// noBackup says what to do about a file that could not be written.
func noBackup(file string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		there, hint := file, "name another file"
		if e, ok := errors.AsType[*fs.PathError](err); ok && strings.HasSuffix(e.Path, ".part") && e.Path != file {
			there, hint = e.Path, "a backup that was cut off has left it: remove it, unless one is being made now"
		}
		return &statusError{exit: exitConflict, name: "exists", text: there + " exists", hint: hint}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return &usageError{err: fmt.Errorf("there is no directory %s", filepath.Dir(file)), hint: "make it first"}
	}
	return &hinted{err, "nothing was left at " + file + "; is there room on the disk, and may you write there?"}
}
