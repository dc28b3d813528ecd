package approve

// This file keeps the list of requests: what a poll brings is merged into it,
// and what has run out of time ends.

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"nod/vault"
)

const (
	keepEnded  = time.Hour // how long ended requests stay in the list
	maxWaiting = 50        // per device; a server that sends more is not believed
)

// entry is one request with what the inbox knows of it. The server's id is only
// unique at that server, so an entry is found by pairing and id.
type entry struct {
	Request
	arrival   int
	ended     time.Time // zero while it is waiting or ignored
	noted     bool      // its end is in the history
	answering int       // answers under way
	ruling    Act       // what a rule wants and is still to be carried out, or ""
	hidden    bool      // that was not tried yet
}

// copy returns the request for a receiver that may change it.
func (e *entry) copy() Request {
	r := e.Request
	r.Devices = slices.Clone(r.Devices)
	r.Challenge = slices.Clone(r.Challenge)
	r.Choices, r.Acts, r.Warnings = slices.Clone(r.Choices), slices.Clone(r.Acts), slices.Clone(r.Warnings)
	return r
}

// final tells whether s ends a request.
func final(s State) bool {
	switch s {
	case Accepted, Denied, Reported, Mismatch, Expired, Cancelled:
		return true
	}
	return false
}

// find returns the entry of a device's request, or nil; in.mu is held.
func (in *Inbox) find(device, id string) *entry {
	for _, e := range in.entries {
		if e.Device == device && e.ID == id {
			return e
		}
	}
	return nil
}

// merge takes over what a poll of d brought. mark is the number of arrivals
// when that poll began. It returns what is to be noted.
func (in *Inbox) merge(d vault.Device, b Batch, mark int) []vault.Event {
	done := in.handled(d.ID, b.Requests)
	if len(b.Requests) > 0 {
		in.reread()
	}
	earlier := in.earlier(d, b.Requests)
	now := time.Now()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.line(d.ID).state.Dropped += b.Dropped
	var notes []vault.Event
	for _, r := range b.Ended {
		r = cleanRequest(r)
		if e := in.find(d.ID, r.ID); e != nil && final(r.State) {
			notes = append(notes, in.end(e, r.State, r.AnsweredBy, r.AnsweredAt, d.Name)...)
		} else if e == nil && final(r.State) {
			in.remember(d.ID, r)
		}
	}
	listed := map[string]bool{}
	for _, r := range b.Requests {
		r = cleanRequest(r)
		r.Device, r.Server = d.ID, d.Server
		listed[r.ID] = true
		if e := in.find(d.ID, r.ID); e != nil {
			in.renew(e, r)
		} else if kind, seen := done[r.ID]; r.ID != "" && (!seen || kind == vault.EventIgnored) && now.Before(r.ExpiresAt) {
			if e := in.arrive(r, kind); e != nil && !b.Unasked {
				in.judge(e, earlier, now)
			}
		}
	}
	// A poll brings all that waits: what it leaves out is over. Not so for what
	// arrived after it began, or is being answered right now.
	for _, e := range in.entries {
		if e.Device == d.ID && !final(e.State) && !listed[e.ID] && e.arrival <= mark && e.answering == 0 {
			notes = append(notes, in.end(e, Cancelled, "", time.Time{}, d.Name)...)
		}
	}
	return notes
}

// arrive adds a new request, unless there are too many; in.mu is held.
func (in *Inbox) arrive(r Request, known vault.EventKind) *entry {
	waiting := 0
	for _, e := range in.entries {
		if e.Device == r.Device && !final(e.State) {
			waiting++
		}
	}
	if waiting >= maxWaiting {
		in.line(r.Device).state.Dropped++
		return nil
	}
	if r.State != Ignored {
		r.State = Waiting
	}
	if known == vault.EventIgnored {
		r.State = Ignored
	}
	in.arrivals++
	e := &entry{Request: r, arrival: in.arrivals}
	in.entries = append(in.entries, e)
	return e
}

// renew takes over what may change of a known request; in.mu is held. Another
// challenge under the same id is not believed.
func (in *Inbox) renew(e *entry, r Request) {
	switch {
	case !bytes.Equal(e.Challenge, r.Challenge):
		in.line(e.Device).state.Dropped++
	case !final(e.State):
		e.AskedAt, e.ExpiresAt = r.AskedAt, r.ExpiresAt // the clock may be known better by now
		if r.State == Ignored {
			e.State = Ignored
		}
	}
}

// end gives e its final state, once, and returns what is to be noted; in.mu is
// held. name is this device's name at the server.
func (in *Inbox) end(e *entry, s State, by string, at time.Time, name string) []vault.Event {
	if final(e.State) {
		return nil
	}
	wasIgnored := e.State == Ignored
	e.State, e.AnsweredBy, e.AnsweredAt, e.ended = s, by, at, time.Now()
	if e.noted || wasIgnored && (s == Expired || s == Cancelled) {
		return nil // ignoring it was this device's last word
	}
	e.noted = true
	note := e.note()
	note.Kind = endKinds[s]
	switch {
	case s == Cancelled:
		note.Detail = "no longer waiting at the server"
	case s != Expired && by != name:
		note.Kind = vault.EventElsewhere
		note.Detail = elsewhere(s, by)
	}
	return []vault.Event{note}
}

// elsewhere is how the history tells of an answer of another device; Ended reads it.
func elsewhere(s State, by string) string {
	text := strings.ReplaceAll(string(s), "_", " ")
	if by != "" {
		text += " on " + by
	}
	return text
}

// endKinds are the history's names for the ends.
var endKinds = map[State]vault.EventKind{
	Accepted: vault.EventAccepted, Denied: vault.EventDenied, Reported: vault.EventReported,
	Mismatch: vault.EventMismatch, Expired: vault.EventExpired, Cancelled: vault.EventElsewhere,
}

// note returns a line of history about e, without its kind.
func (e *entry) note() vault.Event {
	return vault.Event{
		At: time.Now(), Subject: e.App, Account: e.Account, IP: e.IP, Place: e.Place,
		Device: e.Device, Request: e.ID,
	}
}

// expire ends what has run out of time and forgets what ended long ago. It
// tells whether anything changed.
func (in *Inbox) expire(now time.Time) bool {
	var notes []vault.Event
	in.mu.Lock()
	before := len(in.entries)
	changed := false
	in.entries = slices.DeleteFunc(in.entries, func(e *entry) bool {
		return final(e.State) && now.Sub(e.ended) >= keepEnded
	})
	for _, e := range in.entries {
		if !final(e.State) && e.answering == 0 && !now.Before(e.ExpiresAt) {
			notes = append(notes, in.end(e, Expired, "", time.Time{}, "")...)
			changed = true
		}
	}
	changed = changed || len(in.entries) != before
	in.mu.Unlock()
	in.note(notes...)
	return changed
}

// nextExpiry returns how long until the next request runs out, at most most.
func (in *Inbox) nextExpiry(now time.Time, most time.Duration) time.Duration {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range in.entries {
		if !final(e.State) && e.answering == 0 {
			most = min(most, e.ExpiresAt.Sub(now))
		}
	}
	return max(most, 0)
}

// drop ends everything of a device that is gone; in.mu is not held.
func (in *Inbox) drop(device string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, e := range in.entries {
		if e.Device == device && !final(e.State) {
			e.State, e.ended, e.noted = Cancelled, time.Now(), true
		}
	}
}
