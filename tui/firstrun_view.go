package tui

// firstrun_view.go draws the steps of the first run.

import (
	"fmt"
	"strings"

	"charm.land/bubbles/v2/key"

	"nod/vault"
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
	p.text("Four digits or more. You type it to open nod and again for every approval.")
	p.gap()
	p.text("A 4-digit PIN has 10 000 possibilities. nod mixes it with a key kept only on this computer (" +
		shortPath(p.m.config.Place.State, p.m.config.Home) + "), so a copied vault file cannot be guessed without that key. " +
		"Someone who copies both can try every PIN. For a server or a laptop that leaves the house use six digits or F2.")
}

func (s *firstRun) viewRecovery(p *page) {
	p.text("Write this down and keep it away from this computer. It shows only now; it opens the vault when the PIN is lost.")
	p.gap()
	groups := s.recoveryGroups()
	var line []string
	for i, g := range groups {
		line = append(line, p.m.styles.info.Render(fmt.Sprintf("%d", i+1))+" "+p.m.styles.strong.Render(g))
		if len(line) == 4 || i == len(groups)-1 || p.width < 60 && len(line) == 3 {
			p.line("  " + strings.Join(line, "   "))
			line = nil
		}
	}
	p.gap()
	p.text("Type two of its groups back:")
	p.field(&s.proof[0], s.focus == 0)
	p.field(&s.proof[1], s.focus == 1)
	p.tail(s.wrong)
}

func (s *firstRun) viewAccount(p *page) {
	m := p.m
	p.line(p.label("Vault") + shortPath(m.config.Place.File, m.config.Home))
	p.line(p.label("Device key") + shortPath(m.config.Place.State, m.config.Home))
	if s.confirmed != "" {
		p.line(p.label("Owner") + clean(s.confirmed))
	}
	p.gap()
	p.buttons(s.focus, []string{"Add your first account", "Later"}, []bool{true, true})
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
