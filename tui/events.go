package tui

// events.go takes what the inbox and other processes bring.

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// openNewest opens the request that came last.
func (m *Model) openNewest() tea.Cmd {
	r, ok := m.session.requests.newest(m.now)
	if !ok {
		m.tell(noticeInfo, "Nothing to approve.")
		return nil
	}
	m.session.approvals.selected = ref(r.Request)
	return m.show(newDialog(m, ref(r.Request)))
}

// watching takes the channel of events.
func (m *Model) watching(msg watchingMsg) tea.Cmd {
	m.session.events = msg.events
	if msg.err != nil {
		m.tell(noticeWarn, "No rule is applied: "+explain(m.now, msg.err))
	}
	return tea.Batch(m.do(waitForEvent(msg.events)), m.do(waitForRules(m.session.ctx, msg.wrong)))
}

// rulesWrong tells what is wrong with rules that have changed.
func (m *Model) rulesWrong(msg rulesMsg) tea.Cmd {
	m.tell(noticeWarn, "The rules from before go on: "+explain(m.now, msg.err))
	return m.do(waitForRules(m.session.ctx, msg.wrong))
}

// event takes what the inbox knows now.
func (m *Model) event(ev approve.Event) tea.Cmd {
	fresh := m.session.requests.merge(ev.Requests, m.now)
	m.ruled(ev.Requests)
	m.session.watched = true
	back := m.answering(ev.Servers)
	m.session.servers = ev.Servers
	m.reload()
	if ev.Err != nil && m.notice.text == "" {
		m.tell(noticeWarn, "The history could not be saved: "+explain(m.now, ev.Err))
	}
	cmds := []tea.Cmd{m.do(waitForEvent(m.session.events)), m.do(askPauses(m.session.ctx, m.session.inbox, back))}
	cmds = append(cmds, m.tellFresh(fresh), m.tellEnds())
	if len(fresh) > 0 {
		// Who unlocks because of a request wants to see it.
		if !m.session.touched && m.now.Sub(m.session.began) <= landing && m.screen == screen(m.session.codes) {
			if r, ok := m.session.requests.newest(m.now); ok {
				m.session.approvals.selected = ref(r.Request)
			}
			cmds = append(cmds, m.show(m.session.approvals))
		}
	}
	return tea.Batch(cmds...)
}

// ruled tells once of each request that a rule has decided on, unless there is
// something worse to read.
func (m *Model) ruled(requests []approve.Request) {
	for _, r := range requests {
		if r.Rule == "" || m.session.ruled[ref(r)] {
			continue
		}
		m.session.ruled[ref(r)] = true
		if m.notice.text == "" || m.notice.kind == noticeInfo {
			m.tell(noticeInfo, capital(clean(r.App+": a login request from "+cmp.Or(r.IP, "an unknown address")+" was "+pastWord(r)+".")))
		}
	}
}

// answering lists the active pairings whose servers answer now and did not before.
func (m *Model) answering(servers []approve.ServerState) []vault.Device {
	var back []vault.Device
	for _, s := range servers {
		if s.Live && s.Device.State == vault.DeviceActive && !m.state(s.Device).Live {
			back = append(back, s.Device)
		}
	}
	return back
}

// awaited tells that a pairing was confirmed or refused at the site.
func (m *Model) awaited(msg awaitedMsg) {
	switch {
	case m.session.vault == nil || m.session.ctx.Err() != nil:
	case msg.err != nil:
		m.reload()
		m.fail(msg.err)
	default:
		m.reload()
		m.tell(noticeGood, appOf(msg.device)+" is paired. Login requests show here from now on.")
	}
}

// refreshed takes over what another process has saved.
func (m *Model) refreshed(msg refreshedMsg) tea.Cmd {
	if msg.err != nil {
		cmd := m.lock()
		m.fail(msg.err)
		return cmd
	}
	if msg.changed {
		m.reload()
	}
	return nil
}
