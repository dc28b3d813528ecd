package store_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// attach opens a store as it is, until the test ends.
func attach(t *testing.T, where string) *store.Store {
	t.Helper()
	s, err := store.Attach(t.Context(), where, storetest.Key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A store that is looked at keeps its tables, and none is made.
func TestAttach(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		if !strings.HasPrefix(where, "postgres:") {
			if _, err := store.Attach(t.Context(), where, nil); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("where nothing is: %v", err)
			}
			if _, err := os.Stat(where); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a file was made: %v", err)
			}
			if err := os.WriteFile(where, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := attach(t, where)
		is, known, err := s.Version(t.Context())
		if err != nil || is != 0 || known < 2 {
			t.Errorf("version = %d of %d, %v, want none", is, known, err)
		}
		m, err := s.Migrate(t.Context())
		if err != nil || m.From != 0 || m.To != known {
			t.Errorf("migration = %+v, %v", m, err)
		}
		update(t, s, func(tx *store.Tx) error { return errOf(tx.Exec(`INSERT INTO migrations (version) VALUES (999)`)) })
		if is, _, err := attach(t, where).Version(t.Context()); err != nil || is != 999 {
			t.Errorf("version = %d, %v, want that of a newer program", is, err)
		}
	})
}

func TestCopyTo(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		source := full(t, storetest.SQLite(t))
		held, err := source.CopyTo(t.Context(), where)
		if err != nil || len(held) < 10 {
			t.Fatalf("held = %v, %v", held, err)
		}
		for _, table := range held {
			if table.Rows == 0 {
				t.Errorf("nothing is in %s", table.Table)
			}
		}
		wantSame(t, source, attach(t, where))
		if _, err := source.CopyTo(t.Context(), where); !errors.Is(err, store.ErrNotEmpty) {
			t.Errorf("once more: %v", err)
		}
	})
}

// What is at the target already stays as it is, of whichever version.
func TestCopyToOther(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		source := full(t, storetest.SQLite(t))
		other := storetest.Open(t, where)
		if _, err := source.CopyTo(t.Context(), where); err != nil {
			t.Errorf("into tables without rows: %v", err)
		}
		update(t, other, func(tx *store.Tx) error { return errOf(tx.Exec(`DELETE FROM migrations WHERE version > 1`)) })
		before := dump(t, other)
		if _, err := source.CopyTo(t.Context(), where); !errors.Is(err, store.ErrNotEmpty) {
			t.Errorf("into one of an older version: %v", err)
		}
		if after := dump(t, other); len(after["migrations"]) != len(before["migrations"]) {
			t.Errorf("migrations = %v, want %v", after["migrations"], before["migrations"])
		}
	})
}

// Of a copy that fails no file is left, and a file that was there stays.
func TestCopyToFails(t *testing.T) {
	source := full(t, storetest.SQLite(t))
	update(t, source, func(tx *store.Tx) error { return errOf(tx.Exec(`UPDATE audit SET detail = 'x' WHERE seq = 7`)) })
	where := storetest.SQLite(t)
	if _, err := source.CopyTo(t.Context(), where); !errors.Is(err, store.ErrAudit) {
		t.Errorf("a changed log: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(where), "*")); err != nil || len(left) != 0 {
		t.Errorf("files = %v, %v: want none", left, err)
	}
	if err := os.WriteFile(where, []byte("a letter"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source.CopyTo(t.Context(), where); err == nil {
		t.Error("a letter was taken for a store")
	}
	if text, err := os.ReadFile(where); err != nil || string(text) != "a letter" {
		t.Errorf("the letter is now %q, %v", text, err)
	}
}
