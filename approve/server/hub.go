package server

// Waking those who wait for news about a person.

import (
	"context"
	"sync"
	"time"
)

// hub tells waiting polls and pages that something about a person may have changed.
type hub struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool // by person
	news    map[string]bool                   // persons to tell the other processes of
	tell    chan struct{}                     // one value: there is news; nil: there are no others
}

func newHub() *hub { return &hub{waiting: map[string]map[chan struct{}]bool{}} }

// subscribe returns a channel that gets a value after each change, and the
// function that ends the subscription.
func (h *hub) subscribe(user string) (<-chan struct{}, func()) {
	wake := make(chan struct{}, 1) // one value is enough: the waiter looks for itself
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[user] == nil {
		h.waiting[user] = map[chan struct{}]bool{}
	}
	h.waiting[user][wake] = true
	return wake, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.waiting[user], wake)
		if len(h.waiting[user]) == 0 {
			delete(h.waiting, user)
		}
	}
}

// untilNews calls look until it has news, the wait is over, the server stops or
// ctx ends: at once, after each change about user, and after next, when what look
// has seen runs out.
func (s *Server) untilNews(ctx context.Context, user string, wait time.Duration, look func() (news bool, next time.Duration, err error)) error {
	wake, stop := s.hub.subscribe(user)
	defer stop()
	over := time.NewTimer(wait)
	defer over.Stop()
	for last := wait == 0; ; {
		news, next, err := look()
		if err != nil || last || news {
			return err
		}
		expiry := time.NewTimer(s.patience(next))
		select {
		case <-wake:
		case <-expiry.C:
		case <-over.C:
			last = true
		case <-s.done:
			last = true
		case <-ctx.Done():
			expiry.Stop()
			return ctx.Err()
		}
		expiry.Stop()
	}
}

// notify wakes those who wait for news about user, here and elsewhere.
func (h *hub) notify(user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake(user)
	if h.tell == nil {
		return
	}
	h.news[user] = true
	select {
	case h.tell <- struct{}{}:
	default: // it will be told with what waits already
	}
}

// notifyAll wakes everyone in this process.
func (h *hub) notifyAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for user := range h.waiting {
		h.wake(user)
	}
}

// heard is an announcement of another process; "" is about everyone.
func (h *hub) heard(user string) {
	if user == "" {
		h.notifyAll()
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake(user)
}

// wake needs h.mu.
func (h *hub) wake(user string) {
	for wake := range h.waiting[user] {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}
