package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// rowsEach is how many rows a table of a full store has at least.
const rowsEach = 3

// full is a store with rows in every table of the catalogue. A
// table that a later migration adds is filled too.
func full(t *testing.T, where string) *store.Store {
	t.Helper()
	s := storetest.Open(t, where)
	update(t, s, func(tx *store.Tx) error {
		if err := tx.FillTables(rowsEach); err != nil {
			return err
		}
		for i := range 300 { // more than one statement takes
			if _, err := tx.Append(store.Entry{At: int64(i), Type: "x.y", Subject: "Zoë 'ж'", Detail: strings.Repeat("?", i)}); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

func dump(t *testing.T, s *store.Store) (rows map[string][]string) {
	t.Helper()
	view(t, s, func(tx *store.Tx) (err error) {
		rows, err = tx.Dump()
		return err
	})
	return rows
}

// wantSame checks that two stores hold the same, and something in every table.
func wantSame(t *testing.T, from, to *store.Store) {
	t.Helper()
	want, got := dump(t, from), dump(t, to)
	if len(want) < 10 || len(want) != len(got) {
		t.Errorf("%d tables of %d", len(got), len(want))
	}
	for name, rows := range want {
		if len(rows) == 0 {
			t.Errorf("table %s is empty: nothing shows that it is copied", name)
		}
		if !slices.Equal(rows, got[name]) {
			t.Errorf("table %s differs:\n%v\n%v", name, rows, got[name])
		}
	}
	view(t, to, (*store.Tx).VerifyAudit)
	for name, n := range numbered(t, to) { // new rows take numbers that are free
		update(t, to, func(tx *store.Tx) error {
			if next, err := tx.InsertNumbered(name, rowsEach); err != nil || next != n+1 {
				t.Errorf("table %s goes on with %d, want %d: %v", name, next, n+1, err)
			}
			return nil
		})
	}
}

// numbered are the tables whose rows the database numbers, with the last number.
func numbered(t *testing.T, s *store.Store) (last map[string]int) {
	t.Helper()
	view(t, s, func(tx *store.Tx) (err error) {
		last, err = tx.LastNumbers()
		return err
	})
	if len(last) == 0 {
		t.Error("no table numbers its rows")
	}
	return last
}

func TestCopy(t *testing.T) {
	places := func(t *testing.T) map[string]string {
		return map[string]string{"sqlite": storetest.SQLite(t), "postgres": storetest.Postgres(t)}
	}
	for from := range map[string]bool{"sqlite": true, "postgres": true} {
		for to := range map[string]bool{"sqlite": true, "postgres": true} {
			t.Run(from+" to "+to, func(t *testing.T) {
				source, target := full(t, places(t)[from]), storetest.Open(t, places(t)[to])
				if err := store.Copy(t.Context(), source, target); err != nil {
					t.Fatal(err)
				}
				wantSame(t, source, target)
				if err := store.Copy(t.Context(), source, target); err == nil || !strings.Contains(err.Error(), "not empty") {
					t.Errorf("into a full one: %v", err)
				}
			})
		}
	}
}

// What would not be copied whole is not copied at all.
func TestCopyRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ inSource, inTarget, want string }{
		"a table more":     {`CREATE TABLE more (a TEXT)`, ``, "no table more"},
		"a table less":     {``, `CREATE TABLE more (a TEXT)`, "no table more"},
		"a column more":    {`ALTER TABLE events ADD COLUMN more TEXT`, ``, "column more"},
		"another version":  {`INSERT INTO migrations (version) VALUES (999)`, ``, "version 999"},
		"a changed log":    {`UPDATE audit SET detail = 'x' WHERE seq = 7`, ``, "row 7"},
		"a row there":      {``, `INSERT INTO events (kind, subject, at) VALUES ('a', 'b', 1)`, "not empty"},
		"a type not known": {`CREATE TABLE more (a REAL)`, `CREATE TABLE more (a REAL)`, "type"},
	} {
		t.Run(name, func(t *testing.T) {
			source, target := full(t, storetest.SQLite(t)), storetest.Open(t, storetest.Postgres(t))
			for s, sql := range map[*store.Store]string{source: tt.inSource, target: tt.inTarget} {
				if sql != "" {
					update(t, s, func(tx *store.Tx) error { return errOf(tx.Exec(sql)) })
				}
			}
			before := dump(t, target)
			if err := store.Copy(t.Context(), source, target); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
			if after := dump(t, target); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("something was copied: %v", after)
			}
		})
	}
}

// A text of an old file that PostgreSQL can not keep is named, not changed.
func TestCopyForeignText(t *testing.T) {
	source, target := full(t, storetest.SQLite(t)), storetest.Open(t, storetest.Postgres(t))
	update(t, source, func(tx *store.Tx) error {
		return errOf(tx.Exec(`UPDATE events SET subject = CAST(X'61ff' AS TEXT)`))
	})
	if err := store.Copy(t.Context(), source, target); err == nil || !strings.Contains(err.Error(), "table events: column subject") {
		t.Errorf("error = %v", err)
	}
}

func TestBackup(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s := full(t, where)
		dir := t.TempDir()
		file := filepath.Join(dir, "it's a backup.db")
		if err := s.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		wantPrivate(t, file)
		if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
			t.Errorf("files = %v, %v: want the backup alone", left, err)
		}
		if err := s.Backup(t.Context(), file); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over another file: %v", err)
		}
		wantSame(t, s, storetest.Open(t, file))
	})
}

// A backup that fails leaves no file that could pass for one.
func TestBackupFails(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s := full(t, where)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		dir := t.TempDir()
		if err := s.Backup(gone, filepath.Join(dir, "backup.db")); err == nil {
			t.Error("it succeeded without time")
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 0 {
			t.Errorf("files = %v, %v: want none", left, err)
		}
	})
}
