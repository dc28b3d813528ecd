package tui

// pair.go pairs this device with a server, by registration code or link, and
// shows the words to compare until the person has confirmed it at the site.

import (
	"errors"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
)

// pair is the form, then the words.
type pair struct {
	link               string // in place of server and code
	about              approve.Preview
	server, code, name field
	client, secret     field // of the realm's administrator, where the server needs them
	focus              int
	back               screen
	device             vault.Device // registered; waits for confirmation
	wrong              string
}

func newPair(m *Model, back screen) *pair {
	s := &pair{
		server: newField("Server", m.config.Server, 200),
		code:   newField("Registration code", "", 6),
		name:   newField("Name this device", "", 40),
		client: newField("Client id", "", 200),
		secret: newField("Client secret", "", 400),
		back:   back,
	}
	s.code.only, s.secret.cover = digit, true
	if s.server.value() != "" {
		s.focus = 1
	}
	return s
}

func newPairLink(m *Model, link string, back screen) *pair {
	s := newPair(m, back)
	s.link, s.focus = link, 0
	if p, err := m.links.Preview(link); err == nil {
		s.about = p
	}
	return s
}

func (s *pair) opened(*Model) tea.Cmd { return askHostname }

func (s *pair) below() screen { return s.back }

func (s *pair) boxes() []*field {
	if s.link != "" && slices.Contains(s.about.Needs, approve.NeedClient) {
		return []*field{&s.client, &s.secret, &s.name}
	}
	if s.link != "" {
		return []*field{&s.name}
	}
	return []*field{&s.server, &s.code, &s.name}
}

func (s *pair) eats(*Model) appetite {
	if s.device.ID != "" {
		return eatsNothing
	}
	return eatsText
}

func (s *pair) dirty() bool { return s.device.ID == "" && s.code.value() != "" }

func (s *pair) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case hostnameMsg:
		if s.name.value() == "" {
			s.name.set(clean(string(msg)))
		}
	case pairedMsg:
		return s.paired(m, msg)
	case awaitedMsg:
		if s.device.ID == "" {
			return nil
		}
		if msg.err != nil {
			s.wrong = "The site said no: this device is not paired."
			return nil
		}
		m.session.serverTab.selected = msg.device.ID
		return m.show(m.session.serverTab)
	case tea.PasteMsg:
		if s.device.ID == "" {
			s.boxes()[s.focus].update(msg)
		}
	case tea.KeyPressMsg:
		return s.press(m, msg)
	}
	return nil
}

func (s *pair) press(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	n := len(s.boxes())
	switch {
	case m.busy != "":
	case key.Matches(msg, keyBack):
		if s.device.ID != "" {
			return m.show(m.session.serverTab)
		}
		return m.show(s.back)
	case s.device.ID != "":
	case key.Matches(msg, keyNextBox):
		s.focus = (s.focus + 1) % n
	case key.Matches(msg, keyPrevBox):
		s.focus = (s.focus + n - 1) % n
	case key.Matches(msg, keyEnter):
		return s.enter(m)
	default:
		if s.boxes()[s.focus].update(msg) {
			s.wrong = ""
		}
	}
	return nil
}

func (s *pair) enter(m *Model) tea.Cmd {
	n := len(s.boxes())
	o := approve.Offer{Link: s.link, DeviceName: s.name.value(), Platform: "terminal"}
	if s.link == "" {
		o.Server, o.Code = s.server.value(), s.code.value()
		switch {
		case o.Server == "":
			s.wrong, s.focus = "Type the address of the server that showed the code.", 0
			return nil
		case len(o.Code) < 6:
			s.focus = 1
			if s.code.value() != "" {
				s.wrong = "The registration code has six digits."
			}
			return nil
		}
	}
	if boxes := s.boxes(); s.link != "" && n > 1 {
		o.ClientID, o.ClientSecret = s.client.value(), s.secret.value()
		for i, box := range boxes[:2] {
			if box.value() == "" {
				s.wrong, s.focus = "The realm's administrator gives you a client id and secret.", i
				return nil
			}
		}
	}
	if o.DeviceName == "" {
		s.wrong, s.focus = "Give this device a name.", n-1
		return nil
	}
	s.wrong = ""
	return m.work("Pairing", pairWith(m.session.ctx, m.session.inbox, o))
}

func (s *pair) paired(m *Model, msg pairedMsg) tea.Cmd {
	m.done()
	if msg.err != nil {
		s.wrong = pairError(m, msg.err)
		s.code.set("")
		if s.link == "" {
			s.focus = 1
		}
		return nil
	}
	m.reload()
	s.device = msg.device
	if msg.device.State == vault.DeviceActive {
		m.tell(noticeGood, appOf(msg.device)+" is paired. Login requests show here from now on.")
		m.session.serverTab.selected = msg.device.ID
		return m.show(m.session.serverTab)
	}
	return m.do(await(m.session.ctx, m.session.inbox, msg.device.ID))
}

// pairError puts the server's refusals in the words of this screen.
func pairError(m *Model, err error) string {
	if e, ok := errors.AsType[*approve.BadCodeError](err); ok && e.Left >= 0 {
		return "That registration code is not right or has expired. " + count(e.Left, "try", "tries") + " left."
	}
	if e, ok := errors.AsType[*approve.LimitedError](err); ok {
		return "Too many tries. Wait " + span(e.RetryAfter) + " or scan the QR code instead."
	}
	return explain(m.now, err)
}

func (s *pair) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w, labels: 20}
	code, hint := "Registration code", " 6 digits, 10 minutes"
	s.name.label = "Name this device"
	if w < 60 {
		code, hint, s.name.label = "Code", " 6 digits", "Name"
	}
	p.line(m.styles.strong.Render("Pair with a server for login approvals"))
	p.gap()
	if s.device.ID != "" {
		s.viewWords(p)
		return p.fit(h)
	}
	if s.link != "" {
		s.viewLink(p)
		for i, box := range s.boxes() {
			p.field(box, s.focus == i)
		}
	} else {
		p.field(&s.server, s.focus == 0)
		p.mark(s.focus == 1)
		p.line(p.label(code) + s.code.box(m, 11, s.focus == 1) + m.styles.dim.Render(hint))
		p.field(&s.name, s.focus == 2)
	}
	p.gap()
	switch {
	case s.link != "" && !s.about.AtSite && m.tall():
		p.text("Nothing was sent yet. Enter agrees to this and pairs; Esc leaves it.")
	case m.tall():
		p.text("After Enter the site shows this device and asks you to confirm it there.")
	}
	p.tail(s.wrong)
	return p.fit(h)
}

// viewLink shows what the link says. In a small window the lines next to the box stay
// in sight, and those say with whom this device is to be paired.
func (s *pair) viewLink(p *page) {
	with := func() {
		p.fact("Server", host(s.about.Server))
		p.fact("App", clean(s.about.App))
		p.fact("Account", clean(s.about.Account))
	}
	if p.m.tall() {
		with()
	}
	for _, d := range s.about.Details {
		p.fact(clean(d.Label), clean(d.Text))
	}
	for _, r := range s.about.Risks {
		p.text("! " + clean(r))
	}
	if !p.m.tall() {
		with()
	}
}

// viewWords shows what both screens must have in common.
func (s *pair) viewWords(p *page) {
	m := p.m
	p.text("Compare these words with those at the site, and confirm there:")
	p.gap()
	p.line(m.centre(words(m, s.device), p.width))
	p.gap()
	if s.wrong == "" {
		p.line(m.glyphs.waiting + " Waiting for confirmation at " + host(s.device.Server) + ".")
	}
	p.gap()
	p.text("Other words there? Press No at the site: someone else is pairing.")
	p.tail(s.wrong)
}

func words(m *Model, d vault.Device) string {
	var all []string
	for _, w := range d.Words {
		all = append(all, clean(w))
	}
	return m.styles.info.Render(strings.Join(all, "  "))
}

func (s *pair) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	if s.device.ID != "" {
		return m.styles.dim.Render("you may leave this screen: Servers shows the words as well")
	}
	if s.link != "" && !s.about.AtSite && !m.tall() {
		return m.styles.dim.Render("nothing was sent yet; Enter agrees")
	}
	return m.styles.dim.Render("paired devices answer logins with a key made here; it never leaves this vault")
}

func (s *pair) keys(*Model) []key.Binding {
	if s.device.ID != "" {
		return []key.Binding{keyBack}
	}
	return []key.Binding{meaning(keyEnter, "pair"), keyNextBox, meaning(keyBack, "cancel")}
}
