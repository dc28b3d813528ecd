package e2e

// The three sites with authenticator codes: 1Global (rows G1 to G11), HelpDesk
// (H1 to H12) and the Remote Management Service (M1 to M20).

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

// account is what nod says of an account that it has added.
type account struct {
	ID, Issuer, Account string
	Period, Digits      int
}

// accounts are those of the companion.
func (c *companion) accounts() []account {
	c.t.Helper()
	var answer struct{ Accounts []account }
	c.json(&answer, "ls")
	return answer.Accounts
}

// key is the secret that the page shows to type, and what stands with it.
func (p *person) key() string {
	p.t.Helper()
	return strings.Join(strings.Fields(p.part("key")), "")
}

// enrol stores the account of the QR picture on the page and returns its code.
func (p *person) enrol(c *companion, query string) string {
	p.t.Helper()
	p.do()
	c.addPicture(p.picture())
	return c.code(query)
}

// typeCode types a code of the companion that was not used before.
func (p *person) typeCode(c *companion, query string, button string) *person {
	p.t.Helper()
	p.w.in(p.t).advance(61 * time.Second) // a step is taken once, and the longest is 60 s
	return p.fill("Verification code", c.code(query)).press(button)
}

func wrongOf(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestOneGlobal(t *testing.T) {
	w := newWorld(t)
	ana, c := w.person(t), w.companion(t)

	row(t, "G4", func(t *testing.T) {
		ana.in(t).signIn("oneglobal", "ana").see("Verification code", "Device name")
	})
	row(t, "G5", func(t *testing.T) {
		p := ana.in(t).wantAt("/setup/totp")
		for _, path := range []string{"/account", "/account/security", "/app/oneglobal", "/company"} {
			if at := p.open(path).at(); !strings.HasPrefix(at, "/setup") {
				t.Errorf("%s leads to %s, want the setup", path, at)
			}
		}
		p.open("/setup/totp")
	})
	row(t, "G6", func(t *testing.T) {
		p := ana.in(t)
		c.t = t
		var added struct{ Accounts []account }
		if err := json.Unmarshal([]byte(c.addPicture(p.picture())), &added); err != nil {
			t.Fatal(err)
		}
		if all := c.accounts(); len(all) != 1 || all[0].Issuer != "1Global demo" || all[0].Account != "ana@demo.test" {
			t.Errorf("accounts = %+v", all)
		}
	})
	row(t, "G3", func(t *testing.T) {
		p := ana.in(t)
		c.t = t
		link := c.nod("scan", c.write("page.png", string(p.picture())))
		u, err := url.Parse(strings.TrimSpace(link))
		if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
			t.Fatalf("link = %q, %v", link, err)
		}
		for name := range u.Query() {
			if !strings.Contains(" issuer secret digits period algorithm ", " "+name+" ") {
				t.Errorf("the link has %q, which not every app reads", name)
			}
		}
	})
	row(t, "G10", func(t *testing.T) {
		p := ana.in(t)
		c.t = t
		wrong := wrongOf(c.code("1global"))
		p.fill("Verification code", wrong).fill("Device name", "ana-terminal").press("Save").see("That code is not right. Try again.").wantAt("/setup/totp")
		p.fill("Verification code", wrong).fill("Device name", "ana-terminal").press("Save")
		p.see("That code is not right. Try again.", "Check the clock on your device; server time is")
	})
	row(t, "G8", func(t *testing.T) {
		p := ana.in(t)
		c.t = t
		w.in(t).advance(31 * time.Second)
		p.do()
		p.fill("Verification code", c.code("1global")).press("Save").see("Give this device a name.")
	})
	row(t, "G9", func(t *testing.T) {
		p := ana.in(t)
		key := p.key()
		if p.reload().open("/setup/totp").key() != key {
			t.Error("another secret after a reload")
		}
		if at := p.open("/app/oneglobal").at(); !strings.HasPrefix(at, "/setup") {
			t.Errorf("at %s before Save", at)
		}
		p.open("/setup/totp")
	})
	row(t, "G7", func(t *testing.T) {
		p := ana.in(t)
		c.t = t
		w.in(t).advance(31 * time.Second)
		p.fill("Verification code", c.code("1global")).fill("Device name", "ana-terminal").press("Save")
		p.until("the site is open", func() bool { return p.at() == "/app/oneglobal" })
	})
	row(t, "G11", func(t *testing.T) {
		p := w.person(t).signIn("oneglobal", "ana").see("Verification code")
		p.see("Contact the support team")
	})
	row(t, "G2", func(t *testing.T) {
		p := w.person(t).signIn("oneglobal", "ana").wantAt("/login/code")
		c.t = t
		w.in(t).advance(31 * time.Second)
		code := c.code("1global")
		p.fill("Verification code", code).press("Sign in").wantAt("/app/oneglobal")
		again := w.person(t).signIn("oneglobal", "ana")
		again.fill("Verification code", code).press("Sign in").see("That code was already used.")
	})
	row(t, "G1", func(t *testing.T) {
		admin := ana.in(t)
		day := w.in(t).now().Add(48 * time.Hour).UTC().Truncate(time.Minute)
		admin.open("/company")
		if admin.has("Confirm") {
			admin.fill("Password", passwords["ana"]).press("Confirm").open("/company")
		}
		admin.requireFrom(day)
		ben := w.person(t).signIn("oneglobal", "ben").wantAt("/app/oneglobal")
		ben.see("From " + day.Format("2 January 2006"))
		w.in(t).advance(48 * time.Hour)
		w.person(t).signIn("oneglobal", "ben").see("Your company requires two-factor authentication")
	})
}

func TestHelpDesk(t *testing.T) {
	w := newWorld(t)
	ben, c := w.person(t), w.companion(t)
	row(t, "H3", func(t *testing.T) {
		fresh := w.companion(t) // made by nod init --codes-only, with no server named
		fresh.t = t
		if all := fresh.accounts(); len(all) != 0 {
			t.Errorf("accounts = %+v", all)
		}
	})
	row(t, "H4", func(t *testing.T) {
		p := ben.in(t).open("/helpdesk/login").see("HelpDesk")
		p.fill("E-mail or user name", "ben").fill("Password", passwords["ben"]).press("Sign in")
	})
	row(t, "H1", func(t *testing.T) {
		p := ben.in(t)
		p.touch("Why?").see("something you know", "something you have", "something you are")
	})
	row(t, "H2", func(t *testing.T) { ben.in(t).see("a terminal is enough") })
	row(t, "H5", func(t *testing.T) {
		p := ben.in(t).open("/setup/totp")
		key := p.key()
		for range 2 {
			if got := p.reload().key(); got != key {
				t.Error("another secret after a reload")
			}
		}
		w.in(t).advance(31 * time.Minute)
		if got := p.open("/setup/totp").see("We made a new QR code, scan again.").key(); got == key {
			t.Error("the same secret after half an hour")
		}
	})
	row(t, "H7", func(t *testing.T) {
		p := ben.in(t).see("period 60 s, 6 digits")
		typed := w.companion(t)
		typed.t = t
		if _, errs, status := typed.call(strings.ToLower(p.part("key"))+"\n", "add", "--secret-stdin", "--issuer", "HelpDesk", "--account", "ben", "--period", "60"); status != 0 {
			t.Fatalf("typed key: exit status %d\n%s", status, errs)
		}
		c.t = t
		c.addPicture(p.picture())
		if a, b := typed.code("helpdesk"), c.code("helpdesk"); a != b {
			t.Errorf("typed: %s, scanned: %s", a, b)
		}
	})
	row(t, "H6", func(t *testing.T) {
		c.t = t
		if out := c.nod("add", "--help"); !strings.Contains(out, "screen") || !strings.Contains(out, "clipboard") {
			t.Error("the help does not name screen and clipboard")
		}
	})
	row(t, "H8", func(t *testing.T) {
		c.t = t
		if all := c.accounts(); len(all) != 1 || all[0].Issuer != "HelpDesk" {
			t.Errorf("accounts = %+v", all)
		}
	})
	row(t, "H9", func(t *testing.T) {
		c.t = t
		at := func(second string) string { return c.nod("code", "helpdesk", "--at", "2026-11-26T10:00:"+second+"Z") }
		if at("00") != at("30") || at("00") != at("59") || at("00") == c.nod("code", "helpdesk", "--at", "2026-11-26T10:01:00Z") {
			t.Error("the code does not change every minute")
		}
	})
	row(t, "H10", func(t *testing.T) {
		p := ben.in(t).fill("Verification code", wrongOf(c.code("helpdesk"))).press("Verify")
		p.see("That code is not right. Try again.")
	})
	row(t, "H11", func(t *testing.T) {
		p := ben.in(t)
		c.t = t
		p.typeCode(c, "helpdesk", "Verify").see("Two-factor authentication is set up.")
	})
	row(t, "H12", func(t *testing.T) {
		for range 2 {
			p := w.person(t).signIn("helpdesk", "ben").wantAt("/login/code")
			c.t = t
			p.typeCode(c, "helpdesk", "Sign in").wantAt("/app/helpdesk")
		}
	})
}

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
	p.choose("Two-Factor Authentication at Login", "Required").fill("From", day.Format("2006-01-02 15:04")).press("OK")
	if p.has("Do not send") {
		p.press("Do not send")
	}
}
