package store_test

// What holds for both kinds of database.

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// update runs do in a transaction and fails the test on an error.
func update(t testing.TB, s *store.Store, do func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, s *store.Store, do func(*store.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

// filled is a store with one person and one active device.
func filled(t *testing.T, open func() *store.Store) *store.Store {
	t.Helper()
	s := open()
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(
			errOf(tx.AddUser(store.User{ID: "u-ana", Email: "ana@demo.test", Login: "ana", Name: "Ana", Admin: true})),
			tx.AddDevice(store.Device{ID: "d-1", UserID: "u-ana", Name: "one", KeyID: "k1", Transport: []byte{1}, Approval: []byte{2}, Fallback: []byte{3}, State: store.DeviceActive, PairedAt: 1}),
		)
	})
	return s
}

func TestReopen(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		s, err := store.Open(t.Context(), where, storetest.Key)
		if err != nil {
			t.Fatal(err)
		}
		update(t, s, func(tx *store.Tx) error {
			return errOf(tx.AddUser(store.User{ID: "u", Email: "ana@demo.test", Login: "ana"}))
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = storetest.Open(t, where)
		view(t, s, func(tx *store.Tx) error {
			u, err := tx.UserByName("ana")
			if u.Email != "ana@demo.test" {
				t.Errorf("person = %+v", u)
			}
			return err
		})
	})
}

func TestRollback(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		rename := func(tx *store.Tx) error { return tx.RenameDevice("d-1", "other") }
		no := errors.New("no")
		err := s.Update(t.Context(), func(tx *store.Tx) error { return errors.Join(rename(tx), no) })
		if !errors.Is(err, no) {
			t.Errorf("error = %v", err)
		}
		view(t, s, func(tx *store.Tx) error {
			d, err := tx.Device("d-1")
			if d.Name != "one" {
				t.Error("a failed transaction left something")
			}
			return err
		})
		if err := s.View(t.Context(), rename); err == nil {
			t.Error("a View wrote")
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Update(gone, rename); err != nil {
			t.Errorf("an update is cut by its caller: %v", err)
		}
		if err := s.Record(gone, func(tx *store.Tx) error { return tx.SeeDevice("k1", 7) }); err != nil {
			t.Errorf("a record is cut by its caller: %v", err)
		}
		view(t, s, func(tx *store.Tx) error {
			d, err := tx.Device("d-1")
			if d.Name != "other" || d.SeenAt != 7 {
				t.Errorf("device = %+v", d)
			}
			return err
		})
	})
}

func TestNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		view(t, filled(t, open), func(tx *store.Tx) error {
			for name, err := range map[string]error{
				"user":    errOf(tx.User("x")),
				"name":    errOf(tx.UserByName("x")),
				"device":  errOf(tx.Device("x")),
				"key":     errOf(tx.DeviceByKey("x")),
				"pairing": errOf(tx.Pairing([]byte{9})),
				"live":    errOf(tx.LivePairing("u-ana", "rms", store.PairCode, 0)),
				"request": errOf(tx.Request("x")),
				"asked":   errOf(tx.Asked("x", "d-1")),
				"session": errOf(tx.Session([]byte{9})),
				"login":   errOf(tx.Login([]byte{9})),
				"email":   errOf(tx.EmailCode("x")),
			} {
				if !errors.Is(err, store.ErrNone) {
					t.Errorf("%s: %v, want ErrNone", name, err)
				}
			}
			return nil
		})
	})
}

func errOf[T any](_ T, err error) error { return err }

// One verdict of many, however many ask at once, in however many processes.
func TestEndRequestOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		stores := []*store.Store{s, open()}
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.AddRequest(store.Request{ID: "r-1", UserID: "u-ana", Profile: "rms", Number: "47", CreatedAt: 1, ExpiresAt: 100})
			return errors.Join(err, tx.Ask("r-1", "d-1", "challenge"))
		})
		var wg sync.WaitGroup
		won := make(chan string, 16)
		for i, state := range []string{store.Accepted, store.Denied, store.Reported, store.Mismatch, store.Expired, store.Cancelled, store.Accepted, store.Denied} {
			wg.Go(func() {
				ok := false
				err := stores[i%2].Update(t.Context(), func(tx *store.Tx) (err error) {
					// The rule as the server has it: look, then write.
					r, err := tx.Request("r-1")
					if ok = false; err != nil || r.State != store.Waiting {
						return err
					}
					ok, err = tx.EndRequest("r-1", store.Verdict{State: state, At: 2, DeviceID: "d-1", Device: "one"})
					if !ok {
						t.Errorf("%s: a request that waits can not be ended", state)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if ok {
					won <- state
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d verdicts won, want 1", len(won))
		}
		state := <-won
		view(t, s, func(tx *store.Tx) error {
			r, err := tx.Request("r-1")
			if r.State != state || r.Device != "one" || r.EndedAt != 2 {
				t.Errorf("request = %+v, won %s", r, state)
			}
			return err
		})
	})
}

func TestSingleUse(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		use := func(what string, do func(*store.Tx) (bool, error), want bool) {
			t.Helper()
			update(t, s, func(tx *store.Tx) error {
				ok, err := do(tx)
				if ok != want {
					t.Errorf("%s: %v, want %v", what, ok, want)
				}
				return err
			})
		}
		nonce := func(tx *store.Tx) (bool, error) { return tx.UseNonce("k1", "n", 5) }
		use("nonce", nonce, true)
		use("nonce again", nonce, false)
		use("nonce of another key", func(tx *store.Tx) (bool, error) { return tx.UseNonce("k2", "n", 5) }, true)
		use("step", func(tx *store.Tx) (bool, error) { return tx.UseStep("d-1", 7) }, true)
		use("step again", func(tx *store.Tx) (bool, error) { return tx.UseStep("d-1", 7) }, false)
		use("step before", func(tx *store.Tx) (bool, error) { return tx.UseStep("d-1", 6) }, false)
		use("step after", func(tx *store.Tx) (bool, error) { return tx.UseStep("d-1", 8) }, true)
		add := func(tx *store.Tx) (bool, error) {
			return tx.AddPairing(store.Pairing{Hash: []byte{1}, UserID: "u-ana", Kind: store.PairCode, Sealed: []byte{2}, MadeAt: 1, ExpiresAt: 10})
		}
		use("pairing", add, true)
		use("pairing in its place", add, true)
		take := func(tx *store.Tx) (bool, error) { return tx.UsePairing([]byte{1}, 2) }
		use("take pairing", take, true)
		use("take it again", take, false)
		use("a used hash", add, false)
	})
}

func TestPrune(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		update(t, s, func(tx *store.Tx) error {
			_, err := tx.AddRequest(store.Request{ID: "r-1", UserID: "u-ana", CreatedAt: 1, ExpiresAt: 2})
			return errors.Join(err,
				tx.Ask("r-1", "d-1", "c"),
				tx.AddSession(store.Session{Hash: []byte{1}, UserID: "u-ana", MadeAt: 1, SeenAt: 1}),
				tx.AddLogin(store.Login{Hash: []byte{2}, UserID: "u-ana", MadeAt: 1, ExpiresAt: 2}),
				tx.AddEvent("kind", "subject", 1),
				tx.AddMail(store.Mail{To: "ana@demo.test", At: 1}),
				tx.Prune(31*store.Day, 12*store.Hour, 7*store.Day),
			)
		})
		view(t, s, func(tx *store.Tx) error {
			mails, err := tx.Mails(10)
			n, _, err2 := tx.Events("kind", "subject", 0)
			if len(mails) != 0 || n != 0 {
				t.Errorf("%d mails, %d events are left", len(mails), n)
			}
			for name, err := range map[string]error{
				"request": errOf(tx.Request("r-1")), "session": errOf(tx.Session([]byte{1})), "login": errOf(tx.Login([]byte{2})),
			} {
				if !errors.Is(err, store.ErrNone) {
					t.Errorf("%s is left", name)
				}
			}
			return errors.Join(err, err2)
		})
	})
}

func TestErrorsHoldNoValues(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			return tx.AddDevice(store.Device{ID: "d-1", UserID: "u-ana", Name: "secret-name", KeyID: "k9", Transport: []byte{1}, Approval: []byte{1}, Fallback: []byte{1}})
		})
		if err == nil || strings.Contains(err.Error(), "secret-name") {
			t.Errorf("error = %v", err)
		}
	})
}
