package tui

// help.go lists the keys, filtered by what is typed.

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// help shows the keys of the screen that it was called from, and all others.
type help struct {
	back   screen
	tab    int
	filter field
	top    int
	groups []helpGroup
}

// helpGroup is a titled list of keys.
type helpGroup struct {
	title string
	keys  []key.Binding
}

func newHelp(m *Model, from screen) *help {
	s := &help{back: from, tab: m.activeTab(), filter: newField("/", "", 30)}
	if len(from.keys(m)) > 0 {
		s.groups = append(s.groups, helpGroup{"This screen", from.keys(m)})
	}
	s.groups = append(s.groups,
		helpGroup{"Everywhere", []key.Binding{keyTabs, keyNextTab, keyHelp, keyNewest, keyCheck, keyPause, keyLock, keySuspend, keyQuit, meaning(keyQuitNow, "quit at once")}},
		helpGroup{"Move", []key.Binding{keyMove, bind("g G", "first, last"), bind("Ctrl+D Ctrl+U", "half a page"), keyBack}},
		helpGroup{"Codes", []key.Binding{keyCopy, keyCopyNext, keyNext, meaning(keyEnter, "details, or next HOTP code"), keyHide, keySearch, keyAdd, keyEdit, keyDelete, keySecret, keySort}},
		helpGroup{"Approvals", []key.Binding{keyOpen, keyIgnore, keyUndo, keyDeny, keyNotMe, meaning(keyIgnoreAll, "ignore all and pause"), keyMoveReq}},
		helpGroup{"Servers", []key.Binding{keyRename, keyUnpair, meaning(keyAdd, "pair"), keySite}},
	)
	return s
}

func (s *help) below() screen { return s.back }

func (s *help) eats(*Model) appetite { return eatsText }

func (s *help) update(m *Model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		// What commands bring belongs to the screen below.
		if _, pasted := msg.(tea.PasteMsg); !pasted {
			return s.back.update(m, msg)
		}
		return nil
	}
	switch {
	case key.Matches(press, keyBack), key.Matches(press, keyEnter):
		return m.show(s.back)
	case key.Matches(press, keyBoxDown):
		s.top++
	case key.Matches(press, keyBoxUp):
		s.top = max(0, s.top-1)
	default:
		if s.filter.update(press) {
			s.top = 0
		}
	}
	return nil
}

// lines are the groups in one column.
func (s *help) lines(m *Model) [][]string {
	word := strings.ToLower(s.filter.value())
	var all [][]string
	for _, g := range s.groups {
		block := []string{m.styles.strong.Render(g.title)}
		for _, k := range g.keys {
			h := k.Help()
			if strings.Contains(strings.ToLower(h.Key+" "+h.Desc), word) {
				block = append(block, " "+m.pad(h.Key, 13)+" "+m.styles.dim.Render(h.Desc))
			}
		}
		if len(block) > 1 {
			all = append(all, block)
		}
	}
	return all
}

func (s *help) view(m *Model) string {
	w, h := m.room()
	head := []string{m.spread(m.styles.focus.Render("/ ")+clean(s.filter.value())+m.styles.focus.Render("_"), m.styles.dim.Render("Esc to close"), w)}
	blocks := s.lines(m)
	columns := max(1, min(3, w/36))
	lines := flow(m, blocks, columns, w/columns)
	if len(blocks) == 0 {
		lines = []string{"No key does that."}
	}
	room := max(1, h-len(head))
	top := max(0, min(s.top, len(lines)-room))
	lines = lines[top:min(len(lines), top+room)]
	return strings.Join(append(head, lines...), "\n")
}

// flow puts blocks into columns of about the same height.
func flow(m *Model, blocks [][]string, columns, width int) []string {
	total := 0
	for _, b := range blocks {
		total += len(b) + 1
	}
	filled := make([][]string, columns)
	at := 0
	for _, b := range blocks {
		if at < columns-1 && len(filled[at]) > 0 && len(filled[at])+len(b) > (total+columns-1)/columns+2 {
			at++
		}
		if len(filled[at]) > 0 {
			filled[at] = append(filled[at], "")
		}
		filled[at] = append(filled[at], b...)
	}
	var lines []string
	for row := 0; ; row++ {
		line, any := "", false
		for _, column := range filled {
			cell := ""
			if row < len(column) {
				cell, any = column[row], true
			}
			line += m.pad(cell, width)
		}
		if !any {
			return lines
		}
		lines = append(lines, strings.TrimRight(ansi.Strip(line), " "))
	}
}

func (s *help) status(m *Model) string {
	return m.styles.dim.Render("approving: open the request, type the number from the sign-in page, then your PIN")
}

func (s *help) keys(*Model) []key.Binding {
	return []key.Binding{bind("type", "to filter"), bind("arrows", "scroll"), meaning(keyBack, "close")}
}
