package tui

// preview.go shows what a picture or a link holds before it is saved:
// which codes, under which names, with the code to type at the site, and what
// to do when the account is there already.

import (
	"errors"
	"fmt"
	"path/filepath"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// What to do with an account that is there already.
const (
	dupKeep = iota
	dupReplace
	dupCancel
)

// preview asks before saving.
type preview struct {
	source        string
	path          string // of the picture, or ""
	width, height int
	items         []found
	boxes         []field // issuer, account, tags: for a single account
	duplicate     int
	shred         bool
	focus         int
	back          screen
	wrong         string
	forced        bool // the vault said that an account is there already
}

// refill sets the boxes to the single chosen account.
func (s *preview) refill(*Model) {
	s.boxes = nil
	if one := s.single(); one != nil {
		s.boxes = []field{
			newField("Issuer", clean(one.key.Issuer), 64),
			newField("Account", clean(one.key.Name), 64),
			newField("Tags", "", 120),
		}
	}
}

// The places of the form, in order. Those that are not shown have no place.
type stop struct {
	kind  string // "item", "box", "duplicate", "shred", "save"
	index int
}

func (s *preview) stops() []stop {
	var all []stop
	if len(s.items) > 1 {
		for i := range s.items {
			if s.items[i].usable {
				all = append(all, stop{"item", i})
			}
		}
	}
	for i := range s.boxes {
		all = append(all, stop{"box", i})
	}
	if s.duplicates() > 0 {
		all = append(all, stop{"duplicate", 0})
	}
	if s.path != "" {
		all = append(all, stop{"shred", 0})
	}
	return append(all, stop{"save", 0})
}

func (s *preview) at() stop {
	all := s.stops()
	return all[min(s.focus, len(all)-1)]
}

func (s *preview) eats(*Model) appetite {
	if s.at().kind == "box" {
		return eatsText
	}
	return eatsNothing
}

func (s *preview) dirty() bool { return true }

func (s *preview) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case accountsMsg:
		return s.saved(m, msg)
	case tea.PasteMsg:
		if at := s.at(); at.kind == "box" {
			s.boxes[at.index].update(msg)
			s.rename(m)
		}
	case tea.KeyPressMsg:
		if m.busy == "" {
			return s.press(m, msg)
		}
	}
	return nil
}

func (s *preview) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	at, n := s.at(), len(s.stops())
	switch {
	case key.Matches(msg, keyBack):
		s.wipe()
		return m.show(s.back)
	case key.Matches(msg, keyNextBox):
		s.focus = (min(s.focus, n-1) + 1) % n
	case key.Matches(msg, keyPrevBox):
		s.focus = (min(s.focus, n-1) + n - 1) % n
	case key.Matches(msg, keyEnter):
		return s.save(m)
	case at.kind == "box":
		if s.boxes[at.index].update(msg) {
			s.rename(m)
		}
	case key.Matches(msg, keyCopy):
		return s.copyCode(m)
	case at.kind == "item" && key.Matches(msg, keySpace):
		s.items[at.index].chosen = !s.items[at.index].chosen
		s.refill(m)
	case at.kind == "shred" && key.Matches(msg, keySpace):
		s.shred = !s.shred
	case at.kind == "duplicate":
		s.turn(msg)
	}
	return nil
}

// turn moves among the three answers to a duplicate.
func (s *preview) turn(msg tea.KeyPressMsg) {
	switch {
	case key.Matches(msg, keySpace), key.Matches(msg, keyRight):
		s.duplicate = (s.duplicate + 1) % 3
	case key.Matches(msg, keyLeft):
		s.duplicate = (s.duplicate + 2) % 3
	}
}

// rename takes over the typed names.
func (s *preview) rename(m *Model) {
	s.wrong, s.forced = "", false
	if one := s.single(); one != nil {
		one.key.Issuer, one.key.Name = s.boxes[0].value(), s.boxes[1].value()
		one.existing = m.existing(one.key.Issuer, one.key.Name)
	}
}

func (s *preview) copyCode(m *Model) tea.Cmd {
	one := s.single()
	if one == nil || one.key.Type == otp.HOTP {
		return nil
	}
	code, err := one.key.Code(m.now)
	if err != nil {
		m.fail(err)
		return nil
	}
	return m.copy(code, spaced(code))
}

// save stores what is chosen.
func (s *preview) save(m *Model) tea.Cmd {
	if s.duplicates() > 0 && s.duplicate == dupCancel {
		s.wipe()
		return m.show(s.back)
	}
	var entries []entry
	for _, it := range s.items {
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
		if it.existing != "" && s.duplicate == dupReplace {
			e.replaces = it.existing
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		s.wrong = "Nothing is chosen. Space chooses a line."
		return nil
	}
	keep := s.duplicates() > 0 && s.duplicate == dupKeep
	return m.work("Saving", add(m.session.vault, keep, entries))
}

func (s *preview) saved(m *Model, msg accountsMsg) tea.Cmd {
	if _, twice := errors.AsType[*vault.DuplicateError](msg.err); twice {
		s.forced, s.wrong = true, explain(m.now, msg.err)
		for i := range s.items {
			s.items[i].existing = m.existing(s.items[i].key.Issuer, s.items[i].key.Name)
		}
		return nil
	}
	if msg.err != nil {
		s.wrong = explain(m.now, msg.err)
		return nil
	}
	s.wipe()
	return tea.Batch(m.added(msg.accounts), s.deletePicture())
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

func (s *preview) deletePicture() tea.Cmd {
	if s.path == "" || !s.shred {
		return nil
	}
	return deletePicture(s.path)
}

func (s *preview) wipe() {
	for i := range s.items {
		clear(s.items[i].key.Secret)
	}
}

func (s *preview) pictureLine(m *Model) string {
	if s.path == "" {
		return m.styles.strong.Render("Found in the link")
	}
	line := m.styles.strong.Render("Image  ") + clean(filepath.Base(s.path))
	right := "found " + count(len(s.items), "QR code", "QR codes")
	if m.width >= 60 {
		right = fmt.Sprintf("%d x %d   ", s.width, s.height) + right
	}
	return m.spread(line, m.styles.dim.Render(right), m.width-2)
}
