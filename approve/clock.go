package approve

// This file measures how far a server's clock is from this one.

import (
	"sync"
	"time"
)

// Clock is the measured difference between a server's clock and this one.
// It is safe for concurrent use; the zero Clock has measured nothing.
type Clock struct {
	mu       sync.Mutex
	offset   time.Duration
	measured bool
}

// Now returns the server's present time as far as known.
func (c *Clock) Now() time.Time {
	offset, _ := c.Offset()
	return time.Now().Add(offset)
}

// Local turns a time of the server into one of this machine.
func (c *Clock) Local(server time.Time) time.Time {
	offset, _ := c.Offset()
	return server.Add(-offset)
}

// Set learns the server's time from an answer that took trip to come. The
// server is taken to have read its clock half way; after a long poll, which
// the server ends itself, trip is best given as 0.
func (c *Clock) Set(server time.Time, trip time.Duration) {
	if server.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = time.Until(server.Add(trip / 2))
	c.measured = true
}

// Offset returns server minus local, and whether it was ever measured.
func (c *Clock) Offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset, c.measured
}
