package store_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// folder is the program's migrations with more of them.
func folder(t *testing.T, more map[string]string) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for name, text := range more {
		all["migrations/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.ToSlash(file)] = &fstest.MapFile{Data: text}
	}
	return all
}

const newTables = `CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL, secret BLOB NOT NULL);
	ALTER TABLE devices ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';`

func TestMigrate(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s := filled(t, func() *store.Store { return storetest.Open(t, where) })
		if m := s.Migration(); m.From != 0 || m.String() != "" {
			t.Errorf("a new store tells %q of %+v", m, m)
		}
		old := s.Migration().To
		if err := s.MigrateWith(t.Context(), folder(t, map[string]string{"0990_new.sql": newTables})); err != nil {
			t.Fatal(err)
		}
		view(t, s, func(tx *store.Tx) error {
			colour, err := tx.Text(`SELECT colour FROM devices`)
			if colour != "red" {
				t.Errorf("colour = %q", colour)
			}
			return err
		})
		m := s.Migration()
		if m.From != old || m.To != 990 {
			t.Errorf("migration = %+v, want from %d to 990", m, old)
		}
		if s.Shared() {
			if m.Copy != "" || !strings.Contains(m.String(), "pg_dump") {
				t.Errorf("migration = %q, %+v", m, m)
			}
			return
		}
		if m.Copy != where+".before-990" || !strings.Contains(m.String(), m.Copy) {
			t.Errorf("migration = %q, %+v", m, m)
		}
		wantPrivate(t, m.Copy)
		copied := storetest.Open(t, m.Copy) // by the program of before
		view(t, copied, func(tx *store.Tx) error {
			d, err := tx.Device("d-1")
			if d.Name != "one" {
				t.Errorf("device of the copy = %+v", d)
			}
			return err
		})
	})
}

// wantPrivate checks that a file is for its owner alone.
func wantPrivate(t *testing.T, file string) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); os.PathSeparator == '/' && mode != 0o600 {
		t.Errorf("%s has mode %o, want 600", filepath.Base(file), mode)
	}
}

// A migration that fails changes nothing, and can be tried again.
func TestMigrateFails(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s := filled(t, func() *store.Store { return storetest.Open(t, where) })
		for range 2 {
			err := s.MigrateWith(t.Context(), folder(t, map[string]string{"0990_new.sql": newTables, "0991_wrong.sql": `ALTER TABLE nothing ADD COLUMN x TEXT`}))
			if err == nil || !strings.Contains(err.Error(), "nothing was changed") || !strings.Contains(err.Error(), "991") {
				t.Fatalf("error = %v", err)
			}
		}
		update(t, s, func(tx *store.Tx) error {
			if _, err := tx.Count(`SELECT COUNT(*) FROM migrations WHERE version > 900`); err != nil {
				return err
			}
			d, err := tx.Device("d-1")
			if d.Name != "one" {
				t.Errorf("device = %+v", d)
			}
			return err
		})
		if err := s.MigrateWith(t.Context(), folder(t, map[string]string{"0990_new.sql": newTables})); err != nil {
			t.Errorf("without the wrong one: %v", err)
		}
	})
}

func TestNewerIsRefused(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s := filled(t, func() *store.Store { return storetest.Open(t, where) })
		update(t, s, func(tx *store.Tx) error {
			return errOf(tx.Exec(`INSERT INTO migrations (version) VALUES (999)`))
		})
		if s, err := store.Open(t.Context(), where, storetest.Key); err == nil {
			s.Close()
			t.Error("a database of a newer program was opened")
		} else if !strings.Contains(err.Error(), "newer version (999)") {
			t.Errorf("error = %v", err)
		}
		if found := s.Check(t.Context(), now); !slices.ContainsFunc(found, func(f store.Finding) bool { return f.Name == "tables" && f.Level == store.Broken }) {
			t.Errorf("check = %v", found)
		}
	})
}

// The file of a store is its owner's alone, and so are those beside it.
func TestPrivateFile(t *testing.T) {
	where := storetest.SQLite(t)
	s := storetest.Open(t, where)
	update(t, s, func(tx *store.Tx) error { return tx.AddEvent("a", "b", 1) })
	files, err := filepath.Glob(filepath.Join(filepath.Dir(where), "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files = %v, %v", files, err)
	}
	for _, file := range files {
		wantPrivate(t, file)
	}
	_, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "none", "server.db"), nil)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that does not exist: %v", err)
	}
}

// A closed store is one file, though a read was given up at that moment: who copies it
// copies all.
func TestCloseLeavesOneFile(t *testing.T) {
	where := storetest.SQLite(t)
	for range 50 {
		s := storetest.Open(t, where)
		update(t, s, func(tx *store.Tx) error { return tx.AddEvent("a", "b", 1) })
		ctx, cancel := context.WithCancel(t.Context())
		if err := s.View(ctx, func(*store.Tx) error { cancel(); runtime.Gosched(); return ctx.Err() }); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if left, err := filepath.Glob(where + "-*"); err != nil || len(left) > 0 {
			t.Fatalf("left: %v, %v", left, err)
		}
	}
}
