package server

// A server under test, with a clock of its own.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

const testOrigin = "http://127.0.0.1:8420"

// ownFile keeps a test on SQLite: in a synctest bubble there is no network, and
// some tests change the file from outside.
const ownFile = "own file"

// testClock moves only when a test says so.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// set sets the clock, which the server's own goroutines may be reading.
func (c *testClock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// bench is a server under test.
type bench struct {
	*Server
	t     *testing.T
	clock *testClock
}

func newBench(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	clock := &testClock{at: time.Date(2026, 11, 22, 21, 0, 0, 0, time.UTC)}
	data := t.TempDir()
	c := Config{Data: data, Origin: testOrigin, Demo: true, Now: clock.now, PushSpacing: time.Millisecond}
	for _, f := range change {
		f(&c)
	}
	switch { // the same tests on the other database
	case c.Store == ownFile:
		c.Store = ""
	case c.Data != data: // the test opens it again
	case os.Getenv("NOD_TEST_STORE") == "postgres":
		c.Store = storetest.Postgres(t)
	}
	s, err := New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &bench{s, t, clock}
}

// advance lets time pass and wakes who waits.
func (b *bench) advance(d time.Duration) {
	b.clock.mu.Lock()
	b.clock.at = b.clock.at.Add(d)
	b.clock.mu.Unlock()
	b.hub.notifyAll()
}

// auditCount counts the audit entries of a type.
func (b *bench) auditCount(kind string) int {
	b.t.Helper()
	entries, err := b.Audit(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		if e.Type == kind {
			n++
		}
	}
	if err := b.VerifyAudit(b.t.Context()); err != nil {
		b.t.Error(err)
	}
	return n
}

func (b *bench) wantAudit(kind string, want int) {
	b.t.Helper()
	if got := b.auditCount(kind); got != want {
		b.t.Errorf("audit has %d entries %s, want %d", got, kind, want)
	}
}

// update changes the store.
func (b *bench) update(do func(*store.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(b.t.Context(), do); err != nil {
		b.t.Fatal(err)
	}
}

// user reads a person from the store.
func (b *bench) user(name string) (user store.User) {
	b.t.Helper()
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		user, err = tx.UserByName(name)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return user
}

// two reads a person's second factor at the first site.
func (b *bench) two(name string) (two store.TwoStep) {
	b.t.Helper()
	id := b.user(name).ID
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		two, err = tx.TwoStep(id, firstProfile().Name)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return two
}

func (b *bench) sessions(name string) (n int) {
	b.t.Helper()
	id := b.user(name).ID
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		n, err = tx.SessionCount(id)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bench) outbox() (mails []store.Mail) {
	b.t.Helper()
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		mails, err = tx.Mails(100)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return mails
}

// readIfThere reads a file; one that does not exist is empty.
func readIfThere(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// needPrograms skips a test without them, or fails it.
func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			lacking(t, name, err)
		}
	}
}

// lacking skips a test that lacks a real part, or fails it where all must be there.
func lacking(t *testing.T, what string, why error) {
	t.Helper()
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("%s is missing: %v", what, why)
	}
	t.Skipf("%s is missing: %v", what, why)
}
