package tui

// addlink.go takes a setup link, typed or pasted.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/scan"
	"nod/vault/transfer"
)

// addLink asks for a link. It is drawn covered: the secret is in it.
type addLink struct {
	link  field
	back  screen
	read  string // what the link says, without its secret
	wrong string
}

func newAddLink(_ *Model, back screen) *addLink {
	s := &addLink{link: newField("Setup link", "", 8192), back: back}
	s.link.cover = true
	return s
}

// pairingLink tells whether a text pairs with a server.
func (m *Model) pairingLink(text string) bool {
	_, err := m.links.Preview(text)
	return err == nil
}

func (s *addLink) eats(*Model) appetite { return eatsText }

func (s *addLink) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case seenMsg:
		cmd, wrong := m.showSeen(msg, s, s.back)
		s.wrong = wrong
		return cmd
	case tea.PasteMsg:
		return s.paste(m, msg.Content)
	case tea.KeyPressMsg:
		switch {
		case key.Matches(msg, keyBack):
			s.link.set("")
			return m.show(s.back)
		case key.Matches(msg, keyShow):
			s.link.cover = !s.link.cover
		case key.Matches(msg, keyEnter):
			return s.enter(m)
		default:
			if s.link.update(msg) {
				s.look(m)
			}
		}
	}
	return nil
}

// paste takes a link into the box. What is none may be a drawn code, a picture as
// text or a path, which go straight to the preview.
func (s *addLink) paste(m *Model, text string) tea.Cmd {
	s.wrong = ""
	joined := strings.Join(strings.Fields(text), "") // terminals break long links into lines
	batch, err := transfer.Decode(joined)
	link := err == nil && len(batch.Keys) > 0 || m.pairingLink(joined) || m.links.IsSignIn(joined)
	if _, path := scan.Path(text, m.config.Home); !link && (path || isCode(text)) {
		return m.scan("Reading what was pasted", readPasted(text, m.config.Home))
	}
	s.link.update(tea.PasteMsg{Content: joined})
	s.look(m)
	return nil
}

// isCode tells whether a text is more than a path or a word: the text of a code,
// a picture as text, or something that is drawn in lines.
func isCode(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, scheme := range []string{"data:", "otpauth:", "otpauth-migration:", "motp:", "steam:", "nod:"} {
		if strings.HasPrefix(text, scheme) {
			return true
		}
	}
	return strings.ContainsAny(text, "\r\n")
}

// look says what the link is, as soon as it is one.
func (s *addLink) look(m *Model) {
	s.read, s.wrong = "", ""
	text := s.link.value()
	if m.pairingLink(text) {
		s.read = "link read: pairs this device with a server"
		return
	}
	if m.links.IsSignIn(text) {
		s.read = "link read: a sign-in that waits for your answer"
		return
	}
	batch, err := transfer.Decode(text)
	switch {
	case err != nil || len(batch.Keys) == 0:
	case len(batch.Keys) == 1:
		k := batch.Keys[0]
		s.read = fmt.Sprintf("link read: %s, %s", orNone(k.Issuer), keyFacts(k))
	default:
		s.read = "link read: " + count(len(batch.Keys), "account", "accounts")
	}
}

func (s *addLink) enter(m *Model) tea.Cmd {
	text := s.link.value()
	if text == "" {
		return nil
	}
	if m.pairingLink(text) {
		return m.show(newPairLink(m, text, s.back))
	}
	if m.links.IsSignIn(text) {
		s.link.set("")
		return m.work("Reading", readSignIn(m.session.ctx, m.session.inbox, text))
	}
	batch, err := transfer.Decode(text)
	if err != nil || len(batch.Keys) == 0 {
		s.wrong = "That is no setup link. It starts with otpauth://, otpauth-migration:// or nod://."
		return nil
	}
	s.link.set("")
	return m.show(newPreview(m, seen{texts: []string{text}, title: "Found in the link", source: "link"}, s.back))
}

func (s *addLink) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Paste a setup link"))
	p.gap()
	p.field(&s.link, true)
	if s.read != "" {
		p.line(strings.Repeat(" ", p.labelWidth()) + m.styles.good.Render(s.read))
	}
	p.hint("The text under the QR code: otpauth:// adds codes, otpauth-migration:// all of a phone's, nod:// pairs with a server.")
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *addLink) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	return m.styles.dim.Render("the link holds the secret, so it is covered; nothing is saved yet")
}

func (s *addLink) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "next"), keyShow, keyBack}
}
