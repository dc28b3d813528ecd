package store

// The audit log: append-only rows, each authenticated together with the one
// before it, and a head that tells where the chain ends.

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
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
// It needs an Update: the chain has one end.
func (tx *Tx) Append(e Entry) (int64, error) {
	for _, text := range []*string{&e.Type, &e.Actor, &e.Subject, &e.IP, &e.Detail} {
		*text = clean(*text) // what is authenticated is what is kept
	}
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

const auditColumns = `seq, at, type, actor, subject, ip, detail, prev, mac`

// Audit returns the whole log.
func (tx *Tx) Audit() ([]Entry, error) {
	return list(tx, func(row scanner) (Entry, error) {
		e, err := readAudit(row)
		return e.Entry, err
	}, `SELECT `+auditColumns+` FROM audit ORDER BY seq`)
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
