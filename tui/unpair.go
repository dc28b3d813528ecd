package tui

// unpair.go ends a pairing, after asking the server what that would mean.

import (
	"errors"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// What must be typed to go on in spite of a warning.
const (
	phraseLockOut = "lock me out"
	phraseHere    = "only here"
)

// unpair warns before a pairing ends.
type unpair struct {
	device vault.Device
	back   screen
	asked  bool // the server has answered, or can not be reached
	known  approve.Status
	last   *approve.LastMethodError // the server would lock the person out
	away   bool                     // the server can not be reached
	phrase field
	wrong  string
}

func newUnpair(_ *Model, d vault.Device, back screen) *unpair {
	return &unpair{device: d, back: back, phrase: newField("", "", 20)}
}

func (s *unpair) opened(m *Model) tea.Cmd {
	if s.device.State != vault.DeviceActive {
		s.asked = true // there is nothing to lose
		return nil
	}
	return m.do(askStatus(m.session.ctx, m.session.inbox, s.device.ID))
}

// wanted is the phrase that must be typed, or "".
func (s *unpair) wanted() string {
	switch {
	case s.last != nil:
		return phraseLockOut
	case s.away:
		return phraseHere
	}
	return ""
}

func (s *unpair) eats(m *Model) appetite {
	switch {
	case m.busy != "":
		return eatsAll
	case s.wanted() != "":
		return eatsText
	}
	return eatsDigits
}

func (s *unpair) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case statusMsg:
		if msg.id == s.device.ID {
			s.answered(msg)
		}
	case deviceMsg:
		return s.unpaired(m, msg)
	case tea.PasteMsg:
		return nil // the phrase is to be typed
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

// answered takes what the server said before anything is done.
func (s *unpair) answered(msg statusMsg) {
	s.asked, s.known = true, msg.status
	if msg.err != nil {
		s.away = errors.Is(msg.err, approve.ErrUnreachable)
		return
	}
	if st := msg.status; st.TwoStep && len(st.Devices) <= 1 && len(otherMethods(st)) == 0 {
		s.last = &approve.LastMethodError{Devices: len(st.Devices), RecoveryLeft: st.RecoveryLeft, SecurityURL: st.SecurityURL}
	}
}

// otherMethods are those that do not need this device.
func otherMethods(st approve.Status) []string {
	var other []string
	for _, name := range st.Methods {
		if !strings.HasPrefix(strings.ToLower(name), "companion") {
			other = append(other, name)
		}
	}
	return other
}

func (s *unpair) unpaired(m *Model, msg deviceMsg) tea.Cmd {
	if last, ok := errors.AsType[*approve.LastMethodError](msg.err); ok {
		s.last = last
		return nil
	}
	if errors.Is(msg.err, approve.ErrUnreachable) {
		s.away = true
		return nil
	}
	if msg.err != nil {
		s.wrong = explain(m.now, msg.err)
		return nil
	}
	text := appOf(s.device) + " is unpaired."
	if s.away {
		text = appOf(s.device) + " is removed here. Remove this device at the site, too."
	}
	m.tell(noticeGood, text)
	return m.show(s.back)
}

func (s *unpair) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case key.Matches(msg, keyBack):
		return m.show(s.back)
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	case s.wanted() != "":
		s.phrase.update(msg)
		s.wrong = ""
	case key.Matches(msg, keySite):
		m.session.serverTab.tellSite(m, s.device)
	}
	return nil
}

func (s *unpair) enter(m *Model) tea.Cmd {
	if !s.asked {
		return nil
	}
	want := s.wanted()
	if want != "" && s.phrase.value() != want {
		if s.phrase.value() != "" {
			s.wrong = "Type  " + want + "  exactly, or press Esc to keep it."
		}
		return nil
	}
	force := want != "" || s.device.State != vault.DeviceActive
	return m.work("Unpairing", unpairFrom(m.session.ctx, m.session.inbox, s.device.ID, force))
}

func (s *unpair) view(m *Model) string {
	w, h := m.room()
	inner := min(boxWidth-4, w)
	compact := h < 16 || w < 50
	var lines []string
	add := func(text string) { lines = append(lines, wrap(text, inner)...) }
	gap := func() {
		if !compact {
			lines = append(lines, "")
		}
	}
	gap()
	s.viewReason(m, add, gap, compact)
	if want := s.wanted(); want != "" {
		gap()
		label := "To unpair anyway type  " + want + "  "
		room := min(22, inner-len(label))
		if room < 14 {
			add(label)
			label, room = "", 22
		}
		lines = append(lines, label+s.phrase.box(m, room, true))
	}
	if s.wrong != "" {
		for _, l := range wrap("! "+s.wrong, inner) {
			lines = append(lines, m.styles.danger.Render(l))
		}
	}
	gap()
	if over := len(lines) + 1 - h; over > 0 {
		lines = lines[over:]
	}
	style := m.styles.dimBox
	if s.last != nil {
		style = m.styles.dangerBox
	}
	return m.frameBox(style, "Unpair "+appOf(s.device)+" from this terminal?", "", lines)
}

// viewReason says what unpairing would mean.
func (s *unpair) viewReason(m *Model, add func(string), gap func(), compact bool) {
	app := appOf(s.device)
	switch {
	case !s.asked:
		add("Asking " + app + " whether you could still sign in...")
	case s.last != nil:
		add(m.styles.danger.Render("2-step verification is still ON for " + clean(s.device.Account) + ", and this is the LAST device that can approve."))
		gap()
		if compact {
			add("You could not sign in to " + app + " any more.")
			return
		}
		add("If you go on you will not be able to sign in to " + app + ". You would need a recovery code or the administrator.")
		gap()
		add("Do one of these first:")
		add(" - turn off 2-step verification: Account settings > Security")
		add(" - add another device or method")
		add(" - make new recovery codes")
	case s.away:
		add(m.styles.warn.Render("! " + app + " can not be reached, so it is not known whether you could still sign in."))
		gap()
		add("The site would go on listing this device until you remove it there.")
	case s.device.State == vault.DeviceRevoked:
		add(app + " no longer knows this device. Enter removes it here, with its fallback code.")
	case s.device.State == vault.DevicePending:
		add("The device is not confirmed yet. Enter gives up and removes it here.")
	default:
		add("Login requests of " + app + " no longer come to this terminal, and its fallback code here is deleted.")
		gap()
		add("You can still sign in: " + s.ways() + ".")
	}
}

// ways lists what is left to sign in with.
func (s *unpair) ways() string {
	if !s.known.TwoStep {
		return "2-step verification is off"
	}
	var ways []string
	if n := len(s.known.Devices) - 1; n > 0 {
		ways = append(ways, count(n, "other device", "other devices"))
	}
	ways = append(ways, otherMethods(s.known)...)
	if s.known.RecoveryLeft > 0 {
		ways = append(ways, count(s.known.RecoveryLeft, "recovery code", "recovery codes"))
	}
	if len(ways) == 0 {
		return "ask the server's administrator how"
	}
	return clean(strings.Join(ways, ", "))
}

func (s *unpair) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	if s.last != nil {
		return m.styles.dim.Render(fmt.Sprintf("the server was asked: 2-step ON, devices %d, other methods %d, recovery codes %d",
			s.last.Devices, s.last.OtherMethods, s.last.RecoveryLeft))
	}
	return ""
}

func (s *unpair) keys(*Model) []key.Binding {
	all := []key.Binding{meaning(keyBack, "keep it (default)"), meaning(keyEnter, "unpair")}
	if s.wanted() == "" && s.device.State == vault.DeviceActive {
		all = append(all, keySite)
	}
	return all
}
