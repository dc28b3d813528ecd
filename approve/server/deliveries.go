package server

// Telling apps how their requests ended: the loop that sends what is due, and
// when it tries again. What is sent is in webhook.go and ciba.go.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const (
	deliveryTime  = 10 * time.Second // for one try
	deliveryLease = 60 * time.Second // then another process may try
	deliverySlots = 16               // tries at once ...
	deliveryShare = 4                // and of one app, so that a slow one stops no other
	deliveryLook  = 30 * time.Second // looks for what other processes have left
)

// deliveries is the state of the loop.
type deliveries struct {
	client  *http.Client
	poke    chan struct{} // something is due
	running sync.WaitGroup

	mu  sync.Mutex
	now map[string]int // tries under way, by app
}

// outcome is what became of a try.
type outcome struct {
	told    bool
	final   bool // another try would not help
	problem string
}

// startDeliveries starts the loop; Close ends it.
func (s *Server) startDeliveries() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // a connection that has gone stale would leave open what was told
	s.deliveries.client = &http.Client{
		Transport: transport, Timeout: deliveryTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.deliveries.poke, s.deliveries.now = make(chan struct{}, 1), map[string]int{}
	done := s.done
	ctx, cancel := context.WithCancel(context.Background())
	s.deliveries.running.Go(func() {
		<-done
		cancel()
	})
	s.deliveries.running.Go(func() { s.deliverAll(ctx) })
}

// pokeDeliveries makes the loop look.
func (s *Server) pokeDeliveries() {
	select {
	case s.deliveries.poke <- struct{}{}:
	default:
	}
}

// deliverAll is the loop. After a poke it claims in an update, which waits for the
// one that has poked it: only one runs at a time.
func (s *Server) deliverAll(ctx context.Context) {
	clock, stop := s.hub.subscribe("") // of nobody: hears only of a clock that was moved
	defer stop()
	for poked := true; ; {
		next, err := s.deliverDue(ctx, poked)
		if err != nil && ctx.Err() == nil {
			s.config.Log("error: %v", err)
		}
		timer := time.NewTimer(next)
		poked = false
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.deliveries.poke:
			poked = true
		case <-clock:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// deliverDue ends the requests whose time is over and begins to send what is
// due. It returns when to look again.
func (s *Server) deliverDue(ctx context.Context, poked bool) (time.Duration, error) {
	if err := s.expireDue(ctx); err != nil {
		return deliveryLook, err
	}
	due, _, err := s.nextDelivery(ctx)
	if err != nil {
		return deliveryLook, err
	}
	if due || poked {
		claimed, err := s.claimDeliveries(ctx)
		if err != nil {
			return deliveryLook, err
		}
		for _, d := range claimed {
			s.deliveries.running.Go(func() {
				s.deliverOne(ctx, d)
				s.pokeDeliveries()
			})
		}
	}
	_, look, err := s.nextDelivery(ctx)
	return look, err
}

// nextDelivery tells whether something is due, and when something will be or a
// request of an app runs out.
func (s *Server) nextDelivery(ctx context.Context) (due bool, look time.Duration, err error) {
	look = deliveryLook
	now := s.millis()
	err = s.store.View(ctx, func(tx *store.Tx) error {
		delivery, err := tx.NextDelivery()
		if err != nil {
			return err
		}
		expiry, err := tx.NextAppExpiry()
		due = delivery != 0 && delivery <= now
		for _, at := range []int64{delivery, expiry} {
			if at > now {
				look = min(look, time.Duration(at-now)*time.Millisecond)
			}
		}
		return err
	})
	return due, look, err
}

// claimDeliveries takes what is due for this process, as far as there is room.
func (s *Server) claimDeliveries(ctx context.Context) ([]store.Delivery, error) {
	s.deliveries.mu.Lock()
	defer s.deliveries.mu.Unlock()
	var claimed []store.Delivery
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		claimed = nil
		now := s.millis()
		due, err := tx.DueDeliveries(now, 4*deliverySlots)
		if err != nil {
			return err
		}
		busy, mine := 0, map[string]int{}
		for app, n := range s.deliveries.now {
			busy += n
			mine[app] = n
		}
		for _, d := range due {
			if busy == deliverySlots || mine[d.AppID] == deliveryShare {
				continue
			}
			taken := d
			taken.Tries++
			taken.NextAt = now + deliveryLease.Milliseconds()
			if ok, err := tx.MoveDelivery(d, taken); err != nil {
				return err
			} else if ok {
				claimed = append(claimed, taken)
				busy++
				mine[d.AppID]++
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, d := range claimed {
		s.deliveries.now[d.AppID]++
	}
	return claimed, nil
}

// deliverOne makes one try and stores what became of it. When the server stops
// meanwhile the row stays claimed, and is tried again after the lease.
func (s *Server) deliverOne(ctx context.Context, d store.Delivery) {
	defer func() {
		s.deliveries.mu.Lock()
		defer s.deliveries.mu.Unlock()
		if s.deliveries.now[d.AppID]--; s.deliveries.now[d.AppID] == 0 {
			delete(s.deliveries.now, d.AppID)
		}
	}()
	result := s.tryDelivery(ctx, d)
	if ctx.Err() != nil && !result.told {
		return
	}
	after := d
	after.Problem = result.problem
	after.State, after.NextAt = store.DeliverySent, 0
	if !result.told {
		after.State, after.NextAt = store.DeliveryQueued, s.millis()+pauseAfter(d.Kind, d.Tries).Milliseconds()
		if result.final || after.NextAt >= d.EndsAt {
			after.State, after.NextAt = store.DeliveryFailed, 0
		}
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		moved, err := tx.MoveDelivery(d, after)
		if err != nil || !moved || after.State != store.DeliveryFailed {
			return err
		}
		_, err = s.audit(tx, auditDeliveryFailed, d.AppID, d.RequestID, "", fmt.Sprintf("%s after %d tries: %s", d.Kind, d.Tries, result.problem))
		return err
	})
	if err != nil {
		s.config.Log("error: store delivery: %v", err)
	}
}

// pauseAfter is how long to wait after that many tries.
func pauseAfter(kind string, tries int) time.Duration {
	pauses := []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}
	if kind == store.DeliverCIBA { // its token does not live long
		pauses = []time.Duration{2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}
	}
	return pauses[min(tries, len(pauses))-1]
}

// tryDelivery makes one try.
func (s *Server) tryDelivery(ctx context.Context, d store.Delivery) outcome {
	var a store.App
	if err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.App(d.AppID)
		return err
	}); err != nil {
		return outcome{problem: "the app can not be read"}
	}
	if a.ClosedAt != 0 {
		return outcome{final: true, problem: "the app was closed"}
	}
	if d.Kind == store.DeliverCIBA {
		return s.tellRealm(ctx, a, d)
	}
	return s.tellApp(ctx, a, d)
}

// post sends a body and returns the status, 0 when none came. sent tells
// whether the whole request had left before.
func (s *Server) post(ctx context.Context, address, body string, header http.Header) (status int, sent bool, err error) {
	var wrote atomic.Bool
	trace := &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { wrote.Store(i.Err == nil) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	r.Header = header
	answer, err := s.deliveries.client.Do(r)
	if err != nil {
		return 0, wrote.Load(), err
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // nothing in it matters
	return answer.StatusCode, true, nil
}

// outward checks an address that this server calls: https, or http on loopback,
// without user and fragment.
func outward(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return nil, errors.New("read address: use https://host/path")
	}
	if _, err := protocol.Origin(u.Scheme + "://" + u.Host); err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	return u, nil
}
