package tui

// fetching.go fetches the codes of an agent's vault before they are drawn, and tells the
// agent that a person is here.

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// fetchedMsg tells that codes were fetched, or why not.
type fetchedMsg struct{ err error }

func fetchCodes(kept Kept, ids []string, now time.Time) tea.Cmd {
	return func() tea.Msg { return fetchedMsg{kept.Prepare(ids, now)} }
}

// fetch has codes fetched that are on the screen or near, and are not known. What was
// asked for last is left out when that is what has just come: whatever is still missing
// waits for the next tick.
func (m *Model) fetch(just []string) tea.Cmd {
	s := &m.session
	if s.kept == nil || s.fetching != nil {
		return nil
	}
	ids := s.kept.Lacking(m.inSight(), m.codeTime())
	if just != nil {
		ids = without(ids, just)
	}
	if len(ids) == 0 {
		return nil
	}
	s.fetching = ids
	return m.do(fetchCodes(s.kept, ids, m.codeTime()))
}

func (m *Model) fetched(msg fetchedMsg) tea.Cmd {
	just := m.session.fetching
	m.session.fetching = nil
	if msg.err != nil {
		return m.refreshed(refreshedMsg{err: msg.err})
	}
	return m.fetch(just)
}

// without is list without what is in less.
func without(list, less []string) (rest []string) {
	known := make(map[string]bool, len(less))
	for _, x := range less {
		known[x] = true
	}
	for _, x := range list {
		if !known[x] {
			rest = append(rest, x)
		}
	}
	return rest
}

// inSight lists the accounts whose codes the screen shows, or soon may.
func (m *Model) inSight() []string {
	switch s := m.screen.(type) {
	case *details:
		return []string{s.id}
	case *codes:
		first, last := s.window(m)
		margin := last - first
		return s.rows[max(0, first-margin):min(len(s.rows), last+margin)]
	}
	return nil
}

// readyMsg tells that a code that is to be copied was fetched.
type readyMsg struct {
	id   string
	next bool
	err  error
}

func fetchToCopy(kept Kept, id string, now time.Time, next bool) tea.Cmd {
	return func() tea.Msg { return readyMsg{id, next, kept.Prepare([]string{id}, now)} }
}

// ready copies it.
func (m *Model) ready(msg readyMsg) tea.Cmd {
	a, found := m.account(msg.id)
	if !found {
		return nil
	}
	err := msg.err
	if err == nil {
		_, err = m.session.vault.Code(a.ID, m.codeTime())
	}
	if err != nil {
		m.fail(err)
		return nil
	}
	return m.session.codes.copyCode(m, a, msg.next)
}

// touchedMsg tells whether the agent knows that a person is here.
type touchedMsg struct{ err error }

func touch(kept Kept) tea.Cmd { return func() tea.Msg { return touchedMsg{kept.Touch()} } }

// touch tells the agent of keys that were pressed since the last tick.
func (m *Model) touch() tea.Cmd {
	if m.session.kept == nil || !m.session.pressed {
		return nil
	}
	m.session.pressed = false
	return m.do(touch(m.session.kept))
}
