package tui

// add.go is the menu of ways to add an account.

import (
	"errors"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/scan"
)

// addMenu chooses how to add.
type addMenu struct {
	at      int
	back    screen
	sources sourcesMsg // what can not be read here; nil until it is known
	wrong   string
}

// way is one line of the menu: it opens a screen or reads a source.
type way struct {
	key         key.Binding
	what, needs string
	open        func(m *Model, back screen) screen
	source      scan.Source
}

func newAdd(_ *Model, back screen) *addMenu { return &addMenu{back: back} }

func (s *addMenu) opened(m *Model) tea.Cmd {
	if m.config.Desk == nil {
		return nil
	}
	return m.do(checkSources(m.session.ctx, m.config.Desk))
}

// sourceWays are the lines that read a source; not all work everywhere.
var sourceWays = []way{
	{key: keyAddPaste, what: "QR code from the clipboard", needs: "a picture, a copied file or a text", source: scan.Clipboard},
	{key: keyAddScreen, what: "QR code from a screenshot", needs: "the whole screen, as it is now", source: scan.Screen},
	{key: keyAddRegion, what: "QR code in a part of it", needs: "you draw a box around it", source: scan.Region},
	{key: keyAddCamera, what: "QR code before the camera", needs: "on a phone or on paper", source: scan.Camera},
}

// ways are the lines that work here.
func (s *addMenu) ways() []way {
	all := []way{
		{key: keyAddImage, what: "QR code from an image file", needs: "png, jpg, gif, webp, bmp; or a folder", open: func(m *Model, b screen) screen { return newAddImage(m, b) }},
	}
	for _, w := range sourceWays {
		if err, known := s.sources[w.source]; known && err == nil {
			all = append(all, w)
		}
	}
	return append(all,
		way{key: keyAddLink, what: "Paste a setup link", needs: "otpauth://  otpauth-migration://  nod://", open: func(m *Model, b screen) screen { return newAddLink(m, b) }},
		way{key: keyAddSecret, what: "Type the secret key by hand", needs: "letters A-Z and digits 2-7", open: func(m *Model, b screen) screen { return newAddSecret(m, b) }},
		way{key: keyAddPair, what: "Use registration code", needs: "the 6 digits your server shows", open: func(m *Model, b screen) screen { return newPair(m, b) }},
	)
}

func (s *addMenu) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case sourcesMsg:
		at := s.ways()[s.at].key.Help().Key
		s.sources = msg
		for i, w := range s.ways() { // the same line stays chosen
			if w.key.Help().Key == at {
				s.at = i
			}
		}
	case seenMsg:
		cmd, wrong := m.showSeen(msg, s, s)
		s.wrong = wrong
		return cmd
	case tea.PasteMsg:
		s.wrong = ""
		return m.scan("Reading what was pasted", readPasted(msg.Content, m.config.Home))
	case tea.KeyPressMsg:
		s.wrong = ""
		return s.press(m, msg)
	}
	return nil
}

func (s *addMenu) press(m *Model, press tea.KeyPressMsg) tea.Cmd {
	ways := s.ways()
	for i, w := range ways {
		if key.Matches(press, w.key) {
			s.at = i
			return s.choose(m, w)
		}
	}
	switch {
	case key.Matches(press, keyBack):
		return m.show(s.back)
	case key.Matches(press, keyEnter):
		return s.choose(m, ways[s.at])
	case press.String() == "up":
		s.at = max(0, s.at-1)
	case press.String() == "down", press.String() == "j":
		s.at = min(len(ways)-1, s.at+1)
	default:
		return s.pressAbsent(m, press)
	}
	return nil
}

// pressAbsent takes the key of a source that is not in the menu: it says why, or
// tries when that is not known yet.
func (s *addMenu) pressAbsent(m *Model, press tea.KeyPressMsg) tea.Cmd {
	for _, w := range sourceWays {
		if m.config.Desk == nil || !key.Matches(press, w.key) {
			continue
		}
		if s.sources == nil {
			return m.scanSource(w.source)
		}
		s.wrong = explain(m.now, s.sources[w.source])
	}
	return nil
}

func (s *addMenu) choose(m *Model, w way) tea.Cmd {
	if w.open != nil {
		return m.show(w.open(m, s))
	}
	return m.scanSource(w.source)
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
	for _, hint := range s.hints() {
		for _, l := range wrap(hint, min(w-2, 76)) {
			p.line("  " + m.styles.dim.Render(l))
		}
	}
	p.tail(s.wrong)
	if m.tall() {
		p.gap()
		p.text("Working over SSH? Save the picture on this machine, or run on your own one:")
		p.line(m.styles.strong.Render("   nod add --qr - < setup.png") + m.styles.dim.Render("     (picture on standard input)"))
		p.text("or copy the code drawn as text, or the link under it, and paste it here.")
	}
	return p.fit(h)
}

// hints say what to install for the lines that are not there.
func (s *addMenu) hints() (hints []string) {
	seen := map[string]bool{}
	for _, w := range sourceWays {
		missing, ok := errors.AsType[*scan.MissingError](s.sources[w.source])
		if !ok || len(missing.Packages) == 0 || seen[missing.Packages[0]] {
			continue
		}
		seen[missing.Packages[0]] = true
		hints = append(hints, w.key.Help().Key+"   needs a tool: install "+missing.Packages[0])
	}
	return hints
}

func (s *addMenu) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("a QR picture holds the secret: delete the file afterwards (nod asks)")
}

func (s *addMenu) keys(*Model) []key.Binding {
	var letters []string
	for _, w := range s.ways() {
		letters = append(letters, w.key.Help().Key)
	}
	return []key.Binding{keyEnter, bind(strings.Join(letters, " "), "choose at once", letters...), bind("arrows", "move"), keyBack}
}
