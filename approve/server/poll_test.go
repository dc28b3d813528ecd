package server

// Long polls, on the clock of a synctest bubble.

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/protocol"
)

// realTime lets a bench run on the bubble's clock.
func realTime(c *Config) { c.Now, c.Store = time.Now, ownFile }

// pollResult is what a poll in the background brought, and when.
type pollResult struct {
	answer protocol.RequestsAnswer
	status int
	code   string
	after  time.Duration
}

func (p *phone) pollLater(query string) <-chan pollResult {
	done := make(chan pollResult, 1)
	start := time.Now()
	r := p.request(http.MethodGet, protocol.PathRequests+query, nil)
	go func() {
		var result pollResult
		var e protocol.Error
		result.status, e = p.send(r, &result.answer)
		result.code, result.after = e.Code, time.Since(start)
		done <- result
	}()
	return done
}

func TestLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		p := b.paired("ana@demo.test", "one")
		empty := p.poll("?wait=25") // without after it answers at once
		done := p.pollLater("?wait=99&after=" + empty.Cursor)
		if got := <-done; got.after != maxWait || got.answer.Cursor != empty.Cursor || got.status != http.StatusOK {
			t.Errorf("quiet poll ended after %v with %+v", got.after, got)
		}

		done = p.pollLater("?wait=25&after=" + empty.Cursor)
		time.Sleep(5 * time.Second)
		w := b.browser().signIn("ana", "ana-demo-pass")
		got := <-done
		if got.after != 5*time.Second || len(got.answer.Requests) != 1 {
			t.Fatalf("poll ended after %v with %+v", got.after, got)
		}

		done = p.pollLater("?wait=25&after=" + got.answer.Cursor)
		time.Sleep(time.Second)
		w.post("/login/cancel")
		if got := <-done; got.after != time.Second || len(got.answer.Ended) != 1 || len(got.answer.Requests) != 0 {
			t.Errorf("after a cancel: %v %+v", got.after, got)
		}
	})
}

// A poll notices that a request runs out, and that the demo's clock jumps.
func TestLongPollExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime, func(c *Config) { c.RequestTTL = 30 * time.Second })
		p := b.paired("ana@demo.test", "one")
		b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
		start := time.Now()
		cursor := p.poll("").Cursor
		for {
			got := <-p.pollLater("?wait=20&after=" + cursor)
			if len(got.answer.Ended) == 1 {
				break
			}
		}
		if took := time.Since(start); took < 30*time.Second || took > 31*time.Second {
			t.Errorf("expiry came after %v, want 30s", took)
		}

		time.Sleep(time.Minute)
		b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
		done := p.pollLater("?wait=20&after=" + p.poll("").Cursor)
		synctest.Wait()
		b.browser().post("/dev/clock", "advance", "31s")
		if got := <-done; got.after != 0 || len(got.answer.Requests) != 0 {
			t.Errorf("after the clock jumped: %v %+v", got.after, got)
		}
	})
}

// A poll ends when its device is removed, its caller goes or the server closes.
func TestLongPollEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		one, two := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two")
		done := one.pollLater("?wait=25&after=" + one.poll("").Cursor)
		synctest.Wait()
		one.call(http.MethodDelete, "/v1/device", nil, nil)
		if got := <-done; got.status != http.StatusForbidden || got.code != protocol.CodeDeviceRevoked || got.after != 0 {
			t.Errorf("removed: %+v", got)
		}

		ctx, cancel := context.WithCancel(t.Context())
		r := two.request(http.MethodGet, "/v1/requests?wait=25&after="+two.poll("").Cursor, nil).WithContext(ctx)
		gone := make(chan error, 1)
		go func() {
			_, err := two.client.Do(r)
			gone <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gone; err == nil {
			t.Error("a cancelled poll has no error")
		}
		synctest.Wait()
		h := b.hub
		h.mu.Lock()
		delete(h.waiting, "") // the loop of deliveries
		if len(h.waiting) != 0 {
			t.Error("someone still waits")
		}
		h.mu.Unlock()

		done = two.pollLater("?wait=25&after=" + two.poll("").Cursor)
		synctest.Wait()
		close(b.done) // the first half of Close: the store stays for the last answer
		if got := <-done; got.status != http.StatusOK || got.after != 0 {
			t.Errorf("closing: %+v", got)
		}
		b.done = make(chan struct{})
	})
}
