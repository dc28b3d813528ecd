package store

// Opening a store as it is, for those who look after it: looking at it, backing
// it up, copying it, bringing its tables up to date.

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// ErrNotEmpty says that there is something already where a store was to be
// copied to.
var ErrNotEmpty = errors.New("the target is not empty")

// Attach opens the store at where, as Open does, and leaves its tables as they
// are, whatever their version. It makes nothing: an error wraps fs.ErrNotExist
// when there is no such file.
func Attach(ctx context.Context, where string, auditKey []byte) (*Store, error) {
	s, err := attach(ctx, where, auditKey)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func attach(ctx context.Context, where string, auditKey []byte) (*Store, error) {
	if !isPostgres(where) {
		if _, err := os.Stat(where); err != nil {
			return nil, err
		}
	}
	db, err := connect(where)
	if err != nil {
		return nil, err
	}
	s := &Store{database: db, auditKey: auditKey, id: rand.Text()}
	if _, _, err := s.Version(ctx); err != nil { // the first to speak to the database
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Version returns the version of the store's tables, 0 when it has none, and
// the one that this program knows.
func (s *Store) Version(ctx context.Context) (is, known int, err error) {
	all, err := readMigrations(migrations)
	if err != nil {
		return 0, 0, err
	}
	err = s.View(ctx, func(tx *Tx) error {
		is, err = tx.version()
		return err
	})
	return is, all[len(all)-1].version, err
}

// Migrate brings the tables up to date, as Open does.
func (s *Store) Migrate(ctx context.Context) (Migration, error) {
	err := s.migrate(ctx)
	return s.moved, err
}

// Rows is how many rows a table has.
type Rows struct {
	Table string `json:"table"`
	Rows  int    `json:"rows"`
}

// CopyTo copies all that s holds into the store at where: a file that does not
// exist yet, or a database that holds nothing. Of a copy that fails no file is
// left. It returns what the copy holds, counted there; ErrNotEmpty says that
// nothing was touched.
func (s *Store) CopyTo(ctx context.Context, where string) (held []Rows, err error) {
	made := false
	if !isPostgres(where) {
		err := claim(where)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("copy store: %w", err)
		}
		made = err == nil
	}
	defer func() {
		if err != nil && made {
			err = errors.Join(err, removeSQLite(where))
		}
	}()
	if err := vacant(ctx, where); err != nil {
		return nil, fmt.Errorf("copy store: %w", err)
	}
	to, err := Open(ctx, where, s.auditKey)
	if err != nil {
		return nil, err
	}
	err = Copy(ctx, s, to)
	if err == nil {
		held, err = to.rows(ctx)
	}
	return held, errors.Join(err, to.Close())
}

func removeSQLite(file string) error {
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Remove(file + beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(file)
}

// vacant refuses a place that holds anything but this program's tables without
// rows, before Open could change it.
func vacant(ctx context.Context, where string) error {
	s, err := attach(ctx, where, nil)
	if err != nil {
		return err
	}
	is, known, err := s.Version(ctx)
	if err == nil {
		err = s.holdsNothing(ctx, is == known)
	}
	return errors.Join(err, s.Close())
}

func (s *Store) holdsNothing(ctx context.Context, ours bool) error {
	held, err := s.rows(ctx)
	if err != nil {
		return err
	}
	for _, t := range held {
		if !ours || t.Rows > 0 {
			return fmt.Errorf("%w: it has a table %s with %d rows", ErrNotEmpty, t.Table, t.Rows)
		}
	}
	return nil
}

// rows counts what each table holds, but for that of migrations.
func (s *Store) rows(ctx context.Context) (held []Rows, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		tables, err := tx.kind.tables(tx)
		if err != nil {
			return err
		}
		held = nil
		tables = slices.DeleteFunc(tables, func(t table) bool { return t.name == "migrations" })
		for _, t := range tables {
			n, err := tx.count(`SELECT COUNT(*) FROM ` + quote(t.name))
			if err != nil {
				return err
			}
			held = append(held, Rows{t.name, n})
		}
		return nil
	})
	return held, err
}
