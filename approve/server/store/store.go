// Package store keeps what the reference server knows, in a SQLite file or a
// PostgreSQL database. All SQL is here; rules are not. Times come in as
// arguments, in Unix milliseconds, and 0 means never. Secrets come in hashed
// or sealed.
//
// SQL is written once, for both databases: ? stands for an argument, types are
// TEXT, BLOB, INTEGER and BIGINT, flags are INTEGER columns that take bools.
// What differs is in the files sqlite*.go and postgres*.go.
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrNone says that there is no such row.
var ErrNone = errors.New("no such row")

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. It is safe for concurrent use. Any number of
// stores, in any number of processes, may share one PostgreSQL database.
type Store struct {
	database
	auditKey []byte
	id       string // tells its announcements from those of others
	moved    Migration
}

// database is a connected database of either kind, and how each sort of
// transaction works with it.
type database struct {
	kind
	view, record, update access
	alone                access // an update that may take long
	pools                []*sql.DB
}

// access is how a sort of transaction works with the database.
type access struct {
	pool     *sql.DB
	options  *sql.TxOptions
	begin    string        // SQL that comes first
	detached bool          // a caller that goes away does not end it
	limit    time.Duration // for one attempt; 0 means none
}

// kind is what differs between SQLite and PostgreSQL.
type kind interface {
	// query turns SQL as this package writes it into the database's own.
	query(text string) string
	// schema does the same with a migration.
	schema(text string) string
	// again tells whether a transaction that failed may succeed now.
	again(err error) bool
	// announce sends subjects to the other stores when tx commits.
	announce(tx *Tx, from string, subjects []string) error
	// listen tells what the others announce, until ctx ends.
	listen(ctx context.Context, to listener) error
	// tables lists the tables in the database's catalogue.
	tables(tx *Tx) ([]table, error)
	// resume lets generated numbers go on after the largest one in a column.
	resume(tx *Tx, table, column string) error
	// keep makes a copy before the tables are brought up to version, and
	// returns its name; "" when the copy is not the program's to make.
	keep(ctx context.Context, version int) (string, error)
	// backup writes a SQLite file with all that s holds; the file is there, empty.
	backup(ctx context.Context, s *Store, file string) error
	// health looks at the database itself.
	health(tx *Tx, now time.Time) ([]Finding, error)
}

// Tx is a transaction; it is valid inside the function that got it.
type Tx struct {
	ctx      context.Context
	tx       *sql.Tx
	kind     kind
	auditKey []byte
	subjects []string // to announce at the commit
}

// Open opens the store at where and brings its tables up to date. where is the
// path of a SQLite file, which is made when it is missing, or the address of a
// PostgreSQL database: postgres://name:password@host:port/database. auditKey
// authenticates the audit chain. The caller closes the store.
func Open(ctx context.Context, where string, auditKey []byte) (*Store, error) {
	db, err := connect(where)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{database: db, auditKey: auditKey, id: rand.Text()}
	if err := s.migrate(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

func connect(where string) (database, error) {
	switch {
	case isPostgres(where):
		return connectPostgres(where)
	case strings.Contains(where, "://"):
		return database{}, errors.New("a store is a file or an address that begins with postgres://")
	default:
		return connectSQLite(where)
	}
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, pool := range s.pools {
		errs = append(errs, pool.Close())
		drain(pool)
	}
	return errors.Join(errs...)
}

// drainTime is how long Close waits for connections that somebody still uses.
const drainTime = 5 * time.Second

// drain waits until all connections of a closed pool are closed: where the context of a
// transaction has just ended, database/sql rolls it back in a goroutine of its own. The
// last one to go from SQLite's file empties the write-ahead log into it, which a process
// that ended before would leave beside it.
func drain(pool *sql.DB) {
	for end := time.Now().Add(drainTime); pool.Stats().OpenConnections > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// Update runs do in a transaction that may write. It commits when do returns
// nil; otherwise nothing has happened. Only one Update runs at a time, over all
// processes, so what do has read stays true until it ends. do may run again
// when the database asks for that or its connection is lost: it must set what
// it hands out, not add to it. An error of tx must reach Update.
func (s *Store) Update(ctx context.Context, do func(*Tx) error) error {
	return s.run(ctx, s.update, do)
}

// Record is Update for a few statements each of which is right by itself, such
// as taking a nonce or noting a time: other writers may run between them, and
// on PostgreSQL they do.
func (s *Store) Record(ctx context.Context, do func(*Tx) error) error {
	return s.run(ctx, s.record, do)
}

// View runs do in a transaction that only reads one state of the database. do
// may run again, as in Update.
func (s *Store) View(ctx context.Context, do func(*Tx) error) error {
	return s.run(ctx, s.view, do)
}
