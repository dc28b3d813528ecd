package approve

// This file carries out what rules decide, once for each request, and notes it in
// the history. A request that a rule has decided on is never shown as waiting.

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"nod/vault"
)

// Follow makes the rules of a file decide on the requests that arrive from now on.
// Those that are known, that were answered or ignored before, or that a person has
// scanned are left alone. It is called once, before Watch or Fetch; then each event
// tells, in Request.Rule, which rule decided. The file is read again when it has
// changed: if something is wrong with it then, wrong is told, from any goroutine, and
// the rules from before stay. Errors: those of ReadRules; there are no rules until
// the file has changed.
func (in *Inbox) Follow(file string, wrong func(error)) error {
	in.source = &rulesSource{file: file, wrong: wrong}
	in.source.changed()
	rules, err := ReadRules(file)
	in.apply(rules)
	return err
}

// apply makes rules decide from now on.
func (in *Inbox) apply(rules Rules) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.rules = rules
}

// reread takes over what has changed in the file that is followed.
func (in *Inbox) reread() {
	s := in.source
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.changed() {
		return
	}
	rules, err := ReadRules(s.file)
	if err != nil {
		s.wrong(err)
		return
	}
	in.apply(rules)
}

// rulesSource is the file that an inbox has its rules from.
type rulesSource struct {
	file  string
	wrong func(error)

	mu  sync.Mutex
	was fs.FileInfo // when it was last read, nil: it was not there
}

// changed tells whether the file is another one than at the last call; mu is held.
func (s *rulesSource) changed() bool {
	was := s.was
	s.was, _ = os.Stat(s.file) // what is wrong ReadRules says
	if was == nil || s.was == nil {
		return was != s.was
	}
	return !os.SameFile(was, s.was) || !was.ModTime().Equal(s.was.ModTime()) || was.Size() != s.was.Size() || was.Mode() != s.was.Mode()
}

// earlier lists the requests that have come, for rules that count: those of the
// batch, those of this inbox, and those of the history.
func (in *Inbox) earlier(d vault.Device, batch []Request) []Arrival {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.rules.counts() {
		return nil
	}
	now := time.Now()
	var list []Arrival
	for _, r := range batch {
		r = cleanRequest(r)
		r.Device, r.Server = d.ID, d.Server
		list = append(list, r.arrived(now))
	}
	for _, e := range in.entries {
		list = append(list, e.arrived(now))
	}
	servers := map[string]string{}
	for _, d := range in.v.Devices() {
		servers[d.ID] = d.Server
	}
	for _, h := range in.v.History() {
		if now.Sub(h.At) > maxWithin {
			break // newest first
		}
		if h.Request != "" {
			list = append(list, Arrival{Device: h.Device, ID: h.Request, Server: servers[h.Device], App: h.Subject, At: h.At})
		}
	}
	return list
}

// judge lets the rules decide on e, which has just arrived; in.mu is held. Until
// the decision was carried out no event shows e.
func (in *Inbox) judge(e *entry, earlier []Arrival, now time.Time) {
	if e.State != Waiting {
		return
	}
	if act, name, ok := in.rules.Decide(e.Request, earlier, now); ok {
		e.State, e.Rule = Ignored, name
		e.ruling, e.hidden = act, true
	}
}

// ruling is a decision of a rule that is to be carried out.
type ruling struct {
	*entry
	request Request
	act     Act
}

// rule carries out what the rules have decided on requests of d.
func (in *Inbox) rule(ctx context.Context, d Device, driver Driver) {
	for _, one := range in.ruled(d.ID) {
		var out Outcome
		err := error(ErrNotOffered)
		switch {
		case one.act == Ignore:
			out, err = driver.Answer(ctx, d, one.request, Decision{Act: Ignore}, nil)
		case one.request.Takes(Deny):
			out, err = driver.Answer(ctx, d, one.request, Decision{Act: Deny, Reason: "cancelled"}, nil)
		}
		if ctx.Err() == nil {
			in.settleRuling(one.entry, d.Device, one.act, out, err)
		}
		in.closed(one.entry)
	}
}

// ruled returns the decisions that are to be carried out on requests of a device,
// and marks these as being answered.
func (in *Inbox) ruled(device string) (list []ruling) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range in.entries {
		if e.Device == device && e.ruling != "" && e.State == Ignored && e.answering == 0 {
			e.answering++
			list = append(list, ruling{e, e.copy(), e.ruling})
		}
	}
	return list
}

// settleRuling keeps what the server made of a rule's decision. A denial that did not
// get through leaves the request ignored, and is tried again with the next poll
// where that may help.
func (in *Inbox) settleRuling(e *entry, d vault.Device, act Act, out Outcome, err error) {
	if out.At.IsZero() {
		out.At = time.Now()
	}
	end, by, at := State(""), "", time.Time{}
	answered, isAnswered := errors.AsType[*AnsweredError](err)
	_, limited := errors.AsType[*LimitedError](err)
	switch {
	case isAnswered:
		end, by, at = answered.State, Text(answered.Device), answered.At
	case errors.Is(err, ErrExpired):
		end = Expired
	case errors.Is(err, ErrNoRequest):
		end = Cancelled
	case act == Deny && err == nil:
		end, by, at = Denied, d.Name, out.At
	case errors.Is(err, ErrRevoked):
		in.revoke(d)
	}
	again := act == Deny && end == "" && (limited || errors.Is(err, ErrUnreachable))

	in.mu.Lock()
	first := e.hidden
	e.hidden, e.RuleFailed = false, ""
	if !again {
		e.ruling = ""
	}
	if act == Deny && end == "" {
		e.RuleFailed = LongText("not denied, only ignored: " + err.Error())
	}
	var notes []vault.Event
	switch {
	case final(end):
		if first {
			e.State = Waiting // so that its end is noted
		}
		notes = in.end(e, end, by, at, d.Name)
	case first && e.State == Ignored:
		note := e.note()
		note.Kind = vault.EventIgnored
		notes = append(notes, note)
	}
	for i, n := range notes {
		if n.Kind == vault.EventDenied || n.Kind == vault.EventIgnored {
			notes[i].Detail = strings.Join(noEmpty("by rule "+e.Rule, e.RuleFailed), "; ")
		}
	}
	in.mu.Unlock()
	in.noteOnce(notes...)
}

// noEmpty returns those of texts that say something.
func noEmpty(texts ...string) (some []string) {
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	return some
}
