package tui

// The vault of an agent, and what becomes of the agent meanwhile.

import (
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/vault"
)

// nearBubble runs test in a bubble, with the vault of onlyPassphrase and an agent that
// start prepares.
func nearBubble(t *testing.T, start func(a *nearAgent), test func(d *driver, a *nearAgent, srv *fakeServer)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		place := placeIn(dir)
		if err := onlyPassphrase(place); err != nil {
			t.Fatal(err)
		}
		srv := newFakeServer()
		a := &nearAgent{place: place, driver: srv}
		start(a)
		d := drive(t, New(t.Context(), Config{
			Place: place, Drivers: []approve.Driver{srv}, Cost: vault.FloorCost, Home: dir, IdleLock: time.Minute, Keeper: a,
		}))
		t.Cleanup(func() {
			d.m.end()
			a.end()
		})
		d.settle()
		test(d, a, srv)
	})
}

// keyless lets time pass for a look at the agent.
func (d *driver) keyless() { d.wait(2*time.Second + time.Millisecond) }

// An agent that somebody unlocks elsewhere shows its codes, and one that is locked
// elsewhere locks the program.
func TestAgentUnlockedElsewhere(t *testing.T) {
	nearBubble(t, (*nearAgent).start, func(d *driver, a *nearAgent, _ *fakeServer) {
		for range 2 {
			d.see("locked", "Passphrase")
			a.unlock(t, "")
			d.keyless()
			d.see("HelpDesk", "nod's agent is unlocked: these are its codes.")
			a.lock("by hand")
			d.settle()
			d.hide("HelpDesk")
			d.see("nod's agent has locked (by hand). Unlock again.")
		}
	})
}

// Who types a PIN does not go on in the list of codes.
func TestAgentUnlockedWhileTyping(t *testing.T) {
	nearBubble(t, (*nearAgent).start, func(d *driver, a *nearAgent, _ *fakeServer) {
		d.text("copper lan")
		a.unlock(t, "")
		d.keyless()
		d.golden("typing")
		if got := string(d.m.screen.(*unlock).box.typed); got != "copper lan" {
			t.Errorf("typed is %q", got)
		}
		d.press("esc")
		d.see("HelpDesk")
		a.lock("idle")
		d.settle()
		d.press("f3") // on the way to a new PIN
		a.unlock(t, "")
		d.keyless()
		d.see("Recovery code", "nod's agent is unlocked now. Esc shows its codes.")
		d.press("esc")
		d.see("HelpDesk")
	})
}

// What the person has left, or the idle time, does not come back by itself: the agent has
// to be unlocked anew.
func TestAgentLeft(t *testing.T) {
	nearBubble(t, func(a *nearAgent) { a.unlock(t, "") }, func(d *driver, a *nearAgent, _ *fakeServer) {
		d.wait(time.Second)
		d.see("HelpDesk")
		d.wait(61 * time.Second)
		for range 3 {
			d.keyless()
			d.see("locked", "Passphrase")
			d.hide("HelpDesk", "Esc shows")
			d.press("esc")
		}
		a.unlock(t, "")
		d.keyless()
		d.see("HelpDesk")
		d.press("L")
		d.keyless()
		d.see("Locked, and nod's agent, too.")
		a.unlock(t, "")
		d.keyless()
		d.see("HelpDesk")
	})
}

// An agent that begins or ends to run costs nothing that was typed, and is told of.
func TestAgentComesAndGoes(t *testing.T) {
	nearBubble(t, func(*nearAgent) {}, func(d *driver, a *nearAgent, _ *fakeServer) {
		d.keyless()
		d.hide("nod's agent")
		d.text(testPassphrase[:10])
		a.start()
		d.keyless()
		d.golden("comes")
		d.text(testPassphrase[10:14])
		d.hide("nod's agent")
		a.end()
		d.keyless()
		d.see("nod's agent is gone: nod unlocks for itself.")
		d.text(testPassphrase[14:])
		d.press("enter", "esc")
		d.see("HelpDesk")
		if d.m.session.kept != nil {
			t.Error("the vault is that of the agent that is gone")
		}
		a.start()
		d.wait(6 * time.Second)
		d.see("No session PIN: every approval")
		d.press("H") // an empty line for what is told next
		d.wait(6 * time.Second)
		d.see("nod's agent runs now. L, and unlocking again, has nod work with it.", "HelpDesk")
		d.press("L")
		d.text(testPassphrase)
		d.press("enter")
		if d.m.session.kept == nil {
			t.Error("the agent that runs is not used")
		}
	})
}

// The unlock screen asks for what opens the agent now.
func TestAgentPinnedElsewhere(t *testing.T) {
	nearBubble(t, func(a *nearAgent) { a.unlock(t, "") }, func(d *driver, a *nearAgent, _ *fakeServer) {
		d.wait(time.Second)
		d.wait(61 * time.Second)
		d.see("Passphrase")
		pass := vault.Passphrase([]byte(testPassphrase))
		if err := a.open.SetSessionPIN(pass, vault.PIN([]byte(testPIN))); err != nil {
			t.Fatal(err)
		}
		d.keyless()
		d.see("Session PIN")
		a.end()
		d.keyless()
		d.see("Passphrase", "nod's agent is gone")
		d.hide("Session PIN")
	})
}

// The session PIN of the agent gives the codes of marked accounts, accepts and deletes; the
// secret takes the passphrase, and the prompt says so.
func TestAgentSessionPIN(t *testing.T) {
	nearBubble(t, func(a *nearAgent) {
		a.unlock(t, "")
		x := a.open.Accounts()[0]
		if _, err := a.open.Edit(x.ID, func(x *vault.Account) { x.Confirm = true }); err != nil {
			t.Fatal(err)
		}
		in := approve.NewInbox(a.open, a.driver)
		if _, err := in.Pair(t.Context(), approve.Offer{Server: testServer, Code: "482913", DeviceName: "laptop"}); err != nil {
			t.Fatal(err)
		}
	}, func(d *driver, a *nearAgent, srv *fakeServer) {
		d.wait(time.Second)
		d.see("y passphrase")
		d.text("/HelpDesk")
		d.press("enter")
		d.see("the passphrase gets its code")
		d.press("esc")
		pass := vault.Passphrase([]byte(testPassphrase))
		if err := a.open.SetSessionPIN(pass, vault.PIN([]byte(testPIN))); err != nil {
			t.Fatal(err)
		}
		d.see("y: asks PIN")
		d.press("y")
		d.golden("confirm")
		d.text("9999")
		d.press("enter")
		d.see("Wrong PIN. 9 tries left.")
		d.wait(time.Second)
		d.text(testPIN)
		d.press("enter")
		d.see("sent to the terminal")

		d.press("S")
		d.golden("secret")
		d.text(testPIN) // is no passphrase
		d.press("enter")
		d.see("Wrong passphrase.")
		d.press("f2")
		d.see("Passphrase")
		d.press("ctrl+u")
		d.text(testPassphrase)
		d.press("enter")
		d.see("Secret key")
		d.press("x")

		srv.ask("r-1", "ana@demo.test")
		d.wait(25 * time.Second)
		d.press("A")
		d.wait(grace + time.Millisecond)
		d.see("Session PIN")
		d.text("47" + testPIN)
		d.press("enter")
		d.see("Accepted.")
		d.press("enter", "1")

		d.press("D")
		d.see("and the session PIN")
		d.text("ana@demo.test")
		d.press("tab")
		d.text(testPIN)
		d.press("enter")
		d.see("Deleted HelpDesk / ana@demo.test here.")
	})
}

// Ten wrong ones end it: then the passphrase is asked for.
func TestAgentSessionPINGone(t *testing.T) {
	nearBubble(t, func(a *nearAgent) {
		a.unlock(t, testPIN)
		x := a.open.Accounts()[0]
		if _, err := a.open.Edit(x.ID, func(x *vault.Account) { x.Confirm = true }); err != nil {
			t.Fatal(err)
		}
	}, func(d *driver, _ *nearAgent, _ *fakeServer) {
		d.wait(time.Second)
		d.press("y")
		for range 10 {
			d.text("9999")
			d.press("enter")
			d.wait(time.Second)
		}
		d.golden("gone")
		d.text(testPassphrase)
		d.press("enter")
		d.see("sent to the terminal")
	})
}

// When the agent locks while the person looks on, the first key counts.
func TestAgentLockedTypeOn(t *testing.T) {
	nearBubble(t, func(a *nearAgent) { a.unlock(t, testPIN) }, func(d *driver, a *nearAgent, _ *fakeServer) {
		d.wait(time.Second)
		d.see("HelpDesk")
		d.update(refreshedMsg{err: errAgentShut}) // and nothing that follows from it
		d.update(keyPress("4"))
		s, ok := d.m.screen.(*unlock)
		if !ok || !s.box.session || string(s.box.typed) != "4" {
			t.Errorf("the screen is %T:\n%s", d.m.screen, d.screen())
		}
	})
}
