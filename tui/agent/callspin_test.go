package agent

// This file tests the session PIN: how it is set, what it opens, and what ends it.

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

const (
	testPhrase = "five words are quite enough"
	sessionPIN = "8264"
)

func phrase(text string) vault.Credential { return vault.Passphrase([]byte(text)) }

// phraseVault is newVault with a passphrase and no PIN.
func phraseVault(t testing.TB) (vault.Place, []vault.Account) {
	t.Helper()
	place, accounts := newVault(t)
	v, err := vault.Open(place, pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.Change(pin(testPIN), phrase(testPhrase)); err != nil {
		t.Fatal(err)
	}
	return place, accounts
}

// pinned is an agent that the passphrase has unlocked, with a session PIN.
func pinned(t testing.TB) (*Server, *Client, []vault.Account) {
	t.Helper()
	place, accounts := phraseVault(t)
	s, path := serve(t, Config{Place: place})
	c := client(t, path, place)
	if _, err := c.Unlock(t.Context(), phrase(testPhrase), 0); err != nil {
		t.Fatal(err)
	}
	if err := c.SetSessionPIN(t.Context(), phrase(testPhrase), pin(sessionPIN)); err != nil {
		t.Fatal(err)
	}
	return s, c, accounts
}

// unlocks tells whether the agent takes a secret.
func unlocks(t testing.TB, c *Client, cred vault.Credential) error {
	t.Helper()
	_, err := c.Unlock(t.Context(), cred, 0)
	return err
}

func TestSessionPIN(t *testing.T) {
	_, c, accounts := pinned(t)
	if s := statusOf(t, c); s.Locked || !s.SessionPIN {
		t.Fatalf("unlocked: %+v", s)
	}
	for range 2 { // locked, and while it is unlocked, when its time begins anew
		if err := c.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := statusOf(t, c); !s.Locked || !s.SessionPIN {
			t.Fatalf("locked: %+v", s)
		}
		wrong, ok := errors.AsType[*vault.PINError](unlocks(t, c, pin("7395")))
		if !ok || wrong.Left != 9 || statusOf(t, c).TriesLeft != 9 {
			t.Errorf("a wrong PIN: %v", wrong)
		}
		for range 2 {
			if err := unlocks(t, c, pin(sessionPIN)); err != nil {
				t.Fatal(err)
			}
			if s := statusOf(t, c); s.Locked || !s.SessionPIN || s.TriesLeft != 10 {
				t.Errorf("unlocked by it: %+v", s)
			}
		}
	}
	now := time.Now()
	if code, err := c.Give(accounts[0].ID, now, vault.Giving{}); err != nil || code.Value != expected(t, 0, now) {
		t.Errorf("code %v, %v", code, err)
	}
	if _, err := c.Edit(accounts[0].ID, func(x *vault.Account) { x.Confirm = true }); err != nil {
		t.Fatal(err)
	}
	c.Secret = func() (vault.Credential, error) { return pin(sessionPIN), nil }
	if _, err := c.Give(accounts[0].ID, now, vault.Giving{}); err != nil {
		t.Errorf("the code of a marked account: %v", err)
	}
	// The file does not open with it, and another secret ends it.
	if _, err := vault.Open(c.Place(), pin(sessionPIN)); !errors.Is(err, vault.ErrNoSlot) {
		t.Errorf("the file: %v", err)
	}
	for _, locked := range []bool{false, true} {
		if locked {
			if err := c.SetSessionPIN(t.Context(), phrase(testPhrase), pin(sessionPIN)); err != nil {
				t.Fatal(err)
			}
			if err := c.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := unlocks(t, c, phrase(testPhrase)); err != nil {
			t.Fatal(err)
		}
		if statusOf(t, c).SessionPIN {
			t.Error("the passphrase has not ended it")
		}
		if err := unlocks(t, c, pin(sessionPIN)); !errors.Is(err, vault.ErrNoSlot) {
			t.Errorf("after its end: %v", err)
		}
	}
}

func TestSetSessionPINRefuses(t *testing.T) {
	place, _ := phraseVault(t)
	s, path := serve(t, Config{Place: place})
	c := client(t, path, place)
	ctx := t.Context()
	if err := c.SetSessionPIN(ctx, phrase(testPhrase), pin(sessionPIN)); !errors.Is(err, ErrLocked) {
		t.Errorf("of a locked agent: %v", err)
	}
	if err := unlocks(t, c, phrase(testPhrase)); err != nil {
		t.Fatal(err)
	}
	if _, weak := errors.AsType[*vault.WeakPINError](c.SetSessionPIN(ctx, phrase(testPhrase), pin("1234"))); !weak {
		t.Error("a weak PIN was taken")
	}
	_, err := ask[nothing](ctx, c, opSessionPIN, pinArgs{argsOf(phrase("")), 5000}, []byte(testPhrase+sessionPIN))
	if err == nil {
		t.Error("more bytes than there are were taken")
	}
	if s := statusOf(t, c); s.TriesLeft != 10 {
		t.Errorf("%d tries left: what was no try counts", s.TriesLeft)
	}
	for left := 9; left >= 7; left-- {
		if _, wrong := errors.AsType[*vault.PINError](c.SetSessionPIN(ctx, phrase("some other words altogether"), pin(sessionPIN))); !wrong {
			t.Error("a wrong passphrase was taken")
		}
		if s := statusOf(t, c); s.TriesLeft != left || s.SessionPIN || s.Locked {
			t.Errorf("after a wrong passphrase: %+v", s)
		}
	}
	s.k.mu.Lock()
	if !s.k.retryAt.IsZero() {
		s.k.retryAt = s.k.retryAt.Add(time.Hour) // it is a second, which may have passed
	}
	s.k.mu.Unlock()
	if _, wait := errors.AsType[*vault.WaitError](c.SetSessionPIN(ctx, phrase(testPhrase), pin(sessionPIN))); !wait {
		t.Error("no wait after three wrong ones")
	}

	_, c, _ = unlocked(t) // a vault that has a PIN
	if err := c.SetSessionPIN(ctx, pin(testPIN), pin(sessionPIN)); !errors.Is(err, vault.ErrSlotExists) {
		t.Errorf("for a vault with a PIN: %v", err)
	}
}

// Idle time and limit leave the session PIN; ten wrong ones end it, locked or not.
func TestSessionPINEnds(t *testing.T) {
	place, _ := phraseVault(t)
	for name, locked := range map[string]bool{"locked": true, "unlocked": false} {
		synctest.Test(t, func(t *testing.T) {
			s := NewServer(Config{Place: place, Idle: 5 * time.Minute, Hard: 20 * time.Minute})
			defer synctest.Wait() // memory is swept afterwards
			defer s.Close()
			k := s.k
			if err := k.unlock(phrase(testPhrase), 0); err != nil {
				t.Fatal(err)
			}
			set := &session{Server: s}
			a := pinArgs{argsOf(phrase("")), len(testPhrase)}
			if err := set.setSessionPIN(k.open, a, []byte(testPhrase+sessionPIN)); err != nil {
				t.Fatal(err)
			}
			lengths := []time.Duration{6 * time.Minute, 21 * time.Minute}
			if locked {
				lengths = nil // they are the same for both
			}
			for _, length := range lengths {
				time.Sleep(length)
				synctest.Wait()
				if s := k.status(); !s.Locked || !s.SessionPIN {
					t.Fatalf("%s, after %s: %+v", name, length, s)
				}
				if err := k.unlock(pin(sessionPIN), 0); err != nil {
					t.Fatal(err)
				}
			}
			if locked {
				s.Lock("by hand")
			}
			for range 10 {
				if err := k.unlock(pin("7395"), 0); err == nil {
					t.Fatal("a wrong PIN was taken")
				}
				if locked {
					time.Sleep(time.Minute)
				} else {
					k.mu.Lock()
					k.retryAt = time.Time{} // or it would lock for want of use
					k.mu.Unlock()
				}
			}
			if s := k.status(); !s.Locked || s.SessionPIN || k.resting != nil {
				t.Errorf("%s, after ten wrong ones: %+v", name, s)
			}
			if err := k.unlock(pin(sessionPIN), 0); !errors.Is(err, ErrTries) {
				t.Errorf("%s, after ten wrong ones: %v", name, err)
			}
			synctest.Wait()
		})
	}
}

// Ten wrong passphrases end it, too, and so does the end of the agent.
func TestTenWrongEndSessionPIN(t *testing.T) {
	s, _, _ := pinned(t)
	k := s.k
	v := k.open.vault
	for range 10 {
		k.tried(&vault.PINError{Kind: vault.SlotPassphrase})
	}
	if s := k.status(); !s.Locked || s.SessionPIN || v.HasSessionPIN() || k.resting != nil {
		t.Errorf("after ten wrong ones: %+v", s)
	}

	s, c, _ := pinned(t)
	if err := c.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := s.k.resting
	if r.TriesLeft() != 10 {
		t.Fatalf("%d tries left", r.TriesLeft())
	}
	s.Close()
	if r.TriesLeft() != 0 || s.k.resting != nil {
		t.Error("it outlives the agent")
	}
}

// Keys that another process has changed make the session PIN worthless.
func TestSessionPINStale(t *testing.T) {
	for _, locked := range []bool{false, true} {
		s, c, accounts := pinned(t)
		if locked {
			if err := c.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		v, err := vault.Open(c.Place(), phrase(testPhrase))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Rekey(phrase(testPhrase)); err != nil {
			t.Fatal(err)
		}
		v.Close()
		if locked {
			err = unlocks(t, c, pin(sessionPIN))
		} else {
			_, err = c.Account(accounts[0].ID)
			s.Lock("to wait for the lock")
		}
		if !errors.Is(err, vault.ErrStale) {
			t.Errorf("locked %v: %v", locked, err)
		}
		if !locked {
			if err := unlocks(t, c, pin(sessionPIN)); err == nil {
				t.Error("it opens the changed vault")
			}
		}
		if s := statusOf(t, c); !s.Locked || s.SessionPIN {
			t.Errorf("locked %v: %+v", locked, s)
		}
		if err := unlocks(t, c, phrase(testPhrase)); err != nil {
			t.Errorf("locked %v: %v", locked, err)
		}
	}
}

// Who unlocks while others unlock and lock finds the session PIN, wherever it is.
func TestSessionPINTogether(t *testing.T) {
	s, c, _ := pinned(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := s.k.unlock(pin(sessionPIN), 0); err != nil {
				t.Errorf("unlock: %v", err)
			}
			s.Lock("by hand")
		})
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	for open := true; open; {
		if !statusOf(t, c).SessionPIN {
			t.Error("it is away for a moment")
		}
		select {
		case <-done:
			open = false
		default:
		}
	}
	if s := statusOf(t, c); !s.Locked || !s.SessionPIN {
		t.Errorf("afterwards: %+v", s)
	}
}

// A program gets the codes of marked accounts against the session PIN, and follows what
// becomes of that.
func TestProgramSessionPIN(t *testing.T) {
	_, c, accounts := pinned(t)
	id := accounts[0].ID
	if _, err := c.Edit(id, func(x *vault.Account) { x.Confirm = true }); err != nil {
		t.Fatal(err)
	}
	p, err := c.Program()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if s := p.Unlocked(); !s.SessionPIN || s.Since.IsZero() {
		t.Errorf("at first: %+v", s)
	}
	if code, err := p.GiveConfirmed(pin(sessionPIN), id, now, vault.Giving{}); err != nil || code.Value != expected(t, 0, now) {
		t.Errorf("the session PIN: %+v, %v", code, err)
	}
	if code, err := p.GiveConfirmed(pin("7395"), id, now, vault.Giving{}); !isWrong(err, 9) || code.Value != "" {
		t.Errorf("a wrong one: %+v, %v", code, err)
	}
	if err := p.Verify(pin("7395")); !isWrong(err, 8) || statusOf(t, c).TriesLeft != 8 {
		t.Errorf("another: %v", err)
	}
	for _, cred := range []vault.Credential{pin(sessionPIN), phrase(testPhrase)} {
		if err := p.Verify(cred); err != nil || statusOf(t, c).TriesLeft != 10 {
			t.Errorf("the right %s: %v", cred.Kind(), err)
		}
	}
	// Somebody unlocks it with the passphrase, which ends the session PIN.
	other := client(t, c.path, c.Place())
	if err := unlocks(t, other, phrase(testPhrase)); err != nil {
		t.Fatal(err)
	}
	before := p.Unlocked().Since
	if err := p.Verify(pin(sessionPIN)); !errors.Is(err, vault.ErrNoSlot) {
		t.Errorf("a session PIN that is gone: %v", err)
	}
	if s := p.Unlocked(); s.SessionPIN || !s.Since.After(before) {
		t.Errorf("afterwards: %+v", s)
	}
	if err := p.SetSessionPIN(t.Context(), phrase(testPhrase), pin(sessionPIN)); err != nil || !p.Unlocked().SessionPIN {
		t.Errorf("set by the program: %v", err)
	}
	if err := other.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify(pin(sessionPIN)); !errors.Is(err, ErrLocked) {
		t.Errorf("of a locked agent: %v", err)
	}
}

// isWrong tells whether err is a wrong secret, and so many tries are left.
func isWrong(err error, left int) bool {
	e, wrong := errors.AsType[*vault.PINError](err)
	return wrong && e.Left == left
}
