package sim

// What a phone has seen and answered, and waiting for that.

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Request is a request as a phone got it.
type Request struct {
	ID      string    `json:"id"`
	App     string    `json:"app"`  // "rms"
	Site    string    `json:"site"` // "RMS"
	Account string    `json:"account"`
	Expires time.Time `json:"expires_at"` // by the server's clock
	Seen    time.Time `json:"seen_at"`    // by this machine's
}

// Outcome is what became of an answer that a phone gave, or could not give.
type Outcome struct {
	Request   string // id
	Behaviour Behaviour
	Try       int           // 1, and 2 for the same answer once more
	Status    int           // of HTTP; 0: no answer came, or none was sent
	State     string        // "accepted", with status 200
	Code      string        // of the protocol's errors, with other statuses
	First     string        // with already_answered: the verdict that counts ...
	Device    string        // ... and the device that gave it
	Ticket    string        // of a report
	Took      time.Duration // since the phone had seen the request
	Err       error         // what went wrong; nil with status 200
}

// The kinds of events.
const (
	EventRequest  = "request"  // a request was seen
	EventAnswered = "answered" // an answer has an outcome
	EventTrouble  = "trouble"  // a poll failed, or a request was not genuine; the phone goes on
)

// Event is what happens to a phone.
type Event struct {
	Kind      string
	Phone     *Phone
	Request   Request   // not of trouble
	Behaviour Behaviour // of a request: what fits it; the zero value leaves it alone
	Outcome   Outcome   // of an answer
	Err       error     // of trouble
}

// book is what a phone remembers.
type book struct {
	notifying sync.Mutex // held while Notify runs

	mu       sync.Mutex
	met      map[string]bool // ids of requests taken up
	busy     map[string]bool // of those with an answer under way
	ended    map[string]bool // while the phone was running
	over     map[string]bool // answered, or ended without this phone
	requests []Request
	outcomes []Outcome
	changed  chan struct{} // closed at the next change; nil: nobody waits
}

// change changes the book and wakes those who wait for something in it.
func (b *book) change(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.met == nil {
		b.met, b.busy, b.ended, b.over = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	}
	do()
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// wait returns when ready says so; ready may look at the book.
func (b *book) wait(ctx context.Context, ready func() bool) error {
	for {
		b.mu.Lock()
		done := ready()
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// meet tells whether the request of that id is new, and takes it up.
func (b *book) meet(id string) (fresh bool) {
	b.change(func() {
		fresh = !b.met[id]
		b.met[id] = true
		if fresh {
			b.busy[id] = true
		}
	})
	return fresh
}

// leave ends the phone's part in a request: for good with an answer, else until
// the request ends.
func (b *book) leave(id string, answered bool) {
	b.change(func() {
		delete(b.busy, id)
		if answered || b.ended[id] {
			b.over[id] = true
		}
	})
}

// end notes that a request has ended.
func (b *book) end(id string) {
	b.change(func() {
		b.ended[id] = true
		if !b.busy[id] {
			b.over[id] = true
		}
	})
}

// notify records an event and tells it.
func (p *Phone) notify(e Event) {
	e.Phone = p
	p.book.change(func() {
		switch e.Kind {
		case EventRequest:
			p.book.requests = append(p.book.requests, e.Request)
		case EventAnswered:
			p.book.outcomes = append(p.book.outcomes, e.Outcome)
		}
	})
	if p.Notify == nil {
		return
	}
	p.book.notifying.Lock()
	defer p.book.notifying.Unlock()
	p.Notify(e)
}

// Requests returns the requests seen so far.
func (p *Phone) Requests() []Request {
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	return slices.Clone(p.book.requests)
}

// Outcomes returns the outcomes so far.
func (p *Phone) Outcomes() []Outcome {
	p.book.mu.Lock()
	defer p.book.mu.Unlock()
	return slices.Clone(p.book.outcomes)
}

// WaitRequests waits until the phone has seen n requests, and returns them.
func (p *Phone) WaitRequests(ctx context.Context, n int) ([]Request, error) {
	if err := p.book.wait(ctx, func() bool { return len(p.book.requests) >= n }); err != nil {
		return p.Requests(), fmt.Errorf("wait for %d requests at %s: %w", n, p.Name(), err)
	}
	return p.Requests(), nil
}

// WaitOutcomes waits until n answers have an outcome, and returns them.
func (p *Phone) WaitOutcomes(ctx context.Context, n int) ([]Outcome, error) {
	if err := p.book.wait(ctx, func() bool { return len(p.book.outcomes) >= n }); err != nil {
		return p.Outcomes(), fmt.Errorf("wait for %d outcomes at %s: %w", n, p.Name(), err)
	}
	return p.Outcomes(), nil
}

// WaitOver waits until n requests are over for this phone: it has given all its
// answers, or has none and the request has ended.
func (p *Phone) WaitOver(ctx context.Context, n int) error {
	if err := p.book.wait(ctx, func() bool { return len(p.book.over) >= n }); err != nil {
		return fmt.Errorf("wait for the end of %d requests at %s: %w", n, p.Name(), err)
	}
	return nil
}
