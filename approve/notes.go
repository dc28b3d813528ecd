package approve

// This file writes the history and reads it back, so that a request that was
// answered once is never shown as waiting again.

import (
	"nod/vault"
)

const maxUnsaved = 200 // events kept in memory while the vault can not be written

// note writes events to the history. What can not be written is kept for the
// next call: a full disk must not turn a given answer into an error.
func (in *Inbox) note(events ...vault.Event) {
	in.noteMu.Lock()
	defer in.noteMu.Unlock()
	all := append(in.unsaved, events...)
	if len(all) == 0 {
		return
	}
	in.noteErr = in.v.Note(all...)
	in.unsaved = nil
	if in.noteErr != nil {
		in.unsaved = all[max(0, len(all)-maxUnsaved):]
	}
}

// noteOnce is note for ends, and for what rules ignore, that another process with
// the same vault may have written already.
func (in *Inbox) noteOnce(events ...vault.Event) {
	if len(events) == 0 {
		return
	}
	_, _ = in.v.Refresh() // without news the worst is a line that is there twice
	written := map[[2]string]vault.EventKind{}
	for _, h := range in.v.History() {
		id := [2]string{h.Device, h.Request}
		if h.Request != "" && (endsRequest(h.Kind) || h.Kind == vault.EventIgnored && written[id] == "") {
			written[id] = h.Kind
		}
	}
	var fresh []vault.Event
	for _, e := range events {
		kind := written[[2]string{e.Device, e.Request}]
		if !endsRequest(kind) && kind != e.Kind {
			fresh = append(fresh, e)
		}
	}
	in.note(fresh...)
}

// handled returns which of the requests are in the history of device, and as
// what: its end when there is one, else EventIgnored.
func (in *Inbox) handled(device string, requests []Request) map[string]vault.EventKind {
	if len(requests) == 0 {
		return nil
	}
	done := map[string]vault.EventKind{}
	in.noteMu.Lock()
	unsaved := in.unsaved
	in.noteMu.Unlock()
	for _, events := range [][]vault.Event{unsaved, in.v.History()} {
		for _, h := range events {
			if h.Device != device || h.Request == "" || endsRequest(done[h.Request]) {
				continue
			}
			if endsRequest(h.Kind) || h.Kind == vault.EventIgnored {
				done[h.Request] = h.Kind
			}
		}
	}
	return done
}

// noted returns the error for a request that the history says has ended, nil when it
// does not. What is noted there as accepted, denied or reported was so by this device.
func (in *Inbox) noted(r Request) error {
	for _, h := range in.v.History() {
		if h.Device != r.Device || h.Request != r.ID || !endsRequest(h.Kind) {
			continue
		}
		r.State = Cancelled
		for state, kind := range endKinds {
			if kind == h.Kind && kind != vault.EventElsewhere {
				r.State = state
			}
		}
		if d, err := in.v.Device(r.Device); err == nil {
			r.AnsweredBy, r.AnsweredAt = d.Name, h.At
		}
		return tooLate(r)
	}
	return nil
}

// endsRequest tells whether k is the end of a login request.
func endsRequest(k vault.EventKind) bool {
	switch k {
	case vault.EventAccepted, vault.EventDenied, vault.EventReported, vault.EventMismatch,
		vault.EventExpired, vault.EventElsewhere:
		return true
	}
	return false
}
