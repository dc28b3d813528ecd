package tui

// preview_save.go stores what the preview shows, and deletes its pictures.

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// save stores what is chosen.
func (s *preview) save(m *Model) tea.Cmd {
	var entries []entry
	keep, skipped := false, 0
	for i, it := range s.items {
		if !it.chosen {
			continue
		}
		if it.key.Issuer == "" && it.key.Name == "" {
			s.wrong = "Give the account an issuer or a name."
			return nil
		}
		e := entry{account: vault.NewAccount{Key: it.key, Source: s.source}}
		if len(s.boxes) > 0 {
			e.account.Tags = tagList(s.boxes[2].value())
		}
		if s.twice(i) {
			switch {
			case it.answer == dupSkip:
				skipped++
				continue
			case it.answer == dupReplace && it.existing != "":
				e.replaces = it.existing
			default:
				keep = true
			}
		}
		entries = append(entries, e)
	}
	switch {
	case len(entries) > 0:
		return m.work("Saving", add(m.session.vault, keep, entries))
	case skipped > 0:
		s.wipe()
		return m.show(s.back)
	case s.allKnown():
		s.wrong = "All of it is there already, with the same keys. Esc goes back."
	default:
		s.wrong = "Nothing is chosen. Space chooses a line."
	}
	return nil
}

// allKnown tells whether there is nothing to add.
func (s *preview) allKnown() bool {
	known := 0
	for _, it := range s.items {
		if it.usable && !it.known {
			return false
		}
		if it.known {
			known++
		}
	}
	return known > 0
}

func (s *preview) saved(m *Model, msg accountsMsg) tea.Cmd {
	if _, twice := errors.AsType[*vault.DuplicateError](msg.err); twice {
		s.forced, s.wrong = true, explain(m.now, msg.err)
		for i := range s.items {
			if s.items[i].usable {
				s.items[i].compare(m)
			}
		}
		return nil
	}
	if msg.err != nil {
		s.wrong = explain(m.now, msg.err)
		return nil
	}
	gaps, halves := s.parts.Gaps(), s.halves()
	s.wipe()
	cmd := tea.Batch(m.added(msg.accounts), s.deletePictures())
	if halves != "" {
		m.tell(noticeWarn, m.notice.text+" To finish, type at the site: "+halves)
	}
	if len(gaps) > 0 {
		m.tell(noticeWarn, m.notice.text+" "+capital(gaps[0].Want())+" of the export is missing; add it later.")
	}
	return cmd
}

// halves are what is to be typed at the sites of the chosen accounts.
func (s *preview) halves() string {
	var all []string
	for _, it := range s.items {
		if it.chosen && it.half != "" {
			all = append(all, otp.InFours(it.half))
		}
	}
	return strings.Join(all, "; ")
}

// added goes to the list with the first new account selected.
func (m *Model) added(stored []vault.Account) tea.Cmd {
	cmd := m.show(m.session.codes)
	if len(stored) == 1 {
		m.tell(noticeGood, "Added "+titleOf(stored[0])+".")
	} else {
		m.tell(noticeGood, "Added "+count(len(stored), "account", "accounts")+".")
	}
	if len(stored) > 0 {
		m.session.codes.selected = stored[0].ID
	}
	return cmd
}

func (s *preview) deletePictures() tea.Cmd {
	if len(s.files) == 0 || !s.shred {
		return nil
	}
	return deletePictures(s.files)
}
