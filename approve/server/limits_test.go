package server

// Rate limits, and that a restart does not forget them.

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func TestPushSpacing(t *testing.T) {
	b := newBench(t, func(c *Config) { c.PushSpacing = 0 }) // the default
	p := b.paired("ana@demo.test", "one")
	b.waitingLogin(p, "ana")
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", refusalLimited, "Too many requests. Use a code.", "10 seconds", "Send again")
	w.post("/login/again").want("wait", refusalLimited)
	b.advance(10 * time.Second)
	w.post("/login/again").want("wait", "waiting")
}

func TestThreeWaiting(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	for range maxWaiting {
		b.waitingLogin(p, "ana")
		b.advance(time.Second)
	}
	b.browser().signIn("ana", "ana-demo-pass").want("wait", refusalLimited, "Too many requests. Use a code.")
	if got := len(p.poll("").Requests); got != maxWaiting {
		t.Errorf("%d wait, want %d", got, maxWaiting)
	}
}

// Five requests that nobody wanted pause further ones, over a restart too.
func TestPushPause(t *testing.T) {
	data := t.TempDir()
	b := newBench(t, func(c *Config) { c.Data = data })
	p := b.paired("ana@demo.test", "one")
	ends := []func(w *browser, r protocol.Pending){
		func(w *browser, r protocol.Pending) { p.decide(r, protocol.ActDeny, "", protocol.ReasonCancelled) },
		func(w *browser, r protocol.Pending) { b.advance(2 * time.Minute); w.get("/login/wait") },
		func(w *browser, r protocol.Pending) { w.post("/login/cancel") },
		func(w *browser, r protocol.Pending) { p.decide(r, protocol.ActDeny, "", protocol.ReasonCancelled) },
		func(w *browser, r protocol.Pending) { p.decide(r, protocol.ActDeny, "", protocol.ReasonCancelled) },
	}
	for _, end := range ends {
		w, r := b.waitingLogin(p, "ana")
		end(w, r)
		b.advance(time.Second)
	}
	b.wantAudit(auditPolicyPaused, 1)
	now := b.now()
	b.Close()
	b = newBench(t, func(c *Config) { c.Data = data })
	b.clock.set(now)
	p.b, p.client = b, b.Client()
	b.browser().signIn("ana", "ana-demo-pass").want("wait", refusalPaused, "Too many requests. Use a code.", "Requests are paused until")
	p.poll("") // the device is still paired
	b.advance(20 * time.Minute)
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in")
}

func TestPasswordLimit(t *testing.T) {
	b := newBench(t)
	w := b.browser()
	for range passwordTries {
		w.signIn("ana", "wrong").want("login", "wrong_password", "Wrong e-mail or password.")
	}
	w.signIn("ana", "ana-demo-pass").want("login", refusalLimited, "Too many tries. Wait 15 minutes.")
	if w.status != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", w.status)
	}
	w.signIn("ben", "ben-demo-pass").want("site", "signed_in")
	b.advance(passwordWindow)
	b.browser().signIn("ana", "ana-demo-pass").want("site", "signed_in")
	b.wantAudit(auditPasswordWrong, passwordTries)
}

// T8: five wrong passwords on the confirmation page.
func TestReauthLimit(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass").get("/account/confirm?do=companion")
	for range reauthTries {
		w.post("/account/confirm", "do", "companion", "password", "wrong").want("confirm", "", "Wrong password.")
		if w.status != http.StatusForbidden {
			t.Errorf("status %d, want 403", w.status)
		}
	}
	w.post("/account/confirm", "do", "companion", "password", "ana-demo-pass").want("confirm", "", "Too many tries. Wait 15 minutes.")
	if two := b.two("ana"); two.Setup != "" || two.On {
		t.Errorf("person = %+v, want nothing changed", two)
	}
	b.advance(reauthWindow)
	w.post("/account/confirm", "do", "companion", "password", "ana-demo-pass").want("device", "waiting")
}

func TestSessionLife(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass")
	for range 3 {
		b.advance(11 * time.Hour)
		w.get("/account").want("account", "")
	}
	b.advance(sessionIdle)
	w.get("/account").want("login", "")
	w.signIn("ana", "ana-demo-pass")
	for range 15 {
		b.advance(11 * time.Hour)
		w.get("/account").want("account", "")
	}
	b.advance(4 * time.Hour) // seven days and more
	w.get("/account").want("login", "")
}

func TestNotSeen(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	p.poll("")
	b.advance(6 * time.Minute)
	b.browser().signIn("ana", "ana-demo-pass").want("wait", store.Waiting, "None of your devices has been seen since 21:00.")
	p.poll("")
	b.advance(time.Second)
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", store.Waiting)
	if strings.Contains(w.body, "has been seen") {
		t.Error("a device that has just called is called unseen")
	}
}
