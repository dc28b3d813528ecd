package keycloak

// This file asks the app authenticator for pending logins.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"nod/approve"
)

const (
	pathChallenges = "/challenges"
	pathWait       = "/challenges/async"

	// A signed time that is earlier than the request hides it, one that is 10 s ahead
	// is refused. While the server's clock is not known, this much is added.
	ahead = 4 * time.Second

	waitAgain = 10 * time.Minute // how long a server that can not wait is not asked to
)

// appLine is what the driver knows of one device between polls.
type appLine struct {
	pending   bool      // something waits for an answer: the server would not wait
	noWaiting time.Time // until then the long poll is not tried
}

// mayWait tells whether the long poll is worth it now.
func (a *app) mayWait(device string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.lines[device]
	return l == nil || !l.pending && time.Now().After(l.noWaiting)
}

// note changes what is known of a device.
func (a *app) note(device string, change func(*appLine)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lines[device] == nil {
		a.lines[device] = &appLine{}
	}
	change(a.lines[device])
}

// Poll waits up to wait for news and returns all pending requests.
func (a *app) Poll(ctx context.Context, d approve.Device, wait time.Duration) (approve.Batch, error) {
	p, err := pairingOf(d.Device)
	if err != nil {
		return approve.Batch{}, fmt.Errorf("poll: %w", err)
	}
	var list []appChallenge
	failed := false
	if wait > 0 && a.mayWait(d.ID) {
		if list, failed, err = a.await(ctx, d, p, wait); err != nil {
			return approve.Batch{}, fmt.Errorf("poll: %w", err)
		}
	}
	if len(list) == 0 {
		// Also after a wait without news: it tells nothing of requests that came in at
		// another node of the server, nor whether the server is there at all.
		if list, _, err = a.ask(ctx, d, p, pathChallenges, answerTime); err != nil {
			return approve.Batch{}, fmt.Errorf("poll: %w", err)
		}
	}
	var batch approve.Batch
	batch.Requests, batch.Dropped = a.requests(d, p, list)
	a.note(d.ID, func(l *appLine) { l.pending = len(list) > 0 })
	if failed || !a.mayWait(d.ID) {
		batch.Interval = pollEvery
	}
	return batch, nil
}

// await is the long poll, for at most wait. An empty list means that there was no
// news or that it failed; the only error is the end of ctx.
func (a *app) await(ctx context.Context, d approve.Device, p pairing, wait time.Duration) (list []appChallenge, failed bool, err error) {
	ours, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	list, heard, err := a.ask(ours, d, p, pathWait, wait+answerTime)
	switch {
	case ctx.Err() != nil:
		return nil, false, ctx.Err()
	case err == nil && len(list) > 0:
		return list, false, nil
	case errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, approve.ErrUnreachable):
		return nil, false, nil // this driver ended the wait
	case heard:
		a.note(d.ID, func(l *appLine) { l.noWaiting = time.Now().Add(waitAgain) })
	}
	return nil, true, nil
}

// ask sends one signed question. heard tells whether there was an answer at all.
func (a *app) ask(ctx context.Context, d approve.Device, p pairing, path string, limit time.Duration) (list []appChallenge, heard bool, err error) {
	answer, err := a.wire.send(ctx, request{
		trust: p.trust, clock: d.Clock, limit: limit, waits: path == pathWait,
		make: func(ctx context.Context, now time.Time) (*http.Request, error) {
			if _, measured := d.Clock.Offset(); !measured {
				now = now.Add(ahead)
			}
			created := now.UnixMilli()
			signature, err := appSign(d, pollText(created))
			if err != nil {
				return nil, err
			}
			r, err := get(ctx, p.realm.base+path)
			if err != nil {
				return nil, err
			}
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Signature", pollHeader(d.RemoteID, created, signature))
			return r, nil
		},
	})
	if err != nil {
		return nil, answer.Status != 0, err
	}
	if answer.Status == http.StatusOK {
		list, err = readAppChallenges(answer.Body)
		return list, true, err
	}
	return nil, true, p.pollMeaning(answer)
}

// pollMeaning is what a refused question means. The device is gone only when the
// server says just that.
func (p pairing) pollMeaning(a approve.Answer) error {
	switch a.Status {
	case http.StatusConflict, http.StatusPreconditionFailed:
		if why := errorCode(a); why == "" || why == "no_credential" {
			return p.revoked()
		}
	case http.StatusBadRequest:
		if a.Header.Get("Date") == "" {
			// The header is as it should be; what is left is a time in the future.
			return fmt.Errorf("%w: the server's seems to be behind", approve.ErrClock)
		}
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: it does not take this device's signature", approve.ErrRefused)
	}
	if a.Status < 400 {
		return notKeycloak()
	}
	return refusal(a)
}
