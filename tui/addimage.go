package tui

// addimage.go asks for a picture file and hands its QR codes to the preview.

import (
	"path/filepath"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// addImage asks for the path of a picture.
type addImage struct {
	path  field
	back  screen
	wrong string
}

func newAddImage(_ *Model, back screen) *addImage {
	return &addImage{path: newField("Image", "", 4096), back: back}
}

func (s *addImage) eats(*Model) appetite { return eatsText }

func (s *addImage) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case pictureMsg:
		return s.read(m, msg)
	case tea.PasteMsg:
		s.path.update(msg)
	case tea.KeyPressMsg:
		switch {
		case m.busy != "":
		case key.Matches(msg, keyBack):
			return m.show(s.back)
		case key.Matches(msg, keyEnter):
			if path := s.file(m); path != "" {
				s.wrong = ""
				return m.work("Looking for QR codes", readPicture(path))
			}
		default:
			s.path.update(msg)
		}
	}
	return nil
}

// file is the path as the system wants it: terminals put quotes or backslashes
// around a file that is dropped on them.
func (s *addImage) file(m *Model) string {
	path := strings.TrimPrefix(s.path.value(), "file://")
	if n := len(path); n > 1 && (path[0] == '\'' || path[0] == '"') && path[n-1] == path[0] {
		path = path[1 : n-1]
	}
	if filepath.Separator == '/' {
		path = strings.ReplaceAll(path, `\ `, " ")
	}
	return longPath(path, m.config.Home)
}

func (s *addImage) read(m *Model, msg pictureMsg) tea.Cmd {
	m.done()
	if msg.err != nil {
		s.wrong = explain(m.now, msg.err)
		return nil
	}
	var texts []string
	for _, c := range msg.result.Codes {
		texts = append(texts, c.Text)
	}
	if len(texts) == 0 {
		s.wrong = "No QR code was found. Try a larger picture, crop it to the code, or type the key by hand."
		return nil
	}
	if len(texts) == 1 && m.pairingLink(texts[0]) {
		return m.show(newPairLink(m, texts[0], s.back))
	}
	found := newPreview(m, texts, "QR image "+filepath.Base(msg.path), s)
	found.path = msg.path
	found.width, found.height = msg.result.Width, msg.result.Height
	return m.show(found)
}

func (s *addImage) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Add from an image"))
	p.gap()
	p.field(&s.path, true)
	p.hint("The path of a picture with a QR code: png, jpg, gif, webp, bmp. A file can be dropped on the terminal.")
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
