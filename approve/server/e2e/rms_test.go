package e2e

// Teltonika ID on RMS: the companion app (rows T1 to T20).

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// enable goes from the account menu to the page with the pairing code.
func (p *person) enable(user string) *person {
	p.t.Helper()
	p.open("/account/security").choose("2-STEP VERIFICATION", "Companion app").press("Save")
	return p.fill("Password", passwords[user]).press("Confirm")
}

// pair pairs c as name for whoever is signed in as p at the page for new devices.
func (p *person) pair(c *companion, name string) {
	p.t.Helper()
	p.stay()
	if !p.has("Registration code") && !p.has("New registration code") {
		p.open("/account/security").press("Add a device")
	}
	if p.has("Registration code") {
		p.press("Registration code")
	} else {
		p.press("New registration code")
	}
	code := p.part("code")
	done := c.pairing(code, "--name", name)
	p.see(name + " wants to pair.")
	p.press("Yes, add this device")
	if end := <-done; end.status != 0 {
		p.t.Fatalf("pair: %+v", end)
	}
}

// accept waits for the request of the page at p and accepts it with c.
func (p *person) accept(c *companion) {
	p.t.Helper()
	c.t = p.t
	p.see("We sent a request to your devices")
	number := p.part("number")
	c.nod("wait", "--timeout", "60s")
	c.nod("accept", "--latest", "--app", "RMS", "--number", number)
}

func TestRMS(t *testing.T) {
	w := newWorld(t)
	ana, c := w.person(t), w.companion(t)
	ana.signIn("rms", "ana").see("Signed in to RMS as ana@demo.test")

	row(t, "T2", func(t *testing.T) {
		c.t = t
		if out := c.nod("version"); !strings.Contains(out, "nod") {
			t.Errorf("version: %q", out)
		}
	})
	row(t, "T3", func(t *testing.T) {
		start := func(body string) *http.Response { return w.post(t, "/v1/email/start", body) }
		if r := start(`{"email":"ana@demo.test"}`); r.StatusCode != http.StatusNoContent {
			t.Fatalf("start: %d", r.StatusCode)
		}
		code := w.sentCode("ana@demo.test")
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		if r := w.post(t, "/v1/email/confirm", `{"email":"ana@demo.test","code":"`+wrong+`"}`); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("wrong code: %d", r.StatusCode)
		}
		if r := w.post(t, "/v1/email/confirm", `{"email":"ana@demo.test","code":"`+code+`"}`); r.StatusCode != http.StatusNoContent {
			t.Errorf("right code: %d", r.StatusCode)
		}
	})
	row(t, "T4", func(t *testing.T) {
		c.t = t
		if _, errs, status := c.call("1234\n", "ls", "--pin-stdin"); status != 4 {
			t.Errorf("wrong PIN: exit status %d\n%s", status, errs)
		}
		info, err := filepath.Glob(filepath.Join(c.home, "data", "nod", "vault.nod"))
		if err != nil || len(info) != 1 {
			t.Errorf("vault: %v, %v", info, err)
		}
	})
	row(t, "T5", func(t *testing.T) {
		p := ana.in(t)
		p.touch("ana@demo.test").press("Account settings").wantAt("/account")
	})
	row(t, "T6", func(t *testing.T) { ana.in(t).press("Security").wantAt("/account/security") })
	row(t, "T7", func(t *testing.T) {
		p := ana.in(t).see("2-STEP VERIFICATION", "Companion app")
		p.choose("2-STEP VERIFICATION", "Companion app").press("Save").see("Confirm your password")
	})
	row(t, "T8", func(t *testing.T) {
		p := ana.in(t).fill("Password", "wrong").press("Confirm").see("Wrong password.")
		p.open("/account/security")
		if got := p.value("2-STEP VERIFICATION"); got != "" {
			t.Errorf("the setting is %q without the password", got)
		}
		p.enable("ana").see("Add a verification device")
	})
	row(t, "T9", func(t *testing.T) {
		p := ana.in(t).open("/account/security").see("Setup not finished")
		if got := p.value("2-STEP VERIFICATION"); got != "" {
			t.Errorf("the setting is %q before a device is added", got)
		}
		p.press("Go on")
	})
	row(t, "T10", func(t *testing.T) {
		p := ana.in(t)
		link := p.part("link")
		c.t = t
		picture := c.write("page.png", string(p.picture()))
		if got := c.nod("scan", picture); !strings.Contains(got, link) || !strings.HasPrefix(link, "nod://pair?") {
			t.Errorf("the picture holds %q, the page says %q", got, link)
		}
		done := c.pairing("--qr", picture, "--name", "first")
		p.see("first wants to pair.").press("No")
		if end := <-done; end.status != 10 || !strings.Contains(end.out+end.errs, "refused") {
			t.Errorf("refused pairing: %+v", end)
		}
		if _, errs, status := c.call(link, "pair", "-"); status != 10 {
			t.Errorf("the same link again: exit status %d\n%s", status, errs)
		}
	})
	row(t, "T11", func(t *testing.T) {
		p := ana.in(t).open("/account/security").press("Go on").press("Registration code")
		old := p.part("code")
		if code := p.press("New registration code").part("code"); code == old {
			t.Error("the new code is the old one")
		}
		c.t = t
		for try := range 6 {
			_, errs, status := c.call("", "pair", old, "--name", "x")
			want := 10
			if try == 5 {
				want = 9 // limited
			}
			if status != want {
				t.Errorf("try %d of a code that was replaced: exit status %d, want %d\n%s", try+1, status, want, errs)
			}
		}
		w.in(t).advance(11 * time.Minute)
	})
	row(t, "T12", func(t *testing.T) {
		p := ana.in(t).enable("ana")
		c.t = t
		done := c.pairing("--qr", c.write("page.png", string(p.picture())), "--name", "ana-workstation")
		p.see("ana-workstation wants to pair.")
		words := p.part("words")
		p.press("Yes, add this device").see("2-step verification is on.")
		end := <-done
		if end.status != 0 || !strings.Contains(end.out+end.errs, strings.Fields(words)[0]) {
			t.Errorf("pair: %+v, words on the page: %s", end, words)
		}
	})
	other := w.companion(t)
	row(t, "T13", func(t *testing.T) {
		p := ana.in(t).open("/account/security").press("Add a device").press("Registration code")
		other.t = t
		done := other.pairing(p.part("code"), "--server", w.origin, "--name", "ana-laptop")
		p.see("ana-laptop wants to pair.")
		words := p.part("words")
		p.press("Yes, add this device").see("The device was added.")
		if end := <-done; end.status != 0 || !strings.Contains(end.out+end.errs, words) && !strings.Contains(end.out, strings.Join(strings.Fields(words), `","`)) {
			t.Errorf("pair: %+v, words on the page: %s", end, words)
		}
	})
	browser := w.person(t)
	row(t, "T14", func(t *testing.T) {
		p := browser.in(t).signIn("rms", "ana").wantAt("/login/wait")
		p.see("We sent a request to your devices", "Type this number in nod", "ana-workstation", "ana-laptop")
		c.t = t
		if all := c.requests(); len(all) != 1 || all[0].App != "RMS" || all[0].Account != "ana@demo.test" {
			t.Errorf("requests = %+v", all)
		}
	})
	row(t, "T15", func(t *testing.T) {
		p := browser.in(t)
		number := p.part("number")
		c.t = t
		if _, errs, status := c.call("9999\n", "accept", "--latest", "--app", "RMS", "--number", number, "--pin-stdin"); status != 4 {
			t.Errorf("wrong PIN: exit status %d\n%s", status, errs)
		}
		p.wantAt("/login/wait")
		c.nod("accept", "--latest", "--app", "RMS", "--number", number)
		p.until("the browser goes on by itself", func() bool { return p.at() == "/app/rms" })
		p.see("Signed in to RMS as ana@demo.test")
	})
	row(t, "T16", func(t *testing.T) {
		w.in(t).advance(15 * time.Second)
		p := w.person(t).signIn("rms", "ana")
		number := p.part("number")
		c.t, other.t = t, t
		if a, b := c.requests(), other.requests(); len(a) != 1 || len(b) != 1 || a[0].ID != b[0].ID {
			t.Errorf("requests: %+v and %+v, want the same one", a, b)
		}
		other.nod("accept", "--latest", "--app", "RMS", "--number", number)
		_, errs, status := c.call("", "accept", "--latest", "--app", "RMS", "--number", number)
		if status == 0 {
			t.Errorf("a second verdict was taken\n%s", errs)
		}
		p.see("Signed in to RMS as ana@demo.test")
	})
	row(t, "T17", func(t *testing.T) {
		w.in(t).advance(15 * time.Second)
		p := w.person(t).signIn("rms", "ana")
		c.t, other.t = t, t
		c.nod("ignore", c.requests()[0].ID)
		if all := c.requests(); len(all) != 0 {
			t.Errorf("still listed: %+v", all)
		}
		p.see("We sent a request to your devices")
		other.nod("accept", "--latest", "--app", "RMS", "--number", p.part("number"))
		p.see("Signed in to RMS as ana@demo.test")

		w.in(t).advance(15 * time.Second)
		p = w.person(t).signIn("rms", "ana")
		for _, each := range []*companion{c, other} {
			each.nod("ignore", each.requests()[0].ID)
		}
		p.see("We sent a request to your devices")
		w.in(t).advance(3 * time.Minute)
		p.see("No device answered.")
		p.need("Send again")
		p.need("Enter a code")
	})
	row(t, "T1", func(t *testing.T) {
		w.in(t).advance(15 * time.Second)
		p := w.person(t).signIn("rms", "ana")
		for _, path := range []string{"/account", "/account/security", "/app/rms", "/company"} {
			p.open(path).wantAt("/login/wait")
		}
		w.in(t).advance(3 * time.Minute)
		p.see("No device answered.") // the page has gone on by itself
		p.open("/account").see("This sign-in request expired.")
	})
	row(t, "T18", func(t *testing.T) {
		other.t, c.t = t, t
		other.nod("servers", "rm", other.server(), "--force")
		_, errs, status := c.call("", "servers", "rm", c.server())
		if status != 12 || !strings.Contains(errs, "2-step verification") {
			t.Errorf("last device: exit status %d\n%s", status, errs)
		}
	})
	row(t, "T20", func(t *testing.T) {
		p := ana.in(t).signInAgain(c, "rms", "ana").open("/company/users")
		if p.has("Confirm") {
			p.fill("Password", passwords["ana"]).press("Confirm").open("/company/users")
		}
		p.see("ben@demo.test").press("Reset two-factor ben@demo.test").press("Reset two-factor").see("Say how you checked who this is.")
	})
	row(t, "T19", func(t *testing.T) {
		ben := w.person(t)
		ben.signIn("rms", "ben").see("Signed in to RMS as ben@demo.test")
		ben.enable("ben").pair(w.companion(t), "lost")
		ana.in(t).resetPerson("ben@demo.test", "lost phone", "saw the passport")
		again := w.person(t).signIn("rms", "ben")
		again.see("Signed in to RMS as ben@demo.test", "2FA was reset by an administrator on ")
		if n := w.in(t).countSent("ben@demo.test", "reset"); n == 0 {
			t.Error("ben was not told by mail")
		}
	})
}

// post sends JSON to the server.
func (w *world) post(t *testing.T, path, body string) *http.Response {
	t.Helper()
	answer, err := w.http.Post(w.origin+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}

// in is the same server with another test to fail.
func (w *world) in(t *testing.T) *world {
	v := *w
	v.t = t
	return &v
}

// server is the id of the companion's only pairing.
func (c *companion) server() string {
	c.t.Helper()
	var answer struct {
		Servers []struct{ ID string }
	}
	c.json(&answer, "servers", "list")
	if len(answer.Servers) != 1 {
		c.t.Fatalf("%d pairings, want 1", len(answer.Servers))
	}
	return answer.Servers[0].ID
}

// signInAgain signs in at a site, with c when it asks for a second factor.
func (p *person) signInAgain(c *companion, site, user string) *person {
	p.t.Helper()
	p.w.in(p.t).advance(15 * time.Second)
	if p.signIn(site, user).at() == "/login/wait" {
		p.accept(c)
		p.until("the browser goes on", func() bool { return p.at() == "/app/"+site })
	}
	return p
}

// resetPerson fills in the form of an administrator.
func (p *person) resetPerson(email, reason, checked string) {
	p.t.Helper()
	p.open("/company/users")
	p.press("Reset two-factor "+email).fill("Reason", reason).fill("How identity was checked", checked).press("Reset two-factor")
	p.see("Two-factor was reset.")
}
