package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var auditKey = []byte("an audit key for tests")

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, auditKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// update runs do in a transaction and fails the test on an error.
func (s *Store) change(t *testing.T, do func(*Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func (s *Store) look(t *testing.T, do func(*Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

// filled is a store with one person and one active device.
func filled(t *testing.T) *Store {
	s := open(t, filepath.Join(t.TempDir(), "a b#c%.db"))
	s.change(t, func(tx *Tx) error {
		return errors.Join(
			errOf(tx.AddUser(User{ID: "u-ana", Email: "ana@demo.test", Login: "ana", Name: "Ana", Admin: true})),
			tx.AddDevice(Device{ID: "d-1", UserID: "u-ana", Name: "one", KeyID: "k1", Transport: []byte{1}, Approval: []byte{2}, Fallback: []byte{3}, State: DeviceActive, PairedAt: 1}),
		)
	})
	return s
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server.db")
	s := open(t, path)
	s.change(t, func(tx *Tx) error { return errOf(tx.AddUser(User{ID: "u", Email: "ana@demo.test", Login: "ana"})) })
	s.Close()
	s = open(t, path)
	s.look(t, func(tx *Tx) error {
		u, err := tx.UserByName("ana")
		if u.Email != "ana@demo.test" {
			t.Errorf("person = %+v", u)
		}
		return err
	})
	s.change(t, func(tx *Tx) error {
		_, err := tx.exec(`INSERT INTO migrations (version) VALUES (99)`)
		return err
	})
	s.Close()
	if s, err := Open(t.Context(), path, auditKey); err == nil {
		s.Close()
		t.Error("a database of a newer program was opened")
	}
}

func TestRollback(t *testing.T) {
	s := filled(t)
	no := errors.New("no")
	err := s.Update(t.Context(), func(tx *Tx) error {
		if err := tx.SetTwoStep(TwoStep{UserID: "u-ana", Profile: "rms", On: true}); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) {
		t.Errorf("error = %v", err)
	}
	s.look(t, func(tx *Tx) error {
		two, err := tx.TwoStep("u-ana", "rms")
		if two.On {
			t.Error("a failed transaction left something")
		}
		return err
	})
	if err := s.View(t.Context(), func(tx *Tx) error { return tx.SetTwoStep(TwoStep{UserID: "u-ana", Profile: "rms", On: true}) }); err == nil {
		t.Error("a View wrote")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Update(gone, func(tx *Tx) error { return tx.SetTwoStep(TwoStep{UserID: "u-ana", Profile: "rms", On: true}) }); err != nil {
		t.Errorf("an update is cut by its caller: %v", err)
	}
}

func TestNone(t *testing.T) {
	s := filled(t)
	s.look(t, func(tx *Tx) error {
		for name, err := range map[string]error{
			"user":    errOf(tx.User("x")),
			"name":    errOf(tx.UserByName("x")),
			"device":  errOf(tx.Device("x")),
			"key":     errOf(tx.DeviceByKey("x")),
			"pairing": errOf(tx.Pairing([]byte{9})),
			"live":    errOf(tx.LivePairing("u-ana", "rms", PairCode, 0)),
			"request": errOf(tx.Request("x")),
			"asked":   errOf(tx.Asked("x", "d-1")),
			"session": errOf(tx.Session([]byte{9})),
			"login":   errOf(tx.Login([]byte{9})),
			"email":   errOf(tx.EmailCode("x")),
		} {
			if !errors.Is(err, ErrNone) {
				t.Errorf("%s: %v, want ErrNone", name, err)
			}
		}
		return nil
	})
}

func errOf[T any](_ T, err error) error { return err }

// One verdict of many, however many ask at once.
func TestEndRequestOnce(t *testing.T) {
	s := filled(t)
	s.change(t, func(tx *Tx) error {
		_, err := tx.AddRequest(Request{ID: "r-1", UserID: "u-ana", Profile: "rms", Number: "47", CreatedAt: 1, ExpiresAt: 100})
		return errors.Join(err, tx.Ask("r-1", "d-1", "challenge"))
	})
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := ""
	for _, state := range []string{Accepted, Denied, Reported, Mismatch, Expired, Cancelled, Accepted, Denied} {
		wg.Go(func() {
			err := s.Update(t.Context(), func(tx *Tx) error {
				ok, err := tx.EndRequest("r-1", Verdict{State: state, At: 2, DeviceID: "d-1", Device: "one"})
				if ok {
					mu.Lock()
					defer mu.Unlock()
					if won != "" {
						t.Errorf("%s won after %s", state, won)
					}
					won = state
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.look(t, func(tx *Tx) error {
		r, err := tx.Request("r-1")
		if r.State != won || r.Device != "one" || r.EndedAt != 2 {
			t.Errorf("request = %+v, won %s", r, won)
		}
		return err
	})
}

func TestSingleUse(t *testing.T) {
	s := filled(t)
	use := func(what string, do func(*Tx) (bool, error), want bool) {
		t.Helper()
		s.change(t, func(tx *Tx) error {
			ok, err := do(tx)
			if ok != want {
				t.Errorf("%s: %v, want %v", what, ok, want)
			}
			return err
		})
	}
	nonce := func(tx *Tx) (bool, error) { return tx.UseNonce("k1", "n", 5) }
	use("nonce", nonce, true)
	use("nonce again", nonce, false)
	use("nonce of another key", func(tx *Tx) (bool, error) { return tx.UseNonce("k2", "n", 5) }, true)
	use("step", func(tx *Tx) (bool, error) { return tx.UseStep("d-1", 7) }, true)
	use("step again", func(tx *Tx) (bool, error) { return tx.UseStep("d-1", 7) }, false)
	use("step before", func(tx *Tx) (bool, error) { return tx.UseStep("d-1", 6) }, false)
	use("step after", func(tx *Tx) (bool, error) { return tx.UseStep("d-1", 8) }, true)
	add := func(tx *Tx) (bool, error) {
		return tx.AddPairing(Pairing{Hash: []byte{1}, UserID: "u-ana", Kind: PairCode, Sealed: []byte{2}, MadeAt: 1, ExpiresAt: 10})
	}
	use("pairing", add, true)
	use("pairing in its place", add, true)
	take := func(tx *Tx) (bool, error) { return tx.UsePairing([]byte{1}, 2) }
	use("take pairing", take, true)
	use("take it again", take, false)
	use("a used hash", add, false)
}

func TestPrune(t *testing.T) {
	s := filled(t)
	s.change(t, func(tx *Tx) error {
		_, err := tx.AddRequest(Request{ID: "r-1", UserID: "u-ana", CreatedAt: 1, ExpiresAt: 2})
		return errors.Join(err,
			tx.Ask("r-1", "d-1", "c"),
			tx.AddSession(Session{Hash: []byte{1}, UserID: "u-ana", MadeAt: 1, SeenAt: 1}),
			tx.AddLogin(Login{Hash: []byte{2}, UserID: "u-ana", MadeAt: 1, ExpiresAt: 2}),
			tx.AddEvent("kind", "subject", 1),
			tx.AddMail(Mail{To: "ana@demo.test", At: 1}),
			tx.Prune(31*day, 12*hour, 7*day),
		)
	})
	s.look(t, func(tx *Tx) error {
		mails, err := tx.Mails(10)
		n, _, err2 := tx.Events("kind", "subject", 0)
		if len(mails) != 0 || n != 0 {
			t.Errorf("%d mails, %d events are left", len(mails), n)
		}
		for name, err := range map[string]error{
			"request": errOf(tx.Request("r-1")), "session": errOf(tx.Session([]byte{1})), "login": errOf(tx.Login([]byte{2})),
		} {
			if !errors.Is(err, ErrNone) {
				t.Errorf("%s is left", name)
			}
		}
		return errors.Join(err, err2)
	})
}

// Every change to the audit log shows.
func TestAuditTamper(t *testing.T) {
	tests := map[string]string{
		"nothing":         ``,
		"a text":          `UPDATE audit SET detail = 'other' WHERE seq = 2`,
		"a time":          `UPDATE audit SET at = at + 1 WHERE seq = 1`,
		"moved letters":   `UPDATE audit SET actor = 'anax', subject = 'ben' WHERE seq = 3`,
		"a row removed":   `DELETE FROM audit WHERE seq = 2`,
		"the first":       `DELETE FROM audit WHERE seq = 1`,
		"the last":        `DELETE FROM audit WHERE seq = 4`,
		"a row added":     `INSERT INTO audit SELECT 5, at, type, actor, subject, ip, detail, mac, mac FROM audit WHERE seq = 4`,
		"rows exchanged":  `UPDATE audit SET seq = 9 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 9`,
		"the end removed": `DELETE FROM audit_head`,
		"all removed":     `DELETE FROM audit`,
		"the end moved":   `DELETE FROM audit WHERE seq = 4; UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit WHERE seq = 3)`,
	}
	for name, sql := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "server.db"))
			if err := s.View(t.Context(), (*Tx).VerifyAudit); err != nil {
				t.Errorf("empty log: %v", err)
			}
			for i := range 4 {
				s.change(t, func(tx *Tx) error {
					seq, err := tx.Append(Entry{At: int64(i), Type: "x.y", Actor: "ana", Subject: "xben"})
					if seq != int64(i+1) {
						t.Errorf("entry %d has number %d", i, seq)
					}
					return err
				})
			}
			if sql == "" {
				if err := s.View(t.Context(), (*Tx).VerifyAudit); err != nil {
					t.Error(err)
				}
				return
			}
			s.change(t, func(tx *Tx) error {
				_, err := tx.exec(sql)
				return err
			})
			if err := s.View(t.Context(), (*Tx).VerifyAudit); !errors.Is(err, ErrAudit) {
				t.Errorf("verify = %v, want ErrAudit", err)
			}
		})
	}
}

func TestErrorsHoldNoValues(t *testing.T) {
	s := filled(t)
	err := s.Update(t.Context(), func(tx *Tx) error {
		return tx.AddDevice(Device{ID: "d-1", UserID: "u-ana", Name: "secret-name", KeyID: "k9", Transport: []byte{1}, Approval: []byte{1}, Fallback: []byte{1}})
	})
	if err == nil || strings.Contains(err.Error(), "secret-name") {
		t.Errorf("error = %v", err)
	}
}
