package tui

// pauses.go tells of servers that send no requests for a while, and takes what
// became of asking them to.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// floodPause is how long X keeps further requests away.
const floodPause = 20 * time.Minute

// pausedServer is what one server made of a wish for quiet.
type pausedServer struct {
	device vault.Device
	pause  approve.Pause
	err    error
}

// pausedMsg brings that of all servers asked; lifted when they were to send again.
type pausedMsg struct {
	lifted  bool
	servers []pausedServer
}

// pauseFor pauses the requests of pairings; with length 0 it lets them come again.
func pauseFor(ctx context.Context, in Inbox, devices []vault.Device, length time.Duration) tea.Cmd {
	return func() tea.Msg {
		msg := pausedMsg{lifted: length == 0}
		for _, d := range devices {
			s := pausedServer{device: d}
			if length == 0 {
				s.pause, s.err = in.Resume(ctx, d.ID)
			} else {
				s.pause, s.err = in.Pause(ctx, d.ID, length)
			}
			msg.servers = append(msg.servers, s)
		}
		return msg
	}
}

// ignoredAllMsg tells how many requests were ignored, and whether their servers
// send no more for now.
type ignoredAllMsg struct {
	ignored int
	servers []pausedServer
	err     error
}

// ignoreAll ignores requests and then has their servers, devices, pause. A pause
// that lasts longer already is not made shorter.
func ignoreAll(ctx context.Context, in Inbox, ids []string, devices []vault.Device) tea.Cmd {
	return func() tea.Msg {
		var msg ignoredAllMsg
		for _, id := range ids {
			if _, err := in.Answer(ctx, id, approve.Decision{Act: approve.Ignore}, vault.Credential{}); err != nil {
				msg.err = errors.Join(msg.err, err)
				continue
			}
			msg.ignored++
		}
		for _, d := range devices {
			s := pausedServer{device: d}
			if st, err := in.Status(ctx, d.ID); err == nil && st.Pause.On(time.Now().Add(floodPause)) {
				s.pause = st.Pause
			} else {
				s.pause, s.err = in.Pause(ctx, d.ID, floodPause)
			}
			msg.servers = append(msg.servers, s)
		}
		return msg
	}
}

// askPauses asks servers whether they pause. What they say comes as an event.
func askPauses(ctx context.Context, in Inbox, devices []vault.Device) tea.Cmd {
	return func() tea.Msg {
		for _, d := range devices {
			_, _ = in.Status(ctx, d.ID) // a server that does not answer shows by its polls
		}
		return nil
	}
}

// active lists the pairings whose servers can be asked.
func (m *Model) active() []vault.Device {
	var devices []vault.Device
	for _, d := range m.session.devices {
		if d.State == vault.DeviceActive {
			devices = append(devices, d)
		}
	}
	return devices
}

// checkPauses asks all servers whether they pause: another device, or the
// server itself, may have changed that.
func (m *Model) checkPauses() tea.Cmd {
	return m.do(askPauses(m.session.ctx, m.session.inbox, m.active()))
}

// updatePauses takes what concerns pauses, on whatever screen.
func (m *Model) updatePauses(msg tea.Msg) (cmd tea.Cmd, taken bool) {
	switch msg := msg.(type) {
	case pausedMsg:
		m.done()
		m.tellPaused(msg)
		if s, ok := m.screen.(*pausing); ok {
			return m.show(s.back), true
		}
		return nil, true
	case ignoredAllMsg:
		m.done()
		m.tellIgnored(msg)
		return nil, true
	case answeredMsg:
		if msg.err == nil && stateAfter(msg) == approve.Reported {
			return m.checkPauses(), false // a report pauses
		}
	}
	return nil, false
}

// tellPaused says until when there is quiet, or that there is none.
func (m *Model) tellPaused(msg pausedMsg) {
	text, failed := m.pausedText(msg.servers)
	switch {
	case failed != "":
		m.tell(noticeDanger, failed)
	case msg.lifted && text == "":
		m.tell(noticeInfo, "Requests are sent again.")
	case msg.lifted:
		m.tell(noticeWarn, text+" Only the server lifts that; codes still work.")
	default:
		m.tell(noticeInfo, text+" Codes still work.")
	}
}

// tellIgnored says what X has done.
func (m *Model) tellIgnored(msg ignoredAllMsg) {
	if msg.err != nil {
		m.fail(msg.err)
		return
	}
	text, failed := m.pausedText(msg.servers)
	ignored := count(msg.ignored, "request", "requests") + " ignored. "
	switch {
	case failed != "":
		m.tell(noticeWarn, ignored+failed)
	default:
		m.tell(noticeInfo, ignored+text+" Codes still work.")
	}
}

// pausedText says what servers have answered, and what went wrong at the first
// that did not.
func (m *Model) pausedText(servers []pausedServer) (text, failed string) {
	var on []approve.ServerState
	for _, s := range servers {
		if s.err != nil && failed == "" {
			failed = appOf(s.device) + ": " + explain(m.now, s.err)
		}
		if s.pause.On(m.now) {
			on = append(on, approve.ServerState{Device: s.device, Pause: s.pause})
		}
	}
	return m.pauseLine(on, len(servers)), failed
}

// paused lists the pairings whose servers send no requests now, as far as known.
func (m *Model) paused() []approve.ServerState {
	var on []approve.ServerState
	for _, s := range m.session.servers {
		if s.Device.State == vault.DeviceActive && s.Pause.On(m.now) {
			on = append(on, s)
		}
	}
	return on
}

// pauseText is one sentence about the pauses of all servers, "" when there is none.
func (m *Model) pauseText() string { return m.pauseLine(m.paused(), len(m.active())) }

// pauseLine names the servers unless the pause is that of all.
func (m *Model) pauseLine(on []approve.ServerState, all int) string {
	if len(on) == 0 {
		return ""
	}
	same := len(on) == all
	var each []string
	for _, s := range on {
		same = same && m.until(s.Pause) == m.until(on[0].Pause)
		each = append(each, appOf(s.Device)+" "+m.until(s.Pause))
	}
	if same {
		return "Requests are paused " + m.until(on[0].Pause) + "."
	}
	return "Requests are paused: " + strings.Join(each, ", ") + "."
}

// until says when a pause ends, and why when no device has asked for it.
func (m *Model) until(p approve.Pause) string {
	text := "until " + when(m.now, p.Until)
	switch p.Why {
	case approve.PauseReport:
		text += " after a report"
	case approve.PauseLimit:
		text += " after too many requests"
	}
	return text
}

// pauseKey is z, with what it is good for now at one of the servers.
func (m *Model) pauseKey(servers ...approve.ServerState) key.Binding {
	for _, s := range servers {
		if s.Pause.On(m.now) {
			return meaning(keyPause, "resume")
		}
	}
	return keyPause
}

// openPause asks for how long: for the selected server on its screen, else for all.
func (m *Model) openPause(tab int) tea.Cmd {
	devices := m.active()
	if s, ok := m.screen.(*servers); ok && len(devices) > 0 {
		d, _ := s.device(m)
		if devices = []vault.Device{d}; d.State != vault.DeviceActive {
			devices = nil
		}
	}
	switch {
	case m.busy != "":
		return nil
	case len(devices) == 0:
		m.tell(noticeInfo, "There is no server to ask for a pause.")
		return nil
	}
	return m.show(newPausing(m, devices, tab))
}

// whose names the pairings that a pause is for.
func whose(devices []vault.Device) string {
	if len(devices) == 1 {
		return appOf(devices[0]) + ", " + clean(devices[0].Account)
	}
	var names []string
	for _, d := range devices {
		names = append(names, appOf(d))
	}
	return fmt.Sprintf("All %d servers: %s", len(devices), strings.Join(names, ", "))
}
