package agent

// This file keeps programs from asking the agent faster than any honest one does: a
// stolen way to the socket should not bring all codes of a year in a minute, nor a
// script that runs wild keep the others from their codes.

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// DefaultCalls is how many calls a second the agent answers in the long run; it answers
// four seconds' worth at once. A process may make a tenth of that. A command makes two to
// five calls, the full-screen program a few a second, and no machine starts a thousand
// commands in one.
const DefaultCalls = 5000

const (
	burstSeconds = 4
	shareOfOne   = 10
	mostPeers    = 1024 // whose calls are counted before those that rest are forgotten
)

// LimitError refuses a call that came too soon after too many others.
type LimitError struct{ RetryAfter time.Duration }

func (e *LimitError) Error() string {
	return fmt.Sprintf("the agent was asked too often; it answers again in %s", e.RetryAfter.Round(100*time.Millisecond))
}

// free are the calls that are always answered: those that tell or lock, and the one
// that the wait after wrong PINs holds up.
var free = map[string]bool{opStatus: true, opLock: true, opStop: true, opUnlock: true}

// limits count calls. Its methods may be called from several goroutines.
type limits struct {
	calls float64 // a second

	mu   sync.Mutex
	all  *rate.Limiter
	each map[int]*rate.Limiter // by process, where the system tells it
}

func newLimits(calls float64) *limits {
	if calls <= 0 {
		calls = DefaultCalls
	}
	return &limits{calls: calls, all: bucket(calls), each: map[int]*rate.Limiter{}}
}

func bucket(calls float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(calls), max(1, int(calls*burstSeconds)))
}

// take counts a call of process pid, 0 for an unknown one. Error: *LimitError; the call
// does not count then.
func (l *limits) take(pid int, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	buckets := []*rate.Limiter{l.all}
	if pid != 0 {
		if l.each[pid] == nil {
			l.forget(now)
			l.each[pid] = bucket(l.calls / shareOfOne)
		}
		buckets = append(buckets, l.each[pid])
	}
	var wait time.Duration
	for _, b := range buckets {
		if left := 1 - b.TokensAt(now); left > 0 {
			wait = max(wait, time.Duration(left/float64(b.Limit())*float64(time.Second)))
		}
	}
	if wait > 0 {
		return &LimitError{wait}
	}
	for _, b := range buckets {
		b.AllowN(now, 1)
	}
	return nil
}

// forget drops processes that have not asked for a while, when there are many.
func (l *limits) forget(now time.Time) {
	if len(l.each) < mostPeers {
		return
	}
	for pid, b := range l.each {
		if b.TokensAt(now) >= float64(b.Burst()) {
			delete(l.each, pid)
		}
	}
}
