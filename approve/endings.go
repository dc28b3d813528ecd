package approve

// This file remembers how requests ended that this inbox never saw waiting, so
// that a command started too late can still say why.

import (
	"cmp"
	"fmt"
	"strings"

	"nod/vault"
)

// maxEndings is how many such ends are remembered; a server tells of a few minutes' worth.
const maxEndings = 200

// remember keeps the end of a request of a pairing; in.mu is held.
func (in *Inbox) remember(device string, r Request) {
	if in.endings == nil {
		in.endings = map[string]Request{}
	}
	if r.ID != "" && len(in.endings) < maxEndings {
		r.Device = device
		in.endings[device+"/"+r.ID] = r
	}
}

// ending returns the error for an answer to a request that ended unseen, or nil
// when nothing is known of it.
func (in *Inbox) ending(id string) error {
	device, id, qualified := cutID(id)
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range in.endings {
		if r.ID == id && (!qualified || r.Device == device) {
			return tooLate(r)
		}
	}
	return nil
}

// tooLate is the error for an answer to r, or nil while r has not ended.
func tooLate(r Request) error {
	switch {
	case !final(r.State):
		return nil
	case r.State == Expired:
		return fmt.Errorf("answer: %w", ErrExpired)
	case r.State == Cancelled:
		return fmt.Errorf("answer: %w: it no longer waits at the server", ErrExpired)
	}
	return &AnsweredError{State: r.State, Device: r.AnsweredBy, At: r.AnsweredAt}
}

// Ended returns a request that ended before this inbox could see it waiting, as far
// as its server or the history tell; id is as for Answer. A server tells the end
// alone, so that names come from the history, or else from the pairing.
func (in *Inbox) Ended(id string) (Request, bool) {
	device, id, qualified := cutID(id)
	asked := func(r, of string) bool { return r == id && (!qualified || of == device) }
	var found Request
	for _, h := range in.v.History() {
		if asked(h.Request, h.Device) && endsRequest(h.Kind) {
			found = in.asNoted(h)
			break
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range in.endings {
		switch {
		case !asked(r.ID, r.Device) || found.ID != "" && found.Device != r.Device:
		case found.ID != "":
			found.State, found.AnsweredBy, found.AnsweredAt = r.State, r.AnsweredBy, r.AnsweredAt
		default:
			d, _ := in.v.Device(r.Device)
			r.Server, r.App, r.Account = d.Server, cmp.Or(r.App, d.App), cmp.Or(r.Account, d.Account)
			found = r
		}
	}
	return found, found.ID != ""
}

// asNoted returns the request whose end a line of the history tells.
func (in *Inbox) asNoted(h vault.Event) Request {
	d, _ := in.v.Device(h.Device) // a pairing that is gone has no names
	r := Request{
		ID: h.Request, Device: h.Device, Server: d.Server, App: h.Subject, Account: h.Account, IP: h.IP, Place: h.Place,
		State: Cancelled,
	}
	by := d.Name
	for state, kind := range endKinds {
		if h.Kind != vault.EventElsewhere && kind == h.Kind {
			r.State = state
		} else if rest, ok := strings.CutPrefix(h.Detail, elsewhere(state, "")); ok && h.Kind == vault.EventElsewhere {
			r.State, by = state, strings.TrimPrefix(rest, " on ")
		}
	}
	if r.State != Expired && r.State != Cancelled {
		r.AnsweredBy, r.AnsweredAt = by, h.At
	}
	return r
}
