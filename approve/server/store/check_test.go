package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// now is the moment of the tests that take one.
var now = time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)

func found(t *testing.T, all []store.Finding, name string) store.Finding {
	t.Helper()
	i := slices.IndexFunc(all, func(f store.Finding) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("nothing about %s: %v", name, all)
	}
	return all[i]
}

func TestCheckFine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		update(t, s, func(tx *store.Tx) error { return errOf(tx.Append(store.Entry{Type: "x.y"})) })
		all := s.Check(t.Context(), time.Now())
		for _, f := range all {
			if f.Level != store.Fine || f.Text == "" {
				t.Errorf("%s: %v %s", f.Name, f.Level, f.Text)
			}
		}
		for _, name := range []string{"database", "references", "tables", "audit", "requests", "nonces"} {
			found(t, all, name)
		}
		if f := found(t, all, "audit"); !strings.HasPrefix(f.Text, "1 entries") {
			t.Errorf("audit: %s", f.Text)
		}
	})
}

func TestCheckFinds(t *testing.T) {
	old := now.Add(-24 * time.Hour).UnixMilli()
	for name, tt := range map[string]struct {
		change func(*store.Tx) error
		about  string
		level  store.Level
		want   string
	}{
		"a request of yesterday": {func(tx *store.Tx) error {
			return errOf(tx.AddRequest(store.Request{ID: "r", UserID: "u-ana", CreatedAt: old, ExpiresAt: old + 1}))
		}, "requests", store.Warning, "24h0m0s"},
		"a nonce of yesterday": {func(tx *store.Tx) error { return errOf(tx.UseNonce("k", "n", old)) }, "nonces", store.Warning, "24h0m0s"},
		"a changed log": {func(tx *store.Tx) error {
			if _, err := tx.Append(store.Entry{Type: "x.y"}); err != nil {
				return err
			}
			return errOf(tx.Exec(`UPDATE audit SET type = 'y.x'`))
		}, "audit", store.Broken, "row 1"},
		"a table gone": {func(tx *store.Tx) error { return errOf(tx.Exec(`DROP TABLE nonces`)) }, "waiting", store.Broken, "nonces"},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, open func() *store.Store) {
				s := filled(t, open)
				update(t, s, tt.change)
				f := found(t, s.Check(t.Context(), now), tt.about)
				if f.Level != tt.level || !strings.Contains(f.Text, tt.want) {
					t.Errorf("%s: %v %s", f.Name, f.Level, f.Text)
				}
			})
		})
	}
}

// A reference that does not hold: only a hand on the file can make one.
func TestCheckReferences(t *testing.T) {
	where := storetest.SQLite(t)
	filled(t, func() *store.Store { return storetest.Open(t, where) }).Close()
	breakReference(t, where)
	if f := found(t, storetest.Open(t, where).Check(t.Context(), now), "references"); f.Level != store.Broken || !strings.Contains(f.Text, "devices") {
		t.Errorf("references: %v %s", f.Level, f.Text)
	}
	where = storetest.Postgres(t)
	s := storetest.Open(t, where)
	storetest.Exec(t, where, `ALTER TABLE devices ADD CONSTRAINT never_checked FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID`)
	if f := found(t, s.Check(t.Context(), now), "references"); f.Level != store.Broken || !strings.Contains(f.Text, "devices") {
		t.Errorf("references: %v %s", f.Level, f.Text)
	}
}

// The clocks of a server and its database are one machine's in this test.
func TestCheckClock(t *testing.T) {
	s := storetest.Open(t, storetest.Postgres(t))
	if f := found(t, s.Check(t.Context(), time.Now().Add(-time.Hour)), "clock"); f.Level != store.Warning || !strings.Contains(f.Text, "1h0m") {
		t.Errorf("an hour apart: %v %s", f.Level, f.Text)
	}
}

// A database that is gone is a finding, not a crash.
func TestCheckClosed(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s, err := store.Open(t.Context(), where, storetest.Key)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for _, f := range s.Check(t.Context(), now) {
			if f.Level != store.Broken {
				t.Errorf("%s: %v %s", f.Name, f.Level, f.Text)
			}
		}
	})
}
