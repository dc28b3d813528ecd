package store

// Looking at a PostgreSQL database.

import (
	"fmt"
	"time"
)

func (k postgres) health(tx *Tx, now time.Time) ([]Finding, error) {
	var version, name string
	var bytes, clock int64
	asked := time.Now()
	if err := tx.row(`SELECT current_setting('server_version'), current_database(), pg_database_size(current_database()), CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)`,
		nil, &version, &name, &bytes, &clock); err != nil {
		return nil, err
	}
	trip := time.Since(asked) // the database read its clock at some moment of it
	apart := time.UnixMilli(clock).Sub(now).Round(time.Millisecond)
	times := Finding{"clock", Fine, fmt.Sprintf("the database's is %v from this program's", apart)}
	if apart.Abs() > farClock+trip {
		times.Level, times.Text = Warning, times.Text+": servers over one database need one time"
	}
	open, err := list(tx, readText, `SELECT DISTINCT c.relname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
		WHERE f.contype = 'f' AND NOT f.convalidated AND c.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, err
	}
	return []Finding{
		{"database", Fine, fmt.Sprintf("PostgreSQL %s, database %s, %s", version, name, size(bytes))},
		references(open, "references that were never checked in"),
		times,
	}, nil
}
