package tui

// firstrun_view.go draws the steps of the first run.

import (
	"errors"
	"fmt"

	"charm.land/bubbles/v2/key"

	"nod/vault"
	"nod/vault/protect"
)

func (s *firstRun) heading(m *Model) string {
	titles := map[runStep]string{
		runAddress: "Welcome to nod", runCode: "Confirm your e-mail", runAgain: "Confirm your e-mail",
		runPIN: "Choose a PIN", runRecovery: "Your recovery code", runAccount: "Your vault is ready",
	}
	number := map[runStep]int{runAddress: 1, runCode: 2, runAgain: 2, runPIN: 3, runRecovery: 3, runAccount: 4}
	title := titles[s.step]
	if s.step == runPIN && s.pin.kind == vault.SlotPassphrase {
		title = "Choose a passphrase"
	}
	return m.spread(m.styles.strong.Render(title), m.styles.dim.Render(fmt.Sprintf("step %d of 4", number[s.step])), m.width-2)
}

func (s *firstRun) view(m *Model) string {
	w, h := m.room()
	p := &page{m: m, width: w}
	switch s.step {
	case runAddress:
		s.viewAddress(p)
	case runCode, runAgain:
		s.viewCode(p)
	case runPIN:
		s.viewPIN(p)
	case runRecovery:
		s.viewRecovery(p)
	case runAccount:
		s.viewAccount(p)
	}
	return p.fit(h)
}

func (s *firstRun) viewAddress(p *page) {
	p.text("nod keeps your sign-in codes and answers login requests from this terminal.")
	p.gap()
	p.field(&s.server, s.focus == 0)
	p.hint("The site that will ask you to approve logins. Leave it empty if you only want codes.")
	p.gap()
	p.field(&s.email, s.focus == 1)
	p.hint("We send a 6-digit code to this address to confirm it is yours.")
	p.gap()
	send := "Send code"
	if s.server.value() == "" {
		send = "Next"
	}
	p.buttons(s.focus-2, []string{send, "Skip: codes only, no server"}, []bool{true, true})
	p.tail(s.wrong)
}

func (s *firstRun) viewCode(p *page) {
	if s.step == runAgain {
		p.text("There is no server to send a code. Type the address once more.")
		p.gap()
		p.line(p.label("E-mail") + s.email.value())
		p.field(&s.again, true)
		p.tail(s.wrong)
		return
	}
	p.text("We sent a 6-digit code to " + clean(s.email.value()) + ". It is good for 10 minutes.")
	p.gap()
	p.line(p.label("Code") + s.code.box(p.m, 12, true))
	p.focus = len(p.lines) - 1
	if left := s.resend.Sub(p.m.now); left > 0 {
		p.hint("Send again in " + clockLeft(left) + ". Esc changes the address.")
	} else {
		p.hint("Nothing came? Ctrl+R sends it again. Esc changes the address.")
	}
	p.tail(s.wrong)
	if s.unreachable {
		p.text("Enter tries again, Ctrl+S goes on without a server.")
	}
}

func (s *firstRun) viewPIN(p *page) {
	first := "New PIN"
	if s.pin.kind == vault.SlotPassphrase {
		first = "Passphrase"
	}
	p.secret(first, &s.pin, s.focus == 0)
	p.secret("Again", &s.pin2, s.focus == 1)
	p.tail(s.wrong)
	p.gap()
	if s.pin.kind == vault.SlotPassphrase {
		p.text("Four words or more that do not belong together. You type it to open nod and again for every approval.")
		return
	}
	if p.m.tall() {
		p.text("Four digits or more. You type it to open nod and again for every approval.")
		p.gap()
	}
	s.viewProtection(p)
}

// viewProtection says what the PIN is worth here, and why it is not worth more.
func (s *firstRun) viewProtection(p *page) {
	if s.ways == nil {
		p.line(p.m.styles.dim.Render("Looking at how this computer can protect a PIN."))
		return
	}
	best, passed := chosen(s.ways)
	p.text(best.Sentence)
	for _, text := range passed {
		p.text(text)
	}
	if best.Kind.Grade() == protect.GradeC {
		p.gap()
		p.text("For a server or a laptop that leaves the house use six digits or F2.")
	}
}

// chosen is the way in which the vault protects a new PIN, as protect.Best does,
// and why better ones that this machine has are passed over.
func chosen(ways []vault.Protection) (best vault.Protection, passed []string) {
	for _, w := range ways {
		switch {
		case w.Kind == protect.KindCredential: // a choice: it is for services
		case w.Ready == nil:
			return w, passed
		case !errors.Is(w.Ready, protect.ErrAbsent):
			passed = append(passed, capital(kindNames[w.Kind])+" would be better, but it is not ready: "+clean(w.Ready.Error())+".")
		}
	}
	return best, passed
}

var kindNames = map[protect.Kind]string{protect.KindTPM: "the TPM", protect.KindKeyring: "the keyring of your login"}

func (s *firstRun) viewRecovery(p *page) {
	p.text("Write this down and keep it away from this computer. It shows only now; it opens the vault when the PIN is lost.")
	p.gap()
	s.proof.view(p)
}

func (s *firstRun) viewAccount(p *page) {
	m := p.m
	if m.tall() {
		p.line(p.label("Vault") + shortPath(m.config.Place.File, m.config.Home))
		if s.pin.kind == vault.SlotPIN {
			p.line(p.label("Device key") + shortPath(m.config.Place.State, m.config.Home))
		}
		if s.confirmed != "" {
			p.line(p.label("Owner") + clean(s.confirmed))
		}
		p.gap()
	}
	p.buttons(s.focus, []string{"Add your first account", "Later"}, []bool{true, true})
	p.gap()
	p.text(m.summary.Protection)
	p.gap()
	p.text("A vault is one file on one disk. Make a backup of it soon.")
}

func (s *firstRun) status(m *Model) string {
	if m.busy != "" {
		return m.spinner()
	}
	switch s.step {
	case runPIN:
		return m.styles.dim.Render("There is no PIN reset. The recovery code comes next: keep it.")
	case runRecovery:
		return m.styles.dim.Render("nod stores this code nowhere.")
	case runAccount:
		return ""
	}
	return m.styles.dim.Render("Nothing is stored yet. Your vault is created in step 3.")
}

func (s *firstRun) keys(*Model) []key.Binding {
	switch s.step {
	case runAddress:
		return []key.Binding{meaning(keyEnter, "next"), keyNextBox, keySkip, keyQuitNow}
	case runCode:
		return []key.Binding{meaning(keyEnter, "confirm"), keyResend, meaning(keyBack, "change address"), keySkip, keyQuitNow}
	case runPIN:
		other := keyPassphrase
		if s.pin.kind == vault.SlotPassphrase {
			other = keyUsePIN
		}
		return []key.Binding{meaning(keyEnter, "next"), keyNextBox, other, keyBack, keyQuitNow}
	case runRecovery:
		return []key.Binding{meaning(keyEnter, "next"), keyNextBox, keyQuitNow}
	}
	return []key.Binding{keyEnter, meaning(keyNextBox, "other choice"), keyQuitNow}
}
