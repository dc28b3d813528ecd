package store_test

// Several stores on one database at work at once, as of several processes.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

// Two records that wait for each other end: PostgreSQL stops one, which runs again.
func TestDeadlock(t *testing.T) {
	where := storetest.Postgres(t)
	s := storetest.Open(t, where)
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(errOf(tx.Exec(`CREATE TABLE pair (id BIGINT, n BIGINT)`)), errOf(tx.Exec(`INSERT INTO pair VALUES (1, 0), (2, 0)`)))
	})
	var wg, both sync.WaitGroup
	both.Add(2)
	var tries [2]int
	for who, order := range [][]int{{1, 2}, {2, 1}} {
		wg.Go(func() {
			err := s.Record(t.Context(), func(tx *store.Tx) error {
				tries[who]++
				for i, id := range order {
					if i == 1 && tries[who] == 1 {
						both.Done()
						both.Wait()
					}
					if _, err := tx.Exec(`UPDATE pair SET n = n + 1 WHERE id = ?`, id); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	view(t, s, func(tx *store.Tx) error {
		sum, err := tx.Count(`SELECT SUM(n) FROM pair`)
		if sum != 4 || tries[0]+tries[1] != 3 {
			t.Errorf("sum %d after %v tries, want 4 after 3", sum, tries)
		}
		return err
	})
}

// The tables are made once, however many programs start at once.
func TestMigrateTogether(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, where string) {
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				s, err := store.Open(context.Background(), where, storetest.Key)
				if err != nil {
					t.Error(err)
					return
				}
				s.Close()
			})
		}
		wg.Wait()
		view(t, storetest.Open(t, where), func(tx *store.Tx) error {
			versions, err := tx.Texts(`SELECT CAST(version AS TEXT) FROM migrations ORDER BY version`)
			if len(versions) == 0 || !slices.IsSorted(versions) || len(slices.Compact(versions)) != len(versions) {
				t.Errorf("migrations = %v", versions)
			}
			return err
		})
	})
}

// One writes while all others wait, also where they only read first.
func TestUpdatesAreAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open(), open()}
		update(t, stores[0], func(tx *store.Tx) error { return tx.AddEvent("count", "x", 0) })
		var wg sync.WaitGroup
		for _, s := range stores {
			for range 3 {
				wg.Go(func() {
					for range 5 {
						err := s.Update(context.Background(), func(tx *store.Tx) error {
							n, err := tx.Count(`SELECT MAX(at) FROM events`)
							return errors.Join(err, tx.AddEvent("count", "x", int64(n+1)))
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
		view(t, stores[1], func(tx *store.Tx) error {
			n, err := tx.Count(`SELECT MAX(at) FROM events`)
			if want := len(stores) * 3 * 5; n != want {
				t.Errorf("counted to %d, want %d", n, want)
			}
			return err
		})
	})
}

// A nonce is taken once, with no lock that holds the others up.
func TestNonceOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		stores := []*store.Store{open(), open()}
		var wg sync.WaitGroup
		won := make(chan bool, 100)
		for i := range 20 {
			wg.Go(func() {
				fresh := false
				err := stores[i%2].Record(context.Background(), func(tx *store.Tx) (err error) {
					fresh, err = tx.UseNonce("k1", fmt.Sprint(i/10), int64(i))
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if fresh {
					won <- true
				}
			})
		}
		wg.Wait()
		if len(won) != 2 {
			t.Errorf("2 nonces were taken %d times", len(won))
		}
	})
}

// A record goes on while an update holds the lock.
func TestRecordDoesNotWait(t *testing.T) {
	where := storetest.Postgres(t)
	a, b := storetest.Open(t, where), storetest.Open(t, where)
	update(t, a, func(tx *store.Tx) error {
		return b.Record(context.Background(), func(tx *store.Tx) error { return errOf(tx.UseNonce("k", "n", 1)) })
	})
}

// Texts are in the same order everywhere, whatever language the database has.
func TestOrder(t *testing.T) {
	where := storetest.PostgresWith(t, `TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'`)
	for kind, place := range map[string]string{"sqlite": storetest.SQLite(t), "postgres": where} {
		s := storetest.Open(t, place)
		for i, name := range []string{"b", "B", "a-c", "ab", "_", "Z", "é", "a"} {
			update(t, s, func(tx *store.Tx) error {
				return errOf(tx.AddUser(store.User{ID: fmt.Sprint(i), Email: name, Login: name}))
			})
		}
		view(t, s, func(tx *store.Tx) error {
			got, err := tx.Texts(`SELECT email FROM users ORDER BY email`)
			if want := []string{"_", "a", "a-c", "ab", "b", "z", "é"}; !slices.Equal(got, want) {
				t.Errorf("%s: order %q, want %q", kind, got, want)
			}
			return err
		})
	}
}

// Texts could be lost in a database of another encoding.
func TestEncoding(t *testing.T) {
	where := storetest.PostgresWith(t, `TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'`)
	s, err := store.Open(t.Context(), where, nil)
	if err == nil {
		s.Close()
		t.Error("a database that does not keep UTF-8 was opened")
	}
}
