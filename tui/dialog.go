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
	if r, ok := m.session.requests.find(id); ok && !r.NumberNeeded {
		s.focus = onSecret
	}
	return s
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
		return s.send(m, denial())
	case s.letters() && key.Matches(msg, keyNotMe):
		return m.show(&notMe{id: s.id, back: s})
	case s.focus == onNumber:
		s.wrong, s.retry = "", nil
		s.number.update(msg)
		if len(s.number.value()) == 2 {
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

// letters tells whether letters are commands: everywhere but in a passphrase.
func (s *dialog) letters() bool {
	return s.focus != onSecret || s.secret.kind == vault.SlotPIN || s.ended != ""
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

// turn moves the focus; the number's place is left out when none is asked.
func (s *dialog) turn(m *Model, by int) {
	s.focus = (s.focus + by + dialogStops) % dialogStops
	if s.focus == onNumber && !s.request(m).NumberNeeded {
		s.focus = (s.focus + by + dialogStops) % dialogStops
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
	number := len(s.number.value()) == 2 || !s.request(m).NumberNeeded
	return number && s.secret.complete()
}

func (s *dialog) enter(m *Model) tea.Cmd {
	switch s.focus {
	case onIgnore:
		return s.send(m, approve.Decision{Act: approve.Ignore})
	case onDeny:
		return s.send(m, denial())
	case onNotMe:
		return m.show(&notMe{id: s.id, back: s})
	}
	switch {
	case s.retry != nil && s.retry.Act != approve.Accept:
		return s.send(m, *s.retry)
	case s.ready(m):
		return s.send(m, approve.Decision{Act: approve.Accept, Number: s.number.value()})
	case len(s.number.value()) < 2 && s.request(m).NumberNeeded:
		s.focus = onNumber
	default:
		s.focus = onSecret
	}
	return nil
}
