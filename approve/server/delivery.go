package server

// The work beside the requests: mails of the outbox are delivered, and what time
// has removed is cleared. Several processes may do it over one store.

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"nod/approve/server/store"
)

const (
	deliverEvery = 2 * time.Second
	pruneEvery   = time.Hour

	// deliverLife is how long a mail is tried: what it says is old news then.
	deliverLife = time.Hour
	// deliverLease is how long a process has a mail for itself. It is longer than
	// a delivery may take.
	deliverLease = smtpPatience + time.Minute
	deliverBatch = 20
	problemMax   = 300 // characters
)

// deliverAgain is the wait after each try; the last one repeats.
var deliverAgain = []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}

// Work does what is to be done beside the requests until ctx ends or the server
// stops. `nod server run` runs it; a demo needs none.
func (s *Server) Work(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	mails, old := time.NewTicker(deliverEvery), time.NewTicker(pruneEvery)
	defer mails.Stop()
	defer old.Stop()
	for {
		if err := s.sendDueMails(ctx); err != nil && ctx.Err() == nil {
			s.config.Log("error: deliver mail: %v", err)
		}
		select {
		case <-mails.C:
		case <-old.C:
			if err := s.prune(ctx); err != nil {
				s.config.Log("error: clear what is old: %v", err)
			}
		case <-ctx.Done():
			return
		case <-s.done:
			return
		}
	}
}

func (s *Server) prune(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.Prune(s.millis(), sessionIdle.Milliseconds(), sessionMax.Milliseconds())
	})
}

// sendDueMails tries all mails whose time has come, once.
func (s *Server) sendDueMails(ctx context.Context) error {
	if s.config.Mail == nil {
		return nil
	}
	for ctx.Err() == nil && !s.stopping() {
		var due []store.Mail
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			due, err = tx.DueMails(store.KindMail, s.millis(), deliverBatch)
			return err
		})
		if err != nil || len(due) == 0 {
			return err
		}
		for _, m := range due {
			if err := s.deliver(ctx, m); err != nil {
				return err
			}
			if s.stopping() {
				return nil
			}
		}
	}
	return nil
}

// deliver takes one mail for this process and tries it.
func (s *Server) deliver(ctx context.Context, m store.Mail) error {
	taken := m
	taken.Tries, taken.NextAt = m.Tries+1, s.millis()+deliverLease.Milliseconds()
	ours, err := s.moveMail(ctx, m, taken)
	if err != nil || !ours {
		return err
	}
	after := taken
	if failed := s.config.Mail.send(ctx, m); failed == nil {
		after.State, after.Problem, after.Body = store.MailSent, "", "" // it may hold a code
	} else {
		after = s.failedMail(taken, failed)
		s.config.Log("mail %d was not taken, try %d, now %s: %s", m.ID, after.Tries, after.State, after.Problem)
	}
	// What the mail server has taken must not be sent again because we stop now.
	_, err = s.moveMail(context.WithoutCancel(ctx), taken, after)
	return err
}

// failedMail says how it goes on with a mail that was not taken.
func (s *Server) failedMail(m store.Mail, failed error) store.Mail {
	m.Problem = problemOf(failed, m.Body)
	m.NextAt = s.millis() + deliverAgain[min(m.Tries, len(deliverAgain))-1].Milliseconds()
	if forGood(failed) || m.NextAt > m.At+deliverLife.Milliseconds() {
		m.State = store.MailFailed
	}
	return m
}

func (s *Server) moveMail(ctx context.Context, old, now store.Mail) (moved bool, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		moved, err = tx.MoveMail(old, now)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("mail %d: %w", old.ID, err)
	}
	return moved, nil
}

// secrets are what in a body may be a code or the token of a link.
var secrets = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{3,}|[A-Za-z0-9_-]{16,}`)
})

// problemOf is what is kept of an error: one short line that repeats no code of
// the body, which a mail server may quote.
func problemOf(err error, body string) string {
	text := oneLine(strings.ToValidUTF8(err.Error(), "?"))
	for _, word := range secrets().FindAllString(body, -1) {
		text = strings.ReplaceAll(text, word, "...")
	}
	if runes := []rune(text); len(runes) > problemMax {
		text = string(runes[:problemMax])
	}
	return text
}
