package e2e

// The Remote Management Service: authenticator and backup code (rows M1 to M20).

import (
	"strings"
	"testing"
	"time"
)

func TestRemoteManagement(t *testing.T) {
	w := newWorld(t)
	ana, c := w.person(t), w.companion(t)
	ana.signIn("rmscloud", "ana").wantAt("/app/rmscloud")
	row(t, "M2", func(t *testing.T) {
		ana.in(t).touch("ana@demo.test").press("Account settings").press("Security").see("Two-Factor Authentication")
	})
	row(t, "M3", func(t *testing.T) { ana.in(t).startCloud().see("Next", "Cancel") })
	row(t, "M1", func(t *testing.T) {
		ana.in(t).see("nod, Google Authenticator, Microsoft Authenticator, Duo Mobile or Authy")
	})
	row(t, "M4", func(t *testing.T) {
		p := ana.in(t)
		p.press("Cancel").wantAt("/account/security")
		p.startCloud().press("Next").press("Cancel").wantAt("/account/security")
		p.startCloud().press("Next").press("Next").press("Back").press("Next").press("Cancel").wantAt("/account/security")
		w.person(t).signIn("rmscloud", "ana").wantAt("/app/rmscloud")
		p.startCloud().press("Next")
	})
	row(t, "M5", func(t *testing.T) {
		p := ana.in(t)
		c.t = t
		c.addPicture(p.picture())
		typed := w.companion(t)
		typed.t = t
		if _, errs, status := typed.call(p.key()+"\n", "add", "--secret-stdin", "--issuer", "RMS", "--account", "ana"); status != 0 {
			t.Fatalf("typed key: exit status %d\n%s", status, errs)
		}
		defer w.in(t).stand()()
		if a, b := typed.code("rms"), c.code("rms"); a != b {
			t.Errorf("typed: %s, scanned: %s", a, b)
		}
	})
	row(t, "M6", func(t *testing.T) { ana.in(t).see("when the account shows in your app").press("Next") })
	row(t, "M7", func(t *testing.T) {
		p := ana.in(t).fill("Verification code", wrongOf(c.code("rms"))).press("Next").see("That code is not right. Try again.")
		c.t = t
		p.typeCode(c, "rms", "Next").see("Backup code")
	})
	backup := ""
	row(t, "M8", func(t *testing.T) {
		p := ana.in(t)
		backup = p.part("codes")
		if len(backup) < 10 {
			t.Errorf("backup code %q", backup)
		}
		p.need("Copy")
		p.need("Download")
	})
	row(t, "M9", func(t *testing.T) {
		p := ana.in(t)
		w.person(t).signIn("rmscloud", "ana").wantAt("/app/rmscloud") // off until Done
		p.touch("The backup code has been saved").press("Done").see("Two-Factor Authentication is on.")
		if strings.Contains(p.open("/account/security").text(), backup) || strings.Contains(p.open("/account/security/recovery").text(), backup) {
			t.Error("the backup code can be read again")
		}
	})
	row(t, "M10", func(t *testing.T) {
		p := w.person(t).signIn("rmscloud", "ana").wantAt("/login/code")
		c.t = t
		p.typeCode(c, "rms", "Sign in").wantAt("/app/rmscloud")
	})
	row(t, "M12", func(t *testing.T) {
		p := ana.in(t).open("/account/security").press("Create a new Backup code")
		c.t = t
		p.passGates(c, "rms")
		renewed := p.part("codes")
		p.touch("The backup code has been saved").press("Done")
		if renewed == backup {
			t.Error("the new code is the old one")
		}
		q := w.person(t).signIn("rmscloud", "ana").press("Don't know the code")
		q.fill("Backup code", backup).press("Sign in").see("That backup code is not valid.")
		backup = renewed
	})
	row(t, "M13", func(t *testing.T) {
		p := ana.in(t).open("/account/security").press("Change device used for two-factor authentication")
		c.t = t
		p.passGates(c, "rms")
		for !strings.Contains(p.text(), "setup key") {
			p.press("Next")
		}
		second := w.companion(t)
		second.t = t
		second.addPicture(p.picture())
		q := w.person(t).signIn("rmscloud", "ana")
		q.typeCode(c, "rms", "Sign in").wantAt("/app/rmscloud") // the old one works until the new one is confirmed
		p.press("Next")
		p.typeCode(second, "rms", "Next")
		q = w.person(t).signIn("rmscloud", "ana")
		q.typeCode(c, "rms", "Sign in").see("That code is not right.")
		q.typeCode(second, "rms", "Sign in").wantAt("/app/rmscloud")
		c.home = second.home
	})
	row(t, "M15", func(t *testing.T) {
		p := ana.in(t).open("/account").touch("ana@demo.test").press("Company settings")
		p.confirmed().open("/company").see("Two-Factor Authentication at Login")
		ben := w.person(t).signIn("rmscloud", "ben")
		if ben.has("Company settings") {
			t.Error("ben sees the company's settings")
		}
		ben.open("/company").see("This page is for administrators.")
	})
	row(t, "M16", func(t *testing.T) {
		ana.in(t).choose("Two-Factor Authentication at Login", "Required").press("OK").see("Send a notification e-mail to the 2 users who have not enabled it?")
	})
	row(t, "M17", func(t *testing.T) {
		ana.in(t).press("Send")
		v := w.in(t)
		if a, b, d := v.countSent("ana@demo.test", "required"), v.countSent("ben@demo.test", "required"), v.countSent("cleo@demo.test", "required"); a != 0 || b != 1 || d != 1 {
			t.Errorf("mails: ana %d, ben %d, cleo %d; want 0, 1, 1\n%+v", a, b, d, v.outbox())
		}
	})
	cleo, forced := w.person(t), w.companion(t)
	row(t, "M18", func(t *testing.T) {
		p := cleo.in(t).signIn("rmscloud", "cleo").see("Your company requires two-factor authentication")
		if at := p.open("/app/rmscloud").at(); at != "/setup" {
			t.Errorf("/app leads to %s", at)
		}
	})
	row(t, "M19", func(t *testing.T) { cleo.in(t).press("Account settings").see("Next") })
	row(t, "M20", func(t *testing.T) {
		p := cleo.in(t)
		forced.t = t
		p.press("Next")
		forced.addPicture(p.picture())
		if at := p.open("/app/rmscloud").at(); at != "/setup" {
			t.Errorf("half way, /app leads to %s", at)
		}
		w.person(t).signIn("rmscloud", "cleo").wantAt("/setup")
		p.press("Account settings")
		for !strings.Contains(p.text(), "Verification code") {
			p.press("Next")
		}
		p.typeCode(forced, "rms", "Next").touch("The backup code has been saved").press("Done")
		p.open("/app/rmscloud").wantAt("/app/rmscloud")
	})
	row(t, "M14", func(t *testing.T) {
		other := newWorld(t)
		p := other.person(t).signIn("rmscloud", "ana")
		p.open("/company").confirmed().open("/company").choose("Two-Factor Authentication at Login", "Required").press("OK")
		p.see("Turn on two-factor authentication for your own account first.")
	})
	row(t, "M11", func(t *testing.T) {
		p := w.person(t).signIn("rmscloud", "ana").press("Don't know the code")
		p.fill("Backup code", backup).press("Sign in")
		p.see("Your company requires two-factor authentication") // reset, and required since M16
		q := w.person(t).signIn("rmscloud", "ana").see("Your company requires two-factor authentication")
		_ = q
		if w.in(t).countSent("ana@demo.test", "backup code was used") == 0 {
			t.Error("ana was not told by mail")
		}
	})
}

// startCloud switches the setting on, up to the first page of the wizard.
func (p *person) startCloud() *person {
	p.t.Helper()
	p.open("/account/security").press("Turn on")
	return p.confirmed()
}

// confirmed types the password where the page asks for it.
func (p *person) confirmed() *person {
	p.t.Helper()
	if p.has("Confirm") {
		for user, password := range passwords {
			if strings.Contains(p.text(), user+"@demo.test") {
				return p.fill("Password", password).press("Confirm")
			}
		}
	}
	return p
}

// passGates types the password and a fresh code where pages ask for them.
func (p *person) passGates(c *companion, query string) {
	p.t.Helper()
	p.confirmed()
	if strings.Contains(p.text(), "Verification code") && p.has("Continue") {
		p.typeCode(c, query, "Continue")
	}
}

// requireFrom fills in the company's page: required from a day on.
func (p *person) requireFrom(day time.Time) {
	p.t.Helper()
	p.choose("Two-Factor Authentication at Login", "Required").set("Required from (UTC)", day.Format("2006-01-02T15:04")).press("OK")
	p.see("The settings were saved.")
}
