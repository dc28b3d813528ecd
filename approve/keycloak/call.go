package keycloak

// This file makes one call and learns the server's clock from it.

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"nod/approve"
)

const (
	clockStep = 2 * time.Second // a Date is only good to a second, and takes a while to come
	clockWant = 5 * time.Second // so far off, the clock may be why a call was refused
	clockMost = 48 * time.Hour  // more is not corrected: a signature for then would be good for long
)

// wire calls servers. It is safe for concurrent use.
type wire struct{ connections *approve.Connections }

// request is one call, made anew for each try.
type request struct {
	trust approve.Trust
	clock *approve.Clock // nil: nothing in the call depends on the time
	limit time.Duration
	once  bool // it must not be repeated, whatever the clock
	waits bool // the server takes its time, so its Date may be from before or after that
	make  func(ctx context.Context, now time.Time) (*http.Request, error)
}

// send makes the call, and once more when it was refused and the server's clock
// turns out to be another. Errors are those of approve.Call, and approve.ErrClock.
func (w *wire) send(ctx context.Context, q request) (approve.Answer, error) {
	client, err := w.connections.Client(q.trust)
	if err != nil {
		return approve.Answer{}, err
	}
	for try := 1; ; try++ {
		now := time.Now()
		if q.clock != nil {
			now = q.clock.Now()
		}
		r, err := q.make(ctx, now)
		if err != nil {
			return approve.Answer{}, err
		}
		sent := time.Now()
		answer, err := approve.Call(client, r, q.limit, maxBody)
		if err != nil || q.clock == nil || q.waits {
			return answer, err
		}
		off, err := learn(q.clock, answer, time.Since(sent))
		refused := answer.Status >= 400
		switch {
		case refused && err != nil:
			return answer, err
		case refused && off && !q.once && try == 1:
			continue
		case answer.Status == http.StatusBadRequest && off && q.once:
			return answer, fmt.Errorf("%w: it has been corrected", approve.ErrClock)
		}
		return answer, nil
	}
}

// learn sets clock by the answer's Date, if it has one, and tells whether it was far
// off. A server does not have to send one.
func learn(clock *approve.Clock, a approve.Answer, trip time.Duration) (off bool, err error) {
	date, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil || a.Header.Get("Age") != "" {
		return false, nil
	}
	defer clock.Hear(date, trip)
	server := date.Add(time.Second / 2) // it was cut to a second
	if d := time.Until(server).Abs(); d > clockMost {
		return true, fmt.Errorf("%w: the server's says %s", approve.ErrClock, date.UTC().Format(time.DateTime))
	}
	gap := server.Sub(clock.Now()).Abs()
	if _, measured := clock.Offset(); !measured || gap > clockStep {
		clock.Set(server, min(trip, clockStep))
	}
	return gap > clockWant, nil
}
