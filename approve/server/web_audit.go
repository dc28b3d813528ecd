package server

// /company/audit: the audit log in pages, its check, and its export.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"nod/approve/server/store"
)

const (
	auditPerPage = 100
	exportPart   = 1000 // entries of one transaction

	auditExported = "audit.exported"
)

// logged is an entry as the page shows it.
type logged struct {
	store.Entry
	Time, Short string // Short is the beginning of a long detail
	Broken      bool
}

// auditView is what the page shows.
type auditView struct {
	Filter         []field
	Entries        []logged
	Chain          chainState
	Older, Newer   string
	Export, Verify string
}

// auditFilter reads the filter of a page or an export.
func auditFilter(query url.Values) (f store.AuditFilter, found problems) {
	found = problems{}
	at := func(name string) int64 {
		text := strings.TrimSpace(query.Get(name))
		if text == "" {
			return 0
		}
		t, ok := readTime(text, time.UTC)
		if !ok {
			found[name] = wantTime
			return 0
		}
		return t.UnixMilli()
	}
	get := func(name string) string { return cleanName(query.Get(name)) }
	return store.AuditFilter{
		Type: get("type"), Actor: get("actor"), Subject: get("subject"), Text: get("text"), From: at("from"), To: at("to"),
	}, found
}

func auditFields(query url.Values, found problems) []field {
	text := func(name, label, hint string) field {
		return field{Name: name, Label: label, Kind: "text", Value: query.Get(name), Hint: hint, Max: 64}
	}
	at := func(name, label string) field {
		return field{Name: name, Label: label, Kind: "datetime-local", Value: query.Get(name), Max: 20}
	}
	return withProblems([]field{
		text("type", "Type begins with", ""), text("actor", "Actor", ""), text("subject", "Subject", ""), text("text", "Any text", ""),
		at("from", "From (UTC)"), at("to", "Until (UTC)"),
	}, found)
}

func (s *Server) auditPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := s.expireDue(r.Context()); err != nil {
		return err
	}
	state, err := s.checkChain(r.Context(), chainStep, false)
	if err != nil {
		return err
	}
	return s.showAudit(w, r, v, state)
}

// verifyPage checks the whole log.
func (s *Server) verifyPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	state, err := s.checkChain(r.Context(), 0, true)
	if err != nil {
		return err
	}
	return s.showAudit(w, r, v, state)
}

func (s *Server) showAudit(w http.ResponseWriter, r *http.Request, v *visitor, state chainState) error {
	query := r.URL.Query()
	f, found := auditFilter(query)
	body := auditView{Filter: auditFields(query, found), Chain: state}
	above, _ := strconv.ParseInt(query.Get("above"), 10, 64) // 0 for what is no number
	below, _ := strconv.ParseInt(query.Get("below"), 10, 64)
	var entries, newer, older []store.CheckedEntry
	err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
		if above > 0 {
			entries, err = tx.AuditAbove(f, above, auditPerPage)
		}
		if err == nil && len(entries) < auditPerPage { // the first page is full
			entries, err = tx.AuditBelow(f, below, auditPerPage)
		}
		if err != nil || len(entries) == 0 {
			return err
		}
		var err2 error
		newer, err = tx.AuditAbove(f, entries[0].Seq, 1)
		older, err2 = tx.AuditBelow(f, entries[len(entries)-1].Seq, 1)
		return errors.Join(err, err2)
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		body.Entries = append(body.Entries, showEntry(e, state))
	}
	body.links(query, entries, len(newer) > 0, len(older) > 0)
	status := http.StatusOK
	if len(found) > 0 {
		status = http.StatusUnprocessableEntity
	}
	s.render(w, status, v, view{Page: "audit", Title: "Audit log", Company: "audit", Body: body})
	return nil
}

// links makes the links around the page that shows entries.
func (l *auditView) links(query url.Values, entries []store.CheckedEntry, newer, older bool) {
	query.Del("above")
	query.Del("below")
	l.Export, l.Verify = "/company/audit.ndjson?"+query.Encode(), "/company/audit/verify?"+query.Encode()
	to := func(name string, seq int64) string {
		q := maps.Clone(query)
		q.Set(name, strconv.FormatInt(seq, 10))
		return "/company/audit?" + q.Encode()
	}
	if newer {
		l.Newer = to("above", entries[0].Seq)
	}
	if older {
		l.Older = to("below", entries[len(entries)-1].Seq)
	}
}

func showEntry(e store.CheckedEntry, state chainState) logged {
	const short = 120
	l := logged{Entry: e.Entry, Time: fromMillis(e.At).Format("2 Jan 2006 15:04:05") + " UTC", Broken: !e.Intact || e.Seq == state.Broken}
	if changes := policyChanges(e.Detail); e.Type == auditPolicyChanged && changes != "" {
		l.Short = changes
	} else if runes := []rune(e.Detail); len(runes) > short {
		l.Short = string(runes[:short]) + "…"
	}
	return l
}

// policyChanges says what differs between the two policies of an entry, "" when
// it can not be read.
func policyChanges(detail string) string {
	before, after, _ := strings.Cut(strings.TrimPrefix(detail, "old "), " new {")
	var old, now map[string]json.RawMessage
	if json.Unmarshal([]byte(before), &old) != nil || json.Unmarshal([]byte("{"+after), &now) != nil {
		return ""
	}
	var changes []string
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if !bytes.Equal(old[key], now[key]) {
			changes = append(changes, fmt.Sprintf("%s: %s, was %s", key, now[key], cmp.Or(string(old[key]), "nothing")))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if now[key] == nil {
			changes = append(changes, fmt.Sprintf("%s: nothing, was %s", key, old[key]))
		}
	}
	return strings.Join(changes, "; ")
}

func entryJSON(e store.Entry) AuditEntry {
	return AuditEntry{e.Seq, fromMillis(e.At), e.Type, e.Actor, e.Subject, e.IP, e.Detail}
}

// exportAudit sends what the filter chooses, oldest first, one JSON object a
// line.
func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.streamAudit(w, r, v.doer())
}

// streamAudit writes the log as it was when the export began, in parts.
func (s *Server) streamAudit(w http.ResponseWriter, r *http.Request, by doer) error {
	f, found := auditFilter(r.URL.Query())
	if len(found) > 0 {
		return refuse(http.StatusUnprocessableEntity, "bad_request", found.Error())
	}
	var end int64
	err := s.store.Update(r.Context(), func(tx *store.Tx) (err error) {
		end, err = s.audit(tx, auditExported, by.Name, "", by.IP, r.URL.RawQuery)
		return err
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Disposition", `attachment; filename="audit.ndjson"`)
	lines := json.NewEncoder(w)
	for seq := int64(0); ; {
		var part []store.CheckedEntry
		if err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
			part, err = tx.AuditAbove(f, seq, exportPart)
			return err
		}); err != nil {
			return s.cut(err)
		}
		for i := len(part) - 1; i >= 0; i-- {
			if part[i].Seq > end {
				return nil
			}
			if err := lines.Encode(entryJSON(part[i].Entry)); err != nil {
				return s.cut(err)
			}
		}
		if len(part) < exportPart {
			return nil
		}
		seq = part[0].Seq
	}
}

// cut ends an answer whose beginning is sent already: the connection breaks, so
// that nobody takes the part for the whole.
func (s *Server) cut(err error) error {
	s.config.Log("error: export audit log: %v", err)
	panic(http.ErrAbortHandler)
}
