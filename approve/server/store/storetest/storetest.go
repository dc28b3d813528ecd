// Package storetest gives tests the databases that a store can be in: a SQLite
// file, and a PostgreSQL server of the test's own. It is for tests alone.
package storetest

import (
	"path/filepath"
	"testing"

	"nod/approve/server/store"
)

// Key is the audit key of the stores that Each opens.
var Key = []byte("an audit key for tests")

// Each runs test once for each kind of database. open opens the one database
// of that run, new and empty at first; each call gives another store on it, as
// another process would have, which is closed at the end of the test.
func Each(t *testing.T, test func(t *testing.T, open func() *store.Store)) {
	t.Helper()
	EachPlace(t, func(t *testing.T, where string) {
		test(t, func() *store.Store {
			t.Helper()
			return Open(t, where)
		})
	})
}

// EachPlace runs test once for each kind of database, with the place of a new
// and empty one.
func EachPlace(t *testing.T, test func(t *testing.T, where string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite returns the path of a file that does not exist yet.
func SQLite(tb testing.TB) string {
	return filepath.Join(tb.TempDir(), "a b#c%.db")
}

// Open opens the store at where until the test ends.
func Open(tb testing.TB, where string) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), where, Key)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close store: %v", err)
		}
	})
	return s
}
