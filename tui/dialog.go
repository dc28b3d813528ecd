package tui

// dialog.go is the answer to one login request. Accepting takes three
// deliberate acts: open, number, PIN. Refusing takes one key. How it looks is in
// dialog_view.go.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// The places of the dialog.
const (
	onNumber = iota
	onSecret
	onAccept
	onIgnore
	onDeny
	onNotMe
	dialogStops
)

// dialog shows one request.
type dialog struct {
	id      string
	serial  int  // of dialogs: tells whose grace period ends
	armed   bool // the grace period is over
	number  field
	words   bool // a choice or a code is asked, of any characters
	secret  secretBox
	focus   int
	went    bool   // the focus has just gone on by itself
	wrong   string // stays in the dialog, which can be tried again
	ended   string // the result: nothing can be answered any more
	good    bool   // the result is what the person wanted
	retry   *approve.Decision
	working bool
}

func newDialog(m *Model, id string) *dialog {
	s := &dialog{id: id, number: newField("Number", "", 2), secret: m.asked()}
	s.number.only = digit
	r, ok := m.session.requests.find(id)
	if s.words = ok && (len(r.Choices) > 0 || r.CodeLength > 0); s.words {
		s.number = newField("Number", "", 64)
	}
	if ok && !s.has(m, onNumber) {
		s.turn(m, 1)
	}
	return s
}

// has tells whether the request has that place: what is asked, and which answers
// the server takes.
func (s *dialog) has(m *Model, place int) bool {
	r := s.request(m)
	switch place {
	case onNumber:
		return r.Asks() && r.Takes(approve.Accept)
	case onSecret, onAccept:
		return r.Takes(approve.Accept)
	case onDeny:
		return r.Takes(approve.Deny)
	case onNotMe:
		return r.Takes(approve.Report)
	}
	return true
}

// opened starts the grace period: a key meant for the screen below must not
// answer a request.
func (s *dialog) opened(m *Model) tea.Cmd {
	m.session.dialogs++
	s.serial, s.armed = m.session.dialogs, false
	return m.do(armAfter(s.serial))
}

func (s *dialog) eats(*Model) appetite {
	switch {
	case !s.armed || s.working:
		return eatsAll
	case s.focus == onSecret && s.ended == "":
		return s.secret.appetite()
	case s.focus == onNumber && s.words && s.ended == "":
		return eatsText
	}
	return eatsDigits
}

func (s *dialog) dirty() bool { return s.number.value() != "" || len(s.secret.typed) > 0 }

func (s *dialog) request(m *Model) request {
	r, ok := m.session.requests.find(s.id)
	if !ok {
		r.ended = m.now
	}
	return r
}

func (s *dialog) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case armedMsg:
		if msg.dialog == s.serial {
			s.armed = true
		}
	case calmedMsg:
		s.secret.wrong = false
	case answeredMsg:
		if msg.id == s.id {
			return s.answered(m, msg)
		}
	case eventMsg, tickMsg:
		s.check(m)
	case tea.PasteMsg:
		if s.armed && s.focus == onSecret && s.ended == "" {
			s.secret.update(msg) // the number takes no paste
		}
	case tea.KeyPressMsg:
		if s.armed && !s.working {
			return s.press(m, msg)
		}
	}
	return nil
}

// check ends the dialog when its request was answered elsewhere or ran out.
func (s *dialog) check(m *Model) {
	r := s.request(m)
	if s.ended != "" || s.working || r.open(m.now) {
		return
	}
	s.finish(endedText(r.Request), false)
}

func (s *dialog) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	went := s.went
	s.went = false
	switch {
	case key.Matches(msg, keyBack):
		s.secret.wipe()
		return m.show(m.session.approvals)
	case s.letters() && key.Matches(msg, keyPrevReq):
		return s.neighbour(m, -1)
	case s.letters() && key.Matches(msg, keyNextReq):
		return s.neighbour(m, 1)
	case s.ended != "":
		if key.Matches(msg, keyEnter) {
			return m.show(m.session.approvals)
		}
		return nil
	case key.Matches(msg, keyNextTab), key.Matches(msg, keyBoxDown):
		if !went { // else it is there already, and the PIN would go nowhere
			s.turn(m, 1)
		}
	case key.Matches(msg, keyPrevTab), key.Matches(msg, keyBoxUp):
		s.turn(m, -1)
	case key.Matches(msg, keyPassphrase):
		s.secret.swap(m)
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	case s.letters() && key.Matches(msg, keyIgnore):
		return s.send(m, approve.Decision{Act: approve.Ignore})
	case s.letters() && key.Matches(msg, keyDeny):
		return s.refuse(m, onDeny)
	case s.letters() && key.Matches(msg, keyNotMe):
		return s.refuse(m, onNotMe)
	case s.focus == onNumber:
		s.wrong, s.retry = "", nil
		s.number.update(msg)
		if r := s.request(m); r.Fits(s.number.value()) && !r.Longer(s.number.value()) {
			s.turn(m, 1)
			s.went = true
		}
	case s.focus == onSecret:
		if s.retry != nil && s.retry.Act != approve.Accept {
			s.wrong, s.retry = "", nil // Enter now means what is being typed
		}
		s.secret.update(msg)
	default:
		return s.pressButtons(m, msg)
	}
	return nil
}

// letters tells whether letters are commands: everywhere but in a passphrase and
// in what is typed from the sign-in page.
func (s *dialog) letters() bool {
	typing := s.focus == onSecret && s.secret.kind != vault.SlotPIN || s.focus == onNumber && s.words
	return !typing || s.ended != ""
}

// refuse is one key, or Enter, at a place that ends the sign-in.
func (s *dialog) refuse(m *Model, place int) tea.Cmd {
	switch {
	case !s.has(m, place):
		s.wrong = explain(m.now, approve.ErrNotOffered)
		return nil
	case place == onDeny:
		return s.send(m, denial())
	}
	return m.show(&notMe{id: s.id, back: s})
}

func (s *dialog) pressButtons(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "left":
		s.turn(m, -1)
	case "right":
		s.turn(m, 1)
	case "space":
		return s.enter(m)
	}
	return nil
}

// turn moves the focus to the next place that the request has: to ignore is always one.
func (s *dialog) turn(m *Model, by int) {
	for range dialogStops {
		if s.focus = (s.focus + by + dialogStops) % dialogStops; s.has(m, s.focus) {
			return
		}
	}
}

// neighbour opens the request before or after this one.
func (s *dialog) neighbour(m *Model, by int) tea.Cmd {
	open := m.session.requests.pending(m.now)
	at := -1
	for i, r := range open {
		if ref(r.Request) == s.id {
			at = i
		}
	}
	if len(open) == 0 || len(open) == 1 && at == 0 {
		return nil
	}
	if at < 0 && by < 0 {
		at = 0
	}
	next := open[(at+by+len(open))%len(open)]
	s.secret.wipe()
	m.session.approvals.selected = ref(next.Request)
	return m.show(newDialog(m, ref(next.Request)))
}

// ready tells whether everything that an accept needs is filled in.
func (s *dialog) ready(m *Model) bool {
	r := s.request(m)
	return r.Takes(approve.Accept) && (!r.Asks() || r.Fits(s.number.value())) && s.secret.complete()
}

func (s *dialog) enter(m *Model) tea.Cmd {
	switch s.focus {
	case onIgnore:
		return s.send(m, approve.Decision{Act: approve.Ignore})
	case onDeny, onNotMe:
		return s.refuse(m, s.focus)
	}
	switch {
	case s.retry != nil && s.retry.Act != approve.Accept:
		return s.send(m, *s.retry)
	case s.ready(m):
		return s.send(m, approve.Decision{Act: approve.Accept, Number: s.number.value()})
	case s.has(m, onNumber) && !s.request(m).Fits(s.number.value()):
		s.focus = onNumber
		if s.words && s.number.value() != "" {
			s.wrong = explain(m.now, approve.ErrNumberNeeded)
		}
	default:
		s.focus = onSecret
	}
	return nil
}
