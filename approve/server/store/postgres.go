package store

// What is PostgreSQL's own: an address, connections, locks, and errors that
// pass.

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// writersLock is the advisory lock that an Update holds until it ends. It is
// of one database; the number is "nod" and a number of its own.
const writersLock = 0x6e6f64_01

// How long a transaction may wait for another one, and do nothing: a process
// that stands still must not hold the lock of all others.
const (
	lockWait = "15s"
	idleWait = "60s"
	oneTry   = 30 * time.Second
)

// readers is how many connections a process has besides the one that updates
// and the one that listens.
const readers = 8

// postgres is a database at an address.
type postgres struct{ config *pgx.ConnConfig }

func connectPostgres(where string) (database, error) {
	config, err := parseAddress(where)
	if err != nil {
		return database{}, err
	}
	connector := stdlib.GetConnector(*config, stdlib.OptionAfterConnect(greet))
	writer, reader := sql.OpenDB(connector), sql.OpenDB(connector)
	// All updates wait for one lock: those of this process wait for its connection.
	writer.SetMaxOpenConns(1)
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	lock := fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, writersLock)
	return database{
		kind:   postgres{config},
		view:   access{pool: reader, options: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}},
		record: access{pool: reader, detached: true, limit: oneTry},
		update: access{pool: writer, detached: true, limit: oneTry, begin: lock},
		alone:  access{pool: writer, begin: `SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; ` + lock},
		pools:  []*sql.DB{reader, writer},
	}, nil
}

// greet readies a new connection.
func greet(ctx context.Context, conn *pgx.Conn) error {
	if encoding := conn.PgConn().ParameterStatus("server_encoding"); encoding != "UTF8" {
		return fmt.Errorf("the database keeps texts as %s: make one with ENCODING 'UTF8'", encoding)
	}
	_, err := conn.Exec(ctx, `SET lock_timeout = '`+lockWait+`'; SET idle_in_transaction_session_timeout = '`+idleWait+`'`)
	return err
}

// again tells whether err passes: PostgreSQL ended the transaction so that
// another one could go on, or the connection was lost. In both cases nothing of
// the transaction is left, since its end was not sent yet.
func (postgres) again(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var told *pgconn.PgError
	if errors.As(err, &told) {
		switch told.Code {
		case "40001", "40P01", // serialization failure, deadlock
			"53300",                   // too many connections
			"57P01", "57P02", "57P03": // shut down, crashed, starting
			return true
		}
		return strings.HasPrefix(told.Code, "08") // connection
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// rolledBack tells whether a commit that failed with err is known to have kept
// nothing.
func rolledBack(err error) bool {
	var told *pgconn.PgError
	return errors.Is(err, pgx.ErrTxCommitRollback) || errors.As(err, &told) && (strings.HasPrefix(told.Code, "40") || strings.HasPrefix(told.Code, "23"))
}

func (postgres) tables(tx *Tx) ([]table, error) {
	var all []table
	err := each(tx, func(row scanner) error {
		var name, kind string
		var c column
		if err := row.Scan(&name, &c.name, &kind, &c.numbered); err != nil {
			return err
		}
		c.kind = kindOf(kind)
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, table{name: name})
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, c)
		return nil
	}, `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attidentity <> ''
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
		ORDER BY c.relname COLLATE "C", a.attname COLLATE "C"`)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].parents, err = list(tx, readText, `SELECT DISTINCT p.relname FROM pg_constraint f
			JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
			WHERE f.contype = 'f' AND c.relname = ? AND c.relnamespace = current_schema()::regnamespace ORDER BY 1`, all[i].name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (postgres) resume(tx *Tx, table, column string) error {
	var next int64
	return tx.row(`SELECT setval(pg_get_serial_sequence(quote_ident(?), ?), COALESCE((SELECT MAX(`+quote(column)+`) FROM `+quote(table)+`), 0) + 1, false)`,
		[]any{table, column}, &next)
}

// keep makes no copy: that is pg_dump's, and tables change in one transaction.
func (postgres) keep(context.Context, int) (string, error) { return "", nil }

// backup copies everything into a SQLite file, so that there is one form of
// backups.
func (postgres) backup(ctx context.Context, s *Store, file string) error {
	to, err := Open(ctx, file, s.auditKey)
	if err != nil {
		return err
	}
	return errors.Join(Copy(ctx, s, to), to.Close())
}
