package server

// GET /v1/requests: what waits for a device, as a long poll.

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const maxWait = 25 * time.Second // of a long poll

func (s *Server) requests(r *http.Request, body []byte) (any, error) {
	d, err := s.activeDevice(r, body)
	if err != nil {
		return nil, err
	}
	seconds, _ := strconv.Atoi(r.URL.Query().Get("wait")) // anything else is 0
	wait := min(max(0, time.Duration(seconds)*time.Second), maxWait)
	return s.longPoll(r.Context(), d, r.URL.Query().Get("after"), wait)
}

// longPoll answers as soon as what the device sees differs from after, or when
// the wait is over.
func (s *Server) longPoll(ctx context.Context, d store.Device, after string, wait time.Duration) (answer protocol.RequestsAnswer, err error) {
	err = s.untilNews(ctx, d.UserID, wait, func() (news bool, next time.Duration, err error) {
		answer, next, err = s.visible(ctx, d.ID)
		return answer.Cursor != after, next, err
	})
	return answer, err
}

// visible returns what a device sees now, and how long until the next request
// expires.
func (s *Server) visible(ctx context.Context, device string) (protocol.RequestsAnswer, time.Duration, error) {
	if err := s.expireDue(ctx); err != nil {
		return protocol.RequestsAnswer{}, 0, err
	}
	now, next := s.now(), time.Hour
	answer := protocol.RequestsAnswer{Requests: []protocol.Pending{}, Ended: []protocol.Ended{}, Time: now}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		d, err := tx.Device(device) // it may have been removed while it waited
		if err != nil {
			return err
		}
		if err := errors.Join(accountOpen(tx, d), s.allowed(d, store.DeviceActive)); err != nil {
			return err
		}
		asked, err := tx.AskedOf(device, now.Add(-endedShown).UnixMilli())
		for _, a := range asked {
			if a.State == store.Waiting {
				answer.Requests = append(answer.Requests, protocol.Pending{ID: a.ID, Challenge: a.Challenge, Ignored: a.IgnoredAt != 0})
				next = min(next, max(0, fromMillis(a.ExpiresAt).Sub(now)))
				continue
			}
			answer.Ended = append(answer.Ended, protocol.Ended{ID: a.ID, State: a.State, Device: a.Device, At: fromMillis(a.EndedAt)})
		}
		return err
	})
	answer.Cursor = cursor(answer)
	return answer, next + time.Millisecond, err
}

// cursor is a hash of what a device sees.
func cursor(a protocol.RequestsAnswer) string {
	text, err := json.Marshal([]any{a.Requests, a.Ended})
	if err != nil {
		panic(err) // plain structs
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
