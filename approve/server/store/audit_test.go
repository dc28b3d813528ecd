package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

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
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		for name, sql := range tests {
			t.Run(name, func(t *testing.T) {
				update(t, s, func(tx *store.Tx) error { return errOf(tx.Exec(`DELETE FROM audit; DELETE FROM audit_head`)) })
				if err := s.View(t.Context(), (*store.Tx).VerifyAudit); err != nil {
					t.Errorf("empty log: %v", err)
				}
				for i := range 4 {
					update(t, s, func(tx *store.Tx) error {
						seq, err := tx.Append(store.Entry{At: int64(i), Type: "x.y", Actor: "ana", Subject: "xben"})
						if seq != int64(i+1) {
							t.Errorf("entry %d has number %d", i, seq)
						}
						return err
					})
				}
				if sql == "" {
					if err := s.View(t.Context(), (*store.Tx).VerifyAudit); err != nil {
						t.Error(err)
					}
					return
				}
				update(t, s, func(tx *store.Tx) error { return errOf(tx.Exec(sql)) })
				if err := s.View(t.Context(), (*store.Tx).VerifyAudit); !errors.Is(err, store.ErrAudit) {
					t.Errorf("verify = %v, want ErrAudit", err)
				}
			})
		}
	})
}

// The log is one chain, however many processes write to it.
func TestAuditTogether(t *testing.T) {
	const each, entries = 4, 12 // goroutines a store, entries a goroutine
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		var wg sync.WaitGroup
		for _, s := range []*store.Store{open(), open()} {
			for who := range each {
				wg.Go(func() {
					for i := range entries {
						err := s.Update(t.Context(), func(tx *store.Tx) error {
							return errOf(tx.Append(store.Entry{At: int64(i), Type: "x.y", Actor: fmt.Sprint(who)}))
						})
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
		}
		wg.Wait()
		view(t, open(), func(tx *store.Tx) error {
			log, err := tx.Audit()
			if len(log) != 2*each*entries {
				t.Errorf("the log has %d entries, want %d", len(log), 2*each*entries)
			}
			return errors.Join(err, tx.VerifyAudit())
		})
	})
}

// What someone typed can not make a log that no longer fits what was signed.
func TestAuditKeepsAnyText(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		update(t, s, func(tx *store.Tx) error {
			return errOf(tx.Append(store.Entry{Type: "password.wrong", Subject: "a\x00b", Detail: "\xff\xfe", Actor: "Zoë"}))
		})
		view(t, s, func(tx *store.Tx) error {
			log, err := tx.Audit()
			if len(log) != 1 || log[0].Subject != "a\uFFFDb" || log[0].Detail != "\uFFFD" || log[0].Actor != "Zoë" {
				t.Errorf("log = %+v", log)
			}
			return errors.Join(err, tx.VerifyAudit())
		})
		view(t, s, func(tx *store.Tx) error {
			if err := errOf(tx.UserByName("\x00\xff")); !errors.Is(err, store.ErrNone) {
				t.Errorf("a name that is no text: %v, want ErrNone", err)
			}
			return nil
		})
	})
}
