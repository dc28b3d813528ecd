package keycloak

// This file remembers which requests were answered, so that a server that shows one
// again is not believed. The inbox keeps the same in the vault's history.

import (
	"crypto/sha256"
	"sync"
	"time"

	"nod/approve"
)

const (
	keepHandled = 25 * time.Hour
	maxHandled  = 2000 // of all devices
)

// handled are answered requests and those being answered.
type handled struct {
	mu  sync.Mutex
	all map[requestKey]ending
}

type requestKey struct{ device, id string }

// ending is how a request was answered; the zero state is one that is being sent.
type ending struct {
	state approve.State
	at    time.Time
	sum   [sha256.Size]byte // of its challenge
}

// claim begins an answer to r. When there is one already it returns that.
func (h *handled) claim(r approve.Request) (before ending, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := requestKey{r.Device, r.ID}
	if before, there := h.all[key]; there {
		return before, false
	}
	if h.all == nil {
		h.all = map[requestKey]ending{}
	}
	h.tidy()
	h.all[key] = ending{at: time.Now(), sum: sha256.Sum256(r.Challenge)}
	return ending{}, true
}

// settle ends what claim began; with no state the request can be answered again.
func (h *handled) settle(r approve.Request, s approve.State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := requestKey{r.Device, r.ID}
	if s == "" {
		delete(h.all, key)
		return
	}
	h.all[key] = ending{state: s, at: time.Now(), sum: sha256.Sum256(r.Challenge)}
}

// has tells whether r was answered, and whether it is the very same.
func (h *handled) has(r approve.Request) (answered, same bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, there := h.all[requestKey{r.Device, r.ID}]
	return there && e.state != "", e.sum == sha256.Sum256(r.Challenge)
}

// forget drops all of a device.
func (h *handled) forget(device string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for key := range h.all {
		if key.device == device {
			delete(h.all, key)
		}
	}
}

// tidy drops what is old, and the oldest when there are too many; h.mu is held.
func (h *handled) tidy() {
	var oldest requestKey
	var at time.Time
	for key, e := range h.all {
		if time.Since(e.at) > keepHandled {
			delete(h.all, key)
		} else if at.IsZero() || e.at.Before(at) {
			oldest, at = key, e.at
		}
	}
	if len(h.all) >= maxHandled {
		delete(h.all, oldest)
	}
}

// sift returns the requests of found that are new, each once, and how many of them
// broke a rule.
func (h *handled) sift(found []approve.Request) (fresh []approve.Request, dropped int) {
	seen := map[string]bool{}
	for _, r := range found {
		answered, same := h.has(r)
		switch {
		case seen[r.ID], answered && !same:
			dropped++
		case !answered:
			fresh = append(fresh, r)
		}
		seen[r.ID] = true
	}
	return fresh, dropped
}

// already is the error for a request that was answered before.
func (e ending) already(d approve.Device) error {
	if e.state == "" {
		return &approve.LimitedError{Message: "it is being answered"}
	}
	return &approve.AnsweredError{State: e.state, Device: d.Name, At: e.at}
}
