package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
)

// shown is an unlocked agent, with a program that shows its vault.
func shown(t testing.TB, drivers ...approve.Driver) (*Server, *Program, []vault.Account) {
	t.Helper()
	s, c, accounts := unlocked(t, drivers...)
	p, err := c.Program()
	if err != nil {
		t.Fatal(err)
	}
	return s, p, accounts
}

// counter is an account whose codes depend on a counter.
func counter(issuer string) vault.NewAccount {
	return vault.NewAccount{Key: otp.Key{
		Type: otp.HOTP, Issuer: issuer, Name: "ana@demo.test", Secret: []byte("a third secret, 20 b"), Algorithm: otp.SHA1, Digits: 6, Counter: 3,
	}}
}

// A program has the codes of two periods after it has asked once, and asks again when
// the first has run out.
func TestProgramCodes(t *testing.T) {
	_, p, accounts := shown(t)
	ids := []string{accounts[0].ID, accounts[1].ID, "a-000000"}
	now := time.Now()
	if _, err := p.Code(ids[0], now); !errors.Is(err, ErrNotYet) {
		t.Errorf("a code that was not fetched: %v", err)
	}
	if got := p.Lacking(ids, now); !slices.Equal(got, ids[:2]) {
		t.Errorf("lacking: %v", got)
	}
	if err := p.Prepare(ids, now); err != nil {
		t.Fatal(err)
	}
	if got := p.Lacking(ids, now); len(got) != 0 {
		t.Errorf("lacking after Prepare: %v", got)
	}
	own, err := vault.Open(p.Place(), pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	begin := now.Truncate(30 * time.Second)
	for _, passed := range []time.Duration{0, 29 * time.Second, 30 * time.Second, 59 * time.Second} {
		for i := range accounts {
			at := begin.Add(passed)
			want, err := own.Code(ids[i], at)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Code(ids[i], at); err != nil || got != want {
				t.Errorf("code %d after %s: %+v, %v; want %+v", i, passed, got, err, want)
			}
		}
	}
	if got := p.Lacking(ids, begin.Add(30*time.Second)); len(got) != 2 {
		t.Errorf("lacking in the second period: %v", got)
	}
	for _, at := range []time.Time{begin.Add(-time.Second), begin.Add(time.Minute)} {
		if got, err := p.Code(ids[0], at); !errors.Is(err, ErrNotYet) {
			t.Errorf("a code for %s: %+v, %v", at.Sub(begin), got, err)
		}
	}
	// It looks at the present only.
	if err := p.Prepare(ids, now.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if got, err := p.Code(ids[0], now.Add(time.Hour)); !errors.Is(err, ErrNotYet) {
		t.Errorf("a code of the next hour: %+v, %v", got, err)
	}
	// Nothing was handed out.
	if _, err := own.Give(ids[0], now, vault.Giving{Fresh: true}); err != nil {
		t.Errorf("a code that was shown: %v", err)
	}
}

// What others do to the vault shows after Refresh, and only that travels.
func TestProgramRefresh(t *testing.T) {
	s, p, accounts := shown(t)
	if changed, err := p.Refresh(); changed || err != nil {
		t.Errorf("nothing has changed: %v, %v", changed, err)
	}
	if err := p.Prepare([]string{accounts[0].ID}, time.Now()); err != nil {
		t.Fatal(err)
	}
	other := client(t, p.path, p.Place())
	if _, err := other.Edit(accounts[0].ID, func(x *vault.Account) { x.Note, x.Shift = "office", time.Minute }); err != nil {
		t.Fatal(err)
	}
	own, added := withCounter(t, p)
	if err := own.SetShift(2 * time.Second); err != nil {
		t.Fatal(err)
	}
	if changed, err := p.Refresh(); !changed || err != nil {
		t.Fatalf("after changes: %v, %v", changed, err)
	}
	same := func(what string) {
		t.Helper()
		var got, want []string
		for _, x := range p.Accounts() {
			got = append(got, x.ID+x.Note+fmt.Sprint(x.Shift))
		}
		for _, x := range own.Accounts() {
			want = append(want, x.ID+x.Note+fmt.Sprint(x.Shift))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
		if got, want := p.History(), own.History(); len(got) != len(want) || !got[0].At.Equal(want[0].At) || got[0].Kind != want[0].Kind {
			t.Errorf("%s: history %v, want %v", what, got, want)
		}
	}
	same("changed and added")
	if p.Shift() != 2*time.Second {
		t.Errorf("shift: %s", p.Shift())
	}
	if got := p.Lacking([]string{accounts[0].ID}, time.Now()); len(got) != 1 {
		t.Error("codes of before the change are good enough")
	}
	if _, err := p.Edit(added[0].ID, func(x *vault.Account) { x.Note = "lab" }); err != nil {
		t.Fatal(err)
	}
	if x, err := p.Account(added[0].ID); err != nil || x.Note != "lab" {
		t.Errorf("its own change: %+v, %v", x, err)
	}
	if err := other.Remove(accounts[1].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	if _, err := own.Refresh(); err != nil {
		t.Fatal(err)
	}
	same("removed")
	// One that was unlocked anew counts from the beginning.
	if _, err := other.Unlock(t.Context(), pin(testPIN), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	same("unlocked anew")
	s.Lock("the test wants it")
	if _, err := p.Refresh(); !errors.Is(err, ErrLocked) {
		t.Errorf("refresh of a locked agent: %v", err)
	}
	if err := p.Prepare([]string{accounts[0].ID}, time.Now()); !errors.Is(err, ErrLocked) {
		t.Errorf("codes of a locked agent: %v", err)
	}
	if err := p.Touch(); !errors.Is(err, ErrLocked) {
		t.Errorf("touching a locked agent: %v", err)
	}
	if len(p.Accounts()) != 2 {
		t.Errorf("what it was told is forgotten: %v", p.Accounts())
	}
}

// A small change of a large vault is a small message.
func TestContentIsDifference(t *testing.T) {
	before := make([]vault.Account, 1000)
	for i := range before {
		before[i] = vault.Account{ID: fmt.Sprint(i), Tags: []string{"a"}}
	}
	after := slices.Clone(before)
	after[500].Note = "changed"
	after[600].Tags = []string{"b"}
	after = append(slices.Delete(after, 7, 9), vault.Account{ID: "new"})
	changed, gone := difference(before, after)
	slices.Sort(gone)
	var ids []string
	for _, x := range changed {
		ids = append(ids, x.ID)
	}
	if !slices.Equal(ids, []string{"500", "600", "new"}) || !slices.Equal(gone, []string{"7", "8"}) {
		t.Errorf("changed %v, gone %v", ids, gone)
	}
}

// A counter moves when its code is given, and never for looking.
func TestProgramCounter(t *testing.T) {
	_, p, _ := shown(t)
	_, added := withCounter(t, p)
	id := added[0].ID
	if _, err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	if got := p.Lacking([]string{id}, time.Now()); len(got) != 0 {
		t.Errorf("lacking: %v", got)
	}
	if err := p.Prepare([]string{id}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Code(id, time.Now()); !errors.Is(err, ErrNotYet) {
		t.Errorf("code: %v", err)
	}
	if c, err := p.Give(id, time.Now(), vault.Giving{}); err != nil || c.Counter != 3 {
		t.Errorf("the first code: %+v, %v", c, err)
	}
	if x, err := p.Account(id); err != nil || x.Counter != 4 {
		t.Errorf("counter: %+v, %v", x, err)
	}
}

// Looking does not keep the agent from locking; touching does.
func TestProgramAwake(t *testing.T) {
	_, p, accounts := shown(t)
	last := statusOf(t, p.Client).LastUse
	if _, err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	if err := p.Prepare([]string{accounts[0].ID}, time.Now()); err != nil {
		t.Fatal(err)
	}
	p.Inbox().Check()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	<-p.Inbox().Watch(ctx)
	if got := statusOf(t, p.Client).LastUse; !got.Equal(last) {
		t.Errorf("looking counts as use")
	}
	if err := p.Touch(); err != nil {
		t.Fatal(err)
	}
	if got := statusOf(t, p.Client).LastUse; !got.After(last) {
		t.Errorf("touching does not count as use")
	}
}

// A watch ends when somebody unlocks the agent once more, and its vault is open then.
func TestUnlockAnewKeepsOpen(t *testing.T) {
	_, p, _ := shown(t)
	for range 3 {
		events := p.Inbox().Watch(t.Context())
		<-events
		if _, err := client(t, p.path, p.Place()).Unlock(t.Context(), pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
		for range events {
		}
		if s := statusOf(t, p.Client); s.Locked {
			t.Fatalf("it is locked: %s", s.Why)
		}
		if _, err := p.Refresh(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whether a key that is added is there already shows by the codes, without its secret.
func TestProgramExisting(t *testing.T) {
	_, p, accounts := shown(t)
	if err := p.Prepare([]string{accounts[0].ID}, time.Now()); err != nil {
		t.Fatal(err)
	}
	k := otp.Key{Type: otp.TOTP, Issuer: " helpdesk", Name: "ANA@demo.test", Secret: testSecrets[0], Algorithm: otp.SHA1, Digits: 6, Period: 30}
	if d := p.Existing(k); d == nil || d.Existing.ID != accounts[0].ID || !d.SameKey {
		t.Errorf("the same key: %+v", d)
	}
	k.Secret = testSecrets[1]
	if d := p.Existing(k); d == nil || d.SameKey {
		t.Errorf("another key: %+v", d)
	}
	k.Issuer = "Elsewhere"
	if d := p.Existing(k); d != nil {
		t.Errorf("another issuer: %+v", d)
	}
}

// Calls of one client do not wait for each other.
func TestCallsAtOnce(t *testing.T) {
	slow := &slowDriver{began: make(chan struct{}), end: make(chan struct{})}
	_, p, accounts := shown(t, slow)
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = p.Inbox().Scan(t.Context(), "slow:link")
	})
	<-slow.began
	if err := p.Prepare([]string{accounts[0].ID}, time.Now()); err != nil {
		t.Error(err)
	}
	close(slow.end)
	wg.Wait()
}

// An agent that hangs is as good as gone, after a while.
func TestHangingAgent(t *testing.T) {
	path := socketPath(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := connect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{path: path, conn: conn}
	defer c.Close()
	defer func(was time.Duration) { lookTime = was }(lookTime)
	lookTime = 100 * time.Millisecond
	if err := (&Program{Client: c}).Touch(); !errors.Is(err, ErrNoAgent) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("touch: %v", err)
	}
	lookTime = time.Hour // it is not waited for once more
	if err := (&Program{Client: c}).Touch(); !errors.Is(err, ErrNoAgent) {
		t.Errorf("touch again: %v", err)
	}
}

// slowDriver takes its time to read a link.
type slowDriver struct {
	approve.Driver
	began, end chan struct{}
}

func (d *slowDriver) Name() string { return "slow" }

func (d *slowDriver) Scan([]approve.Device, string) (approve.Request, error) {
	close(d.began)
	<-d.end
	return approve.Request{}, approve.ErrNotMine
}

// The codes of an account that is to be confirmed are not for looking.
func TestProgramConfirm(t *testing.T) {
	_, p, accounts := shown(t)
	id, now := accounts[0].ID, time.Now()
	if err := p.Prepare([]string{id}, now); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Edit(id, func(x *vault.Account) { x.Confirm = true }); err != nil {
		t.Fatal(err)
	}
	if got := p.Lacking([]string{id}, now); len(got) != 0 {
		t.Errorf("lacking: %v", got)
	}
	if err := p.Prepare([]string{id, accounts[1].ID}, now); err != nil {
		t.Fatal(err)
	}
	if c, err := p.Code(id, now); !errors.Is(err, ErrNotYet) {
		t.Errorf("code: %+v, %v", c, err)
	}
	if _, err := p.Code(accounts[1].ID, now); err != nil {
		t.Errorf("code of another: %v", err)
	}
	if c, err := p.Give(id, now, vault.Giving{}); !errors.Is(err, ErrConfirm) {
		t.Errorf("give: %+v, %v", c, err)
	}
}

// withCounter opens p's vault beside the agent, for the test, and adds an account with a
// counter there.
func withCounter(t *testing.T, p *Program) (own *vault.Vault, added []vault.Account) {
	t.Helper()
	own, err := vault.Open(p.Place(), pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.Close)
	if added, err = own.Add(false, counter("Router")); err != nil {
		t.Fatal(err)
	}
	return own, added
}
