package approve

// This file polls: one loop per paired device, and the goroutine that starts
// and ends the loops and hands out events.

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"nod/vault"
)

const (
	longPoll     = 25 * time.Second
	lookAround   = 5 * time.Second // how often the vault is asked for other devices
	pendingEvery = 2 * time.Second // how often an unconfirmed pairing is asked for
	quickPoll    = time.Second     // polls that end sooner did not wait
	maxQuick     = 3               // of those in a row before the loop slows down
	firstBackoff = 2 * time.Second
	maxBackoff   = 60 * time.Second
	maxRetry     = 10 * time.Minute // the longest wish of a server that is heeded

	relaxedFactor = 5 // 3 s become 15
)

// Watch runs one poll loop per paired device until ctx ends and then closes the
// channel. A slow receiver gets the newest event only. Devices paired or
// removed meanwhile are taken up.
func (in *Inbox) Watch(ctx context.Context) <-chan Event {
	out := make(chan Event, 1)
	news := in.subscribe()
	go func() {
		defer close(out)
		defer in.unsubscribe(news)
		loops := loops{in: in, running: map[string]*running{}}
		defer loops.end()
		in.watch(ctx, &loops, news, out)
	}()
	return out
}

// watch hands out an event at the start and after each change.
func (in *Inbox) watch(ctx context.Context, loops *loops, news <-chan struct{}, out chan Event) {
	tick := time.NewTicker(lookAround)
	defer tick.Stop()
	for show := true; ctx.Err() == nil; {
		show = loops.sync(ctx) || show
		show = in.expire(time.Now()) || show
		if show {
			replace(out, in.event())
		}
		expiry := time.NewTimer(in.nextExpiry(time.Now(), keepEnded))
		select {
		case <-ctx.Done():
		case <-news:
			show = true
		case <-expiry.C:
			show = false // expire tells
		case <-tick.C:
			show, _ = in.v.Refresh()
		}
		expiry.Stop()
	}
}

// replace puts ev into out in place of one that was not fetched. Only one
// goroutine may send on out, whose size is 1.
func replace(out chan Event, ev Event) {
	select {
	case <-out:
	default:
	}
	out <- ev
}

// loops are the poll loops of one Watch.
type loops struct {
	in      *Inbox
	running map[string]*running
	wg      sync.WaitGroup
}

type running struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// sync starts and ends loops so that they fit the vault's devices, and tells
// whether it did.
func (l *loops) sync(ctx context.Context) bool {
	wanted := map[string]bool{}
	for _, d := range l.in.v.Devices() {
		wanted[d.ID] = d.State != vault.DeviceRevoked && l.in.driver(d.Driver) != nil
	}
	changed := false
	for id, r := range l.running {
		select {
		case <-r.done:
			delete(l.running, id)
		default:
			if !wanted[id] {
				r.cancel()
				delete(l.running, id)
				l.in.drop(id)
				changed = true
			}
		}
	}
	for id, want := range wanted {
		if !want || l.running[id] != nil {
			continue
		}
		loopCtx, cancel := context.WithCancel(ctx)
		r := &running{cancel: cancel, done: make(chan struct{})}
		l.running[id] = r
		l.wg.Go(func() {
			defer close(r.done)
			defer cancel()
			l.in.loop(loopCtx, id)
		})
		changed = true
	}
	return changed
}

// end stops all loops and waits for them.
func (l *loops) end() {
	for _, r := range l.running {
		r.cancel()
	}
	l.wg.Wait()
}

// loop polls one device until ctx ends or the pairing is over.
func (in *Inbox) loop(ctx context.Context, id string) {
	in.mu.Lock()
	kick := in.line(id).kick
	in.mu.Unlock()
	wait := time.Duration(0) // the first poll tells at once how things are
	fails, quick := 0, 0
	for ctx.Err() == nil {
		started := time.Now()
		interval, checked, err := in.loopPoll(ctx, id, wait)
		var delay time.Duration
		switch {
		case ctx.Err() != nil || over(err):
			return
		case checked:
			// Check ended a poll that was waiting; the next one begins at once.
		case err != nil:
			fails++
			delay = retryAfter(err, fails)
			in.setRetry(id, time.Now().Add(delay))
		default:
			fails, delay = 0, interval
			quick++
			if time.Since(started) >= quickPoll || interval > 0 {
				quick = 0
			} else if quick > maxQuick {
				delay = quickPoll // a server that never waits must not be asked without pause
			}
		}
		wait = longPoll
		timer := time.NewTimer(delay)
		if !checked {
			select {
			case <-ctx.Done():
			case <-timer.C:
			case <-kick:
				checked = true
			}
		}
		timer.Stop()
		if checked || fails > 0 { // tell how things are now
			wait = 0
		}
	}
}

// loopPoll is a poll that Check can end; checked tells that it did.
func (in *Inbox) loopPoll(ctx context.Context, id string, wait time.Duration) (interval time.Duration, checked bool, err error) {
	pollCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	in.mu.Lock()
	l := in.line(id)
	l.stop = cancel
	l.state.Polling, l.state.RetryAt = true, time.Time{}
	in.mu.Unlock()
	in.changed()

	interval, err = in.poll(ctx, pollCtx, id, wait)

	in.mu.Lock()
	l.stop = nil
	l.state.Polling = false
	in.mu.Unlock()
	in.changed()
	if err != nil && pollCtx.Err() != nil {
		select {
		case <-l.kick:
		default:
		}
		return 0, true, nil
	}
	return interval, false, err
}

// poll asks one device's server once and takes over what it says. The outcome
// of a poll that was ended by pollCtx alone leaves the line as it was. It
// returns the server's wish for the next poll.
func (in *Inbox) poll(ctx, pollCtx context.Context, id string, wait time.Duration) (time.Duration, error) {
	d, driver, err := in.device(id)
	if err != nil {
		return 0, err
	}
	if d.State == vault.DevicePending {
		now, err := in.settle(pollCtx, id)
		in.setResult(id, err, pollCtx.Err() != nil)
		if now.State == vault.DeviceActive {
			return 0, err
		}
		return pendingEvery, err
	}
	in.mu.Lock()
	mark := in.arrivals
	in.mu.Unlock()
	batch, err := driver.Poll(pollCtx, d, wait)
	in.noteClock(d)
	in.setResult(id, err, pollCtx.Err() != nil)
	if batch.Unasked {
		in.setUnasked(id)
	}
	if err != nil {
		if errors.Is(err, ErrRevoked) {
			in.revoke(d.Device)
		}
		return 0, err
	}
	if batch.Memory != nil && !maps.Equal(batch.Memory, d.Memory) {
		if _, err := in.v.EditDevice(id, func(d *vault.Device) { d.Memory = batch.Memory }); err != nil {
			return 0, err // what is to be remembered guards against a server that takes it back
		}
	}
	in.noteOnce(in.merge(d.Device, batch, mark)...)
	in.rule(ctx, d, driver)
	in.expire(time.Now())
	return in.pace(batch.Interval), ctx.Err()
}

// pace is the wait before the next poll of a server that wishes for interval.
func (in *Inbox) pace(interval time.Duration) time.Duration {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.relaxed {
		interval *= relaxedFactor
	}
	return min(max(interval, 0), maxRetry)
}

// Relax makes servers that can only be asked again and again be asked less often,
// while nobody looks; those that tell by themselves are heard as before.
func (in *Inbox) Relax(relaxed bool) {
	in.mu.Lock()
	was := in.relaxed
	in.relaxed = relaxed
	in.mu.Unlock()
	if was && !relaxed {
		in.Check()
	}
}

// setResult keeps how the last poll went.
func (in *Inbox) setResult(id string, err error, ended bool) {
	if err != nil && ended {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	s := &in.line(id).state
	s.Live, s.Err, s.RetryAt = err == nil, err, time.Time{}
	if err == nil {
		s.LastAnswer = time.Now()
	}
}

// setUnasked keeps that no server has answered.
func (in *Inbox) setUnasked(id string) {
	in.mu.Lock()
	in.line(id).state.LastAnswer, in.line(id).state.Unasked = time.Time{}, true
	in.mu.Unlock()
}

func (in *Inbox) setRetry(id string, at time.Time) {
	in.mu.Lock()
	in.line(id).state.RetryAt = at
	in.mu.Unlock()
	in.changed()
}

// over tells whether err ends a loop: the pairing is gone, or the vault closed.
func over(err error) bool {
	return errors.Is(err, ErrRevoked) || errors.Is(err, ErrPairingRefused) ||
		errors.Is(err, vault.ErrNotFound) || errors.Is(err, vault.ErrLocked)
}

// retryAfter is 2, 4, 8 ... 60 s for the fails-th failure in a row, up to a fifth
// less so that clients do not come all at once, or what the server asked for.
func retryAfter(err error, fails int) time.Duration {
	delay := maxBackoff
	if fails < 6 {
		delay = min(firstBackoff<<(fails-1), maxBackoff)
	}
	delay -= rand.N(delay / 5)
	if limited, ok := errors.AsType[*LimitedError](err); ok {
		delay = max(delay, min(limited.RetryAfter, maxRetry))
	}
	return delay
}

// revoke marks a pairing that the server no longer knows.
func (in *Inbox) revoke(d vault.Device) {
	now, err := in.v.Device(d.ID)
	if err != nil || now.State == vault.DeviceRevoked {
		return
	}
	_, err = in.v.EditDevice(d.ID, func(d *vault.Device) { d.State = vault.DeviceRevoked })
	in.drop(d.ID)
	in.mu.Lock()
	in.line(d.ID).state.Live = false
	in.line(d.ID).state.Err = errors.Join(ErrRevoked, err)
	in.mu.Unlock()
	in.note(vault.Event{At: time.Now(), Kind: vault.EventRevoked, Subject: d.App, Account: d.Account, Device: d.ID, Detail: d.Server})
	in.changed()
}
