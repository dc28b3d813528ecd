package tui

// servers.go shows the paired servers and what they know of the account.

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// servers lists the pairings; below, what the selected one's server says.
type servers struct {
	selected string // device id
}

func (s *servers) opened(m *Model) tea.Cmd { return s.ask(m) }

// ask asks the selected server what it knows.
func (s *servers) ask(m *Model) tea.Cmd {
	d, ok := s.device(m)
	if !ok || d.State != vault.DeviceActive {
		return nil
	}
	return m.do(askStatus(m.session.ctx, m.session.inbox, d.ID))
}

func (s *servers) cursor(m *Model) int {
	for i, d := range m.session.devices {
		if d.ID == s.selected {
			return i
		}
	}
	return 0
}

func (s *servers) device(m *Model) (vault.Device, bool) {
	if len(m.session.devices) == 0 {
		return vault.Device{}, false
	}
	return m.session.devices[s.cursor(m)], true
}

// state is what the inbox knows of a pairing.
func (m *Model) state(d vault.Device) approve.ServerState {
	for _, st := range m.session.servers {
		if st.Device.ID == d.ID {
			st.Device = d
			return st
		}
	}
	return approve.ServerState{Device: d}
}

func (s *servers) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case awaitedMsg:
		return s.ask(m)
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *servers) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if key.Matches(msg, keyAdd) {
		return m.show(newPair(m, s))
	}
	d, ok := s.device(m)
	if !ok {
		return nil
	}
	_, height := m.room()
	if to, moved := move(msg, s.cursor(m), len(m.session.devices), height); moved {
		s.selected = m.session.devices[to].ID
		return s.ask(m)
	}
	switch {
	case key.Matches(msg, keyRename) && d.State == vault.DeviceActive:
		return m.show(newRenaming(d, s))
	case key.Matches(msg, keyUnpair):
		return m.show(newUnpair(m, d, s))
	case key.Matches(msg, keyPairAgain) && d.State == vault.DeviceRevoked:
		again := newPair(m, s)
		again.server.set(d.Server)
		again.name.set(clean(d.Name))
		again.focus = 1
		return m.show(again)
	case key.Matches(msg, keySite):
		s.tellSite(m, d)
	}
	return nil
}

// tellSite shows where the person changes all this; nod opens no browser.
func (s *servers) tellSite(m *Model, d vault.Device) {
	at := m.session.status[d.ID].status.SecurityURL
	if at == "" {
		at = d.Server
	}
	m.tell(noticeInfo, "Security page: "+clean(at))
}

func (s *servers) view(m *Model) string {
	w, h := m.room()
	if len(m.session.devices) == 0 {
		return strings.Join(append(make([]string, h/4), m.centre("No server is paired. Press a to pair with one.", w)), "\n")
	}
	p := &page{m: m, width: w, labels: 23}
	if m.tall() {
		p.line(s.columns(m, w, m.styles.strong.Render("Servers"), m.styles.dim.Render("state"),
			m.styles.dim.Render("last answer"), m.styles.dim.Render("this device")))
	}
	at := s.cursor(m)
	for i, d := range m.session.devices {
		p.mark(i == at)
		p.line(s.row(m, d, i == at, w))
	}
	p.gap()
	s.viewDevice(p, m.session.devices[at])
	return p.fit(h)
}

// columns puts four texts under each other.
func (s *servers) columns(m *Model, w int, name, state, last, this string) string {
	switch {
	case w >= 70:
		return "  " + m.pad(name, 26) + " " + m.pad(state, 20) + " " + m.pad(last, 12) + " " + m.cut(this, w-63)
	case w >= 50:
		return "  " + m.pad(name, 22) + " " + m.pad(state, 14) + " " + m.cut(last, w-40)
	}
	return "  " + m.pad(name, 18) + " " + m.cut(state, w-21)
}

func (s *servers) row(m *Model, d vault.Device, selected bool, w int) string {
	st := m.state(d)
	name := appOf(d)
	if d.App != "" {
		name += " (" + host(d.Server) + ")"
	}
	dot, style := m.glyphs.off, m.styles.danger
	switch {
	case d.State == vault.DeviceActive && st.Live:
		dot, style = m.glyphs.dot, m.styles.good
	case d.State == vault.DevicePending, d.State == vault.DeviceActive && st.Err == nil:
		dot, style = m.glyphs.waiting, m.styles.warn
	}
	line := s.columns(m, w, m.styles.strong.Render(name), style.Render(dot+" "+m.serverWord(st)), ago(m.now, st.LastAnswer), clean(d.Name))
	if selected {
		line = m.styles.focus.Render(m.glyphs.bar) + line[1:]
	}
	return line
}

// viewDevice is what is known of the selected pairing.
func (s *servers) viewDevice(p *page, d vault.Device) {
	m := p.m
	switch d.State {
	case vault.DevicePending:
		p.text("Waiting for confirmation at the site " + host(d.Server) + ". Compare the words there:")
		p.line("   " + words(m, d))
		return
	case vault.DeviceRevoked:
		p.text(m.styles.danger.Render("! " + appOf(d) + " no longer knows this device."))
		p.line("[p Pair again]  [U Remove]")
		return
	}
	known := m.session.status[d.ID]
	switch {
	case !known.asked:
		p.line(m.styles.dim.Render("Asking " + appOf(d) + "..."))
	case known.err != nil:
		p.text("! " + explain(m.now, known.err))
	default:
		s.viewStatus(p, d, known.status)
	}
	if st := m.state(d); st.Pause.On(m.now) {
		p.fact("Requests", m.styles.warn.Render("paused "+m.until(st.Pause)))
	}
	s.viewClock(p, m.state(d))
}

func (s *servers) viewStatus(p *page, d vault.Device, st approve.Status) {
	m := p.m
	p.line(m.styles.strong.Render("Devices that can approve for " + clean(d.Account) + " on " + appOf(d)))
	for _, r := range st.Devices {
		p.line(s.remoteLine(m, r, p.width))
	}
	if len(st.Devices) == 1 {
		p.text(m.styles.warn.Render("! only one device: add a second one or print recovery codes before you lose this"))
	}
	p.gap()
	state := m.styles.good.Render("ON")
	if !st.TwoStep {
		state = m.styles.warn.Render("OFF")
	}
	if st.Required {
		state += " (required by company)"
	}
	p.fact("2-step verification", state+"    "+m.styles.dim.Render("methods: ")+clean(strings.Join(st.Methods, ", ")))
	left := fmt.Sprintf("%d left", st.RecoveryLeft)
	if !st.RecoveryMade.IsZero() {
		left += "    " + m.styles.dim.Render("last made ") + st.RecoveryMade.Local().Format("2006-01-02")
	}
	p.fact("Recovery codes", left)
	p.fact("Support", clean(st.Support))
}

func (s *servers) remoteLine(m *Model, r approve.RemoteDevice, w int) string {
	mark, what := "  ", clean(r.Platform)
	if r.This {
		mark, what = "* ", "this one"
	} else if r.Simulated {
		what = "sim"
	}
	line := " " + mark + m.pad(clean(r.Name), 20) + " " + m.pad(what, 14)
	if w >= 70 {
		line += " paired " + m.pad(when(m.now, r.Paired), 12)
	}
	if w >= 50 {
		line += " used " + when(m.now, r.Used)
	}
	return line
}

func (s *servers) viewClock(p *page, st approve.ServerState) {
	if st.Clock.At.IsZero() {
		return
	}
	m := p.m
	word := fmt.Sprintf("server is %.1f s ahead", st.Offset.Seconds())
	if st.Offset < 0 {
		word = fmt.Sprintf("server is %.1f s behind", -st.Offset.Seconds())
	}
	if st.Offset.Abs() < 50*time.Millisecond {
		word = "this computer and the server agree"
	}
	if st.Offset.Abs() > jumpLimit {
		word = m.styles.warn.Render("! " + word + ": set this computer's clock")
	}
	p.fact("Clock", word)
	if st.Dropped > 0 {
		p.fact("Not verified", m.styles.warn.Render("! "+count(st.Dropped, "message", "messages")+" thrown away"))
	}
}

func (s *servers) status(m *Model) string {
	d, ok := s.device(m)
	if !ok {
		return ""
	}
	if st := m.state(d); st.Err != nil {
		text := explain(m.now, st.Err)
		if st.RetryAt.After(m.now) {
			text = fmt.Sprintf("retry in %d s: %s", seconds(st.RetryAt.Sub(m.now)), text)
		}
		return m.styles.dim.Render(text)
	}
	return ""
}

func (s *servers) keys(m *Model) []key.Binding {
	d, ok := s.device(m)
	if !ok {
		return []key.Binding{meaning(keyAdd, "pair"), keyTabs, keyLock, keyQuit}
	}
	switch d.State {
	case vault.DeviceRevoked:
		return []key.Binding{keyPairAgain, meaning(keyUnpair, "remove"), keyMove, keyAdd, keyTabs}
	case vault.DevicePending:
		return []key.Binding{meaning(keyUnpair, "give up"), keyMove, keyAdd, keyTabs}
	}
	return []key.Binding{keyRename, keyUnpair, meaning(keyAdd, "pair another"), keyMove, m.pauseKey(m.state(d)), keyCheck, keySite, keyTabs}
}
