package sim

// The server's clock as a phone knows it.

import (
	"context"
	"sync"
	"time"
)

// serverClock follows the server's clock, from the times in its answers.
type serverClock struct {
	mu      sync.Mutex
	ahead   time.Duration
	changed chan struct{} // closed at the next change; nil: nobody waits
}

func (c *serverClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// set takes over what the server's clock shows now.
func (c *serverClock) set(now time.Time) {
	if now.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = time.Until(now)
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// after waits until the server's clock is past t.
func (c *serverClock) after(ctx context.Context, t time.Time) error {
	for {
		c.mu.Lock()
		left := t.Sub(time.Now().Add(c.ahead))
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed := c.changed
		c.mu.Unlock()
		if left < 0 {
			return nil
		}
		timer := time.NewTimer(left + time.Millisecond)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		timer.Stop()
	}
}
