package store_test

// Announcements between stores on one database, and lost connections.

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// ear is one who listens: what was heard, and how the connection stands.
type ear struct {
	heard chan string
	state chan error
}

// listen lets s listen until the test ends.
func listen(t *testing.T, s *store.Store) ear {
	t.Helper()
	e := ear{make(chan string, 100), make(chan error, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Listen(ctx, func(subject string) { e.heard <- subject }, func(err error) { e.state <- err })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("listen: %v", err)
		}
	})
	if err := <-e.state; err != nil {
		t.Fatalf("listen: %v", err)
	}
	e.want(t, "")
	return e
}

// want waits for the next announcement.
func (e ear) want(t *testing.T, want string) {
	t.Helper()
	if got := <-e.heard; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

func TestNotify(t *testing.T) {
	where := storetest.Postgres(t)
	a, b := storetest.Open(t, where), storetest.Open(t, where)
	atA, atB := listen(t, a), listen(t, b)
	if err := a.Notify(t.Context(), "u-ana", "u-ben"); err != nil {
		t.Fatal(err)
	}
	atB.want(t, "u-ana")
	atB.want(t, "u-ben")

	// With the transaction, and only if it commits.
	no := errors.New("no")
	if err := b.Update(t.Context(), func(tx *store.Tx) error { tx.Notify("u-lost"); return no }); !errors.Is(err, no) {
		t.Fatal(err)
	}
	update(t, b, func(tx *store.Tx) error {
		tx.Notify("u-cleo")
		tx.Notify("u-ana")
		tx.Notify("u-cleo")
		return nil
	})
	atA.want(t, "u-cleo")
	atA.want(t, "u-ana")
	if err := a.Notify(t.Context(), "last"); err != nil {
		t.Fatal(err)
	}
	atB.want(t, "last")
	if len(atA.heard) != 0 || len(atB.heard) != 0 {
		t.Errorf("more was heard: %d and %d announcements", len(atA.heard), len(atB.heard))
	}
}

// A subject that PostgreSQL would not take is everyone.
func TestNotifyLong(t *testing.T) {
	where := storetest.Postgres(t)
	a, b := storetest.Open(t, where), storetest.Open(t, where)
	at := listen(t, b)
	if err := a.Notify(t.Context(), string(make([]byte, 9000))); err != nil {
		t.Fatal(err)
	}
	at.want(t, "")
}

// There are no others on SQLite.
func TestNotifySQLite(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	if s.Shared() {
		t.Error("a file is shared")
	}
	update(t, s, func(tx *store.Tx) error { tx.Notify("u-ana"); return nil })
	err := errors.Join(s.Notify(t.Context(), "u-ana"),
		s.Listen(t.Context(), func(s string) { t.Errorf("heard %q", s) }, func(err error) { t.Errorf("state: %v", err) }))
	if err != nil {
		t.Error(err)
	}
}

// drop ends all connections to the database at where.
func drop(t *testing.T, where string) {
	t.Helper()
	storetest.Admin(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+storetest.Name(where)+`'`)
}

// Who listens and who writes outlives a lost connection.
func TestLostConnection(t *testing.T) {
	where := storetest.Postgres(t)
	a, b := storetest.Open(t, where), storetest.Open(t, where)
	at := listen(t, b)
	for i := range 3 {
		drop(t, where)
		if err := <-at.state; err == nil {
			t.Fatal("the lost connection was not noticed")
		}
		if err := <-at.state; err != nil {
			t.Fatalf("it does not come back: %v", err)
		}
		at.want(t, "") // something may have been missed
		subject := fmt.Sprint("u", i)
		update(t, a, func(tx *store.Tx) error {
			tx.Notify(subject)
			return errOf(tx.Append(store.Entry{Type: "x.y"}))
		})
		at.want(t, subject)
	}
	view(t, b, func(tx *store.Tx) error {
		n, err := tx.AuditLength()
		if n != 3 {
			t.Errorf("the log has %d entries, want 3", n)
		}
		return errors.Join(err, tx.VerifyAudit())
	})
}

// A transaction whose connection is lost in the middle runs again, once.
func TestLostInTheMiddle(t *testing.T) {
	where := storetest.Postgres(t)
	s := storetest.Open(t, where)
	tries := 0
	update(t, s, func(tx *store.Tx) error {
		if tries++; tries == 1 {
			drop(t, where)
		}
		return errOf(tx.Append(store.Entry{Type: "x.y"}))
	})
	if tries != 2 {
		t.Errorf("%d tries, want 2", tries)
	}
	view(t, s, (*store.Tx).VerifyAudit)
}
