package tui

// approvals.go is the list of login requests. No key accepts from here:
// Enter opens the dialog.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"nod/approve"
	"nod/vault"
)

// approvals lists what waits and what was answered in the last hour.
type approvals struct {
	selected string // request id
	last     int    // row where the selection was, for when its request leaves
}

// rows are the ids that can be selected: the upper list, then the lower.
func (s *approvals) rows(m *Model) []string {
	var ids []string
	for _, r := range m.session.requests.waiting {
		ids = append(ids, ref(r.Request))
	}
	for _, r := range m.session.requests.past {
		ids = append(ids, ref(r))
	}
	return ids
}

func (s *approvals) cursor(ids []string) int {
	if i := slices.Index(ids, s.selected); i >= 0 {
		return i
	}
	return max(0, min(s.last, len(ids)-1))
}

// opened selects the newest waiting request, unless one that waits is selected:
// who comes from an answered one wants the next.
func (s *approvals) opened(m *Model) tea.Cmd {
	ask := m.checkPauses()
	if r, ok := m.session.requests.find(s.selected); ok && r.open(m.now) {
		return ask
	}
	if r, ok := m.session.requests.newest(m.now); ok {
		s.selected = ref(r.Request)
	}
	return ask
}

func (s *approvals) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(m, msg)
	case answeredMsg:
		s.answered(m, msg)
	}
	return nil
}

func (s *approvals) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	ids := s.rows(m)
	if len(ids) == 0 || m.busy != "" {
		return nil
	}
	at := s.cursor(ids)
	_, height := m.room()
	if to, ok := move(msg, at, len(ids), height); ok {
		s.selected, s.last = ids[to], to
		return nil
	}
	s.selected, s.last = ids[at], at
	r, _ := m.session.requests.find(ids[at])
	switch {
	case key.Matches(msg, keyIgnoreAll):
		return s.ignoreAll(m)
	case key.Matches(msg, keyUndo):
		if !m.session.requests.undo(ref(r.Request), m.now) {
			m.tell(noticeInfo, "Only an ignored request that has not run out can be taken back.")
		}
		return nil
	case !r.open(m.now):
		return nil
	case key.Matches(msg, keyOpen):
		return m.show(newDialog(m, ref(r.Request)))
	case key.Matches(msg, keyIgnore):
		return m.work("Ignoring", answer(m.session.ctx, m.session.inbox, ref(r.Request), approve.Decision{Act: approve.Ignore}, vault.Credential{}))
	case key.Matches(msg, keyDeny):
		return m.work("Denying", answer(m.session.ctx, m.session.inbox, ref(r.Request), denial(), vault.Credential{}))
	case key.Matches(msg, keyNotMe):
		return m.show(&notMe{id: ref(r.Request), back: s})
	}
	return nil
}

// denial is the answer to a sign-in that the person started by mistake.
func denial() approve.Decision { return approve.Decision{Act: approve.Deny, Reason: "cancelled"} }

// ignoreAll ignores what waits, and pauses the requests of those servers.
func (s *approvals) ignoreAll(m *Model) tea.Cmd {
	var ids []string
	from := map[string]bool{}
	for _, r := range m.session.requests.pending(m.now) {
		ids = append(ids, ref(r.Request))
		from[r.Device] = true
	}
	if len(ids) == 0 {
		return nil
	}
	devices := slices.DeleteFunc(m.active(), func(d vault.Device) bool { return !from[d.ID] })
	return m.work("Ignoring all", ignoreAll(m.session.ctx, m.session.inbox, ids, devices))
}

// answered tells what became of an answer given from the list.
func (s *approvals) answered(m *Model, msg answeredMsg) {
	m.done()
	if msg.err != nil {
		m.fail(msg.err)
		return
	}
	r, _ := m.session.requests.find(msg.id)
	m.session.requests.settle(msg.id, stateAfter(msg), m.now)
	m.tell(noticeInfo, result(msg, clean(r.App)))
}

func (s *approvals) view(m *Model) string {
	w, h := m.room()
	ids := s.rows(m)
	if len(ids) == 0 {
		return s.viewEmpty(m, w, h)
	}
	at := s.cursor(ids)
	p := &page{m: m, width: w}
	n := m.count()
	if m.tall() {
		p.line(m.spread(m.styles.strong.Render(fmt.Sprintf("Waiting (%d)", n)), m.styles.dim.Render(m.checked()), w))
		p.gap()
	}
	for i, r := range m.session.requests.waiting {
		p.mark(i == at)
		p.line(s.row(m, r, i == at, w))
	}
	if len(m.session.requests.waiting) == 0 {
		p.line("Nothing to approve.")
	}
	s.viewBurst(p)
	if text := m.pauseText(); text != "" {
		p.gap()
		p.text(m.styles.warn.Render(text))
	}
	if len(m.session.requests.past) > 0 {
		p.gap()
		p.line(m.styles.strong.Render("Answered in the last hour"))
		for i, r := range m.session.requests.past {
			chosen := i+len(m.session.requests.waiting) == at
			p.mark(chosen)
			p.line(s.pastRow(m, r, chosen, w))
		}
	}
	return p.fit(h)
}

func (s *approvals) viewEmpty(m *Model, w, h int) string {
	lines := append([]string{"Nothing to approve."}, wrap(m.pauseText(), w)...)
	if len(m.session.devices) == 0 {
		lines = []string{"No server is paired.", "Press a on Codes, then r, to pair with one."}
	}
	for i := range lines {
		lines[i] = m.centre(lines[i], w)
	}
	return strings.Join(append(make([]string, h/4), lines...), "\n")
}

// row draws a request that waits, or that has just ended.
func (s *approvals) row(m *Model, r request, selected bool, w int) string {
	st := m.styles
	mark := "  "
	if selected {
		mark = st.focus.Render(m.glyphs.bar) + " "
	}
	right, style := s.timeCell(m, r)
	room := w - 2 - len(right) - 1
	const appWidth = 11
	app := st.strong.Render(m.pad(m.cut(clean(r.App), appWidth-1), appWidth))
	if !r.ended.IsZero() {
		app = st.dim.Render(ansi.Strip(app))
	}
	from := strings.TrimSpace(clean(r.IP) + "  " + place(r.Request))
	with, _, _ := strings.Cut(clean(r.Browser), " ") // the version is in the dialog
	if r.OS != "" {
		with += ", " + clean(r.OS)
	}
	cells := app
	switch {
	case room >= 64:
		account := 14 + (room-64)/2
		cells += m.pad(clean(r.Account), account) + " " + m.pad(with, 14) + " " + m.cut(from, room-appWidth-account-16)
	case room >= 50:
		cells += m.pad(clean(r.Account), 18) + " " + m.cut(from, room-appWidth-19)
	default:
		cells += m.cut(clean(r.Account), room-appWidth)
	}
	return mark + m.pad(cells, room) + " " + style.Render(right)
}

func (s *approvals) timeCell(m *Model, r request) (string, styleFunc) {
	left := r.ExpiresAt.Sub(m.now)
	switch {
	case !r.ended.IsZero():
		return fmt.Sprintf("%9s", stateWord(r.Request)), m.styles.dim
	case left <= 20*time.Second:
		return fmt.Sprintf("%7s !", "["+clockLeft(left)+"]"), m.styles.warn
	}
	return fmt.Sprintf("%7s  ", "["+clockLeft(left)+"]"), m.styles.accent
}

// pastRow draws a request that has ended.
func (s *approvals) pastRow(m *Model, r approve.Request, selected bool, w int) string {
	mark := "  "
	if selected {
		mark = m.styles.focus.Render(m.glyphs.bar) + " "
	}
	line := m.pad(when(m.now, endOf(r)), 7) + m.pad(clean(r.App), 13)
	word := pastWord(r)
	if r.State == approve.Ignored && m.now.Before(r.ExpiresAt) {
		word += "; u takes it back, " + clockLeft(r.ExpiresAt.Sub(m.now)) + " left"
	}
	return mark + m.styles.dim.Render(m.cut(line+word, w-2))
}

// viewBurst warns when requests come faster than a person signs in.
func (s *approvals) viewBurst(p *page) {
	n, account := burst(&p.m.session.requests, p.m.now)
	if n < 2 {
		return
	}
	p.gap()
	text := fmt.Sprintf("! %d requests in 2 minutes for %s. If you are not signing in, press X: ignore all and pause requests.", n, clean(account))
	for _, l := range wrap(text, p.width) {
		p.line(p.m.styles.warn.Render(l))
	}
}

// burst counts the requests of the last two minutes for the account with most.
func burst(q *requests, now time.Time) (n int, account string) {
	if len(q.pending(now)) == 0 {
		return 0, ""
	}
	per := map[string]int{}
	count := func(r approve.Request) {
		if now.Sub(r.AskedAt) > 2*time.Minute || r.State == approve.Accepted {
			return
		}
		per[r.Account]++
		if c := per[r.Account]; c > n || c == n && r.Account < account {
			n, account = c, r.Account
		}
	}
	for _, r := range q.waiting {
		count(r.Request)
	}
	for _, r := range q.past {
		count(r)
	}
	return n, account
}

func (s *approvals) status(m *Model) string {
	if line := m.spinner(); line != "" {
		return line
	}
	return m.styles.dim.Render(m.polling())
}

func (s *approvals) keys(m *Model) []key.Binding {
	ids := s.rows(m)
	if len(ids) == 0 {
		return []key.Binding{keyCheck, m.pauseKey(m.paused()...), keyTabs, keyLock, keyQuit}
	}
	r, _ := m.session.requests.find(ids[s.cursor(ids)])
	switch {
	case r.open(m.now):
		return []key.Binding{keyOpen, keyIgnore, keyDeny, keyNotMe, keyIgnoreAll, m.pauseKey(m.paused()...), keyMove, keyCheck}
	case r.State == approve.Ignored && m.now.Before(r.ExpiresAt):
		return []key.Binding{keyUndo, keyMove, keyCheck, m.pauseKey(m.paused()...), keyTabs, keyLock}
	}
	return []key.Binding{keyMove, keyCheck, m.pauseKey(m.paused()...), keyTabs, keyLock}
}
