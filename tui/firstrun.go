package tui

// firstrun.go is the first run: e-mail, its code, the PIN, the recovery
// code, the first account. What each step shows is in firstrun_view.go.

import (
	"errors"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// runStep is one screenful of the first run.
type runStep int

const (
	runAddress  runStep = iota // step 1
	runCode                    // step 2
	runAgain                   // step 2 without a server
	runPIN                     // step 3
	runRecovery                // step 3, after the vault is made
	runAccount                 // step 4
)

// firstRun makes a vault.
type firstRun struct {
	step                 runStep
	focus                int
	server, email, again field
	code                 field
	pin, pin2            secretBox
	proof                proof
	ways                 []vault.Protection // how this machine can protect a PIN; nil until that is known
	vault                *vault.Vault       // made, its recovery code not yet confirmed
	resend               time.Time          // when the next code may be asked for
	confirmed            string             // the address
	wrong                string
	unreachable          bool
}

func newFirstRun(m *Model) *firstRun {
	s := &firstRun{
		server: newField("Server", m.config.Server, 200),
		email:  newField("E-mail", "", 200),
		again:  newField("Again", "", 200),
		code:   newField("Code", "", 6),
		pin:    secretBox{kind: vault.SlotPIN},
		pin2:   secretBox{kind: vault.SlotPIN},
	}
	s.code.only = digit
	if m.config.Server != "" {
		s.focus = 1
	}
	return s
}

// opened looks at what this machine can do while the address is typed: a TPM
// takes its time.
func (s *firstRun) opened(m *Model) tea.Cmd {
	if s.ways != nil {
		return nil
	}
	return m.do(lookAtProtections(m.config.Place))
}

func (s *firstRun) eats(m *Model) appetite {
	switch {
	case m.busy != "":
		return eatsAll
	case s.step == runCode || s.step == runPIN && s.pin.kind == vault.SlotPIN:
		return eatsDigits
	case s.step == runAddress && s.focus >= 2, s.step == runAccount:
		return eatsNothing
	}
	return eatsText
}

func (s *firstRun) dirty() bool { return s.email.value() != "" || s.step > runAddress }

func (s *firstRun) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.press(m, msg)
	case tea.PasteMsg:
		s.typed(msg)
	case mailedMsg:
		m.done()
		if s.failed(m, msg.err) {
			return nil
		}
		s.turn(runCode)
		s.resend = m.now.Add(30 * time.Second)
	case confirmedMsg:
		m.done()
		if s.failed(m, msg.err) {
			s.code.set("")
			return nil
		}
		s.confirmed = s.email.value()
		s.turn(runPIN)
	case protectionsMsg:
		s.ways = append([]vault.Protection{}, msg.list...) // not nil, even when nothing is known
	case createdMsg:
		return s.created(m, msg)
	}
	return nil
}

// failed keeps what went wrong for the screen.
func (s *firstRun) failed(m *Model, err error) bool {
	s.wrong, s.unreachable = "", errors.Is(err, approve.ErrUnreachable)
	if err != nil {
		s.wrong = explain(m.now, err)
	}
	return err != nil
}

func (s *firstRun) turn(step runStep) { s.step, s.focus, s.wrong, s.unreachable = step, 0, "", false }

// boxes are the text boxes of the present step.
func (s *firstRun) boxes() []*field {
	switch s.step {
	case runAddress:
		return []*field{&s.server, &s.email}
	case runAgain:
		return []*field{&s.again}
	case runCode:
		return []*field{&s.code}
	}
	return nil
}

// stops is how many places of the present step Tab goes through.
func (s *firstRun) stops() int {
	switch s.step {
	case runAddress:
		return 4
	case runPIN, runAccount:
		return 2
	}
	return 1
}

// typed hands a key or a paste to the box that has the focus.
func (s *firstRun) typed(msg tea.Msg) {
	switch s.step {
	case runPIN:
		s.pinBox().update(msg)
		return
	case runRecovery:
		s.proof.update(msg)
		return
	}
	if boxes := s.boxes(); s.focus < len(boxes) {
		if boxes[s.focus].update(msg) {
			s.wrong = ""
		}
	}
}

func (s *firstRun) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.busy != "" {
		return nil
	}
	switch {
	case s.step == runRecovery && (key.Matches(msg, keyNextBox) || key.Matches(msg, keyPrevBox)):
		s.proof.turn()
	case key.Matches(msg, keyNextBox):
		s.focus = (s.focus + 1) % s.stops()
	case key.Matches(msg, keyPrevBox):
		s.focus = (s.focus + s.stops() - 1) % s.stops()
	case key.Matches(msg, keyBack):
		s.back()
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	case key.Matches(msg, keySkip) && s.step <= runCode:
		s.confirmed = ""
		s.turn(runPIN)
	case key.Matches(msg, keyResend) && s.step == runCode:
		if !m.now.Before(s.resend) {
			return s.sendCode(m)
		}
	case key.Matches(msg, keyPassphrase) && s.step == runPIN:
		s.swapPIN()
	default:
		s.typed(msg)
	}
	return nil
}

// back goes one step back, until there is a vault.
func (s *firstRun) back() {
	switch s.step {
	case runCode, runAgain, runPIN:
		s.pin.wipe()
		s.pin2.wipe()
		s.code.set("")
		s.turn(runAddress)
		s.focus = 1
	}
}

// enter goes on from the present step.
func (s *firstRun) enter(m *Model) tea.Cmd {
	switch s.step {
	case runAddress:
		return s.enterAddress(m)
	case runAgain:
		if !strings.EqualFold(s.again.value(), s.email.value()) {
			s.wrong = "The two addresses are not the same. Type it again, or press Esc to change the first."
			return nil
		}
		s.confirmed = s.email.value()
		s.turn(runPIN)
	case runCode:
		if len(s.code.value()) < 6 {
			s.wrong = "Type all six digits of the code."
			return nil
		}
		return m.work("Checking the code", confirmEmail(m.ctx, approve.NewInbox(nil, m.config.Drivers...),
			s.server.value(), s.email.value(), s.code.value()))
	case runPIN:
		return s.enterPIN(m)
	case runRecovery:
		if s.proof.enter() {
			s.proof.wipe()
			s.turn(runAccount)
		}
	case runAccount:
		return s.finish(m)
	}
	return nil
}

func (s *firstRun) enterAddress(m *Model) tea.Cmd {
	switch {
	case s.focus == 0:
		s.focus = 1
	case s.focus == 3:
		s.confirmed = ""
		s.turn(runPIN)
	case !looksLikeEmail(s.email.value()):
		s.wrong = "That is not an e-mail address."
		s.focus = 1
	case s.server.value() == "":
		s.again.set("")
		s.turn(runAgain)
	default:
		return s.sendCode(m)
	}
	return nil
}

func (s *firstRun) sendCode(m *Model) tea.Cmd {
	return m.work("Sending the code", startEmail(m.ctx, approve.NewInbox(nil, m.config.Drivers...), s.server.value(), s.email.value()))
}

func looksLikeEmail(s string) bool {
	name, domain, ok := strings.Cut(s, "@")
	return ok && name != "" && domain != "" && !strings.ContainsAny(s, " \t,;<>") && !strings.Contains(domain, "@")
}

// finish unlocks the new vault and goes on to the menu or the empty list.
func (s *firstRun) finish(m *Model) tea.Cmd {
	v := s.vault
	s.vault = nil
	if server := s.server.value(); server != "" {
		m.config.Server = server // pairing most likely is with the same one
	}
	cmd := m.beginOwn(v)
	if s.focus == 0 {
		return tea.Batch(cmd, m.show(newAdd(m, m.screen)))
	}
	m.tell(noticeGood, "The vault is at "+shortPath(m.config.Place.File, m.config.Home)+". Back it up, and keep the recovery code apart.")
	return cmd
}
