package tui

// codes.go is the list of accounts with their rolling codes. How a row
// looks is in coderow.go.

import (
	"slices"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// codes lists the current code of every account.
type codes struct {
	order     []string // ids; keeps its order while the person looks at it
	rows      []string // those of them that match the search
	byName    bool     // sorted by issuer, not by last use
	selected  string   // id
	hidden    bool
	private   bool   // codes were hidden once: they hide again when the window loses the focus
	next      string // id of the account whose next code shows
	stepped   map[string]vault.Code
	searching bool
	search    field
}

func (s *codes) opened(m *Model) tea.Cmd {
	s.sort(m)
	return nil
}

func (s *codes) eats(*Model) appetite {
	if s.searching {
		return eatsText
	}
	return eatsNothing
}

// cursor is the row of the selected account.
func (s *codes) cursor() int { return max(0, slices.Index(s.rows, s.selected)) }

// current is the selected account.
func (s *codes) current(m *Model) (vault.Account, bool) {
	if len(s.rows) == 0 {
		return vault.Account{}, false
	}
	return m.account(s.rows[s.cursor()])
}

func (s *codes) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if s.searching {
			return s.pressSearch(m, msg)
		}
		return s.press(m, msg)
	case tea.PasteMsg:
		if s.searching {
			s.search.update(msg)
			s.filter(m)
		}
	case steppedMsg:
		if msg.err != nil {
			m.fail(msg.err)
			return nil
		}
		if s.stepped == nil {
			s.stepped = map[string]vault.Code{}
		}
		s.stepped[msg.id] = msg.code
		m.reload()
	case usedMsg:
		if msg.err != nil {
			m.fail(msg.err)
			return nil
		}
		m.reload()
	}
	return nil
}

// move takes the keys that move in a list of n rows; ok tells whether it was one.
func move(msg tea.KeyPressMsg, at, n, page int) (to int, ok bool) {
	switch {
	case key.Matches(msg, keyUp):
		at--
	case key.Matches(msg, keyDown):
		at++
	case key.Matches(msg, keyFirst):
		at = 0
	case key.Matches(msg, keyLast):
		at = n - 1
	case key.Matches(msg, keyHalfDown):
		at += max(1, page/2)
	case key.Matches(msg, keyHalfUp):
		at -= max(1, page/2)
	default:
		return at, false
	}
	return max(0, min(at, n-1)), true
}

func (s *codes) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	_, height := m.room()
	if to, ok := move(msg, s.cursor(), len(s.rows), height); ok {
		if len(s.rows) > 0 {
			s.selected = s.rows[to]
		}
		return nil
	}
	switch {
	case key.Matches(msg, keySearch):
		s.searching = true
		if s.search.label == "" {
			s.search = newField("/", "", 60)
		}
		return nil
	case key.Matches(msg, keyBack):
		s.search.set("")
		s.filter(m)
		return nil
	case key.Matches(msg, keyAdd):
		return m.show(newAdd(m, s))
	case key.Matches(msg, keyHide):
		s.hide()
		return nil
	case key.Matches(msg, keySort):
		s.byName = !s.byName
		s.sort(m)
		return nil
	}
	if a, ok := s.current(m); ok {
		return s.pressAccount(m, msg, a)
	}
	return nil
}

// pressAccount takes the keys about the selected account.
func (s *codes) pressAccount(m *Model, msg tea.KeyPressMsg, a vault.Account) tea.Cmd {
	s.selected = a.ID
	switch {
	case key.Matches(msg, keyEnter):
		if a.Type == otp.HOTP && a.Odd == "" && m.guarded(a) {
			return m.show(newConfirming(m, a, false))
		}
		if a.Type == otp.HOTP && a.Odd == "" {
			return m.do(step(m.session.vault, a.ID, m.now))
		}
		return m.show(&details{id: a.ID, back: s})
	case key.Matches(msg, keyCopy):
		return s.copyCode(m, a, false)
	case key.Matches(msg, keyCopyNext):
		return s.copyCode(m, a, true)
	case key.Matches(msg, keyNext):
		if s.next == a.ID {
			s.next = ""
		} else {
			s.next = a.ID
		}
	case key.Matches(msg, keyRight):
		return m.show(&details{id: a.ID, back: s})
	case key.Matches(msg, keyDelete):
		return m.show(newRemoval(m, a, s))
	case key.Matches(msg, keyEdit), key.Matches(msg, keySecret):
		return m.openForm(msg, a, s)
	}
	return nil
}

// hide hides the codes, or shows them again.
func (s *codes) hide() { s.hidden, s.private = !s.hidden, true }

// openForm opens what is there for entries that can be read only: changing one,
// and its secret.
func (m *Model) openForm(msg tea.KeyPressMsg, a vault.Account, back screen) tea.Cmd {
	switch {
	case a.Odd != "":
		m.tell(noticeWarn, "This entry can not be used: "+clean(a.Odd)+".")
		return nil
	case key.Matches(msg, keyEdit):
		return m.show(newEdit(m, a, back))
	}
	return m.show(newRevelation(m, a, back))
}

func (s *codes) status(m *Model) string {
	if s.searching {
		return m.styles.dim.Render("matches issuer, account, tags and note; words in any order")
	}
	if s.hidden {
		return m.styles.dim.Render("codes hidden: H shows them")
	}
	return m.clockStatus()
}

func (s *codes) keys(m *Model) []key.Binding {
	if s.searching {
		return []key.Binding{meaning(keyEnter, "copy"), bind("arrows", "move"), meaning(keyBack, "clear"), keyCopyNow}
	}
	if len(s.order) == 0 {
		return []key.Binding{keyAdd, keyTabs, keyLock, keyQuit}
	}
	enter := keyDetails
	a, ok := s.current(m)
	if ok && a.Odd != "" {
		return []key.Binding{enter, keyDelete, keySearch, keyAdd, keyMove, keySort, keyLock}
	}
	if ok && a.Type == otp.HOTP {
		enter = meaning(keyEnter, "next code")
	}
	all := []key.Binding{keyCopy, enter, keySearch, keyAdd, keyMove}
	if m.count() > 0 {
		all = append(all, meaning(keyNewest, "approve"))
	}
	return append(all, keyNext, keyHide, keyEdit, keySort, keyLock)
}
