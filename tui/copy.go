package tui

// copy.go copies codes and clears the clipboard again, but only when it can
// read back that its own text is still there.

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
)

// copied is what the program last put into the clipboard.
type copied struct {
	text string
	turn int // of copies
}

// copiedMsg is the clipboard tool's answer.
type copiedMsg struct {
	what string // for the notice
	text string
	turn int
	err  error
}

// clearDueMsg says that the time of a copy is over.
type clearDueMsg struct{ turn int }

// clearedMsg tells what became of a copy.
type clearedMsg struct {
	turn    int
	cleared bool // false: something else was there already
	err     error
}

func copyText(c Clipboard, text, what string, turn int) tea.Cmd {
	return func() tea.Msg { return copiedMsg{what, text, turn, c.Copy(text)} }
}

func clearLater(turn int) tea.Cmd {
	return tea.Tick(clearAfter, func(time.Time) tea.Msg { return clearDueMsg{turn} })
}

// clearClipboard empties the clipboard if text is still in it.
func clearClipboard(c Clipboard, text string, turn int) tea.Cmd {
	return func() tea.Msg {
		now, err := c.Paste()
		if err != nil || now != text {
			return clearedMsg{turn, false, err}
		}
		return clearedMsg{turn, true, c.Copy("")}
	}
}

// copy puts text into the clipboard; what names it in the notice.
func (m *Model) copy(text, what string) tea.Cmd {
	m.copied.turn++
	m.copied.text = ""
	if m.config.Clipboard == nil {
		m.tell(noticeInfo, what+" sent to the terminal's clipboard; nod can not clear it")
		return tea.SetClipboard(text)
	}
	return copyText(m.config.Clipboard, text, what, m.copied.turn)
}

// copyDone tells the person, and falls back to the terminal.
func (m *Model) copyDone(msg copiedMsg) tea.Cmd {
	if msg.turn != m.copied.turn {
		return nil
	}
	if msg.err != nil {
		m.tell(noticeWarn, fmt.Sprintf("%s did not work: %s sent to the terminal instead; nod can not clear it",
			m.config.Clipboard.Name(), msg.what))
		return tea.SetClipboard(msg.text)
	}
	m.copied.text = msg.text
	m.tell(noticeGood, fmt.Sprintf("copied %s with %s; clears in %d s",
		msg.what, m.config.Clipboard.Name(), int(clearAfter/time.Second)))
	return clearLater(msg.turn)
}

func (m *Model) clearDue(msg clearDueMsg) tea.Cmd {
	if msg.turn != m.copied.turn || m.copied.text == "" {
		return nil
	}
	return m.clearNow()
}

// clearNow clears the last copy without waiting, as on locking.
func (m *Model) clearNow() tea.Cmd {
	text := m.copied.text
	m.copied.text = ""
	if text == "" {
		return nil
	}
	return clearClipboard(m.config.Clipboard, text, m.copied.turn)
}

func (m *Model) clearDone(msg clearedMsg) {
	if msg.turn != m.copied.turn || m.session.vault == nil {
		return
	}
	switch {
	case msg.err != nil:
		m.tell(noticeWarn, m.config.Clipboard.Name()+" did not answer: the clipboard may still hold the code.")
	case msg.cleared:
		m.tell(noticeInfo, "clipboard cleared")
	}
}
