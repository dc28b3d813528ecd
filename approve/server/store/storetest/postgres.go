package storetest

// A database of PostgreSQL for a test.

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// errMissing says that PostgreSQL is not on this machine.
var errMissing = errors.New("PostgreSQL's initdb and postgres are missing (Debian package postgresql)")

// shared is the one server of a test process. Nothing ends it but the end of
// the process.
var shared = sync.OnceValues(start)

var databases atomic.Int64 // made so far

// Postgres returns the address of a new and empty PostgreSQL database, which
// is gone after the test. The first call starts a server, which ends with the
// test process however that ends. Where PostgreSQL is missing the test is
// skipped, or fails with NOD_TEST_REAL=1.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return PostgresWith(tb, "")
}

// PostgresWith is Postgres with options for CREATE DATABASE.
func PostgresWith(tb testing.TB, options string) string {
	tb.Helper()
	s, err := shared()
	if errors.Is(err, errMissing) && os.Getenv("NOD_TEST_REAL") != "1" {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := s.exec(`CREATE DATABASE ` + name + ` ` + options); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			tb.Errorf("drop the test's database: %v", err)
		}
	})
	return s.address(name)
}

// Exec runs SQL in the database at an address that Postgres returned, over a
// connection of its own.
func Exec(tb testing.TB, address, sql string) {
	tb.Helper()
	if err := runSQL(address, sql); err != nil {
		tb.Fatal(err)
	}
}

// Admin runs SQL in another database of the same server: in none that a test
// has got.
func Admin(tb testing.TB, sql string) {
	tb.Helper()
	s, err := shared()
	if err == nil {
		err = s.exec(sql)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// Name is the name of the database at an address.
func Name(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

func (s *server) exec(sql string) error { return runSQL(s.address("postgres"), sql) }

func runSQL(address, sql string) error {
	ctx := context.Background() // a test's own has ended when it cleans up
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}
