package tui

// edit.go changes what a person may change of an account.

import (
	"strconv"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
	"nod/vault/otp"
)

// editing is the form of one account.
type editing struct {
	id      string
	back    screen
	boxes   []field
	before  []string
	focus   int
	counter bool // the last box is the HOTP counter, not the time shift
	wrong   string
}

// The boxes of the form.
const (
	editIssuer = iota
	editName
	editTags
	editNote
	editDigits
	editLast // time shift or counter
	editSave // the button
)

func newEdit(_ *Model, a vault.Account, back screen) *editing {
	s := &editing{id: a.ID, back: back, counter: a.Type == otp.HOTP}
	s.boxes = []field{
		newField("Issuer", clean(a.Issuer), 64),
		newField("Account", clean(a.Name), 64),
		newField("Tags", strings.Join(a.Tags, ", "), 120),
		newField("Note", clean(a.Note), 200),
		newField("Digits", strconv.Itoa(a.Digits), 2),
		newField("Time shift", secondsOf(a.Shift), 10),
	}
	s.boxes[editDigits].only = digit
	if s.counter {
		s.boxes[editLast] = newField("Counter", strconv.FormatUint(a.Counter, 10), 19)
		s.boxes[editLast].only = digit
	}
	for i := range s.boxes {
		s.before = append(s.before, s.boxes[i].value())
	}
	return s
}

func (s *editing) eats(*Model) appetite {
	if s.focus == editSave {
		return eatsNothing
	}
	return eatsText
}

func (s *editing) dirty() bool {
	for i := range s.boxes {
		if s.boxes[i].value() != s.before[i] {
			return true
		}
	}
	return false
}

func (s *editing) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case accountsMsg:
		if msg.err != nil {
			s.wrong = explain(m.now, msg.err)
			return nil
		}
		m.tell(noticeGood, "Saved "+titleOf(msg.accounts[0])+".")
		return m.show(s.back)
	case tea.PasteMsg:
		if s.focus < editSave {
			s.boxes[s.focus].update(msg)
		}
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *editing) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case key.Matches(msg, keyBack):
		return m.show(s.back)
	case key.Matches(msg, keyNextBox):
		s.focus = (s.focus + 1) % (editSave + 1)
	case key.Matches(msg, keyPrevBox):
		s.focus = (s.focus + editSave) % (editSave + 1)
	case key.Matches(msg, keyEnter):
		return s.save(m)
	case s.focus < editSave:
		if s.boxes[s.focus].update(msg) {
			s.wrong = ""
		}
	}
	return nil
}

// save stores the changed boxes.
func (s *editing) save(m *Model) tea.Cmd {
	digits, err := strconv.Atoi(s.boxes[editDigits].value())
	if err != nil || digits < 1 || digits > 10 {
		s.wrong, s.focus = "Digits is a number from 1 to 10. Most sites use 6.", editDigits
		return nil
	}
	counter, shift, wrong := s.last()
	if wrong != "" {
		s.wrong, s.focus = wrong, editLast
		return nil
	}
	values := make([]string, len(s.boxes))
	for i := range s.boxes {
		values[i] = s.boxes[i].value()
	}
	if values[editIssuer] == "" && values[editName] == "" {
		s.wrong, s.focus = "Give the account an issuer or a name.", editIssuer
		return nil
	}
	hotp := s.counter
	return m.work("Saving", edit(m.session.vault, s.id, func(a *vault.Account) {
		a.Issuer, a.Name, a.Note = values[editIssuer], values[editName], values[editNote]
		a.Tags, a.Digits = tagList(values[editTags]), digits
		if hotp {
			a.Counter = counter
		} else {
			a.Shift = shift
		}
	}))
}

// last reads the last box: the counter, or the time shift in seconds. wrong says why
// it can not be taken.
func (s *editing) last() (counter uint64, shift time.Duration, wrong string) {
	text := s.boxes[editLast].value()
	if s.counter {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, 0, s.boxes[editLast].label + " is a whole number."
		}
		return uint64(n), 0, ""
	}
	_, err := strconv.ParseFloat(text, 64) // a number, without a unit
	shift, err2 := time.ParseDuration(text + "s")
	if err != nil || err2 != nil || vault.CheckShift(shift) != nil {
		return 0, 0, "The time shift is in seconds, such as 42 or -1.5; at most a day."
	}
	return 0, shift, ""
}

// secondsOf writes a shift without its unit: 42, -1.5.
func secondsOf(shift time.Duration) string {
	return strconv.FormatFloat(shift.Seconds(), 'f', -1, 64)
}

// tagList splits typed tags.
func tagList(s string) []string {
	var tags []string
	for t := range strings.SplitSeq(s, ",") {
		if t = strings.TrimSpace(t); t != "" {
			tags = append(tags, t)
		}
	}
	return tags
}

func (s *editing) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Edit"))
	p.gap()
	for i := range s.boxes {
		p.field(&s.boxes[i], i == s.focus)
	}
	p.gap()
	p.buttons(s.focus-editSave, []string{"Save"}, []bool{true})
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *editing) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	hints := map[int]string{
		editTags:   "tags are parted by commas",
		editDigits: "change digits only when the site says so: codes change with it",
		editLast:   "seconds added to the clock for this account's codes; 0 for almost all",
	}
	if s.counter {
		hints[editLast] = "the counter of the next code; the site must expect the same"
	}
	return m.styles.dim.Render(hints[s.focus])
}

func (s *editing) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "save"), keyNextBox, meaning(keyBack, "cancel")}
}
