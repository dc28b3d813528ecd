package store

// The audit log: append-only rows, each authenticated together with the one
// before it, and a head that tells where the chain ends.

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Entry is one line of the audit log.
type Entry struct {
	Seq     int64
	At      int64
	Type    string // "request.answered"
	Actor   string // who did it: an e-mail, a device, or ""
	Subject string // whom it is about
	IP      string
	Detail  string
}

// ErrAudit says that the audit log is not as it was written.
var ErrAudit = errors.New("the audit log was changed")

type auditRow struct {
	Entry
	prev, mac []byte
}

func readAudit(row scanner) (auditRow, error) {
	var e auditRow
	err := row.Scan(&e.Seq, &e.At, &e.Type, &e.Actor, &e.Subject, &e.IP, &e.Detail, &e.prev, &e.mac)
	return e, err
}

// Append adds e at the end of the log and returns its number. Seq is ignored.
func (tx *Tx) Append(e Entry) (int64, error) {
	var prev []byte
	err := tx.row(`SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1`, nil, &e.Seq, &prev)
	if errors.Is(err, ErrNone) {
		e.Seq, prev = 0, make([]byte, sha256.Size)
	} else if err != nil {
		return 0, err
	}
	e.Seq++
	mac := tx.chain(e, prev)
	if _, err := tx.exec(`INSERT INTO audit (seq, at, type, actor, subject, ip, detail, prev, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, e.At, e.Type, e.Actor, e.Subject, e.IP, e.Detail, prev, mac); err != nil {
		return 0, err
	}
	_, err = tx.exec(`INSERT INTO audit_head (id, seq, mac) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, mac = excluded.mac`,
		e.Seq, tx.head(e.Seq, mac))
	return e.Seq, err
}

// Audit returns the whole log.
func (tx *Tx) Audit() ([]Entry, error) {
	rows, err := tx.auditRows()
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(rows))
	for i, row := range rows {
		entries[i] = row.Entry
	}
	return entries, nil
}

// VerifyAudit checks every row and the end of the log; ErrAudit names the first
// row that is wrong.
func (tx *Tx) VerifyAudit() error {
	rows, err := tx.auditRows()
	if err != nil {
		return err
	}
	var head []byte
	var seq int64
	if err := tx.row(`SELECT seq, mac FROM audit_head WHERE id = 1`, nil, &seq, &head); errors.Is(err, ErrNone) {
		if len(rows) == 0 {
			return nil
		}
		return fmt.Errorf("verify audit log: the end is missing: %w", ErrAudit)
	} else if err != nil {
		return err
	}
	prev := make([]byte, sha256.Size)
	for i, row := range rows {
		if row.Seq != int64(i+1) || !bytes.Equal(row.prev, prev) || !hmac.Equal(row.mac, tx.chain(row.Entry, prev)) {
			return fmt.Errorf("verify audit log: row %d: %w", i+1, ErrAudit)
		}
		prev = row.mac
	}
	if seq != int64(len(rows)) || !hmac.Equal(head, tx.head(seq, prev)) {
		return fmt.Errorf("verify audit log: it ends at row %d of %d: %w", len(rows), seq, ErrAudit)
	}
	return nil
}

func (tx *Tx) auditRows() ([]auditRow, error) {
	return list(tx, readAudit, `SELECT seq, at, type, actor, subject, ip, detail, prev, mac FROM audit ORDER BY seq`)
}

// chain authenticates a row with the one before it. Lengths keep fields apart.
func (tx *Tx) chain(e Entry, prev []byte) []byte {
	mac := hmac.New(sha256.New, tx.auditKey)
	mac.Write([]byte("row"))
	mac.Write(prev)
	for _, n := range []int64{e.Seq, e.At} {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
	for _, text := range []string{e.Type, e.Actor, e.Subject, e.IP, e.Detail} {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		mac.Write([]byte(text))
	}
	return mac.Sum(nil)
}

func (tx *Tx) head(seq int64, last []byte) []byte {
	mac := hmac.New(sha256.New, tx.auditKey)
	mac.Write([]byte("head"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(seq)))
	mac.Write(last)
	return mac.Sum(nil)
}
