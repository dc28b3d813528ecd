package server

// The server's clock, which a demo can shift, set and freeze.

import (
	"sync"
	"time"
)

type demoClock struct {
	base func() time.Time

	mu     sync.Mutex
	shift  time.Duration
	frozen time.Time // zero: running
}

func (c *demoClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		return c.frozen
	}
	return c.base().Add(c.shift)
}

// advance moves the clock forward (or back).
func (c *demoClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		c.frozen = c.frozen.Add(d)
		return
	}
	c.shift += d
}

// set moves the clock to t.
func (c *demoClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		c.frozen = t
		return
	}
	c.shift = t.Sub(c.base())
}

// freeze stops the clock where it is, or lets it run on from there.
func (c *demoClock) freeze(on bool) {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case on:
		c.frozen = now
	case !c.frozen.IsZero():
		c.shift = c.frozen.Sub(c.base())
		c.frozen = time.Time{}
	}
}

func (c *demoClock) isFrozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.frozen.IsZero()
}
