package vault

import (
	"errors"
	"sync"
	"testing"
	"time"
)

// TestManyGoroutines uses one vault from all sides; the race detector judges.
func TestManyGoroutines(t *testing.T) {
	v, _ := testVault(t)
	a := mustAdd(t, v, testKey("HelpDesk", "ana"))
	d, _, _ := pair(t, v)
	s, err := v.Transport(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	use := func(f func(i int) error) {
		wg.Go(func() {
			for i := range 10 {
				if err := f(i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	use(func(int) error { _, err := v.Code(a.ID, time.Now()); return err })
	use(func(int) error { return v.MarkUsed(a.ID, "copied", time.Now()) })
	use(func(i int) error { _, err := v.Add(true, testKey("HelpDesk", "ana")); return err })
	use(func(int) error { _, err := s.Sign([]byte("poll")); return err })
	use(func(int) error { _, err := v.Refresh(); return err })
	use(func(int) error { _ = len(v.Accounts()) + len(v.Devices()) + len(v.History()); return nil })
	use(func(int) error {
		k, err := v.Approve(d.ID, PIN([]byte(testPIN)))
		if err == nil {
			k.Close()
		}
		return err
	})
	wg.Wait()
	if n := len(v.Accounts()); n != 11 {
		t.Errorf("%d accounts", n)
	}
	done := make(chan struct{})
	go func() { v.Close(); close(done) }()
	for v.Note(Event{Kind: EventUsed}) == nil {
		continue
	}
	<-done
}

// TestSessionPINFromAllSides uses a session PIN while the keys change and until it
// is wiped; the race detector judges.
func TestSessionPINFromAllSides(t *testing.T) {
	v, d, _ := restingVault(t)
	pin := PIN([]byte(benPIN))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if k, err := v.Approve(d.ID, pin); err == nil {
					k.Close()
				} else if !errors.Is(err, ErrStale) { // the keys have changed in between
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for range 3 {
			if _, err := v.Rekey(Passphrase([]byte(testPhrase))); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	for range 4 {
		wg.Go(func() {
			for range mostTries {
				if err := v.Verify(PIN(wrongPIN)); err == nil {
					t.Error("a wrong PIN was right")
				}
				if k, err := v.Approve(d.ID, pin); err == nil {
					k.Close()
				}
			}
		})
	}
	wg.Wait()
}

// TestManyRightPINsAtOnce must not look like many wrong ones.
func TestManyRightPINsAtOnce(t *testing.T) {
	v, _ := testVault(t)
	var wg sync.WaitGroup
	for range 2 * mostTries {
		wg.Go(func() {
			if err := v.Verify(PIN([]byte(testPIN))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
