package tui

// notifying.go tells of new requests past the screen, once of each, and takes back
// what has ended.

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/tui/notify"
)

// notifiedMsg says that a notification has failed.
type notifiedMsg struct{ err error }

// tellFresh notifies of the requests that nobody was told of yet.
func (m *Model) tellFresh(fresh []approve.Request) tea.Cmd {
	var cmds []tea.Cmd
	for _, r := range fresh {
		if _, told := m.told[ref(r)]; told {
			continue
		}
		if m.told == nil {
			m.told = map[string]notify.Event{}
		}
		e := notify.Of(r.ID, r.App, r.Account, r.Server, r.IP, r.Place, r.ExpiresAt.Sub(m.now))
		m.told[ref(r)] = e
		if m.config.Notifier == nil {
			cmds = append(cmds, tea.Raw("\a"))
			continue
		}
		if text := m.config.Notifier.Sequence(e); text != "" {
			cmds = append(cmds, tea.Raw(text))
		}
		cmds = append(cmds, send(m.ctx, m.config.Notifier, e))
	}
	return tea.Batch(cmds...)
}

// tellEnds takes notifications back whose requests have ended.
func (m *Model) tellEnds() tea.Cmd {
	var cmds []tea.Cmd
	for id, e := range m.told {
		r, known := m.session.requests.find(id)
		if !known || r.open(m.now) {
			continue // unknown: no server has been asked since the vault was opened
		}
		delete(m.told, id)
		if m.config.Notifier == nil {
			continue
		}
		if text := m.config.Notifier.EndSequence(e); text != "" {
			cmds = append(cmds, tea.Raw(text))
		}
		cmds = append(cmds, endSent(m.ctx, m.config.Notifier, e))
	}
	return tea.Batch(cmds...)
}

func send(ctx context.Context, n *notify.Notifier, e notify.Event) tea.Cmd {
	return func() tea.Msg { return notifiedMsg{n.Send(ctx, e)} }
}

func endSent(ctx context.Context, n *notify.Notifier, e notify.Event) tea.Cmd {
	return func() tea.Msg { return notifiedMsg{n.End(ctx, e)} }
}

// notified warns of a notification that did not work.
func (m *Model) notified(msg notifiedMsg) {
	if msg.err != nil && m.ctx.Err() == nil && m.notice.text == "" {
		m.tell(noticeWarn, capital(clean(msg.err.Error()))+".")
	}
}
