package cli

// This file tests what of an inbox's events is news.

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

// TestChanges: each change is told once, however often an event repeats it.
func TestChanges(t *testing.T) {
	device := vault.Device{ID: "d-1", Server: "https://nod.demo.test", App: "RMS", Account: "ana@demo.test", State: vault.DeviceActive}
	request := func(change func(r *approve.Request)) approve.Event {
		r := approve.Request{ID: "r-1", Device: "d-1", Server: device.Server, App: "RMS", Account: "ana@demo.test", State: approve.Waiting}
		change(&r)
		return approve.Event{Requests: []approve.Request{r}}
	}
	state := func(s approve.State) approve.Event { return request(func(r *approve.Request) { r.State = s }) }
	server := func(change func(s *approve.ServerState)) approve.Event {
		s := approve.ServerState{Device: device}
		change(&s)
		return approve.Event{Servers: []approve.ServerState{s}}
	}
	connecting := server(func(*approve.ServerState) {})
	live := server(func(s *approve.ServerState) { s.Live = true })
	down := func(text string) approve.Event {
		return server(func(s *approve.ServerState) { s.Err = fmt.Errorf("%w: %s", approve.ErrUnreachable, text) })
	}
	revoked := server(func(s *approve.ServerState) { s.Err = approve.ErrRevoked })
	paused := server(func(s *approve.ServerState) { s.Live, s.Pause.Until = true, time.Unix(1e10, 0) })
	byRule := func(s approve.State, failed string) approve.Event {
		return request(func(r *approve.Request) { r.State, r.Rule, r.RuleFailed = s, "night", failed })
	}
	for name, c := range map[string]struct {
		filter requestFilter
		events []approve.Event
		want   string
		warned int
	}{
		"answered":              {requestFilter{}, []approve.Event{state(approve.Waiting), state(approve.Waiting), state(approve.Denied), state(approve.Denied)}, "new answered", 0},
		"wrong number":          {requestFilter{}, []approve.Event{state(approve.Mismatch)}, "answered", 0},
		"ignored, expired":      {requestFilter{}, []approve.Event{state(approve.Waiting), state(approve.Ignored), state(approve.Expired)}, "new ignored ended", 0},
		"cancelled":             {requestFilter{}, []approve.Event{state(approve.Waiting), state(approve.Cancelled)}, "new ended", 0},
		"by rule":               {requestFilter{}, []approve.Event{byRule(approve.Ignored, ""), byRule(approve.Ignored, ""), byRule(approve.Accepted, "")}, "rule answered", 0},
		"rule that fails":       {requestFilter{}, []approve.Event{byRule(approve.Ignored, "no"), byRule(approve.Ignored, "no"), byRule(approve.Denied, "")}, "rule rule", 1},
		"other app":             {requestFilter{app: "keys"}, []approve.Event{state(approve.Waiting)}, "", 0},
		"other server":          {requestFilter{server: "other"}, []approve.Event{state(approve.Waiting), live}, "", 0},
		"this server":           {requestFilter{server: "nod.demo"}, []approve.Event{state(approve.Waiting), live}, "new server_up", 0},
		"retries":               {requestFilter{}, []approve.Event{connecting, live, live, down("refused"), down("refused"), down("time out"), live}, "server_up server_down server_up", 0},
		"down from the start":   {requestFilter{}, []approve.Event{connecting, down("refused"), down("refused"), live}, "server_down server_up", 0},
		"down, then revoked":    {requestFilter{}, []approve.Event{down("refused"), revoked, revoked}, "server_down server_down", 0},
		"paused":                {requestFilter{}, []approve.Event{live, paused, paused, live, live}, "server_up paused resumed", 0},
		"paused from the start": {requestFilter{}, []approve.Event{paused}, "server_up paused", 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := watcher{filter: c.filter, requests: map[string]string{}, servers: map[string]serverSeen{}, told: map[string]bool{}}
			var got []string
			warned := 0
			for _, event := range c.events {
				for _, one := range w.changes(event) {
					got = append(got, one.event)
					if one.failed != "" {
						warned++
					}
				}
			}
			if !slices.Equal(got, strings.Fields(c.want)) || warned != c.warned {
				t.Errorf("told %v with %d warnings, want %s with %d", got, warned, c.want, c.warned)
			}
		})
	}
}

// TestWatcherForgets: what the inbox has forgotten after an hour is not remembered by a
// watch that runs for months.
func TestWatcherForgets(t *testing.T) {
	w := watcher{requests: map[string]string{}, servers: map[string]serverSeen{}, told: map[string]bool{}}
	for _, id := range []string{"r-1", "r-2", "r-3"} {
		w.changes(approve.Event{Requests: []approve.Request{{ID: id, Device: "d-1", State: approve.Expired}}})
	}
	if len(w.requests) != 1 {
		t.Errorf("remembers %v, want the last one alone", w.requests)
	}
}

// TestHearing: nobody waits for servers none of which can be reached, unless for a time.
func TestHearing(t *testing.T) {
	down := approve.ServerState{Err: approve.ErrUnreachable}
	live := approve.ServerState{Live: true}
	asking := approve.ServerState{}
	for name, c := range map[string]struct {
		servers []approve.ServerState
		patient bool
		ends    bool
	}{
		"all down":       {[]approve.ServerState{down, down}, false, true},
		"one live":       {[]approve.ServerState{down, live}, false, false},
		"one not asked":  {[]approve.ServerState{down, asking}, false, false},
		"with a timeout": {[]approve.ServerState{down}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			var h hearing
			h.take(c.servers)
			if err := h.fatal(c.patient); (err != nil) != c.ends || c.ends && !errors.Is(err, approve.ErrUnreachable) {
				t.Errorf("error = %v, want one: %v", err, c.ends)
			}
			h.take([]approve.ServerState{live})
			h.take([]approve.ServerState{down})
			if err := h.fatal(false); err != nil {
				t.Errorf("a server that answered before: %v", err)
			}
		})
	}
}
