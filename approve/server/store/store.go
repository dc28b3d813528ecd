// Package store keeps what the reference server knows in a SQLite file. All SQL
// is here; rules are not. Times come in as arguments, in Unix milliseconds, and
// 0 means never. Secrets come in hashed or sealed.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver, without cgo
)

// ErrNone says that there is no such row.
var ErrNone = errors.New("no such row")

//go:embed migrations/*.sql
var migrations embed.FS

// Store is an open database. It is safe for concurrent use.
type Store struct {
	writer   *sql.DB // one connection: SQLite has one writer
	reader   *sql.DB
	auditKey []byte
}

// Tx is a transaction; it is valid inside the function that got it.
type Tx struct {
	ctx      context.Context
	tx       *sql.Tx
	auditKey []byte
}

// Open opens or makes the database at path and brings its tables up to date.
// auditKey authenticates the audit chain. The caller closes the store.
func Open(ctx context.Context, path string, auditKey []byte) (*Store, error) {
	pragmas := "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)"
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	slashed := "/" + strings.TrimPrefix(filepath.ToSlash(full), "/") // C:\x is file:///C:/x
	name := "file://" + (&url.URL{Path: slashed}).EscapedPath() + pragmas
	writer, err := sql.Open("sqlite", name+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	writer.SetMaxOpenConns(1)
	s := &Store{writer: writer, auditKey: auditKey}
	if err := s.migrate(ctx); err != nil {
		writer.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.reader, err = sql.Open("sqlite", name+"&_pragma=query_only(1)")
	if err != nil {
		writer.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	s.reader.SetMaxOpenConns(4)
	s.reader.SetMaxIdleConns(4)
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Update runs do in a transaction that may write. It commits when do returns
// nil; otherwise nothing has happened. Only one Update runs at a time.
func (s *Store) Update(ctx context.Context, do func(*Tx) error) error {
	// A browser that goes away must not cut a verdict in half.
	return s.run(context.WithoutCancel(ctx), s.writer, do)
}

// View runs do in a transaction that only reads one state of the database.
func (s *Store) View(ctx context.Context, do func(*Tx) error) error {
	return s.run(ctx, s.reader, do)
}

func (s *Store) run(ctx context.Context, db *sql.DB, do func(*Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer tx.Rollback() // no effect after Commit
	if err := do(&Tx{ctx: ctx, tx: tx, auditKey: s.auditKey}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

func (tx *Tx) exec(query string, args ...any) (int64, error) {
	result, err := tx.tx.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("write store: %w", err)
	}
	return result.RowsAffected()
}

// row reads one row into dest; ErrNone when there is none.
func (tx *Tx) row(query string, args []any, dest ...any) error {
	err := tx.tx.QueryRowContext(tx.ctx, query, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNone
	}
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	return nil
}

func (tx *Tx) count(query string, args ...any) (int, error) {
	var n int
	err := tx.row(query, args, &n)
	return n, err
}

// scanner is a row being read.
type scanner interface{ Scan(dest ...any) error }

// list reads all rows with read.
func list[T any](tx *Tx, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.tx.QueryContext(tx.ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		item, err := read(rows)
		if err != nil {
			return nil, fmt.Errorf("read store: %w", err)
		}
		all = append(all, item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	return all, nil
}

// one reads one row with read; ErrNone when there is none.
func one[T any](tx *Tx, read func(scanner) (T, error), query string, args ...any) (T, error) {
	item, err := read(tx.tx.QueryRowContext(tx.ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return item, ErrNone
	}
	if err != nil {
		return item, fmt.Errorf("read store: %w", err)
	}
	return item, nil
}
