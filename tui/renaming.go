package tui

// renaming.go gives this device another name at a server.

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/vault"
)

// renaming asks for the name.
type renaming struct {
	device vault.Device
	name   field
	back   screen
	wrong  string
}

func newRenaming(d vault.Device, back screen) *renaming {
	return &renaming{device: d, name: newField("Name", clean(d.Name), 40), back: back}
}

func (s *renaming) eats(*Model) appetite { return eatsText }

func (s *renaming) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case deviceMsg:
		if msg.err != nil {
			s.wrong = explain(m.now, msg.err)
			return nil
		}
		m.tell(noticeGood, "This device is now called "+s.name.value()+".")
		return m.show(s.back)
	case tea.PasteMsg:
		s.name.update(msg)
	case tea.KeyPressMsg:
		switch {
		case m.busy != "":
		case key.Matches(msg, keyBack):
			return m.show(s.back)
		case key.Matches(msg, keyEnter):
			if s.name.value() == "" {
				s.wrong = "Give this device a name."
				return nil
			}
			return m.work("Renaming", rename(m.session.ctx, m.session.inbox, s.device.ID, s.name.value()))
		default:
			s.name.update(msg)
		}
	}
	return nil
}

func (s *renaming) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	p.line(m.styles.strong.Render("Rename this device on " + appOf(s.device)))
	p.gap()
	p.field(&s.name, true)
	p.tail(s.wrong)
	return p.fit(h)
}

func (s *renaming) status(m *Model) string { return m.spinner() }

func (s *renaming) keys(*Model) []key.Binding {
	return []key.Binding{meaning(keyEnter, "rename"), meaning(keyBack, "cancel")}
}
