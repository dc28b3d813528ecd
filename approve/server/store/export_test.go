package store

import (
	"context"
	"io/fs"
)

// What the tests of package store_test use of the inside.

// Exec runs any SQL.
func (tx *Tx) Exec(query string, args ...any) (int64, error) { return tx.exec(query, args...) }

// Count reads one number.
func (tx *Tx) Count(query string, args ...any) (int, error) { return tx.count(query, args...) }

// Text reads one text.
func (tx *Tx) Text(query string, args ...any) (text string, err error) {
	err = tx.row(query, args, &text)
	return text, err
}

// Texts reads a column.
func (tx *Tx) Texts(query string, args ...any) ([]string, error) {
	return list(tx, readText, query, args...)
}

// MigrateWith runs the files of a folder that the database has not seen.
func (s *Store) MigrateWith(ctx context.Context, folder fs.FS) error {
	all, err := readMigrations(folder)
	if err != nil {
		return err
	}
	return s.migrateTo(ctx, all)
}

const (
	Hour = hour
	Day  = day
)
