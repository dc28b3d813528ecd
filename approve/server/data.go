package server

// Looking after what a server keeps, while it runs or not.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"nod/approve/server/store"
)

// What those who look after a store are told.
type (
	Finding   = store.Finding
	Level     = store.Level
	Migration = store.Migration
	Rows      = store.Rows
)

// The values of Level.
const (
	Fine    = store.Fine
	Warning = store.Warning
	Broken  = store.Broken
)

// ErrNotEmpty says that there is something already where a store was to be
// copied to.
var ErrNotEmpty = store.ErrNotEmpty

// Data is the store of a server, opened as it is: no server is made over it and
// its tables may be of another version. It is safe for concurrent use.
type Data struct {
	where string
	store *store.Store
}

// OpenData opens the store of the server that c describes. It makes none: an
// error wraps fs.ErrNotExist when there is no store. The caller closes it.
func OpenData(ctx context.Context, c Config) (*Data, error) {
	k, err := c.keys()
	if err != nil {
		return nil, err
	}
	where := c.place()
	s, err := store.Attach(ctx, where, k.derive("audit"))
	if err != nil {
		return nil, err
	}
	return &Data{where, s}, nil
}

// place is where the store is.
func (c Config) place() string {
	if c.Store != "" {
		return c.Store
	}
	return filepath.Join(c.Data, "server.db")
}

// ShownStore is the place of c's store as others may see it, without a password.
func (c Config) ShownStore() string { return store.Shown(c.place()) }

// ShownPlace is the place of a store as others may see it, without a password.
func ShownPlace(where string) string { return store.Shown(where) }

// Close closes the store.
func (d *Data) Close() error { return d.store.Close() }

// Shared tells whether the store is a database that several servers may use.
func (d *Data) Shared() bool { return d.store.Shared() }

// Version returns the version of the tables, 0 when there are none, and the one
// that this program knows.
func (d *Data) Version(ctx context.Context) (is, known int, err error) { return d.store.Version(ctx) }

// Backup writes all that the store holds, as of one moment, into a new file and
// returns its size in bytes. It refuses a file that exists: the error wraps
// fs.ErrExist. The server's key is not in it.
func (d *Data) Backup(ctx context.Context, file string) (int64, error) {
	if err := d.store.Backup(ctx, file); err != nil {
		return 0, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, fmt.Errorf("back up store: %w", err)
	}
	return info.Size(), nil
}

// CopyTo copies everything into the store at where, which must hold nothing
// (ErrNotEmpty), checks it there, and returns what it holds then. What a server
// writes meanwhile is not in it.
func (d *Data) CopyTo(ctx context.Context, where string) ([]Rows, error) {
	return d.store.CopyTo(ctx, where)
}

// Migrate brings the tables up to the version that this program knows.
func (d *Data) Migrate(ctx context.Context) (Migration, error) { return d.store.Migrate(ctx) }

// AuditLength is the number of entries in the audit log, which grows with
// whatever a server does.
func (d *Data) AuditLength(ctx context.Context) (n int64, err error) {
	err = d.store.View(ctx, func(tx *store.Tx) error {
		n, err = tx.AuditLength()
		return err
	})
	return n, err
}

// Check looks at the whole store. now is the caller's clock.
func (d *Data) Check(ctx context.Context, now time.Time) []Finding { return d.store.Check(ctx, now) }

// Hears tries out whether the announcements of one server reach the others; nil
// too where there are none.
func (d *Data) Hears(ctx context.Context) error { return d.store.Hears(ctx) }
