package tui

// add.go is the menu of ways to add an account.

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// addMenu chooses how to add.
type addMenu struct {
	at   int
	back screen
}

// way is one line of the menu.
type way struct {
	key         key.Binding
	what, needs string
	open        func(m *Model, back screen) screen
}

func newAdd(_ *Model, back screen) *addMenu { return &addMenu{back: back} }

func (s *addMenu) ways() []way {
	return []way{
		{keyAddImage, "QR code from an image file", "png, jpg, gif, webp, bmp", func(m *Model, b screen) screen { return newAddImage(m, b) }},
		{keyAddLink, "Paste a setup link", "otpauth://  otpauth-migration://  nod://", func(m *Model, b screen) screen { return newAddLink(m, b) }},
		{keyAddSecret, "Type the secret key by hand", "letters A-Z and digits 2-7", func(m *Model, b screen) screen { return newAddSecret(m, b) }},
		{keyAddPair, "Use registration code", "the 6 digits your server shows", func(m *Model, b screen) screen { return newPair(m, b) }},
	}
}

func (s *addMenu) update(m *Model, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	ways := s.ways()
	for i, w := range ways {
		if key.Matches(press, w.key) {
			s.at = i
			return m.show(w.open(m, s))
		}
	}
	switch {
	case key.Matches(press, keyBack):
		return m.show(s.back)
	case key.Matches(press, keyEnter):
		return m.show(ways[s.at].open(m, s))
	case press.String() == "up":
		s.at = max(0, s.at-1)
	case press.String() == "down", press.String() == "j":
		s.at = min(len(ways)-1, s.at+1)
	}
	return nil
}

func (s *addMenu) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Add an account"))
	p.gap()
	for i, way := range s.ways() {
		p.mark(i == s.at)
		mark, style := "  ", m.styles.text
		if i == s.at {
			mark, style = m.styles.focus.Render(m.glyphs.bar)+" ", m.styles.strong
		}
		line := mark + m.styles.strong.Render(way.key.Help().Key) + "   " + style.Render(m.pad(way.what, 30))
		if w >= 60 {
			line += " " + m.styles.dim.Render(way.needs)
		}
		p.line(line)
	}
	if m.tall() {
		p.gap()
		p.text("Working over SSH? Save the picture on this machine, or run on your own one:")
		p.line(m.styles.strong.Render("   nod add --qr - < setup.png") + m.styles.dim.Render("     (picture on standard input)"))
		p.text("or copy the text under the QR code and press u.")
	}
	return p.fit(h)
}

func (s *addMenu) status(m *Model) string {
	return m.styles.dim.Render("a QR picture holds the secret: delete the file afterwards (nod asks)")
}

func (s *addMenu) keys(*Model) []key.Binding {
	var letters []string
	for _, w := range s.ways() {
		letters = append(letters, w.key.Help().Key)
	}
	return []key.Binding{keyEnter, bind(strings.Join(letters, " "), "choose at once", letters...), bind("arrows", "move"), keyBack}
}
