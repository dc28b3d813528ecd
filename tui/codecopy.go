package tui

// codecopy.go copies codes from the list.

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// copyCode copies the code of a, or the next one when asked to or when the
// present one is about to end.
func (s *codes) copyCode(m *Model, a vault.Account, next bool) tea.Cmd {
	if a.Odd != "" {
		m.tell(noticeWarn, "This entry can not be used: "+clean(a.Odd)+".")
		return nil
	}
	if a.Type == otp.HOTP {
		return s.copyStepped(m, a)
	}
	if m.guarded(a) {
		return m.show(newConfirming(m, a, next))
	}
	c, err := m.session.vault.Code(a.ID, m.codeTime())
	if err != nil && m.session.kept != nil {
		return m.do(fetchToCopy(m.session.kept, a.ID, m.codeTime(), next))
	}
	if err != nil {
		m.fail(err)
		return nil
	}
	code, what := c.Value, ""
	switch {
	case next:
		code, what = c.Next, ", the next code"
	case c.Left <= minCopyLeft: // the clock of the screen is up to a second behind
		next = true
		code, what = c.Next, fmt.Sprintf(", the next code (%s left of the old one)", count(seconds(c.Left), "second", "seconds"))
	}
	shown := spaced(code)
	if s.hidden {
		shown = "the code of " + clean(a.Issuer)
	}
	return tea.Batch(m.copy(code, shown+what), m.do(markGiven(m.session.vault, a.ID, "copied", m.now, next)))
}

// copyStepped copies the code that Enter brought last.
func (s *codes) copyStepped(m *Model, a vault.Account) tea.Cmd {
	c, ok := s.stepped[a.ID]
	if !ok {
		m.tell(noticeInfo, "Press Enter for the next code of this counter first.")
		return nil
	}
	shown := spaced(c.Value)
	if s.hidden {
		shown = "the code of " + clean(a.Issuer)
	}
	return tea.Batch(m.copy(c.Value, shown), m.do(markUsed(m.session.vault, a.ID, "copied", m.now)))
}
