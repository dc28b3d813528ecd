package store

// Running transactions, and SQL inside them.

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode/utf8"
)

// attempts is how often a transaction is tried. The waits between grow from
// firstPause by a factor of 4, to some 3 seconds in all: a PostgreSQL server
// that restarts is back by then.
const (
	attempts   = 6
	firstPause = 10 * time.Millisecond
)

// errUnknown says that the connection was lost while the end of a transaction
// was on its way.
var errUnknown = errors.New("whether it was kept is not known")

func (s *Store) run(ctx context.Context, a access, do func(*Tx) error) error {
	if a.detached { // a browser that goes away must not cut a verdict in half
		ctx = context.WithoutCancel(ctx)
	}
	pause := firstPause
	for try := 1; ; try++ {
		err := s.once(ctx, a, do)
		if err == nil || try == attempts || errors.Is(err, errUnknown) || !s.again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause/2 + rand.N(pause)):
			pause *= 4
		}
	}
}

func (s *Store) once(ctx context.Context, a access, do func(*Tx) error) error {
	if a.limit > 0 {
		bounded, cancel := context.WithTimeout(ctx, a.limit)
		defer cancel()
		ctx = bounded
	}
	begun, err := a.pool.BeginTx(ctx, a.options)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer begun.Rollback() // no effect after Commit
	if a.begin != "" {
		if _, err := begun.ExecContext(ctx, a.begin); err != nil {
			return fmt.Errorf("begin transaction: %w", err)
		}
	}
	tx := &Tx{ctx: ctx, tx: begun, kind: s.kind, auditKey: s.auditKey}
	if err := do(tx); err != nil {
		return err
	}
	if len(tx.subjects) > 0 {
		if err := s.announce(tx, s.id, tx.subjects); err != nil {
			return err
		}
	}
	if err := begun.Commit(); err != nil {
		if !rolledBack(err) {
			err = fmt.Errorf("%w: %w", errUnknown, err)
		}
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

func (tx *Tx) exec(query string, args ...any) (int64, error) {
	values, err := values(args)
	if err != nil {
		return 0, fmt.Errorf("write store: %w", err)
	}
	result, err := tx.tx.ExecContext(tx.ctx, tx.kind.query(query), values...)
	if err != nil {
		return 0, fmt.Errorf("write store: %w", err)
	}
	return result.RowsAffected()
}

// rows starts reading; the caller closes them.
func (tx *Tx) rows(query string, args ...any) (*sql.Rows, error) {
	values, err := values(args)
	if err != nil {
		return nil, err
	}
	return tx.tx.QueryContext(tx.ctx, tx.kind.query(query), values...)
}

// row reads one row into dest; ErrNone when there is none.
func (tx *Tx) row(query string, args []any, dest ...any) error {
	_, err := one(tx, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(dest...) }, query, args...)
	return err
}

func (tx *Tx) count(query string, args ...any) (int, error) {
	var n int
	err := tx.row(query, args, &n)
	return n, err
}

// scanner is a row being read.
type scanner interface{ Scan(dest ...any) error }

// each calls read for each row, and ends with its error.
func each(tx *Tx, read func(scanner) error, query string, args ...any) error {
	rows, err := tx.rows(query, args...)
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	return nil
}

// list reads all rows with read.
func list[T any](tx *Tx, read func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	err := each(tx, func(row scanner) error {
		item, err := read(row)
		if err != nil {
			return fmt.Errorf("read store: %w", err)
		}
		all = append(all, item)
		return nil
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// one reads the first row with read; ErrNone when there is none.
func one[T any](tx *Tx, read func(scanner) (T, error), query string, args ...any) (T, error) {
	var none T
	values, err := values(args)
	if err != nil {
		return none, fmt.Errorf("read store: %w", err)
	}
	item, err := read(tx.tx.QueryRowContext(tx.ctx, tx.kind.query(query), values...))
	if errors.Is(err, sql.ErrNoRows) {
		return item, ErrNone
	}
	if err != nil {
		return item, fmt.Errorf("read store: %w", err)
	}
	return item, nil
}

// values readies arguments for either database: flags become 0 or 1, and texts
// are what both can keep.
func values(args []any) ([]any, error) {
	ready := make([]any, len(args))
	for i, arg := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		switch v := v.(type) {
		case bool:
			ready[i] = int64(0)
			if v {
				ready[i] = int64(1)
			}
		case string:
			ready[i] = clean(v)
		default:
			ready[i] = v
		}
	}
	return ready, nil
}

// clean puts U+FFFD in place of what PostgreSQL refuses in a text: bytes that
// are not UTF-8, and NUL.
func clean(text string) string {
	if utf8.ValidString(text) && !strings.Contains(text, "\x00") {
		return text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
