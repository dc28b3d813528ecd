package server

// Waking those who wait for news about a person: in this process, and in the
// others on the same database.

import (
	"context"
	"sync"
	"time"
)

// recheck is how often someone who waits looks for themselves where several
// processes share the database: an announcement is lost when a process dies
// between its commit and telling the others.
const recheck = 5 * time.Second

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

// taken empties the news.
func (h *hub) taken() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for user := range h.news {
		all = append(all, user)
	}
	clear(h.news)
	return all
}

// share connects the hub with those of the other processes, until Close.
func (s *Server) share() {
	if !s.store.Shared() {
		return
	}
	s.hub.news, s.hub.tell = map[string]bool{}, make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	s.sharing.Go(func() {
		<-s.done
		cancel()
	})
	s.sharing.Go(func() {
		err := s.store.Listen(ctx, s.hub.heard, func(err error) {
			if err != nil {
				s.config.Log("error: %v", err)
			}
		})
		if err != nil && ctx.Err() == nil {
			s.config.Log("error: %v", err)
		}
	})
	s.sharing.Go(func() {
		for {
			select {
			case <-s.hub.tell:
				if err := s.store.Notify(ctx, s.hub.taken()...); err != nil && ctx.Err() == nil {
					s.config.Log("error: %v", err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
}

// patience is how long someone who waits may go without looking; wait is how
// long they would.
func (s *Server) patience(wait time.Duration) time.Duration {
	if s.store.Shared() {
		return min(wait, recheck)
	}
	return wait
}
