package tui

// copy.go copies codes and clears the clipboard again, but only while its own text
// is still there, unless the person wants it cleared whatever it holds.

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/tui/clipboard"
)

// Clipboard is what codes are copied to; *clipboard.Board is one.
type Clipboard interface {
	// Copy puts text onto the clipboard with a tool. clipboard.ErrNoTool: with Sequence only.
	Copy(ctx context.Context, text string) (clipboard.Receipt, error)
	// Clear empties the clipboard if it still holds what r is of.
	Clear(ctx context.Context, r clipboard.Receipt) (bool, error)
	// ClearBlindly does so whatever it holds.
	ClearBlindly(ctx context.Context, r clipboard.Receipt, send func(string) error) (bool, error)
	// Sequence asks the terminal to put text onto its clipboard.
	Sequence(text string) string
}

// copied is what the program last put onto the clipboard.
type copied struct {
	receipt clipboard.Receipt // without a Tool: nothing, or cleared
	turn    int               // of copies
}

// copiedMsg tells what became of a copy.
type copiedMsg struct {
	what    string // for the notice
	text    string
	turn    int
	receipt clipboard.Receipt
	err     error
}

// clearDueMsg says that the time of a copy is over.
type clearDueMsg struct{ turn int }

// clearedMsg tells what became of clearing a copy.
type clearedMsg struct {
	turn    int
	tool    string
	cleared bool // false: something else was there already
	err     error
}

func copyText(c Clipboard, text, what string, turn int) tea.Cmd {
	return func() tea.Msg {
		r, err := c.Copy(context.Background(), text)
		return copiedMsg{what, text, turn, r, err}
	}
}

func clearLater(after time.Duration, turn int) tea.Cmd {
	return tea.Tick(after, func(time.Time) tea.Msg { return clearDueMsg{turn} })
}

// clearClipboard empties the clipboard if what r is of is still there, or else if
// the person wants it blind.
func clearClipboard(c Clipboard, r clipboard.Receipt, blind bool, turn int) tea.Cmd {
	return func() tea.Msg {
		clear := c.Clear
		if blind {
			clear = func(ctx context.Context, r clipboard.Receipt) (bool, error) { return c.ClearBlindly(ctx, r, nil) }
		}
		cleared, err := clear(context.Background(), r)
		return clearedMsg{turn, r.Tool, cleared, err}
	}
}

// copy puts text onto the clipboard; what names it in the notice.
func (m *Model) copy(text, what string) tea.Cmd {
	m.copied.turn++
	m.copied.receipt = clipboard.Receipt{}
	if m.config.Clipboard == nil {
		return m.sendCopy(text, what)
	}
	return copyText(m.config.Clipboard, text, what, m.copied.turn)
}

// sendCopy asks the terminal, which never tells whether it did.
func (m *Model) sendCopy(text, what string) tea.Cmd {
	m.copied.receipt = clipboard.NewReceipt(clipboard.Terminal, text)
	later := m.keepCopy(noticeInfo, what)
	return tea.Batch(m.toTerminal(text), later)
}

// toTerminal sends text to the terminal's clipboard.
func (m *Model) toTerminal(text string) tea.Cmd {
	if m.config.Clipboard == nil {
		return tea.SetClipboard(text)
	}
	return tea.Raw(m.config.Clipboard.Sequence(text))
}

// keepCopy tells of what was copied, and sets the time of its end.
func (m *Model) keepCopy(kind noticeKind, what string) tea.Cmd {
	r := m.copied.receipt
	m.tell(kind, r.Sentence(what, m.config.Clearing))
	after, ok := m.config.Clearing.Delay(r)
	if !ok {
		m.copied.receipt = clipboard.Receipt{}
		return nil
	}
	return clearLater(after, m.copied.turn)
}

// copyDone tells the person, and falls back to the terminal.
func (m *Model) copyDone(msg copiedMsg) tea.Cmd {
	if msg.turn != m.copied.turn {
		return nil
	}
	if msg.err != nil {
		cmd := m.sendCopy(msg.text, msg.what)
		if msg.err != clipboard.ErrNoTool { // there was one
			m.tell(noticeWarn, "The clipboard's tool failed: "+m.notice.text)
		}
		return cmd
	}
	m.copied.receipt = msg.receipt
	kind := noticeGood
	if msg.receipt.Passed {
		kind = noticeInfo
	}
	return m.keepCopy(kind, msg.what)
}

func (m *Model) clearDue(msg clearDueMsg) tea.Cmd {
	if msg.turn != m.copied.turn {
		return nil
	}
	return m.clearNow()
}

// clearNow clears the last copy without waiting, as on locking.
func (m *Model) clearNow() tea.Cmd {
	r := m.copied.receipt
	m.copied.receipt = clipboard.Receipt{}
	switch r.Tool {
	case "":
		return nil
	case clipboard.Terminal: // it is kept only for clearing blindly
		return m.toTerminal("")
	}
	return clearClipboard(m.config.Clipboard, r, m.config.Clearing.Blind, m.copied.turn)
}

func (m *Model) clearDone(msg clearedMsg) {
	if msg.turn != m.copied.turn || m.session.vault == nil {
		return
	}
	switch {
	case msg.err != nil:
		m.tell(noticeWarn, msg.tool+" did not answer: the clipboard may still hold the code.")
	case msg.cleared && msg.tool == "tmux":
		m.tell(noticeInfo, "tmux's buffer deleted")
	case msg.cleared:
		m.tell(noticeInfo, "clipboard cleared")
	}
}
