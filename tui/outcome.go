package tui

// outcome.go has the words for what became of requests and how servers are doing.

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"nod/approve"
	"nod/vault"
)

type styleFunc = lipgloss.Style

// place is where a request came from, as far as the server knows.
func place(r approve.Request) string {
	if r.Place == "" {
		return "unknown"
	}
	return clean(r.Place)
}

// stateAfter is the state that an answer leaves.
func stateAfter(msg answeredMsg) approve.State {
	if msg.outcome.State != "" && msg.outcome.State != approve.Waiting {
		return msg.outcome.State
	}
	return map[approve.Act]approve.State{
		approve.Accept: approve.Accepted, approve.Ignore: approve.Ignored,
		approve.Deny: approve.Denied, approve.Report: approve.Reported,
	}[msg.act]
}

// result says what an answer has done.
func result(msg answeredMsg, app string) string {
	switch stateAfter(msg) {
	case approve.Accepted:
		if code := clean(msg.outcome.Code); code != "" {
			return "Accepted. " + cmp.Or(clean(msg.outcome.Message), "Type this code at the sign-in page") + ": " + code
		}
		return "Accepted. " + app + " is signing you in."
	case approve.Ignored:
		return "Ignored here. Other devices can still answer."
	case approve.Denied:
		return "Denied. The sign-in was stopped."
	case approve.Reported:
		ticket := ""
		if msg.outcome.Ticket != "" {
			ticket = " Ticket " + clean(msg.outcome.Ticket) + "."
		}
		return "Reported. The sign-in was stopped." + ticket + " Change your " + app + " password now."
	case approve.Mismatch:
		return "That number does not match. The sign-in was stopped."
	case approve.Expired:
		return "This request has expired."
	case approve.Cancelled:
		return "The sign-in was cancelled: it no longer waits."
	}
	return ""
}

// stateWord is one word for a request that has ended.
func stateWord(r approve.Request) string {
	if r.State == approve.Mismatch {
		return "stopped"
	}
	return string(r.State)
}

// pastWord tells how a request ended.
func pastWord(r approve.Request) string {
	if r.Rule != "" && (r.State == approve.Ignored || r.State == approve.Denied) {
		return string(r.State) + " by rule " + clean(r.Rule)
	}
	on := "here"
	if r.AnsweredBy != "" {
		on = "on " + clean(r.AnsweredBy)
	}
	switch r.State {
	case approve.Accepted:
		return "accepted " + on
	case approve.Denied:
		return "denied " + on
	case approve.Reported:
		return "REPORTED " + on + ", not you"
	case approve.Ignored:
		return "ignored here"
	case approve.Mismatch:
		return "stopped: wrong number"
	case approve.Expired:
		return "expired, nobody answered"
	case approve.Cancelled:
		return "cancelled, no longer waiting"
	}
	return string(r.State)
}

// checked tells when a server was last heard.
func (m *Model) checked() string {
	var last time.Time
	for _, s := range m.session.servers {
		if s.LastAnswer.After(last) {
			last = s.LastAnswer
		}
	}
	if last.IsZero() {
		return "not checked yet"
	}
	return "checked " + ago(m.now, last)
}

// polling sums up all servers in one line.
func (m *Model) polling() string {
	var all []string
	for _, s := range m.session.servers {
		word := m.serverWord(s)
		if s.Err != nil && s.RetryAt.After(m.now) {
			word += fmt.Sprintf(", retry in %d s", seconds(s.RetryAt.Sub(m.now)))
		}
		all = append(all, appOf(s.Device)+" ("+word+")")
	}
	if len(all) == 0 {
		return ""
	}
	return "polling " + strings.Join(all, ", ")
}

// serverWord tells how one pairing is doing.
func (m *Model) serverWord(s approve.ServerState) string {
	switch {
	case s.Device.State == vault.DeviceRevoked:
		return "device removed"
	case s.Device.State == vault.DevicePending:
		return "not confirmed yet"
	case s.Unasked:
		return "is not asked" // requests are scanned, or there are none
	case s.Live && s.Pause.On(m.now):
		return "paused, live"
	case s.Live:
		return "ok, live"
	case s.Err != nil:
		return "no answer"
	}
	return "connecting"
}

// pushState tells whether requests of a pairing reach this device.
func (m *Model) pushState(id string) (string, lipgloss.Style) {
	for _, s := range m.session.servers {
		if s.Device.ID != id {
			continue
		}
		switch {
		case s.Device.State == vault.DeviceRevoked:
			return "push gone", m.styles.danger
		case s.Live:
			return "push ok", m.styles.good
		case s.Err != nil:
			return "push off", m.styles.warn
		}
	}
	return "push wait", m.styles.warn
}
