package store

// Announcements over PostgreSQL's LISTEN and NOTIFY.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// channel is the name that stores listen to, in one database.
const channel = "nod"

// maxPayload is what PostgreSQL takes in one announcement, in bytes.
const maxPayload = 7999

const (
	quiet    = 20 * time.Second // without news, until the connection is tried
	answer   = 10 * time.Second // that the other side has to answer
	maxPause = 5 * time.Second  // between two tries to connect
)

// announce says who announces, so that no store hears itself.
func (postgres) announce(tx *Tx, from string, subjects []string) error {
	for _, subject := range subjects {
		payload := from + " " + subject
		if len(payload) > maxPayload {
			payload = from + " " // everyone
		}
		if _, err := tx.exec(`SELECT pg_notify(?, ?)`, channel, payload); err != nil {
			return err
		}
	}
	return nil
}

func (k postgres) listen(ctx context.Context, to listener) error {
	pause := firstPause
	for {
		err := k.hear(ctx, to, func() { pause = firstPause })
		if ctx.Err() != nil {
			return nil
		}
		to.state(err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause/2 + rand.N(pause)):
			pause = min(2*pause, maxPause)
		}
	}
}

// hear listens over one connection until it is lost.
func (k postgres) hear(ctx context.Context, to listener, standing func()) error {
	conn, err := pgx.ConnectConfig(ctx, k.config.Copy())
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		conn.Close(last)
	}()
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	standing()
	to.state(nil)
	to.heard("") // what was announced before LISTEN
	for {
		payload, err := next(ctx, conn)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		if from, subject, _ := strings.Cut(payload, " "); from != to.self {
			to.heard(subject)
		}
	}
}

// next waits for an announcement. Now and then it asks whether the other side
// is still there: a lost network says nothing by itself.
func next(ctx context.Context, conn *pgx.Conn) (string, error) {
	for {
		wait, cancel := context.WithTimeout(ctx, quiet)
		news, err := conn.WaitForNotification(wait)
		over := wait.Err() != nil
		cancel()
		if err == nil {
			return news.Payload, nil
		}
		if ctx.Err() != nil || !over || conn.IsClosed() {
			return "", err
		}
		asked, cancel := context.WithTimeout(ctx, answer)
		err = conn.Ping(asked)
		cancel()
		if err != nil {
			return "", err
		}
	}
}
