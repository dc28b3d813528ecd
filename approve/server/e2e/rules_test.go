package e2e

// The rules that only appear when the guides are put together (X1 to X7).

import (
	"strings"
	"testing"
	"time"
)

func TestRules(t *testing.T) {
	w := newWorld(t)
	ana, ben, c := w.person(t), w.person(t), w.companion(t)

	row(t, "X1", func(t *testing.T) {
		p := ben.in(t).signIn("helpdesk", "ben")
		c.t = t
		c.addPicture(p.picture())
		p.typeCode(c, "helpdesk", "Verify").see("Two-factor authentication is set up.")
		p = ben.in(t).signIn("oneglobal", "ben")
		c.addPicture(p.picture())
		p.fill("Device name", "terminal").typeCode(c, "1global", "Save")
		p.until("the site is open", func() bool { return p.at() == "/app/oneglobal" })
		periods := map[string]int{}
		for _, a := range c.accounts() {
			periods[a.Issuer] = a.Period
		}
		if periods["HelpDesk"] != 60 || periods["1Global demo"] != 30 {
			t.Errorf("periods = %v, want 60 and 30 s", periods)
		}
	})
	row(t, "X6", func(t *testing.T) {
		c.t = t
		w.in(t).advance(61 * time.Second)
		p := w.person(t).signIn("oneglobal", "ben")
		p.fill("Verification code", c.code("helpdesk")).press("Sign in").see("That code is not right.")
	})
	row(t, "X2", func(t *testing.T) {
		p := ana.in(t).signIn("rms", "ana").enable("ana")
		c.t = t
		p.pair(c, "ana-terminal")
		p.open("/account/security").see("ana-terminal")
		if all := c.accounts(); len(all) != 3 {
			t.Errorf("%d accounts, want the fallback code of the pairing beside two others: %+v", len(all), all)
		}
	})
	row(t, "X3", func(t *testing.T) {
		for site, words := range map[string]string{"rmscloud": "Backup code", "keys": "Recovery code"} {
			p := w.person(t).signIn(site, "cleo").open("/account/security")
			if text := strings.ToLower(p.text()); !strings.Contains(text, strings.ToLower(words)) {
				t.Errorf("%s does not speak of a %q\n%s", site, words, text)
			}
		}
	})
	row(t, "X4", func(t *testing.T) {
		p := ana.in(t).open("/company").confirmed().open("/company")
		p.choose("Two-Factor Authentication at Login", "Required").press("OK")
		if p.has("Do not send") {
			p.press("Do not send")
		}
		cleo := w.person(t).signIn("rms", "cleo").wantAt("/setup")
		cleo.press("Companion app").confirmed().stay()
		forced := w.companion(t)
		forced.t = t
		if cleo.has("Registration code") {
			cleo.press("Registration code")
		}
		done := forced.pairing(cleo.part("code"), "--name", "cleo-terminal")
		cleo.see("cleo-terminal wants to pair.").press("Yes, add this device")
		if end := <-done; end.status != 0 {
			t.Fatalf("pair: %+v", end)
		}
		cleo.open("/app/rms").wantAt("/app/rms")
	})
	row(t, "X5", func(t *testing.T) {
		lost := w.companion(t)
		lost.t = t
		p := ben.in(t).signIn("rms", "ben").wantAt("/setup").press("Companion app").confirmed().stay()
		if p.has("Registration code") {
			p.press("Registration code")
		}
		done := lost.pairing(p.part("code"), "--name", "ben-terminal")
		p.see("ben-terminal wants to pair.").press("Yes, add this device")
		if end := <-done; end.status != 0 {
			t.Fatalf("pair: %+v", end)
		}
		ana.in(t).resetPerson("ben@demo.test", "lost phone", "saw the passport")
		out, errs, status := lost.call("", "approvals", "list")
		if status != 10 || !strings.Contains(out+errs, "no longer knows this device") {
			t.Errorf("after the reset: exit status %d\n%s%s", status, out, errs)
		}
	})
	row(t, "X7", func(t *testing.T) {
		p := w.person(t).signIn("rms", "ana").see("Enter a code instead", "Use another method", "Cancel")
		p.press("Enter a code instead").fill("Verification code", wrongOf("")).press("Sign in").see("That code is not right. Try again.")
		p.need("Cancel")
		p.need("Use another method")
		p.open("/nothing").see("There is no such page.")
		if !p.has("Back to the sites") {
			t.Errorf("a dead end\n%s", p.dump())
		}
	})
}
