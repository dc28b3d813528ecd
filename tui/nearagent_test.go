package tui

// An agent that stands in one process with the program; cli's scripts have the real one.

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

var errAgentShut = errors.New("the agent is shut")

// nearAgent keeps a vault unlocked.
type nearAgent struct {
	place  vault.Place
	driver approve.Driver

	mu    sync.Mutex
	runs  bool
	open  *vault.Vault // nil while locked
	since time.Time
	why   string
	shut  context.CancelFunc // ends the watches
	watch context.Context
}

// unlock is `nod unlock` with the passphrase; pin is for the session, "" for none.
func (a *nearAgent) unlock(t *testing.T, pin string) {
	t.Helper()
	pass := vault.Passphrase([]byte(testPassphrase))
	v, err := vault.Open(a.place, pass)
	if err == nil && pin != "" {
		err = v.SetSessionPIN(pass, vault.PIN([]byte(pin)))
	}
	if err != nil {
		t.Fatal(err)
	}
	a.lock("by hand")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs, a.open, a.since = true, v, time.Now()
	a.watch, a.shut = context.WithCancel(context.Background())
}

func (a *nearAgent) lock(why string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		return
	}
	a.why = why
	a.shut()
	a.open.Close()
	a.open = nil
}

// end is `nod agent stop`.
func (a *nearAgent) end() {
	a.lock("stopped")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs = false
}

func (a *nearAgent) start() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs, a.why = true, "not unlocked yet"
}

func (a *nearAgent) State(context.Context) KeeperState {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.runs:
		return KeeperState{Why: "is gone"}
	case a.open == nil:
		return KeeperState{Runs: true, Why: "has locked (" + a.why + ")"}
	}
	s := KeeperState{Runs: true, Open: true, Since: a.since}
	if a.open.HasSessionPIN() {
		s.PIN = vault.Slot{Type: vault.SlotPIN, TriesLeft: 10}
	}
	return s
}

func (a *nearAgent) Open(context.Context) (Kept, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case !a.runs:
		return nil, ErrNoKeeper
	case a.open == nil:
		return nil, vault.ErrLocked
	}
	return keptNear{a.open, a, approve.NewInbox(a.open, a.driver), a.watch, a.since}, nil
}

func (a *nearAgent) Unlock(ctx context.Context, c vault.Credential) (Kept, error) {
	if s := a.State(ctx); !s.Runs {
		return nil, ErrNoKeeper
	}
	v, err := vault.Open(a.place, c)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	a.open, a.since = v, time.Now()
	a.watch, a.shut = context.WithCancel(context.Background())
	a.mu.Unlock()
	return a.Open(ctx)
}

func (a *nearAgent) Lock(context.Context) error {
	a.lock("by hand")
	return nil
}

func (a *nearAgent) Gone(err error) bool {
	return errors.Is(err, errAgentShut) || errors.Is(err, vault.ErrLocked)
}

// keptNear is its vault, which Close leaves open.
type keptNear struct {
	*vault.Vault
	a     *nearAgent
	in    *approve.Inbox
	watch context.Context
	since time.Time
}

func (k keptNear) Close()                               {}
func (k keptNear) Inbox() Inbox                         { return nearInbox{k.in, k.watch} }
func (k keptNear) Lacking([]string, time.Time) []string { return nil }
func (k keptNear) Prepare([]string, time.Time) error    { return nil }
func (k keptNear) Touch() error                         { return nil }
func (k keptNear) Pinned() bool                         { return k.HasSessionPIN() }
func (k keptNear) Since() time.Time                     { return k.since }

func (k keptNear) GiveConfirmed(c vault.Credential, id string, now time.Time, g vault.Giving) (vault.Code, error) {
	if err := k.Verify(c); err != nil {
		return vault.Code{}, err
	}
	return k.Give(id, now, g)
}

// nearInbox ends its watch when the agent locks.
type nearInbox struct {
	*approve.Inbox
	shut context.Context
}

func (in nearInbox) Watch(ctx context.Context) <-chan approve.Event {
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(in.shut, cancel)
	return in.Inbox.Watch(ctx)
}
