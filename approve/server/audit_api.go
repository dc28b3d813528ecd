package server

// The audit log for the command line: reading it in parts, and checking it.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"nod/approve/server/store"
)

// AuditQuery chooses entries: Type is the beginning of the type; Actor, Subject
// and Text are part of what they name; From and To bound the time. What is empty
// chooses nothing out.
type AuditQuery struct {
	Type, Actor, Subject, Text string
	From, To                   time.Time
}

func (q AuditQuery) filter() store.AuditFilter {
	f := store.AuditFilter{Type: q.Type, Actor: q.Actor, Subject: q.Subject, Text: q.Text}
	if !q.From.IsZero() {
		f.From = q.From.UnixMilli()
	}
	if !q.To.IsZero() {
		f.To = q.To.UnixMilli()
	}
	return f
}

// NewestAudit returns the newest entries that q chooses, at most most of them,
// oldest first.
func (s *Server) NewestAudit(ctx context.Context, q AuditQuery, most int) ([]AuditEntry, error) {
	entries := []AuditEntry{}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		part, err := tx.AuditBelow(q.filter(), 0, most)
		entries = entries[:0]
		for _, e := range slices.Backward(part) {
			entries = append(entries, entryJSON(e.Entry))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return entries, nil
}

// ExportAudit hands all entries that q chooses to each, oldest first, and notes
// in the log that this was done. An error of each ends it.
func (s *Server) ExportAudit(ctx context.Context, q AuditQuery, each func(AuditEntry) error) error {
	var end int64
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		end, err = s.audit(tx, auditExported, commandLine, "", "", "")
		return err
	})
	for seq, more := int64(0), true; more && err == nil; {
		var part []store.CheckedEntry
		err = s.store.View(ctx, func(tx *store.Tx) (err error) {
			part, err = tx.AuditAbove(q.filter(), seq, exportPart)
			return err
		})
		more = len(part) == exportPart
		for _, e := range slices.Backward(part) {
			if err == nil && e.Seq <= end {
				err = each(entryJSON(e.Entry))
			}
		}
		if more {
			seq = part[0].Seq
			more = seq < end
		}
	}
	return wrap("export audit log", err)
}

// AuditState is what a check of the audit log found.
type AuditState struct {
	// Checked is the last entry up to which everything is as it was written, of
	// Entries in all.
	Checked int64 `json:"checked"`
	Entries int64 `json:"entries"`
	// Broken is the first entry that is not, 0 when there is none; Problem says
	// what is wrong with it.
	Broken  int64  `json:"broken,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// CheckAudit checks all of the audit log.
func (s *Server) CheckAudit(ctx context.Context) (AuditState, error) {
	state, err := s.checkChain(ctx, 0, true)
	return AuditState{Checked: state.Seq, Entries: state.Length, Broken: state.Broken, Problem: state.Problem}, wrap("check audit log", err)
}
