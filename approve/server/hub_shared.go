package server

// The hub as one of several, when other processes share the database. Requests
// and verdicts are announced by the transaction that makes them (tx.Notify); the
// rest right after it.

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// recheck is how often someone who waits looks for themselves while nothing
	// is heard of the other processes.
	recheck = 5 * time.Second
	// tellAgain is the wait before telling the others is tried again.
	tellAgain = time.Second
	// lastWords is the time that a server which closes takes to tell the others.
	lastWords = 2 * time.Second
)

// sharing is the state of what connects the hub with those of the others.
type sharing struct {
	deaf atomic.Bool        // nothing is heard of them at present
	said bool               // the log says so; for hearing alone
	end  context.CancelFunc // ends what is below; nil: there are no others
	done chan struct{}      // it has ended
}

// share connects the hub with those of the other processes, until unshare.
func (s *Server) share() {
	if !s.store.Shared() {
		return
	}
	s.hub.news, s.hub.tell = map[string]bool{}, make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	s.sharing.end, s.sharing.done = cancel, make(chan struct{})
	s.sharing.deaf.Store(true) // until it listens
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		if err := s.store.Listen(ctx, s.hub.heard, s.hearing); err != nil {
			s.config.Log("error: %v", err)
		}
	}()
	go func() {
		defer close(s.sharing.done)
		s.tellOthers(ctx)
		<-heard
	}()
}

// unshare ends what share began, after the last news is told. Handlers have
// ended before.
func (s *Server) unshare() {
	if s.sharing.end != nil {
		s.sharing.end()
		<-s.sharing.done
	}
}

// hearing notes whether the others can be heard. Those who wait go by it from
// now on. The log tells of a change only: that all is well from the start is no news.
func (s *Server) hearing(err error) {
	s.sharing.deaf.Store(err != nil)
	switch {
	case err != nil && !s.sharing.said:
		s.config.Log("error: other servers are not heard, those who wait look every %v: %v", recheck, err)
		s.hub.notifyAll()
	case err == nil && s.sharing.said:
		s.config.Log("other servers are heard again")
	}
	s.sharing.said = err != nil
}

// tellOthers tells the other processes what notify was called with. What can not
// be told waits: over one connection, however much it is.
func (s *Server) tellOthers(ctx context.Context) {
	for {
		select {
		case <-s.hub.tell:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
			defer cancel()
			s.tellNews(last)
			return
		}
		if s.tellNews(ctx) {
			continue
		}
		select {
		case <-time.After(tellAgain):
		case <-ctx.Done():
		}
	}
}

// tellNews tells the others all that is new, and whether that went well.
func (s *Server) tellNews(ctx context.Context) bool {
	news := s.hub.taken()
	if err := s.store.Notify(ctx, news...); err != nil {
		s.config.Log("error: tell the other servers: %v", err)
		s.hub.untold(news)
		return false
	}
	return true
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

// untold puts news back.
func (h *hub) untold(news []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, user := range news {
		h.news[user] = true
	}
	select {
	case h.tell <- struct{}{}:
	default:
	}
}

// patience is how long someone who waits may go without looking; wait is how
// long they would.
func (s *Server) patience(wait time.Duration) time.Duration {
	if s.sharing.deaf.Load() {
		return min(wait, recheck)
	}
	return wait
}
