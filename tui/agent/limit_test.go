package agent

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

// taken is how many calls in a row are answered, up to most.
func taken(l *limits, pid, most int) (n int, err error) {
	for n < most {
		if err = l.take(pid, time.Now()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(1000)
		n, err := taken(l, 7, 10_000)
		e, ok := errors.AsType[*LimitError](err)
		if n != 400 || !ok || e.RetryAfter != 10*time.Millisecond {
			t.Fatalf("one process: %d at once, then %v", n, err)
		}
		time.Sleep(e.RetryAfter - time.Microsecond)
		if n, _ := taken(l, 7, 10); n != 0 {
			t.Error("it answers before the time that it names")
		}
		time.Sleep(time.Microsecond)
		if n, _ := taken(l, 7, 10); n != 1 {
			t.Errorf("%d calls when the time is over, want 1", n)
		}
		// Others are not held up, until all together ask too much.
		sum := 0
		for pid := 100; ; pid++ {
			n, err := taken(l, pid, 10_000)
			if sum += n; n < 400 {
				if e, ok := errors.AsType[*LimitError](err); !ok || e.RetryAfter > time.Millisecond {
					t.Errorf("all together: %v", err)
				}
				break
			}
		}
		if sum < 3500 || sum > 3700 {
			t.Errorf("the others: %d at once, of 4000 less what the first has used", sum)
		}
		if n, _ := taken(l, 0, 10); n != 0 {
			t.Errorf("processes that are not known: %d calls", n)
		}
		// In the long run each has its share.
		time.Sleep(time.Hour)
		begin, n := time.Now(), 0
		for time.Since(begin) < 100*time.Second {
			if l.take(7, time.Now()) == nil {
				n++
			}
			time.Sleep(time.Millisecond)
		}
		if n < 10_000 || n > 10_500 {
			t.Errorf("%d calls in 100 s, want 100 a second and 400 at once", n)
		}
		// What is remembered of processes stays small.
		for pid := range 100_000 {
			_ = l.take(1000+pid, time.Now())
			time.Sleep(20 * time.Millisecond)
		}
		if len(l.each) > mostPeers {
			t.Errorf("%d processes are remembered", len(l.each))
		}
	})
}

func TestLimitedCalls(t *testing.T) {
	s, c, accounts := unlocked(t)
	l := s.k.limits
	for range 10 { // far beyond what comes back meanwhile
		l.all.ReserveN(time.Now(), l.all.Burst())
	}
	_, err := c.Give(accounts[0].ID, time.Now(), vault.Giving{})
	if e, ok := errors.AsType[*LimitError](err); !ok || e.RetryAfter < 10*time.Second {
		t.Errorf("%v", err)
	}
	for range c.Inbox().Watch(t.Context()) {
		t.Error("a watch was begun")
	}
	if _, ok := errors.AsType[*LimitError](c.Err()); !ok {
		t.Errorf("watch: %v", c.Err())
	}
	if s := statusOf(t, c); s.Locked {
		t.Error("it has locked")
	}
	if err := c.Lock(t.Context()); err != nil {
		t.Error(err)
	}
}
