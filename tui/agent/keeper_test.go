package agent

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

// lockState tells whether the keeper is locked, and why.
func lockState(k *keeper) (bool, string) {
	s := k.status()
	return s.Locked, s.Why
}

func TestLimits(t *testing.T) {
	place, _ := newVault(t)
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Config{Place: place, Idle: 5 * time.Minute, Hard: 20 * time.Minute})
		defer synctest.Wait() // memory is swept afterwards
		defer s.Close()
		k := s.k
		if err := k.unlock(pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
		// Use keeps it open, but not beyond the limit.
		for range 4 {
			time.Sleep(4*time.Minute + 59*time.Second)
			synctest.Wait()
			if _, err := k.use(peer{}); err != nil {
				t.Fatalf("locked though used: %v", err)
			}
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if is, why := lockState(k); !is || why != "its time was over" {
			t.Errorf("after the limit: locked %v, %q", is, why)
		}
		if err := k.unlock(pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4*time.Minute + 59*time.Second)
		synctest.Wait()
		k.status() // looking at it is no use
		if _, err := k.look(); err != nil {
			t.Errorf("locked too soon: %v", err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if is, why := lockState(k); !is || why != "idle" {
			t.Errorf("after the idle time: locked %v, %q", is, why)
		}
		if err := k.unlock(pin(testPIN), time.Minute); err != nil {
			t.Fatal(err)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if is, _ := lockState(k); !is {
			t.Error("open longer than was asked for")
		}
	})
}

// Ten wrong secrets in a row, whatever their kind, and it takes none any more.
func TestWrongSecrets(t *testing.T) {
	place, _ := newVault(t)
	v, err := vault.Open(place, pin(testPIN))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.AddSlot(pin(testPIN), vault.Passphrase([]byte("five words are quite enough")), ""); err != nil {
		t.Fatal(err)
	}
	v.Close()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Config{Place: place, Idle: 12 * time.Hour, Hard: 24 * time.Hour})
		defer synctest.Wait()
		defer s.Close()
		k := s.k
		good, bad := func() vault.Credential { return vault.Passphrase([]byte("five words are quite enough")) },
			func() vault.Credential { return vault.Passphrase([]byte("some other words altogether")) }
		for range 2 { // a right one begins the count anew
			for range 4 {
				if err := k.unlock(bad(), 0); err == nil {
					t.Fatal("a wrong passphrase was taken")
				}
				time.Sleep(time.Minute)
			}
			if err := k.unlock(good(), 0); err != nil {
				t.Fatal(err)
			}
		}
		for n := range 9 {
			if err := k.unlock(bad(), 0); err == nil {
				t.Fatal("a wrong passphrase was taken")
			}
			if n < 3 {
				time.Sleep(4 * time.Second)
				continue
			}
			// The next one too soon is not even looked at.
			if _, wait := errors.AsType[*vault.WaitError](k.unlock(good(), 0)); !wait {
				t.Fatalf("no wait after %d wrong ones", n+1)
			}
			time.Sleep(time.Minute)
		}
		if is, _ := lockState(k); is {
			t.Error("locked before the tenth")
		}
		_ = k.unlock(bad(), 0)
		if is, why := lockState(k); !is || why != "too many wrong PINs" {
			t.Errorf("after the tenth: locked %v, %q", is, why)
		}
		time.Sleep(time.Hour)
		if err := k.unlock(good(), 0); !errors.Is(err, ErrTries) {
			t.Errorf("after the tenth: %v", err)
		}
		synctest.Wait()
	})
}

// A machine that slept wakes up with timers that have hours to go: the agent goes by the
// time of day then.
func TestLimitsPassWhileTheMachineSleeps(t *testing.T) {
	s, c, accounts := unlocked(t)
	for _, sleep := range []struct {
		why string
		set func(o *opened)
	}{
		{"idle", func(*opened) { s.k.lastUse = time.Now().Add(-DefaultIdle).Round(0) }},
		{"its time was over", func(o *opened) { o.hard = time.Now().Round(0) }},
	} {
		s.k.mu.Lock()
		sleep.set(s.k.open)
		s.k.mu.Unlock()
		if st := s.k.status(); !st.Locked || st.Why != sleep.why { // before it has locked
			t.Errorf("%s: at once, status %+v", sleep.why, st)
		}
		if _, err := c.Give(accounts[0].ID, time.Now(), vault.Giving{}); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: a code, %v", sleep.why, err)
		}
		if st := statusOf(t, c); !st.Locked || st.Why != sleep.why {
			t.Errorf("%s: status %+v", sleep.why, st)
		}
		if _, err := c.Unlock(t.Context(), pin(testPIN), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// What locks an agent for the vault that was open a moment ago leaves the one alone that
// somebody has opened since.
func TestLockComesTooLate(t *testing.T) {
	s, c, _ := unlocked(t)
	s.k.mu.Lock()
	before := s.k.open
	s.k.mu.Unlock()
	if _, err := c.Unlock(t.Context(), pin(testPIN), 0); err != nil {
		t.Fatal(err)
	}
	s.k.shut(before, "too late", true)
	if is, why := lockState(s.k); is {
		t.Errorf("locked: %s", why)
	}
	s.k.mu.Lock()
	now := s.k.open
	s.k.mu.Unlock()
	s.k.shut(now, "in time", true)
	if is, why := lockState(s.k); !is || why != "in time" {
		t.Errorf("locked %v, %q", is, why)
	}
}

func TestUntil(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		t    time.Time
		want time.Duration
	}{
		{now.Add(time.Hour), time.Hour},
		{now.Add(-time.Hour), -time.Hour},
		{now.Add(time.Hour).Round(0), time.Hour},
	} {
		if got := until(c.t, now); got != c.want {
			t.Errorf("%s: %s, want %s", c.t, got, c.want)
		}
	}
}
