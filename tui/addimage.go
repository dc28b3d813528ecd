package tui

// addimage.go asks for a picture file and hands its QR codes to the preview, or,
// for the next part of an export, to the one that asked for it.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/scan"
)

// addImage asks for the path of a picture or folder.
type addImage struct {
	path  field
	back  screen
	into  *preview // takes what is found, or nil
	wrong string
}

func newAddImage(_ *Model, back screen) *addImage {
	return &addImage{path: newField("Image", "", 1<<16), back: back}
}

// newNextPart asks for the next part of what a preview shows.
func newNextPart(m *Model, into *preview) *addImage {
	s := newAddImage(m, into)
	s.into = into
	return s
}

func (s *addImage) below() screen { return s.back }

func (s *addImage) eats(*Model) appetite { return eatsText }

func (s *addImage) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case seenMsg:
		return s.read(m, msg)
	case tea.PasteMsg:
		s.wrong = ""
		if isCode(msg.Content) {
			return m.scan("Reading what was pasted", readPasted(msg.Content, m.config.Home))
		}
		s.path.update(msg)
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, keyBack):
			return m.show(s.back)
		case key.Matches(msg, keyEnter):
			return s.enter(m)
		default:
			s.path.update(msg)
		}
	}
	return nil
}

func (s *addImage) enter(m *Model) tea.Cmd {
	text := s.path.value()
	if text == "" {
		return nil
	}
	s.wrong = ""
	if isCode(text) {
		return m.scan("Reading the text", readPasted(text, m.config.Home))
	}
	path, _ := scan.Path(text, m.config.Home)
	return m.scan("Looking for QR codes", readPath(path))
}

func (s *addImage) read(m *Model, msg seenMsg) (cmd tea.Cmd) {
	if s.into != nil && msg.err == nil && len(msg.seen.texts) > 0 {
		s.into.merge(m, msg.seen)
		return m.show(s.into)
	}
	cmd, s.wrong = m.showSeen(msg, s, s.back)
	return cmd
}

func (s *addImage) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	title, hint := "Add from an image", "The path of a picture with a QR code: png, jpg, gif, webp, bmp; or of a folder of them. A file can be dropped on the terminal."
	if s.into != nil {
		title, hint = "The next part", "The path of the picture with "+s.into.wanted()+", or its text, pasted."
	}
	p.line(m.styles.strong.Render(title))
	p.gap()
	p.field(&s.path, true)
	p.hint(hint)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *addImage) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("nothing is saved until you have seen what is in it")
}

func (s *addImage) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "read"), keyBack}
}
