package cli

// This file: the changes that `nod watch` tells of, as text and as JSON.

import (
	"encoding/json"
	"fmt"
	"time"

	"nod/approve"
)

// The changes of servers that more than one place knows.
const (
	serverUp   = "server_up"
	serverDown = "server_down"
)

// change is one change, of a request or of a server.
type change struct {
	event   string
	request approve.Request // of no ID: it is one of a server
	server  approve.ServerState
	failed  string // to warn of, or ""
}

// eventOf names the change that brought r into its state.
func eventOf(r approve.Request) string {
	switch {
	case r.State == approve.Waiting:
		return "new"
	case r.Rule != "" && (r.State == approve.Ignored || r.State == approve.Denied):
		return "rule"
	case r.State == approve.Ignored:
		return "ignored"
	case r.State == approve.Expired, r.State == approve.Cancelled:
		return "ended"
	}
	return "answered"
}

// eventJSON is a change.
type eventJSON struct {
	Schema  int          `json:"schema"`
	Event   string       `json:"event"`
	At      *time.Time   `json:"at"`
	Rule    string       `json:"rule,omitempty"`
	Request *requestJSON `json:"request,omitempty"`
	Server  *stateJSON   `json:"server,omitempty"`
}

// stateJSON tells how a pairing's server is doing.
type stateJSON struct {
	ID          string              `json:"id"`
	Server      string              `json:"server"`
	App         string              `json:"app"`
	Account     string              `json:"account"`
	Live        bool                `json:"live"`
	Error       string              `json:"error,omitempty"` // stable name
	PausedUntil *time.Time          `json:"paused_until,omitempty"`
	PausedWhy   approve.PauseReason `json:"paused_why,omitempty"`
}

// shape is c as it is printed and given to hooks.
func (c change) shape(now time.Time) eventJSON {
	shape := eventJSON{Schema: schema, Event: c.event, At: moment(now)}
	if c.request.ID != "" {
		r := requestShape(c.request, now)
		shape.Request = &r
		if c.event == "rule" {
			shape.Rule = r.Rule
		}
		return shape
	}
	s := c.server
	shape.Server = &stateJSON{
		ID: s.Device.ID, Server: s.Device.Server, App: s.Device.App, Account: s.Device.Account, Live: s.Err == nil,
		PausedUntil: moment(s.Pause.Until), PausedWhy: s.Pause.Why,
	}
	if s.Err != nil {
		shape.Server.Error = classify(s.Err, now).Code
	}
	return shape
}

// text is c as one line of text, without the time and the event.
func (c change) text() string {
	if r := c.request; r.ID != "" {
		return fmt.Sprintf("%s  %s  %s  %s  %s", r.ID, r.App, r.Account, firstOf(r.IP, "unknown address"), endWords(r))
	}
	text := c.server.Device.Server
	switch c.event {
	case serverDown:
		return text + "  " + c.server.Err.Error()
	case "paused":
		return text + "  until " + stamp(c.server.Pause.Until)
	}
	return text
}

// printChange prints c, and then gives it to the hook.
func (a *app) printChange(c change, h *hook) error {
	now := a.env.Now()
	shape := c.shape(now)
	if err := a.answer(shape, "%s  %-11s  %s\n", stamp(now), c.event, cell(c.text())); err != nil {
		return err
	}
	if h == nil {
		return nil
	}
	line, err := json.Marshal(shape)
	if err != nil {
		return fmt.Errorf("print: %w", err)
	}
	h.call(hookCall{
		event: c.event, id: c.request.ID, line: append(line, '\n'),
		app: firstOf(c.request.App, c.server.Device.App), account: firstOf(c.request.Account, c.server.Device.Account),
	})
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
