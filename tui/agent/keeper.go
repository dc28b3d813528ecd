package agent

// This file is the state of an agent: the vault that it keeps, and for how long.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/memory"
)

// saveDelay is how long uses wait to be saved together.
const saveDelay = 2 * time.Second

// keeper holds what an agent knows. Its methods may be called from several goroutines.
type keeper struct {
	config Config
	limits *limits

	unlocking sync.Mutex // one at a time: a session PIN goes from vault to vault

	mu       sync.Mutex
	open     *opened        // nil while locked
	resting  *vault.Resting // while locked: what a session PIN opens again, or nil
	why      string         // it is locked
	lastUse  time.Time
	lastPeer peer
	wrong    int        // secrets in a row
	trying   int        // secrets whose outcome is not known yet
	decided  *sync.Cond // one of those is; on mu
	retryAt  time.Time  // when the next is taken
	deaf     deaf       // what is not heard of the machine any more
}

// opened is what exists only while the vault is unlocked.
type opened struct {
	vault *vault.Vault
	inbox *approve.Inbox
	stop  context.CancelFunc // ends the watch
	done  chan struct{}      // the watch has ended
	since time.Time
	hard  time.Time
	timer *time.Timer // locks

	looking sync.Mutex
	seen    os.FileInfo // the vault's file when it was last read; nil: not looked at yet

	saving sync.Mutex
	uses   []vault.Use // not saved yet
	save   *time.Timer

	mu        sync.Mutex
	event     *approve.Event // the newest, nil before the first
	listeners map[chan struct{}]bool
}

func newKeeper(c Config) *keeper {
	k := &keeper{config: c, limits: newLimits(c.Calls), why: "not unlocked yet"}
	k.decided = sync.NewCond(&k.mu)
	return k
}

// unlock opens the vault with what a client gave; the caller wipes it. An open vault is
// replaced, so that its time begins anew and a wrong secret is told in any case.
func (k *keeper) unlock(c vault.Credential, length time.Duration) error {
	k.unlocking.Lock()
	defer k.unlocking.Unlock()
	v, err := try(k, func() (*vault.Vault, error) { return k.openWith(c) })
	if err != nil {
		return err
	}
	hard := k.config.Hard
	if length > 0 {
		hard = min(hard, length)
	}
	now := time.Now()
	ctx, stop := context.WithCancel(context.Background())
	o := &opened{
		vault: v, inbox: approve.NewInbox(v, k.config.Drivers...), stop: stop, done: make(chan struct{}),
		since: now, hard: now.Add(hard), listeners: map[chan struct{}]bool{},
	}
	o.inbox.Relax(true) // until somebody watches
	if k.config.Ready != nil {
		if err := k.config.Ready(o.inbox); err != nil {
			k.config.Say("%v", err)
		}
	}
	k.mu.Lock()
	old := k.open // goes when there is another, so that those who follow it find that
	k.handOver(v, old)
	k.open, k.why, k.lastUse = o, "", now
	o.timer = time.AfterFunc(k.left(o, now), func() { k.due(o) })
	k.mu.Unlock()
	go o.watch(ctx)
	if old != nil {
		k.close(old)
	}
	k.config.Say("unlocked until %s at the latest", o.hard.Format(time.TimeOnly))
	return nil
}

// left is the time until o locks by itself.
func (k *keeper) left(o *opened, now time.Time) time.Duration {
	return max(0, min(until(k.lastUse.Add(k.config.Idle), now), until(o.hard, now)))
}

// until is the time from now to t, by the clock that comes first: timers stand still
// while the machine sleeps, and the time of day may be set back.
func until(t, now time.Time) time.Duration {
	return min(t.Sub(now), t.Round(0).Sub(now.Round(0)))
}

// present is the open vault; nil while locked, and once its time is over. k.mu is held.
func (k *keeper) present() *opened {
	if k.open == nil || k.left(k.open, time.Now()) > 0 {
		return k.open
	}
	go k.due(k.open)
	return nil
}

// due locks o when its time is over.
func (k *keeper) due(o *opened) {
	k.mu.Lock()
	if k.open != o {
		k.mu.Unlock()
		return
	}
	now := time.Now()
	if left := k.left(o, now); left > 0 { // it was used meanwhile
		o.timer.Reset(left)
		k.mu.Unlock()
		return
	}
	why := whyOver(o, now)
	k.mu.Unlock()
	k.shut(o, why, true)
}

// whyOver says why the time of o is over.
func whyOver(o *opened, now time.Time) string {
	if until(o.hard, now) <= 0 {
		return "its time was over"
	}
	return "idle"
}

// lock forgets the vault; a session PIN opens it again. why is told by status and in
// the log.
func (k *keeper) lock(why string) { k.shut(nil, why, true) }

// lockFor is lock, and forgets the session PIN, too.
func (k *keeper) lockFor(why string) { k.shut(nil, why, false) }

// shut locks only one vault, when that is named: who has unlocked once more meanwhile
// keeps what is open now.
func (k *keeper) shut(only *opened, why string, rest bool) {
	k.mu.Lock()
	o, r := k.open, k.resting
	if only != nil && o != nil && o != only {
		k.mu.Unlock()
		return
	}
	k.open = nil
	if o != nil {
		k.why = why
		if left := o.vault.Detach(); left != nil { // at once, for who unlocks in the next moment
			r = left
		}
	}
	k.resting = r
	if !rest {
		k.resting = nil
	}
	k.mu.Unlock()
	if !rest && r != nil {
		r.Close()
	}
	if o == nil {
		return
	}
	k.close(o)
	k.config.Say("locked: %s", why)
}

// close ends what o does.
func (k *keeper) close(o *opened) {
	o.timer.Stop()
	o.stop()
	<-o.done
	k.flush(o)
	o.vault.Close()
	go memory.Forget()
}

// use returns the open vault for a call of p, whose use it counts as. Errors: ErrLocked.
func (k *keeper) use(p peer) (*opened, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o := k.present()
	if o == nil {
		return nil, ErrLocked
	}
	k.lastUse, k.lastPeer = time.Now(), p
	return o, nil
}

// refresh takes over what another process has saved since the last call. When that one
// has changed the keys, what is in memory opens nothing any more, and the agent locks.
// Errors: those of vault.Refresh.
func (k *keeper) refresh(o *opened) error {
	o.looking.Lock()
	defer o.looking.Unlock()
	now, err := os.Stat(k.config.Place.File)
	switch {
	case errors.Is(err, fs.ErrNotExist): // Refresh says what is left of it
	case err != nil:
		return fmt.Errorf("look at the vault: %w", err)
	case o.seen != nil && os.SameFile(o.seen, now) && o.seen.ModTime().Equal(now.ModTime()) && o.seen.Size() == now.Size():
		return nil // each save puts another file in its place
	}
	if _, err := o.vault.Refresh(); err != nil {
		if errors.Is(err, vault.ErrStale) {
			go k.shut(o, "another nod changed the vault's keys", false) // which waits for what is under way
		}
		return err
	}
	o.seen = now
	return nil
}

// look is use that keeps nothing awake.
func (k *keeper) look() (*opened, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o := k.present()
	if o == nil {
		return nil, ErrLocked
	}
	return o, nil
}

// status tells how things stand.
func (k *keeper) status() Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	o := k.present()
	s := Status{
		PID: pid, Vault: k.config.Place.File, Locked: o == nil, Why: k.why, TriesLeft: mostWrong - k.wrong, RetryAt: k.retryAt,
		LastPID: k.lastPeer.pid, LastExe: k.lastPeer.exe, LastUse: k.lastUse,
		SessionPIN: k.resting != nil && k.resting.TriesLeft() > 0, Deaf: k.deaf.list(),
	}
	if o == nil && k.open != nil { // which is about to lock
		s.Why = whyOver(k.open, time.Now())
	}
	if o == nil {
		return s
	}
	s.Since, s.HardLock, s.SessionPIN = o.since, o.hard, o.vault.HasSessionPIN()
	if s.IdleLock = k.lastUse.Add(k.config.Idle); s.IdleLock.After(o.hard) {
		s.IdleLock = o.hard
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.event == nil {
		return s
	}
	for _, r := range o.event.Requests {
		if r.State == approve.Waiting && r.ExpiresAt.After(time.Now()) {
			s.Pending++
		}
	}
	for _, d := range o.event.Servers {
		if d.Unasked || d.Device.State != vault.DeviceActive {
			continue
		}
		s.Servers++
		if d.Err != nil {
			s.Down++
		}
		if d.Offset.Abs() > s.Skew.Abs() {
			s.Skew = d.Offset
		}
	}
	return s
}

// watch keeps the newest event and tells listeners of it.
func (o *opened) watch(ctx context.Context) {
	defer close(o.done)
	for ev := range o.inbox.Watch(ctx) {
		o.mu.Lock()
		o.event = &ev
		for c := range o.listeners {
			select {
			case c <- struct{}{}:
			default:
			}
		}
		o.mu.Unlock()
	}
}

// listen returns a channel that tells of each new event; end ends it. While somebody
// listens, servers are asked as often as while a person looks.
func (o *opened) listen() (news chan struct{}, end func()) {
	news = make(chan struct{}, 1)
	o.mu.Lock()
	o.listeners[news] = true
	if o.event != nil {
		news <- struct{}{}
	}
	o.mu.Unlock()
	o.inbox.Relax(false)
	return news, func() {
		o.mu.Lock()
		delete(o.listeners, news)
		none := len(o.listeners) == 0
		o.mu.Unlock()
		if none {
			o.inbox.Relax(true)
		}
	}
}

// newest is the newest event.
func (o *opened) newest() approve.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	return *o.event
}

// used notes a use, to be saved with others.
func (k *keeper) used(o *opened, u vault.Use) {
	o.saving.Lock()
	defer o.saving.Unlock()
	o.uses = append(o.uses, u)
	if len(o.uses) == 1 {
		o.save = time.AfterFunc(saveDelay, func() { k.flush(o) })
	}
}

// flush saves the uses that wait.
func (k *keeper) flush(o *opened) {
	o.saving.Lock()
	defer o.saving.Unlock()
	if len(o.uses) == 0 {
		return
	}
	o.save.Stop()
	if err := o.vault.MarkUses(o.uses...); err != nil {
		k.config.Say("%d uses could not be noted: %v", len(o.uses), err)
	}
	o.uses = nil
}
