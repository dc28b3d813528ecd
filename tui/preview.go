package tui

// preview.go shows what pictures or a link hold before it is saved: which codes,
// under which names, with the code to type at the site, what to do when an
// account is there already, and which part of an export is still missing.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/scan"
	"nod/vault/otp"
	"nod/vault/transfer"
)

// What to do with an account that is there already.
const (
	dupKeep = iota
	dupReplace
	dupSkip
	dupAnswers
)

// preview asks before saving.
type preview struct {
	title, source string
	where         scan.Source // to read the next part from, or ""
	files         []string    // the pictures
	width, height int
	texts         []string // of the codes read
	notes         []string
	parts         transfer.Parts
	items         []found
	boxes         []field // issuer, account, tags: for a single account
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
	kind  string // "item", "next", "box", "duplicate", "shred", "save"
	index int
}

func (s *preview) stops() []stop {
	var all []stop
	for i, it := range s.items {
		if it.usable && (len(s.items) > 1 || it.known) || it.link != "" {
			all = append(all, stop{"item", i})
		}
	}
	if len(s.parts.Gaps()) > 0 {
		all = append(all, stop{"next", 0})
	}
	for i := range s.boxes {
		all = append(all, stop{"box", i})
	}
	if s.duplicates() > 0 {
		all = append(all, stop{"duplicate", 0})
	}
	if len(s.files) > 0 {
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
	case seenMsg:
		if msg.err != nil || len(msg.seen.texts) == 0 {
			_, s.wrong = m.showSeen(msg, s, s)
			return nil
		}
		s.merge(m, msg.seen)
	case tea.PasteMsg:
		if at := s.at(); at.kind == "box" {
			s.boxes[at.index].update(msg)
			s.rename(m)
		} else if len(s.parts.Gaps()) > 0 {
			return m.scan("Reading what was pasted", readPasted(msg.Content, m.config.Home))
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
		return s.enter(m, at)
	case at.kind == "box":
		if s.boxes[at.index].update(msg) {
			s.rename(m)
		}
	case key.Matches(msg, keyCopy):
		return s.copyCode(m)
	case at.kind == "item":
		s.pressItem(m, msg, at.index)
	case at.kind == "shred" && key.Matches(msg, keySpace):
		s.shred = !s.shred
	case at.kind == "duplicate":
		if step := turned(msg); step != 0 {
			s.answerAll((max(0, s.common()) + step) % dupAnswers)
		}
	}
	return nil
}

// pressItem chooses a line, or turns among the answers to a duplicate.
func (s *preview) pressItem(m *Model, msg tea.KeyPressMsg, i int) {
	it := &s.items[i]
	switch {
	case it.link != "":
	case key.Matches(msg, keySpace):
		s.wrong = ""
		it.chosen = !it.chosen
		s.refill(m)
	case s.twice(i):
		it.answer = (it.answer + turned(msg)) % dupAnswers
	}
}

// turned is how many answers further a key goes.
func turned(msg tea.KeyPressMsg) int {
	switch {
	case key.Matches(msg, keySpace), key.Matches(msg, keyRight):
		return 1
	case key.Matches(msg, keyLeft):
		return dupAnswers - 1
	}
	return 0
}

func (s *preview) answerAll(answer int) {
	for i := range s.items {
		if s.twice(i) {
			s.items[i].answer = answer
		}
	}
}

// enter does what the place is for; everywhere else it saves.
func (s *preview) enter(m *Model, at stop) tea.Cmd {
	switch {
	case at.kind == "item" && s.items[at.index].link != "":
		return m.show(newPairLink(m, s.items[at.index].link, s))
	case at.kind == "next" && s.where != "":
		s.wrong = ""
		return m.scanSource(s.where)
	case at.kind == "next":
		return m.show(newNextPart(m, s))
	}
	return s.save(m)
}

// rename takes over the typed names.
func (s *preview) rename(m *Model) {
	s.wrong, s.forced = "", false
	if one := s.single(); one != nil {
		one.key.Issuer, one.key.Name = s.boxes[0].value(), s.boxes[1].value()
		one.compare(m)
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

func (s *preview) wipe() {
	for i := range s.items {
		clear(s.items[i].key.Secret)
	}
	s.texts = nil
}
