package server

// GET /v1/auth/{id}: how a request of an app stands.

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// requestOf returns a request that a has begun; those of others are none.
func requestOf(tx *store.Tx, a store.App, id string) (store.Request, error) {
	r, err := tx.Request(id)
	if errors.Is(err, store.ErrNone) || (err == nil && r.AppID != a.ID) {
		return r, refuse(http.StatusNotFound, protocol.CodeNotFound, "there is no such request of this app")
	}
	return r, err
}

// authState is a long poll: it answers as soon as the request has ended.
func (s *Server) authState(r *http.Request, _ []byte, a store.App) (any, error) {
	id := r.PathValue("id")
	seconds, _ := strconv.Atoi(r.URL.Query().Get("wait")) // anything else is 0
	wait := min(max(0, time.Duration(seconds)*time.Second), maxWait)
	first, err := s.authNow(r.Context(), a, id)
	if err != nil || s.stands(first).State != authPending {
		return s.stands(first), err
	}
	if wait < authInterval {
		return s.stands(first), s.pollOnce(r.Context(), first)
	}
	return s.waitForEnd(r.Context(), a, first, wait)
}

// pollOnce refuses an app that asks again within the interval.
func (s *Server) pollOnce(ctx context.Context, r store.Request) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		now := s.millis()
		ok, err := tx.PollRequest(r.ID, now-authInterval.Milliseconds(), now)
		if err == nil && !ok {
			err = tooMany(protocol.CodeSlowDown, "ask every 5 seconds, or with wait=25", authInterval)
		}
		return err
	})
}

// waitForEnd answers when the request has ended or the wait is over.
func (s *Server) waitForEnd(ctx context.Context, a store.App, r store.Request, wait time.Duration) (answer authAnswer, err error) {
	err = s.untilNews(ctx, r.UserID, wait, func() (bool, time.Duration, error) {
		now, err := s.authNow(ctx, a, r.ID)
		answer = s.stands(now)
		return answer.State != authPending, max(0, fromMillis(now.ExpiresAt).Sub(s.now())) + time.Millisecond, err
	})
	return answer, err
}

// authNow reads a request of a as it stands.
func (s *Server) authNow(ctx context.Context, a store.App, id string) (r store.Request, err error) {
	if err := s.expireDue(ctx); err != nil {
		return r, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		r, err = requestOf(tx, a, id)
		return err
	})
	return r, err
}

// stands is what an app is told of r.
func (s *Server) stands(r store.Request) authAnswer {
	answer := authAnswer{ID: r.ID, State: r.State, ExpiresAt: fromMillis(r.ExpiresAt), Time: s.now()}
	end := func(at int64) {
		t := fromMillis(at)
		answer.At = &t
	}
	switch {
	case r.CodeAt != 0:
		answer.State, answer.Method, answer.Device = store.Accepted, "code", r.CodeBy
		end(r.CodeAt)
	case r.State == store.Waiting && r.ExpiresAt > s.millis():
		answer.State = authPending
	case r.State == store.Waiting:
		answer.State = store.Expired
		end(r.ExpiresAt)
	default:
		answer.Device, answer.Ticket = r.Device, r.Ticket
		if r.State == store.Accepted {
			answer.Method = "device"
		}
		end(cmp.Or(r.EndedAt, r.ExpiresAt))
	}
	return answer
}
