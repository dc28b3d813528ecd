package store

// What is SQLite's own: one file, one process, one writer.

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite" // without cgo
)

// sqlite is a database in the file path.
type sqlite struct{ path string }

func connectSQLite(where string) (database, error) {
	full, err := filepath.Abs(where)
	if err != nil {
		return database{}, err
	}
	// SQLite would make it readable for all that the umask lets in.
	if err := claim(full); err != nil && !errors.Is(err, fs.ErrExist) {
		return database{}, err
	}
	k := sqlite{full}
	writer, err := sql.Open("sqlite", k.address("_txlock=immediate"))
	if err != nil {
		return database{}, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", k.address("_pragma=query_only(1)"))
	if err != nil {
		return database{}, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(4)
	reader.SetMaxIdleConns(4)
	write := access{pool: writer, detached: true}
	return database{
		kind: k, view: access{pool: reader}, record: write, update: write, alone: access{pool: writer},
		pools: []*sql.DB{reader, writer},
	}, nil
}

// address is the file as the driver takes it.
func (k sqlite) address(more string) string {
	slashed := "/" + strings.TrimPrefix(filepath.ToSlash(k.path), "/") // C:\x is file:///C:/x
	return "file://" + (&url.URL{Path: slashed}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&" + more
}

func (sqlite) query(text string) string { return text }

func (sqlite) schema(text string) string { return text }

// busy is SQLITE_BUSY; the byte above it says what keeps the file busy.
const busy = 5

// again tells whether the file was busy. Mostly the driver has waited for it already
// (busy_timeout), but not where several processes begin with a new file: turning on
// the write-ahead log does not wait.
func (sqlite) again(err error) bool {
	e, ok := errors.AsType[*driver.Error](err)
	return ok && e.Code()&0xff == busy
}

func (sqlite) announce(*Tx, string, []string) error { return nil }

func (sqlite) listen(context.Context, listener) error { return nil }

// resume has nothing to do: SQLite goes on after the largest number by itself.
func (sqlite) resume(*Tx, string, string) error { return nil }

func (k sqlite) tables(tx *Tx) ([]table, error) {
	names, err := list(tx, readText, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	all := make([]table, len(names))
	for i, name := range names {
		all[i].name = name
		all[i].columns, err = list(tx, func(row scanner) (column, error) {
			var c column
			var kind string
			err := row.Scan(&c.name, &kind, &c.numbered)
			c.kind = kindOf(kind)
			return c, err
		}, `SELECT name, type, pk = 1 AND type = 'INTEGER' FROM pragma_table_info(?) ORDER BY name`, name)
		if err != nil {
			return nil, err
		}
		if all[i].parents, err = list(tx, readText, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?) ORDER BY 1`, name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// keep copies the file to one beside it. A copy of an earlier try is replaced:
// a server that starts again and again must not fill the disk.
func (k sqlite) keep(ctx context.Context, version int) (string, error) {
	name := fmt.Sprintf("%s.before-%d", k.path, version)
	part := name + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := claim(part); err != nil {
		return "", err
	}
	err := k.vacuumInto(ctx, part)
	if err == nil {
		err = settle(part, name)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(part))
	}
	return name, nil
}

// vacuumInto writes the committed state of the database into an empty file.
func (k sqlite) vacuumInto(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", k.address(""))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, file)
	return errors.Join(err, db.Close())
}

func (k sqlite) backup(ctx context.Context, _ *Store, file string) error {
	return k.vacuumInto(ctx, file)
}
