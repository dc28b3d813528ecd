package store_test

// People and the audit log as administrators read them.

import (
	"errors"
	"fmt"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

func TestFindUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		update(t, s, func(tx *store.Tx) error {
			for i := range 3 {
				if _, err := tx.AddUser(store.User{ID: fmt.Sprint("u", i), Email: fmt.Sprintf("c%d@demo.test", i), Login: fmt.Sprint("c", i), Name: "50% _!"}); err != nil {
					return err
				}
			}
			return nil
		})
		for text, want := range map[string]int{"": 4, "ANA": 1, "demo.test": 4, "%": 3, "_": 3, "!": 3, "50% _!": 3, "50_": 0, "c1": 1, "nobody": 0} {
			view(t, s, func(tx *store.Tx) error {
				users, err := tx.FindUsers(text, 100, 0)
				n, err2 := tx.CountUsers(text)
				if len(users) != want || n != want {
					t.Errorf("%q finds %d, counts %d, want %d", text, len(users), n, want)
				}
				return errors.Join(err, err2)
			})
		}
		view(t, s, func(tx *store.Tx) error {
			users, err := tx.FindUsers("", 2, 1)
			if len(users) != 2 || users[0].Email != "c0@demo.test" {
				t.Errorf("second page = %+v", users)
			}
			return err
		})
	})
}

// Tries are those of one subject, not of one whose name begins alike.
func TestTries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		update(t, s, func(tx *store.Tx) error {
			for _, subject := range []string{"u-a", "u-a|rms|totp", "u-a|keys|sms", "u-ab", "u-ab|rms|totp", "|u-a"} {
				if err := tx.AddEvent("code", subject, 1); err != nil {
					return err
				}
			}
			if n, err := tx.Tries("u-a"); n != 3 || err != nil {
				t.Errorf("%d tries, %v, want 3", n, err)
			}
			if err := tx.DropTries("u-a"); err != nil {
				return err
			}
			for subject, want := range map[string]int{"u-a": 0, "u-ab": 2, "|u-a": 1} {
				if n, err := tx.Tries(subject); n != want || err != nil {
					t.Errorf("%s: %d tries, %v, want %d", subject, n, err, want)
				}
			}
			return nil
		})
	})
}

// The check goes on from a point, and sees when the point itself is gone.
func TestVerifyAuditFrom(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := filled(t, open)
		add := func(n int) {
			for i := range n {
				update(t, s, func(tx *store.Tx) error { return errOf(tx.Append(store.Entry{At: int64(i), Type: "x.y"})) })
			}
		}
		add(10)
		var p store.AuditPoint
		var ends []bool
		for range 3 {
			view(t, s, func(tx *store.Tx) error {
				next, end, err := tx.VerifyAuditFrom(p, 4)
				p, ends = next, append(ends, end)
				return err
			})
		}
		if p.Seq != 10 || fmt.Sprint(ends) != "[false false true]" {
			t.Fatalf("at %d, ends %v", p.Seq, ends)
		}
		add(2)
		view(t, s, func(tx *store.Tx) error {
			next, end, err := tx.VerifyAuditFrom(p, 4)
			if next.Seq != 12 || !end {
				t.Errorf("at %d, end %v", next.Seq, end)
			}
			return err
		})
		update(t, s, func(tx *store.Tx) error { return errOf(tx.Exec(`DELETE FROM audit WHERE seq = 10`)) })
		view(t, s, func(tx *store.Tx) error {
			var broken *store.AuditError
			if _, _, err := tx.VerifyAuditFrom(p, 4); !errors.As(err, &broken) || broken.Row != 10 || !errors.Is(err, store.ErrAudit) {
				t.Errorf("without its point: %v", err)
			}
			return nil
		})
	})
}
