package server

// Waking those who wait for news about a person.

import "sync"

// notifier tells waiting polls and pages that something about a person may have
// changed. A server of several processes puts a shared one in its place.
type notifier interface {
	// subscribe returns a channel that gets a value after each change, and the
	// function that ends the subscription.
	subscribe(user string) (<-chan struct{}, func())
	notify(user string)
	notifyAll()
}

// hub is the notifier of one process.
type hub struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool // by person
}

func newHub() *hub { return &hub{waiting: map[string]map[chan struct{}]bool{}} }

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

func (h *hub) notify(user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wake(user)
}

func (h *hub) notifyAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for user := range h.waiting {
		h.wake(user)
	}
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
