package tui

// requests.go keeps the list of login requests steady: rows stay where they are
// while the person looks at them, and an ended one fades before it leaves.

import (
	"slices"
	"time"

	"nod/approve"
)

// request is one row of the upper list.
type request struct {
	approve.Request
	ended time.Time // zero while it can be answered
}

// ref names a request among all servers: ids are unique at one server only.
func ref(r approve.Request) string { return r.Device + "/" + r.ID }

// open tells whether r can still be answered.
func (r request) open(now time.Time) bool { return r.ended.IsZero() && now.Before(r.ExpiresAt) }

// requests are the two lists of the approvals screen.
type requests struct {
	waiting []request         // in order of arrival, with those that have just ended
	past    []approve.Request // newest first
	undone  map[string]bool   // ignored ones that the person took back
	moved   map[string]bool   // ids that have left the upper list
}

// merge takes what the inbox knows, and returns the requests that are new.
func (q *requests) merge(all []approve.Request, now time.Time) (fresh []approve.Request) {
	if q.moved == nil {
		q.undone, q.moved = map[string]bool{}, map[string]bool{}
	}
	known := make(map[string]approve.Request, len(all))
	for _, r := range all {
		if r.State == approve.Ignored && q.undone[ref(r)] && now.Before(r.ExpiresAt) {
			r.State = approve.Waiting
		}
		known[ref(r)] = r
		if r.State == approve.Waiting && !q.has(ref(r)) && !q.moved[ref(r)] && now.Before(r.ExpiresAt) {
			q.waiting = append(q.waiting, request{Request: r})
			fresh = append(fresh, r)
		}
	}
	for i := range q.waiting {
		q.waiting[i].take(known, now)
	}
	q.remember(known, now)
	q.fade(now)
	return fresh
}

// arrived adds a request before the next event brings it.
func (q *requests) arrived(r approve.Request) {
	if !q.has(ref(r)) {
		q.waiting = append(q.waiting, request{Request: r})
	}
}

// remember fills the lower list. A request that this side has ended stays
// there although the inbox may not know of it yet.
func (q *requests) remember(known map[string]approve.Request, now time.Time) {
	before := q.past
	q.past = nil
	for _, r := range known {
		if r.State != approve.Waiting && !q.has(ref(r)) {
			q.past = append(q.past, dated(r, before, now))
		}
	}
	for _, r := range before {
		latest, ok := known[ref(r)]
		if (!ok || latest.State == approve.Waiting) && !q.has(ref(r)) && now.Sub(endOf(r)) < time.Hour {
			q.past = append(q.past, r)
		}
	}
	q.order()
}

// dated gives an end without a time the time when it was first seen here.
func dated(r approve.Request, before []approve.Request, now time.Time) approve.Request {
	if !r.AnsweredAt.IsZero() || r.State == approve.Expired {
		return r
	}
	r.AnsweredAt = now
	for _, b := range before {
		if ref(b) == ref(r) && !b.AnsweredAt.IsZero() {
			r.AnsweredAt = b.AnsweredAt
		}
	}
	return r
}

// take brings a row up to date.
func (r *request) take(known map[string]approve.Request, now time.Time) {
	latest, ok := known[ref(r.Request)]
	switch {
	case !ok && r.ended.IsZero():
		r.State, r.ended = approve.Expired, now
	case ok && latest.State == approve.Waiting:
		r.Request = latest
	case ok:
		r.Request = latest
		if r.ended.IsZero() {
			r.ended = now
		}
	}
}

// fade ends what has run out, and moves down what ended three seconds ago.
func (q *requests) fade(now time.Time) {
	for i := range q.waiting {
		r := &q.waiting[i]
		if r.ended.IsZero() && !now.Before(r.ExpiresAt) {
			r.ended = now
			if r.State == approve.Waiting {
				r.State = approve.Expired
			}
		}
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(r request) bool {
		if r.ended.IsZero() || now.Sub(r.ended) < fading {
			return false
		}
		q.bury(r.Request)
		return true
	})
}

// bury moves a request to the lower list.
func (q *requests) bury(r approve.Request) {
	q.moved[ref(r)] = true
	if !slices.ContainsFunc(q.past, func(p approve.Request) bool { return ref(p) == ref(r) }) {
		q.past = append(q.past, r)
		q.order()
	}
}

// order sorts the lower list, newest first.
func (q *requests) order() {
	slices.SortStableFunc(q.past, func(a, b approve.Request) int {
		if c := endOf(b).Compare(endOf(a)); c != 0 {
			return c
		}
		if ref(a) < ref(b) {
			return -1
		}
		return 1
	})
}

// endOf is when a request ended, as far as known.
func endOf(r approve.Request) time.Time {
	if r.AnsweredAt.IsZero() {
		return r.ExpiresAt
	}
	return r.AnsweredAt
}

// settle moves a request down at once, as its person wanted.
func (q *requests) settle(id string, state approve.State, now time.Time) {
	for i, r := range q.waiting {
		if ref(r.Request) == id {
			r.State, r.AnsweredAt = state, now
			q.waiting = slices.Delete(q.waiting, i, i+1)
			q.bury(r.Request)
			return
		}
	}
}

// undo takes an ignored request back while it can be answered.
func (q *requests) undo(id string, now time.Time) bool {
	for i, r := range q.past {
		if ref(r) == id && r.State == approve.Ignored && now.Before(r.ExpiresAt) {
			r.State = approve.Waiting
			q.undone[id] = true
			delete(q.moved, id)
			q.past = slices.Delete(q.past, i, i+1)
			q.waiting = append(q.waiting, request{Request: r})
			return true
		}
	}
	return false
}

func (q *requests) has(id string) bool {
	return slices.ContainsFunc(q.waiting, func(r request) bool { return ref(r.Request) == id })
}

// find returns the request with that id, wherever it stands.
func (q *requests) find(id string) (request, bool) {
	for _, r := range q.waiting {
		if ref(r.Request) == id {
			return r, true
		}
	}
	for _, r := range q.past {
		if ref(r) == id {
			return request{Request: r, ended: endOf(r)}, true
		}
	}
	return request{}, false
}

// pending lists what can be answered now, in order of arrival.
func (q *requests) pending(now time.Time) []request {
	var open []request
	for _, r := range q.waiting {
		if r.open(now) {
			open = append(open, r)
		}
	}
	return open
}

// newest is the pending request that came last.
func (q *requests) newest(now time.Time) (request, bool) {
	open := q.pending(now)
	if len(open) == 0 {
		return request{}, false
	}
	return open[len(open)-1], true
}
