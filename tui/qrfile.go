package tui

// qrfile.go asks for the path of a picture that a QR code, once shown, goes into.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// startSaving asks for the path.
func (s *revelation) startSaving() {
	f := newField("Picture", "~/"+fileName(s.account.Issuer)+".png", 4096)
	s.saving, s.wrong = &f, ""
}

// fileName makes a file's name of an issuer.
func fileName(issuer string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, issuer)
	if name = strings.Trim(name, "-"); name == "" {
		return "account"
	}
	return name
}

func (s *revelation) pressSaving(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case key.Matches(msg, keyBack):
		s.saving, s.wrong = nil, ""
	case key.Matches(msg, keyEnter):
		if path := s.saving.value(); path != "" {
			s.wrong = ""
			return m.work("Writing", saveQR(longPath(path, m.config.Home), QRLink(s.key)))
		}
	default:
		s.saving.update(msg)
	}
	return nil
}

// saved goes back to the secret, or tells why nothing was written.
func (s *revelation) saved(m *Model, msg savedMsg) {
	m.done()
	if msg.err != nil {
		s.wrong = explain(m.now, msg.err)
		return
	}
	s.saving = nil
	m.tell(noticeWarn, fmt.Sprintf("%s holds the secret. Delete it when it has been scanned.", shortPath(msg.path, m.config.Home)))
}

func (s *revelation) viewSaving(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("QR code of " + titleOf(s.account)))
	p.gap()
	p.text("Whoever gets the picture can make the account's codes. Only you can read the file.")
	p.gap()
	p.field(s.saving, true)
	p.hint("A new file whose name ends in .png or .svg.")
	p.tail(s.wrong)
	return p.fit(h)
}
