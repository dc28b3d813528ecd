package agent

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

func TestUnlock(t *testing.T) {
	place, accounts := newVault(t)
	_, path := serve(t, Config{Place: place})
	c := client(t, path, place)
	ctx := t.Context()
	now := time.Now()

	if _, err := c.Give(accounts[0].ID, now, vault.Giving{}); !errors.Is(err, ErrLocked) {
		t.Fatalf("code of a locked agent: %v", err)
	}
	_, err := c.Unlock(ctx, pin("0000"), 0)
	if wrong, ok := errors.AsType[*vault.PINError](err); !ok || wrong.Left != 9 {
		t.Fatalf("wrong PIN: %v", err)
	}
	if s := statusOf(t, c); !s.Locked || s.TriesLeft != 9 || s.PID != os.Getpid() || s.Vault != place.File {
		t.Errorf("status after a wrong PIN: %+v", s)
	}
	s, err := c.Unlock(ctx, pin(testPIN), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if s.Locked || s.TriesLeft != 10 || time.Until(s.HardLock) > time.Hour || time.Until(s.IdleLock) > DefaultIdle {
		t.Errorf("status after unlocking: %+v", s)
	}
	for i, x := range accounts {
		code, err := c.Give(x.ID, now, vault.Giving{})
		if err != nil || code.Value != expected(t, i, now) {
			t.Errorf("code %d: %q, %v; want %q", i, code.Value, err, expected(t, i, now))
		}
	}
	// A wrong PIN is told while it is unlocked, too, and does not lock it.
	if _, err := c.Unlock(ctx, pin("0000"), 0); err == nil {
		t.Error("a wrong PIN was taken by an unlocked agent")
	}
	if s := statusOf(t, c); s.Locked {
		t.Error("a wrong PIN has locked it")
	}
	if err := c.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Account(accounts[0].ID); !errors.Is(err, ErrLocked) {
		t.Errorf("account of a locked agent: %v", err)
	}
	if got := c.Accounts(); got != nil || !errors.Is(c.Err(), ErrLocked) {
		t.Errorf("accounts of a locked agent: %v, %v", got, c.Err())
	}
	if s := statusOf(t, c); !s.Locked || s.Why != "by hand" {
		t.Errorf("status after locking: %+v", s)
	}
}

func TestVaultCalls(t *testing.T) {
	_, c, accounts := unlocked(t)
	if got := c.Accounts(); len(got) != 2 || got[1].Issuer != "RMS" {
		t.Errorf("accounts: %+v", got)
	}
	if got := c.Find("helpdesk"); len(got) != 1 || got[0].ID != accounts[0].ID {
		t.Errorf("find: %+v", got)
	}
	changed, err := c.Edit(accounts[0].ID, func(x *vault.Account) { x.Note, x.Tags = "office", []string{"work"} })
	if err != nil || changed.Note != "office" {
		t.Fatalf("edit: %+v, %v", changed, err)
	}
	if x, err := c.Account(accounts[0].ID); err != nil || x.Note != "office" || !slices.Equal(x.Tags, []string{"work"}) {
		t.Errorf("account after edit: %+v, %v", x, err)
	}
	if err := c.Remove(accounts[1].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Account(accounts[1].ID); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("account after rm: %v", err)
	}
	if _, err := c.Device("d-000000"); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("device: %v", err)
	}
	var kinds []vault.EventKind
	for _, e := range c.History() {
		kinds = append(kinds, e.Kind)
	}
	if !slices.Contains(kinds, vault.EventRemoved) {
		t.Errorf("history: %v", kinds)
	}
	if c.Err() != nil {
		t.Error(c.Err())
	}
}

// What another process saves is there with the next call; when it changes the keys, the
// agent locks.
func TestSavedByOthers(t *testing.T) {
	_, c, accounts := unlocked(t)
	if got := c.Find("helpdesk"); len(got) != 1 {
		t.Fatalf("find: %+v, %v", got, c.Err())
	}
	other, err := vault.Open(c.Place(), pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Edit(accounts[0].ID, func(x *vault.Account) { x.Issuer = "Front desk" }); err != nil {
		t.Fatal(err)
	}
	if got := c.Find("front desk"); len(got) != 1 || got[0].ID != accounts[0].ID {
		t.Errorf("after another process has saved: %+v, %v", got, c.Err())
	}
	if _, err := other.Rekey(pin(testPIN)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Account(accounts[0].ID); !errors.Is(err, vault.ErrStale) {
		t.Errorf("after other keys: %v", err)
	}
	waitFor(t, "locked by other keys", func() bool {
		s := statusOf(t, c)
		return s.Locked && strings.Contains(s.Why, "keys")
	})
	if _, err := c.Unlock(t.Context(), pin(testPIN), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Account(accounts[0].ID); err != nil {
		t.Error(err)
	}
}

// Two that change one account at the same time both have their way.
func TestEditMeanwhile(t *testing.T) {
	_, c, accounts := unlocked(t)
	first := true
	changed, err := c.Edit(accounts[0].ID, func(x *vault.Account) {
		if first { // somebody else is quicker
			first = false
			if _, err := ask[*vault.Account](t.Context(), c, opEdit, editArgs{Before: *x, After: with(*x, "mine")}, nil); err != nil {
				t.Error(err)
			}
		}
		x.Tags = []string{"yours"}
	})
	if err != nil || changed.Note != "mine" || !slices.Equal(changed.Tags, []string{"yours"}) {
		t.Errorf("%+v, %v", changed, err)
	}
}

func with(x vault.Account, note string) vault.Account {
	x.Note = note
	return x
}

// Uses are saved after the answer, and at the latest when it locks.
func TestUsesAreSaved(t *testing.T) {
	_, c, accounts := unlocked(t)
	now := time.Now()
	for range 3 {
		if err := c.MarkUsed(accounts[0].ID, "printed", now); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.MarkUsed("a-000000", "printed", now); err != nil { // one that is gone takes no other with it
		t.Fatal(err)
	}
	if err := c.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(c.Place(), pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if x, err := v.Account(accounts[0].ID); err != nil || x.Uses != 3 {
		t.Errorf("uses: %d, %v", x.Uses, err)
	}
}

// Fifty at once: each gets the code of the account and the moment that it asked for.
func TestManyClients(t *testing.T) {
	_, c, accounts := unlocked(t)
	start := time.Now()
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			mine, _, err := Dial(t.Context(), c.path, c.Place())
			if err != nil {
				t.Error(err)
				return
			}
			defer mine.Close()
			for i := range 20 {
				which := (n + i) % len(accounts)
				at := start.Add(time.Duration(n*20+i) * 30 * time.Second) // a code of its own
				got, err := mine.Give(accounts[which].ID, at, vault.Giving{})
				if err != nil || got.Value != expected(t, which, at) {
					t.Errorf("client %d: %q, %v; want %q", n, got.Value, err, expected(t, which, at))
				}
			}
		})
	}
	wg.Wait()
}

// One that keeps another vault, or speaks another version, is no agent for this one.
func TestOtherAgents(t *testing.T) {
	place, _ := newVault(t)
	_, path := serve(t, Config{Place: place})
	if _, _, err := Dial(t.Context(), path, vault.Place{File: "/somewhere/else"}); !errors.Is(err, ErrNoAgent) {
		t.Errorf("another vault: %v", err)
	}
	if _, _, err := Dial(t.Context(), path+"x", place); !errors.Is(err, ErrNoAgent) {
		t.Errorf("no socket: %v", err)
	}
	conn, err := connect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := writeMessage(conn, call{Version: version + 1, Op: opStatus}, nil); err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := readMessage(conn, maxReply, &r); err != nil || !errors.Is(r.Error.error(), ErrProtocol) {
		t.Errorf("another version: %+v, %v", r, err)
	}
}

// Rubbish ends the connection that it came on, and nothing else.
func TestRubbish(t *testing.T) {
	_, c, accounts := unlocked(t)
	for _, text := range []string{
		"", "\x00", "\xff\xff\xff\xff", "\x00\x00\x00\x02{}", "\x00\x00\x00\x04null", "GET / HTTP/1.1\r\n\r\n",
		"\x00\x00\x00\x10{\"Secret\":999999}", "\x00\x00\x00\x03[]]",
	} {
		conn, err := connect(t.Context(), c.path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	if _, err := c.Give(accounts[0].ID, time.Now(), vault.Giving{}); err != nil {
		t.Error(err)
	}
}

func TestWatch(t *testing.T) {
	s, c, _ := unlocked(t)
	ctx, cancel := context.WithCancel(t.Context())
	events := c.Inbox().Watch(ctx)
	if _, ok := <-events; !ok {
		t.Fatal(c.Err())
	}
	cancel()
	for range events {
	}
	if c.Err() != nil {
		t.Errorf("a watch that was ended: %v", c.Err())
	}
	// The agent notices that nobody watches any more.
	waitFor(t, "no listener", func() bool {
		o, err := s.k.look()
		if err != nil {
			t.Fatal(err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		return len(o.listeners) == 0
	})
	events = c.Inbox().Watch(t.Context())
	<-events
	s.Lock("the test wants it")
	for range events {
	}
	if !errors.Is(c.Err(), ErrLocked) {
		t.Errorf("a watch that the lock ended: %v", c.Err())
	}
}

// waitFor waits until done, or fails; longer than until a lost bus is asked for again.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestStop(t *testing.T) {
	place, _ := newVault(t)
	path := socketPath(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path); !errors.Is(err, ErrRunning) {
		t.Errorf("a second one: %v", err)
	}
	s := NewServer(Config{Place: place})
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(t.Context(), l) }()
	idle := client(t, path, place) // a connection that nobody uses keeps nothing alive
	if err := client(t, path, place).Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := idle.Status(t.Context()); !errors.Is(err, ErrNoAgent) {
		t.Errorf("status of one that has stopped: %v", err)
	}
	if l, err = Listen(path); err != nil {
		t.Fatalf("another one afterwards: %v", err)
	}
	l.Close()
}

// A socket that a killed agent left behind is replaced.
func TestLeftSocket(t *testing.T) {
	path := socketPath(t)
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	old.Close()
	place, _ := newVault(t)
	if _, _, err := Dial(t.Context(), path, place); !errors.Is(err, ErrNoAgent) {
		t.Errorf("a socket without an agent: %v", err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	serveAt(t, Config{Place: place}, l)
	client(t, path, place)
}

// An accept takes the secret each time; without one, or with a wrong one, the driver
// is not asked.
func TestAcceptTakesThePIN(t *testing.T) {
	_, c, _ := unlocked(t)
	d := approve.Decision{Act: approve.Accept}
	if _, err := c.Inbox().Answer(t.Context(), "r-1", d, vault.Credential{}); !errors.Is(err, vault.ErrNoSlot) {
		t.Errorf("without a secret: %v", err)
	}
	if _, err := c.Inbox().Answer(t.Context(), "r-1", d, pin(testPIN)); !errors.Is(err, approve.ErrNoRequest) {
		t.Errorf("a request that is not there: %v", err)
	}
}
