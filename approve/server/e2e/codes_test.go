package e2e

// Two sites with authenticator codes: 1Global (rows G1 to G11) and HelpDesk (H1 to
// H12), and what the tests of all such sites share.

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

// typeCode types a code of the companion that was not used before.
func (p *person) typeCode(c *companion, query string, button string) *person {
	p.t.Helper()
	p.w.in(p.t).advance(61 * time.Second) // a step is taken once, and the longest is 60 s
	defer p.w.in(p.t).stand()()
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
		defer w.in(t).stand()()
		p.fill("Device name", "").fill("Verification code", c.code("1global")).press("Save").see("Give this device a name.")
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
		defer w.in(t).stand()()
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
		defer w.in(t).stand()()
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
		defer w.in(t).stand()()
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
