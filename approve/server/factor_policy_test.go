package server

// What a site's policy makes of a sign-in, and the pages of waiting and of the
// password: G1, G2, H4, M18, T1, T14, T17, 4.1.

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

const mandatory = "From 2 March 2026 two-factor authentication is mandatory for everyone."

// G1: one minute before the date a second factor is optional, with a banner; from
// the date on it is not.
func TestG1RequiredFrom(t *testing.T) {
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	eachSite(t, func(t *testing.T, p profile) {
		b := newBench(t)
		b.clock.set(from.Add(-time.Minute))
		b.setPolicyOf(p.Name, func(policy *Policy) { policy.Required, policy.RequiredFrom = true, from })
		w := b.browser()
		w.get("/app/"+p.Name+"/login").want("login", "", mandatory)
		w.signInAt(p.Name, "cleo").want("site", "signed_in", mandatory)
		w.get("/account").want("account", "", mandatory)
		for _, other := range profiles {
			if other.Name != p.Name && strings.Contains(b.browser().get("/app/"+other.Name+"/login").body, mandatory) {
				t.Errorf("%s has the banner of %s", other.Name, p.Name)
			}
		}
		b.advance(2 * time.Minute)
		w.leadsTo("/account", "/setup") // who is signed in already, too
		late := b.browser().signInAt(p.Name, "cleo")
		if !strings.HasPrefix(late.at, "/setup") {
			t.Errorf("at %s, want /setup or the only method there", late.at)
		}
		for _, path := range []string{"/app", "/app/" + p.Name, "/account", "/account/security", "/account/confirm?do=off", "/company/users"} {
			late.leadsTo(path, "/setup")
		}
		if strings.Contains(late.get("/app/"+p.Name+"/login").body, mandatory) {
			t.Error("the banner stays after the date")
		}
		late.post("/logout").want("home", "")
		if b.activity("cleo", p.Name)[0] != "setup" {
			t.Errorf("activity = %v", b.activity("cleo", p.Name))
		}
		b.wantAudit(auditSignedIn, 1)
	})
}

// M18, S21: what is on is asked for; a site without a rule asks nobody else.
func TestM18WhoIsAsked(t *testing.T) {
	for _, required := range []bool{false, true} {
		b := newBench(t)
		e := b.enrol("rmscloud", methodTOTP)
		b.setPolicyOf("rmscloud", func(p *Policy) { p.Required = required })
		e.signIn().want("code", "")
		cleo := b.browser().signInAt("rmscloud", "cleo")
		if forced := cleo.at == "/setup"; forced != required {
			t.Errorf("required %v: cleo is at %s", required, cleo.at)
		}
		p, _ := profileNamed("rmscloud")
		if err := b.store.Update(t.Context(), func(tx *store.Tx) error { return b.setTwoStep(tx, b.user("ben"), p, "", "") }); err != nil {
			t.Fatal(err)
		}
		ben := e.signIn() // with methods that are switched off
		if forced := ben.at == "/setup"; forced != required {
			t.Errorf("required %v: ben is at %s", required, ben.at)
		}
	}
}

// G2, H4: the addresses of the sign-in pages.
func TestH4LoginAddresses(t *testing.T) {
	b := newBench(t)
	eachSite(t, func(t *testing.T, p profile) {
		w := b.browser()
		w.leadsTo("/"+p.Name+"/login", "/app/"+p.Name+"/login")
		w.leadsTo("/login?site="+p.Name, "/app/"+p.Name+"/login")
		w.signInAt(p.Name, "cleo") // by user name; some sites send cleo on to the setup
		w.leadsTo("/login", "/app/"+p.Name+"/login")
	})
	b.browser().leadsTo("/login", "/") // a new browser chooses its site
	b.browser().get("/").want("home", "", "RMS (Teltonika demo)", "1Global demo", "HelpDesk", "Remote Management Service (Buffalo demo)", "Keys (SALTO KS demo)")
}

// A login that has ended leads back to its own site.
func TestEndedLoginKeepsItsSite(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodTOTP)
	w := e.signIn()
	b.advance(loginLife)
	w.get("/login/code").want("login", store.Expired, "Sign in to Keys")
}

// 4.1: a closed account is told so after the right password only, and someone
// without a password gets the answer of an unknown person.
func TestClosedAndInvited(t *testing.T) {
	b := newBench(t)
	if err := b.store.Update(t.Context(), func(tx *store.Tx) error {
		ben, err := tx.UserByName("ben")
		if err != nil {
			return err
		}
		ben.ClosedAt = b.millis()
		cleo, err := tx.UserByName("cleo")
		if err != nil {
			return err
		}
		cleo.Password = ""
		if err := tx.SetUser(cleo); err != nil {
			return err
		}
		return tx.SetUser(ben)
	}); err != nil {
		t.Fatal(err)
	}
	eachSite(t, func(t *testing.T, p profile) {
		w := b.browser().signInAt(p.Name, "ben").want("login", "closed", "This account is closed. Contact support.", p.Policy.SupportText)
		if w.status != http.StatusForbidden || b.sessions("ben") != 0 {
			t.Errorf("status %d, %d sessions", w.status, b.sessions("ben"))
		}
		path := "/app/" + p.Name + "/login"
		b.browser().get(path).post(path, "user", "ben", "password", "wrong").want("login", "wrong_password", "Wrong e-mail or password.")
		for _, password := range []string{"", "cleo-demo-pass"} {
			b.browser().get(path).post(path, "user", "cleo", "password", password).want("login", "wrong_password", "Wrong e-mail or password.")
		}
	})
}

// Signing in as someone else in a browser that waits: the wait of the one is no
// second factor of the other.
func TestOtherPersonInWaitingBrowser(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodSMS)
	w := e.signIn()
	w.signInAt("keys", "cleo").want("site", "signed_in")
	v := &visitor{hash: b.keys.hash("cookie", w.client.Jar.Cookies(mustURL(testOrigin))[0].Value)}
	if err := b.recognise(t.Context(), v); err != nil || v.session == nil || v.session.FactorAt != 0 {
		t.Errorf("session = %+v, %v; want one that has shown no second factor", v.session, err)
	}
}

// 4.1: without a number to type the page says what to do, and asks for nothing.
func TestWaitWithoutNumber(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	b.setPolicyOf("rms", func(p *Policy) { p.Number, p.RequestTTL = numberOff, 45 })
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting", "Approve it in nod", "0:45", "Sent to 1 device: one", "Need help?", "Use another method", "Firefox 145 on Linux, from 127.0.0.1")
	if strings.Contains(w.body, "Type this number") || strings.Contains(w.body, `id="number"`) {
		t.Error("the page asks for a number")
	}
	p.decide(p.only(), protocol.ActApprove, "", "")
	w.get("/login/wait").want("site", "signed_in")
}

// 4.1: all the ways a pause is told of.
func TestPauseTexts(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	pause := func(till time.Duration, why string) {
		two := b.two("ana")
		two.PauseTill, two.PauseWhy = 0, why
		if till != 0 {
			two.PauseTill = b.now().Add(till).UnixMilli()
		}
		if err := b.store.Update(t.Context(), func(tx *store.Tx) error { return tx.SetTwoStep(two) }); err != nil {
			t.Fatal(err)
		}
	}
	pause(24*time.Minute, "report")
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", refusalPaused, "Requests are paused until 21:24. Use a code.", "Enter a code", "Use another method")
	pause(24*time.Minute, "limit")
	w.get("/login/wait").want("wait", refusalPaused, "Too many requests. Use a code.", "Requests are paused until 21:24.")
	pause(0, "")
	w.get("/login/wait").want("wait", refusalPaused, "Requests are paused on all your devices. Use a code.")
	pause(time.Minute, "report")
	b.advance(time.Minute)
	w.get("/login/wait").want("wait", refusalPaused, "They can be sent again.", "Send again")
	w.post("/login/again").want("wait", "waiting")
	w.post("/login/instead").want("code", "", "Send a request instead")
	w.post("/login/code", "code", p.code(b.now())).want("site", "signed_in")
}

// What the account's owner is shown of sign-ins.
func TestActivityOfSignIns(t *testing.T) {
	b := newBench(t)
	p := b.paired("ben@demo.test", "one")
	w := b.browser().signIn("ben", "wrong")
	w.signIn("ben", "ben-demo-pass")
	p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonCancelled)
	b.advance(time.Second)
	w.signIn("ben", "ben-demo-pass").want("wait", "waiting")
	b.advance(2 * time.Minute)
	w.get("/login/wait").want("wait", store.Expired).post("/login/instead").post("/login/code", "code", "x")
	w.post("/login/code", "code", p.code(b.now())).want("site", "signed_in")
	want := []string{"signed_in", "wrong_code", store.Expired, "wrong_password"} // the denial is an answer of a device
	if got := b.activity("ben", "rms"); !slices.Equal(got, want) {
		t.Errorf("activity = %v, want %v", got, want)
	}
}
