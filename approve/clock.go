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
	reading  Reading
}

// Reading is one look at a server's clock.
type Reading struct {
	Offset time.Duration // server minus this machine
	Trip   time.Duration // how long the answer took; 0: not known, it waited for news
	At     time.Time     // when, by this machine's clock; zero: never
	Source Source
}

// Source says where a server's time was read.
type Source string

// The sources of a server's time.
const (
	SourceAnswer Source = "answer" // a time in the server's answer, exact
	SourceDate   Source = "date"   // the answer's Date, in whole seconds: half a second more or less
)

// Now returns the server's present time as far as known.
func (c *Clock) Now() time.Time {
	offset, _ := c.Offset()
	return time.Now().Add(offset)
}

// Local turns a time of the server into one of this machine. It carries a monotonic
// reading: how long it is until then does not change when this machine's clock is set.
func (c *Clock) Local(server time.Time) time.Time {
	offset, _ := c.Offset()
	now := time.Now()
	return now.Add(server.Sub(now.Add(offset)))
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
	c.reading = Reading{c.offset, trip, time.Now(), SourceAnswer}
}

// Correct changes what Now and Local go by to offset, server minus local. It is no
// reading of the server's clock.
func (c *Clock) Correct(offset time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.measured = offset, true
}

// Hear is told the Date of an answer that took trip to come. It is a reading, and
// leaves alone what Now and Local go by: a time that comes in whole seconds is not
// worth changing that for.
func (c *Clock) Hear(date time.Time, trip time.Duration) {
	if date.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading = reading(date, trip)
}

// reading is what the Date of an answer that has just come says.
func reading(date time.Time, trip time.Duration) Reading {
	offset := time.Until(date.Add(time.Second/2 + trip/2)) // it was cut to a second
	return Reading{offset, trip, time.Now(), SourceDate}
}

// Offset returns server minus local as Now and Local take it, and whether it was
// ever measured.
func (c *Clock) Offset() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset, c.measured
}

// Reading returns the last look at the server's clock; its At is zero when there
// was none.
func (c *Clock) Reading() Reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reading
}
