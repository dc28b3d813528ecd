package approve

// This file tests when servers are asked, and how often.

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestBackoff(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.err = ErrUnreachable
		events, stop := b.watch()
		defer stop()
		time.Sleep(5 * time.Minute)
		_, at := b.srv.asked()
		for i, most := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
			most *= time.Second
			if gap := at[i+1].Sub(at[i]); gap > most || gap < most*4/5 {
				b.Errorf("pause %d = %v, want %v or up to a fifth less", i+1, gap, most)
			}
		}
		s := b.latest(events).Servers[0]
		if s.Live || s.Polling || s.Err == nil || s.RetryAt.IsZero() || !s.LastAnswer.IsZero() {
			b.Errorf("server = %+v", s)
		}
		// Check asks at once, and what is well again is polled without pause.
		before := len(at)
		b.srv.mu.Lock()
		b.srv.err = nil
		b.srv.mu.Unlock()
		b.in.Check()
		s = b.latest(events).Servers[0]
		waits, _ := b.srv.asked()
		if waits = waits[before:]; len(waits) != 2 || waits[0] != 0 || waits[1] != longPoll {
			b.Errorf("waits after Check = %v, want 0 and then the long poll", waits)
		}
		if !s.Live || s.Err != nil || !s.RetryAt.IsZero() || !s.Polling {
			b.Errorf("server = %+v", s)
		}
	})
}

// TestBackAgain: a server that answers again is told as soon as it does, not once it
// has ended a poll that waits.
func TestBackAgain(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.err = ErrUnreachable
		events, stop := b.watch()
		defer stop()
		time.Sleep(3 * time.Second)
		b.srv.mu.Lock()
		b.srv.err = nil
		b.srv.mu.Unlock()
		time.Sleep(4 * time.Second) // the third poll begins 6 s after the first, at the latest
		if s := b.latest(events).Servers[0]; !s.Live || s.Err != nil || !s.Polling {
			b.Errorf("server = %+v", s)
		}
		if waits, _ := b.srv.asked(); waits[len(waits)-1] != longPoll {
			b.Errorf("waits = %v, want the long poll at the end", waits)
		}
	})
}

// TestCheckEndsWaiting: Check asks again even while a poll waits, and that is no failure.
func TestCheckEndsWaiting(t *testing.T) {
	inBubble(t, func(b *bench) {
		events, stop := b.watch()
		defer stop()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		waits, _ := b.srv.asked()
		before := len(waits)
		b.in.Check()
		s := b.latest(events).Servers[0]
		waits, _ = b.srv.asked()
		if got := waits[before:]; len(got) != 2 || got[0] != 0 || got[1] != longPoll {
			b.Errorf("waits after Check = %v, want 0 and then the long poll", got)
		}
		if !s.Live || s.Err != nil || !s.LastAnswer.Equal(time.Now()) {
			b.Errorf("server = %+v", s)
		}
	})
}

func TestServerAsksForPatience(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.err = &LimitedError{RetryAfter: 90 * time.Second}
		events, stop := b.watch()
		defer stop()
		time.Sleep(89 * time.Second)
		synctest.Wait()
		if waits, _ := b.srv.asked(); len(waits) != 1 {
			b.Errorf("%d polls in 89 s, want 1", len(waits))
		}
		b.srv.change(func(f *fakeServer) { f.err, f.interval = nil, 5*time.Second })
		time.Sleep(21*time.Second + time.Millisecond)
		b.latest(events)
		if waits, _ := b.srv.asked(); len(waits) != 6 {
			b.Errorf("%d polls, want one, and after 90 s one every 5 s", len(waits))
		}
	})
}

// TestImpatientServer: a server that answers every long poll at once is not
// asked in a circle.
func TestImpatientServer(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.srv.never = true
		_, stop := b.watch()
		defer stop()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if waits, _ := b.srv.asked(); len(waits) > 10+maxQuick+1 {
			b.Errorf("%d polls in 10 s", len(waits))
		}
	})
}
