package store

// Reading the audit log in pages, and checking it in parts: a log of years does
// not fit into memory.

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
)

const auditRowColumns = `seq, at, type, actor, subject, ip, detail, prev, mac`

// AuditFilter chooses entries. Type is the beginning of the type; Actor and
// Subject are part of theirs, Text of any field; From and To bound the time, To
// is not included. What is empty chooses nothing out.
type AuditFilter struct {
	Type, Actor, Subject, Text string
	From, To                   int64
}

// where is the condition of f.
func (f AuditFilter) where() (string, []any) {
	text, args := `1 = 1`, []any{}
	add := func(condition string, values ...any) {
		text += ` AND ` + condition
		args = append(args, values...)
	}
	if f.Type != "" {
		add(`LOWER(type) LIKE ? ESCAPE '!'`, beginsWith(f.Type))
	}
	if f.Actor != "" {
		add(`LOWER(actor) LIKE ? ESCAPE '!'`, contains(f.Actor))
	}
	if f.Subject != "" {
		add(`LOWER(subject) LIKE ? ESCAPE '!'`, contains(f.Subject))
	}
	if like := contains(f.Text); f.Text != "" {
		add(`(LOWER(detail) LIKE ? ESCAPE '!' OR LOWER(actor) LIKE ? ESCAPE '!' OR LOWER(subject) LIKE ? ESCAPE '!' OR type LIKE ? ESCAPE '!' OR ip LIKE ? ESCAPE '!')`,
			like, like, like, like, like)
	}
	if f.From != 0 {
		add(`at >= ?`, f.From)
	}
	if f.To != 0 {
		add(`at < ?`, f.To)
	}
	return text, args
}

// CheckedEntry is an entry that says whether it is as it was written. Only
// VerifyAudit finds rows that were removed.
type CheckedEntry struct {
	Entry
	Intact bool
}

// AuditBelow returns the newest entries with a number below seq, newest first;
// seq 0 begins at the end of the log.
func (tx *Tx) AuditBelow(f AuditFilter, seq int64, limit int) ([]CheckedEntry, error) {
	where, args := f.where()
	if seq > 0 {
		where, args = where+` AND seq < ?`, append(args, seq)
	}
	return list(tx, tx.readChecked, `SELECT `+auditRowColumns+` FROM audit WHERE `+where+` ORDER BY seq DESC LIMIT ?`, append(args, limit)...)
}

// AuditAbove returns the oldest entries with a number above seq, newest first.
func (tx *Tx) AuditAbove(f AuditFilter, seq int64, limit int) ([]CheckedEntry, error) {
	where, args := f.where()
	all, err := list(tx, tx.readChecked, `SELECT `+auditRowColumns+` FROM audit WHERE `+where+` AND seq > ? ORDER BY seq LIMIT ?`, append(args, seq, limit)...)
	slices.Reverse(all)
	return all, err
}

func (tx *Tx) readChecked(row scanner) (CheckedEntry, error) {
	e, err := readAudit(row)
	return CheckedEntry{e.Entry, hmac.Equal(e.mac, tx.chain(e.Entry, e.prev))}, err
}

// AuditLength returns the number of the last entry.
func (tx *Tx) AuditLength() (int64, error) {
	var n int64
	err := tx.row(`SELECT COALESCE(MAX(seq), 0) FROM audit`, nil, &n)
	return n, err
}

// AuditPoint is how far the log was checked. The zero point is its beginning.
type AuditPoint struct {
	Seq int64
	mac []byte
}

// AuditError is an ErrAudit at a row. Problem says what is wrong there.
type AuditError struct {
	Row     int64
	Problem string
}

func (e *AuditError) Error() string {
	return "verify audit log: " + e.Problem + ": " + ErrAudit.Error()
}

// Unwrap makes it an ErrAudit.
func (e *AuditError) Unwrap() error { return ErrAudit }

// VerifyAuditFrom checks at most limit rows after p and returns how far it came.
// When that is the end of the log it checks the end too. An *AuditError names
// the first row that is wrong; the point is then the last row that is right.
func (tx *Tx) VerifyAuditFrom(p AuditPoint, limit int) (next AuditPoint, end bool, err error) {
	if p.mac == nil {
		p.mac = make([]byte, sha256.Size)
	} else if err := tx.stillThere(p); err != nil {
		return p, false, err
	}
	rows, err := list(tx, readAudit, `SELECT `+auditRowColumns+` FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`, p.Seq, limit)
	if err != nil {
		return p, false, err
	}
	for _, row := range rows {
		if row.Seq != p.Seq+1 || !bytes.Equal(row.prev, p.mac) || !hmac.Equal(row.mac, tx.chain(row.Entry, p.mac)) {
			return p, false, &AuditError{p.Seq + 1, fmt.Sprintf("row %d was changed, or one before it was removed", p.Seq+1)}
		}
		p = AuditPoint{row.Seq, row.mac}
	}
	if len(rows) == limit {
		return p, false, nil
	}
	return p, true, tx.verifyHead(p)
}

// stillThere checks that the log still has the row of p.
func (tx *Tx) stillThere(p AuditPoint) error {
	var mac []byte
	err := tx.row(`SELECT mac FROM audit WHERE seq = ?`, []any{p.Seq}, &mac)
	if errors.Is(err, ErrNone) || (err == nil && p.Seq > 0 && !bytes.Equal(mac, p.mac)) {
		return &AuditError{p.Seq, fmt.Sprintf("row %d was changed or removed", p.Seq)}
	}
	return err
}

// verifyHead checks that the log ends at p.
func (tx *Tx) verifyHead(p AuditPoint) error {
	var head []byte
	var seq int64
	err := tx.row(`SELECT seq, mac FROM audit_head WHERE id = 1`, nil, &seq, &head)
	switch {
	case errors.Is(err, ErrNone) && p.Seq == 0:
		return nil
	case errors.Is(err, ErrNone):
		return &AuditError{p.Seq, "the end is missing"}
	case err != nil:
		return err
	case seq != p.Seq || !hmac.Equal(head, tx.head(seq, p.mac)):
		return &AuditError{max(1, p.Seq), fmt.Sprintf("the log ends at row %d of %d", p.Seq, seq)}
	}
	return nil
}

// VerifyAudit checks every row and the end of the log; ErrAudit names the first
// row that is wrong.
func (tx *Tx) VerifyAudit() error {
	const part = 4096 // rows in memory
	for p := (AuditPoint{}); ; {
		next, end, err := tx.VerifyAuditFrom(p, part)
		if err != nil || end {
			return err
		}
		p = next
	}
}
