package tui

// codesearch.go keeps the order of the codes list and finds accounts in it.

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// sort puts the accounts in order; the selection stays on its account.
func (s *codes) sort(m *Model) {
	list := slices.Clone(m.session.accounts)
	slices.SortStableFunc(list, func(a, b vault.Account) int {
		if (a.Odd == "") != (b.Odd == "") { // what can not be used comes last
			return cmp.Compare(len(a.Odd), len(b.Odd))
		}
		if !s.byName && !a.Used.Equal(b.Used) {
			return b.Used.Compare(a.Used)
		}
		return cmp.Or(cmp.Compare(strings.ToLower(a.Issuer), strings.ToLower(b.Issuer)),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	s.order = nil
	for _, a := range list {
		s.order = append(s.order, a.ID)
	}
	s.filter(m)
}

// sync takes the vault's present accounts without moving those that stay.
func (s *codes) sync(m *Model) {
	known := make(map[string]bool, len(s.order))
	s.order = slices.DeleteFunc(s.order, func(id string) bool {
		_, there := m.session.index[id]
		known[id] = there
		return !there
	})
	for _, a := range m.session.accounts {
		if !known[a.ID] {
			s.order = append(s.order, a.ID)
		}
	}
	s.filter(m)
}

// filter takes what matches the search.
func (s *codes) filter(m *Model) {
	words := strings.Fields(strings.ToLower(s.search.input.text()))
	if len(words) == 0 {
		s.rows = s.order
		return
	}
	s.rows = nil
	for _, id := range s.order {
		if a, ok := m.account(id); ok && matches(a, words) {
			s.rows = append(s.rows, id)
		}
	}
}

// matches tells whether all words occur in what a person knows an account by.
func matches(a vault.Account, words []string) bool {
	text := strings.ToLower(strings.Join(append([]string{a.Issuer, a.Name, a.Note}, a.Tags...), " "))
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// pressSearch takes keys while the search box has the focus: letters are text.
func (s *codes) pressSearch(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	at := s.cursor()
	a, some := s.current(m)
	switch {
	case key.Matches(msg, keyBack):
		if s.search.input.text() == "" {
			s.searching = false
		}
		s.search.set("")
	case key.Matches(msg, keyBoxUp) && some:
		s.selected = s.rows[max(0, at-1)]
	case key.Matches(msg, keyBoxDown) && some:
		s.selected = s.rows[min(len(s.rows)-1, at+1)]
	case key.Matches(msg, keyEnter) && some:
		s.selected, s.searching = a.ID, false
		s.search.set("")
		s.filter(m)
		return s.copyCode(m, a, false)
	case key.Matches(msg, keyCopyNow) && some:
		return s.copyCode(m, a, false)
	default:
		s.search.update(msg)
	}
	s.filter(m)
	return nil
}
