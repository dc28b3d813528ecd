package tui

// revelation.go shows an account's secret and its QR code, after the PIN, and
// writes the code into a picture file.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"nod/scan/draw"
	"nod/vault"
	"nod/vault/otp"
)

// revelation asks for the PIN and then shows the secret until a key.
type revelation struct {
	account vault.Account
	back    screen
	secret  secretBox
	key     otp.Key
	shown   bool
	code    *draw.Code // nil where the link is too long for one
	saving  *field     // the path of a picture, while it is asked for
	wrong   string
}

func newRevelation(m *Model, a vault.Account, back screen) *revelation {
	return &revelation{account: a, back: back, secret: m.askedOfFile()}
}

func (s *revelation) eats(*Model) appetite {
	switch {
	case s.saving != nil:
		return eatsText
	case s.shown:
		return eatsNothing
	}
	return s.secret.appetite()
}

func (s *revelation) dirty() bool { return len(s.secret.typed) > 0 }

func (s *revelation) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case revealedMsg:
		m.done()
		if msg.err != nil {
			s.wrong = s.secret.refused(m, msg.err)
			return calmAfter()
		}
		s.key, s.shown = msg.key, true
		s.code, _ = draw.Small(QRLink(msg.key))
	case savedMsg:
		s.saved(m, msg)
	case calmedMsg:
		s.secret.wrong = false
	case tea.PasteMsg:
		switch {
		case s.saving != nil:
			s.saving.update(msg)
		case !s.shown:
			s.secret.update(msg)
		}
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *revelation) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case m.busy != "":
	case s.saving != nil:
		return s.pressSaving(m, msg)
	case s.shown && s.code != nil && key.Matches(msg, keySaveQR):
		s.startSaving()
	case s.shown, key.Matches(msg, keyBack):
		return m.show(s.back)
	case key.Matches(msg, keyPassphrase):
		s.secret.swap(m)
	case key.Matches(msg, keyEnter):
		if s.secret.complete() {
			s.wrong = ""
			return m.work("Checking", reveal(m.session.vault, s.account.ID, s.secret.take()))
		}
	default:
		s.secret.update(msg)
	}
	return nil
}

func (s *revelation) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: s.secret.labels()}
	if s.saving != nil {
		return s.viewSaving(m)
	}
	if s.shown {
		return strings.Join(s.viewSecret(m, w, h), "\n")
	}
	p.line(m.styles.strong.Render("Secret of " + titleOf(s.account)))
	p.gap()
	p.text("Whoever sees the secret can make its codes for ever. Look around first.")
	p.gap()
	if m.agentPinned() {
		p.text("The session PIN does not open this: nod's agent gives out no secret.")
		p.gap()
	}
	p.secret(s.secret.label(), &s.secret, true)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *revelation) wipe() {
	s.secret.wipe()
	clear(s.key.Secret)
	s.key, s.code, s.saving, s.shown = otp.Key{}, nil, nil, false
}

// besideQR is the least width of the text next to a QR code, the gap included.
const besideQR = 24

// viewSecret puts the QR code, if it fits whole, left of the secret.
func (s *revelation) viewSecret(m *Model, w, h int) []string {
	if s.code == nil {
		return s.text(m, w, "The setup link is longer than a QR code holds.")
	}
	if qr := m.qrLines(s.code, w-besideQR, h); qr != nil {
		return beside(qr, s.text(m, w-ansi.StringWidth(qr[0])-3, QRNote(s.key)))
	}
	width, height := s.code.Cells(draw.Style{Margin: 1, ASCII: m.config.ASCII})
	return s.text(m, w, fmt.Sprintf("The QR code needs a window of %dx%d. w writes it into a picture.",
		width+besideQR+m.width-w, height+m.height-h))
}

// text is the secret in words, and what is to be said of its QR code.
func (s *revelation) text(m *Model, w int, note string) []string {
	var lines []string
	for _, l := range wrap("Secret of "+titleOf(s.account), w) {
		lines = append(lines, m.styles.strong.Render(l))
	}
	lines = append(lines, "", m.styles.dim.Render("Secret key"))
	for _, l := range wrap(otp.InFours(otp.EncodeSecret(s.key.Secret)), w) {
		lines = append(lines, m.styles.info.Render(l))
	}
	if note != "" {
		lines = append(lines, "")
		for _, l := range wrap(note, w) {
			lines = append(lines, m.styles.dim.Render(l))
		}
	}
	return lines
}

// beside puts lines next to a QR code.
func beside(qr, text []string) []string {
	lines := make([]string, len(qr))
	for i := range qr {
		lines[i] = qr[i]
		if i < len(text) {
			lines[i] += "   " + text[i]
		}
	}
	return lines
}

func (s *revelation) status(m *Model) string { return m.spinner() }

func (s *revelation) keys(*Model) []key.Binding {
	switch {
	case s.saving != nil:
		return []key.Binding{meaning(keyEnter, "write"), keyBack}
	case s.shown && s.code != nil:
		return []key.Binding{keySaveQR, meaning(bind("other keys", "", ""), "hide it")}
	case s.shown:
		return []key.Binding{meaning(bind("any key", "", ""), "hides it")}
	}
	return []key.Binding{meaning(keyEnter, "show"), keyBack}
}
