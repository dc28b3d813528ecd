package store

// Looking at the health of a store, for a doctor.

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Level is how good or bad a finding is.
type Level int

// The levels of a finding.
const (
	Fine Level = iota
	Warning
	Broken
)

// Finding is one thing that Check looked at.
type Finding struct {
	Name  string // "audit"
	Level Level
	Text  string // what is there, one sentence
}

// What makes a thing that waits a warning: a request lives five minutes at
// most, and a mail goes out within the hour or not at all.
const (
	oldRequest = 10 * time.Minute
	oldNonce   = time.Hour
	farClock   = 2 * time.Second
)

// Check looks at the whole store: whether the database is sound, of the right
// version, and what waits in it. now is the caller's clock.
func (s *Store) Check(ctx context.Context, now time.Time) []Finding {
	start := time.Now()
	looks := []struct {
		name string
		look func(*Tx) ([]Finding, error)
	}{
		{"database", func(tx *Tx) ([]Finding, error) { return s.health(tx, now.Add(time.Since(start))) }},
		{"tables", checkVersion},
		{"audit", checkAudit},
		{"waiting", func(tx *Tx) ([]Finding, error) { return checkWaiting(tx, now) }},
	}
	var all []Finding
	for _, l := range looks {
		var found []Finding
		err := s.View(ctx, func(tx *Tx) (err error) {
			found, err = l.look(tx)
			return err
		})
		if err != nil {
			found = []Finding{{l.name, Broken, err.Error()}}
		}
		all = append(all, found...)
	}
	return all
}

func checkVersion(tx *Tx) ([]Finding, error) {
	all, err := readMigrations(migrations)
	if err != nil {
		return nil, err
	}
	version, err := tx.version()
	if err != nil {
		return nil, err
	}
	newest := all[len(all)-1].version
	if version != newest {
		return []Finding{{"tables", Broken, fmt.Sprintf("version %d, and this program knows %d", version, newest)}}, nil
	}
	return []Finding{{"tables", Fine, fmt.Sprintf("version %d", version)}}, nil
}

func checkAudit(tx *Tx) ([]Finding, error) {
	err := tx.VerifyAudit()
	if errors.Is(err, ErrAudit) {
		return []Finding{{"audit", Broken, err.Error()}}, nil
	}
	if err != nil {
		return nil, err
	}
	n, err := tx.count(`SELECT COUNT(*) FROM audit`)
	return []Finding{{"audit", Fine, fmt.Sprintf("%d entries, as they were written", n)}}, err
}

// checkWaiting looks at what should not be there for long.
func checkWaiting(tx *Tx, now time.Time) ([]Finding, error) {
	var found []Finding
	for _, w := range []struct {
		name, what, query string
		args              []any
		old               time.Duration
		hint              string
	}{
		{"requests", "waiting request", `SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM requests WHERE state = ?`, []any{Waiting}, oldRequest, "no server runs, or its clock is wrong"},
		{"nonces", "nonce", `SELECT COUNT(*), COALESCE(MIN(at), 0) FROM nonces`, nil, oldNonce, "no server has cleared them"},
	} {
		var n, oldest int64
		if err := tx.row(w.query, w.args, &n, &oldest); err != nil {
			return nil, err
		}
		f := Finding{w.name, Fine, "none"}
		if n > 0 {
			age := now.Sub(time.UnixMilli(oldest)).Round(time.Second)
			f.Text = fmt.Sprintf("%d, the oldest %s is %v old", n, w.what, age)
			if age > w.old {
				f.Level, f.Text = Warning, f.Text+": "+w.hint
			}
		}
		found = append(found, f)
	}
	return found, nil
}

func size(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
