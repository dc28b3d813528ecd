package store

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"slices"
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

// FillTables puts rows into every table of the catalogue but the audit log, and
// one more into those that InsertNumbered's row may refer to.
func (tx *Tx) FillTables(n int) error {
	tables, err := tx.kind.tables(tx)
	if err != nil {
		return err
	}
	if tables, err = parentsFirst(tables); err != nil {
		return err
	}
	for _, t := range tables {
		rows := n
		if t.name == "migrations" || t.name == "audit" || t.name == "audit_head" {
			continue
		}
		if !t.numbered() {
			rows++
		}
		for i := range rows {
			if err := tx.fill(t, i, true); err != nil {
				return fmt.Errorf("fill %s: %w", t.name, err)
			}
		}
	}
	return nil
}

// fill adds row i: the value of a column is the same in all tables, so that
// what refers to another row finds it.
func (tx *Tx) fill(t table, i int, number bool) error {
	names, marks, args := "", "", []any{}
	for _, c := range t.columns {
		if c.numbered && !number {
			continue // the database numbers it
		}
		if len(args) > 0 {
			names, marks = names+", ", marks+", "
		}
		names, marks = names+quote(c.name), marks+"?"
		switch c.kind {
		case 't':
			args = append(args, fmt.Sprintf("жü %d", i))
		case 'b':
			args = append(args, bytes.Repeat([]byte{0, byte(i), 255}, 20))
		default:
			args = append(args, int64(i)+1)
		}
	}
	_, err := tx.exec(`INSERT INTO `+quote(t.name)+` (`+names+`) VALUES (`+marks+`)`, args...)
	return err
}

// numbered tells whether the program leaves the numbers of the rows to the database.
func (t table) numbered() bool {
	return t.name != "migrations" && t.name != "audit" && t.name != "audit_head" &&
		slices.ContainsFunc(t.columns, func(c column) bool { return c.numbered })
}

// Dump returns all rows of all tables, in an order of its own.
func (tx *Tx) Dump() (map[string][]string, error) {
	tables, err := tx.kind.tables(tx)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, t := range tables {
		names := ""
		for i, c := range t.columns {
			if i > 0 {
				names += ", "
			}
			names += quote(c.name)
		}
		all[t.name], err = list(tx, func(row scanner) (string, error) {
			values, err := t.read(row)
			return fmt.Sprintf("%#v", values), err
		}, `SELECT `+names+` FROM `+quote(t.name))
		if err != nil {
			return nil, err
		}
		slices.Sort(all[t.name])
	}
	return all, nil
}

// LastNumbers returns the tables whose rows the program leaves the database to
// number, with the last number of each.
func (tx *Tx) LastNumbers() (map[string]int, error) {
	tables, err := tx.kind.tables(tx)
	if err != nil {
		return nil, err
	}
	last := map[string]int{}
	for _, t := range tables {
		if t.numbered() {
			if last[t.name], err = tx.lastNumber(t); err != nil {
				return nil, err
			}
		}
	}
	return last, nil
}

func (tx *Tx) lastNumber(t table) (int, error) {
	column := t.columns[slices.IndexFunc(t.columns, func(c column) bool { return c.numbered })]
	return tx.count(`SELECT MAX(` + quote(column.name) + `) FROM ` + quote(t.name))
}

// InsertNumbered adds row i, which the database numbers, and returns its number.
func (tx *Tx) InsertNumbered(name string, i int) (int, error) {
	tables, err := tx.kind.tables(tx)
	if err != nil {
		return 0, err
	}
	t := tables[slices.IndexFunc(tables, func(t table) bool { return t.name == name })]
	if err := tx.fill(t, i, false); err != nil {
		return 0, err
	}
	return tx.lastNumber(t)
}
