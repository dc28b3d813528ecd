package tui

// footer.go makes the lines below the body: banner, note, notice or status, keys.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	"github.com/charmbracelet/x/ansi"
)

// footer is the banner, the note, the notice or status, and the keys.
func (m *Model) footer() []string {
	var lines []string
	if m.tall() && !m.bare() {
		lines = append(lines, m.banner())
	}
	if m.note != "" {
		lines = append(lines, m.styles.info.Render(m.note))
	}
	return append(append(lines, m.statusLines()...), m.keyLine())
}

// banner tells of waiting requests on every screen but their own.
func (m *Model) banner() string {
	n := m.count()
	if m.session.vault == nil || m.activeTab() == 1 {
		return ""
	}
	if n == 0 {
		return m.pauseBanner()
	}
	newest, _ := m.session.requests.newest(m.now)
	text := fmt.Sprintf("! %s waiting.", count(n, "login request", "login requests"))
	if m.tall() {
		text += fmt.Sprintf(" Newest: %s, %s, %s.", clean(newest.App), clean(newest.Account), ago(m.now, newest.AskedAt))
	}
	return m.spread(m.styles.warn.Render(text), m.styles.warn.Render("A to open"), m.width-2)
}

// pauseBanner says why no requests come, where there is a line for it.
func (m *Model) pauseBanner() string {
	text := m.pauseText()
	if _, asked := m.screen.(*pausing); asked || text == "" || !m.tall() {
		return ""
	}
	return m.spread(m.styles.warn.Render(text), m.styles.warn.Render("z to resume"), m.width-2)
}

// statusLines are the question before quitting, the notice, or what the screen tells.
func (m *Model) statusLines() []string {
	if m.quitting {
		return []string{m.styles.warn.Render("Quit and lose what you typed? y quit, any other key stays")}
	}
	if m.notice.text != "" {
		lines := wrap(m.sign()+m.notice.text, m.width-2)
		if len(lines) > 2 {
			lines = []string{lines[0], m.cut(strings.Join(lines[1:], " "), m.width-2)}
		}
		for i := range lines {
			lines[i] = m.noticeStyle(lines[i])
		}
		return lines
	}
	if !m.tall() {
		if b := m.banner(); b != "" {
			return []string{b}
		}
	}
	if t, ok := m.screen.(teller); ok {
		return []string{t.status(m)}
	}
	return []string{""}
}

// sign says the kind of a notice without colour.
func (m *Model) sign() string {
	if m.notice.kind == noticeWarn || m.notice.kind == noticeDanger {
		return "! "
	}
	return ""
}

func (m *Model) noticeStyle(line string) string {
	switch m.notice.kind {
	case noticeGood:
		return m.styles.good.Render(line)
	case noticeWarn:
		return m.styles.warn.Render(line)
	case noticeDanger:
		return m.styles.danger.Render(line)
	}
	return m.styles.text.Render(line)
}

// keyLine shows as many keys as fit, the most useful first, and help always.
func (m *Model) keyLine() string {
	last := meaning(keyHelp, "help")
	if m.appetite() == eatsText {
		last = keyHelpF1
	}
	tail := m.keyHelp(last)
	if _, ok := m.screen.(*help); ok {
		tail = ""
	}
	room := m.width - 2 - ansi.StringWidth(tail)
	var b strings.Builder
	used := 0
	keys := m.screen.keys(m)
	if m.scanning.stop != nil {
		keys = []key.Binding{meaning(keyBack, "stop")}
	}
	for _, k := range keys {
		text := m.keyHelp(k)
		w := ansi.StringWidth(text) + 2
		if used+w > room {
			continue
		}
		used += w
		b.WriteString(text + "  ")
	}
	return b.String() + tail
}

func (m *Model) keyHelp(k key.Binding) string {
	return m.styles.strong.Render(k.Help().Key) + " " + m.styles.dim.Render(k.Help().Desc)
}

// spinner shows, after a moment, that something is under way.
func (m *Model) spinner() string {
	if m.busy == "" || m.spin == 0 {
		return ""
	}
	return m.styles.accent.Render(m.glyphs.spinner[m.spin%len(m.glyphs.spinner)]) + " " + m.busy
}
