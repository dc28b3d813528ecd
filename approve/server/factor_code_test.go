package server

// Signing in by code, on the pages: G2, G10, H12, M10, S1, S12 to S14, S17, X6.

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// G2, M10, H12: password and code; each code once, in one step around now, and
// asked for at every sign-in.
func TestG2CodeAtLogin(t *testing.T) {
	eachSite(t, func(t *testing.T, p profile) {
		b := newBench(t)
		e := b.enrol(p.Name, methodTOTP)
		w := e.signIn().want("code", "", "Open your authenticator app", "Verification code", `autocomplete="one-time-code"`)
		near := []string{e.code(-1), e.code(0), e.code(1)}
		for _, steps := range []int{-2, 2} {
			if code := e.code(steps); !slices.Contains(near, code) { // by chance
				w.post("/login/code", "code", code).want("code", "", "That code is not right. Try again.")
			}
		}
		for i, steps := range []int{-1, 0, 1} {
			code := e.code(steps)
			w.post("/login/code", "code", code).want("site", "signed_in", "Signed in to ", "as ben@demo.test")
			w = e.signIn().want("code", "") // H12: this browser's sessions are no reason not to ask
			w.post("/login/code", "code", code).want("code", "", "That code was already used. Wait for the next one.")
			if w.status != http.StatusUnprocessableEntity {
				t.Errorf("%d: status %d, want 422", i, w.status)
			}
		}
	})
}

// H12: the same browser is asked again.
func TestH12AskedAgain(t *testing.T) {
	b := newBench(t)
	e := b.enrol("helpdesk", methodTOTP)
	if e.key.Period != 60 {
		t.Fatalf("period %d, want 60", e.key.Period)
	}
	w := e.signIn()
	w.post("/login/code", "code", e.code(0)).want("site", "signed_in")
	e.next()
	w.post("/logout").want("home", "")
	w.signInAt("helpdesk", "ben").want("code", "")
	if strings.Contains(strings.ToLower(w.body), "trust") {
		t.Error("the page offers to trust the browser")
	}
	w.post("/login/code", "code", e.code(0)).want("site", "signed_in")
}

// G10: wrong codes keep the page, give a hint, and close the method for a while:
// not the account, and not the other methods.
func TestG10WrongCodes(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodSMS, methodTOTP)
	w := e.signIn()
	bad := e.code(100)
	w.post("/login/code", "code", bad).want("code", "", "That code is not right. Try again.")
	if strings.Contains(w.body, "Check the clock") || strings.Contains(w.body, bad) {
		t.Error("the first wrong code gets the hint, or stays on the page")
	}
	b.advance(4*time.Minute + 17*time.Second)
	for range 2 {
		w.post("/login/code", "code", e.code(100)).want("code", "", "Check the clock on your device; server time is 21:04:17.", "Times are UTC.")
	}
	w.post("/login/code", "code", e.code(0)).want("site", "signed_in")

	e.next()
	w = e.signIn()
	for range 10 {
		w.post("/login/code", "code", e.code(100)).want("code", "", "That code is not right.")
	}
	w.post("/login/code", "code", e.code(0)).want("code", "", "Too many tries. Wait 15 minutes.", "Use another method")
	if w.status != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", w.status)
	}
	e.signIn().post("/login/code", "code", e.code(0)).want("code", "", "Too many tries.") // in another browser too
	other := e.signIn().post("/login/choose", "method", methodSMS).want("code", "", "We sent a code to "+masked)
	other.post("/login/code", "code", b.sent(methodSMS)).want("site", "signed_in")
	b.advance(15 * time.Minute)
	e.signIn().post("/login/code", "code", e.code(0)).want("site", "signed_in")
}

// S1, S12, S13, S17: each method of the site, with where to look.
func TestS13WhereToLook(t *testing.T) {
	for kind, text := range map[string]string{
		methodTOTP: "Open your authenticator app", methodSMS: "We sent a code to " + masked, methodEmail: "We sent a code to b***@demo.test",
	} {
		t.Run(kind, func(t *testing.T) {
			b := newBench(t)
			e := b.enrol("keys", kind)
			w := e.signIn().want("code", "", text)
			if strings.Contains(w.body, benPhone) || strings.Contains(w.body, "ben@demo.test") {
				t.Error("the page shows the whole address")
			}
			if resend := strings.Contains(w.body, "Resend"); resend != isSent(kind) {
				t.Errorf("Resend on the page: %v", resend)
			}
			w.leadsTo("/account", "/login/code")
			w.leadsTo("/app/keys", "/login/code")
			code := ""
			if isSent(kind) {
				code = b.sent(map[string]string{methodSMS: store.KindSMS, methodEmail: store.KindMail}[kind])
			} else {
				code = e.code(0)
			}
			w.post("/login/code", "code", wrong(code)).want("code", "", "That code is not right. Try again.", text)
			if n := b.sessions("ben"); n != 0 {
				t.Errorf("%d sessions after a wrong code", n)
			}
			w.post("/login/code", "code", code).want("site", "signed_in", "Signed in to Keys as ben@demo.test")
			if f := b.factorsOf("ben", "keys"); f.Methods[0].UsedAt != b.millis() {
				t.Error("the method does not know that it was used")
			}
		})
	}
}

// S14: a new code takes the place of the one before; half a minute apart, five
// an hour.
func TestS14Resend(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodSMS)
	w := e.signIn()
	old := b.sent(store.KindSMS)
	w.post("/login/resend").want("code", "", "A code was sent a moment ago. Wait 30 seconds for the next one.")
	if n := b.sentCount(store.KindSMS); n != 1 {
		t.Errorf("%d codes sent at once, want 1", n)
	}
	b.advance(sentSpacing)
	w.post("/login/resend").want("code", "", "A new code was sent.")
	code := b.sent(store.KindSMS)
	if old != code {
		w.post("/login/code", "code", old).want("code", "", "That code was replaced by a newer one.")
	}
	w.post("/login/code", "code", code).want("site", "signed_in")

	w = e.signIn().want("code", "", "There is no code yet for "+masked, "You can have one sent in 30 seconds.", "Send a code")
	for range 3 {
		b.advance(sentSpacing)
		w.post("/login/resend").want("code", "", "We sent a code to "+masked)
	}
	b.advance(sentSpacing)
	w.post("/login/resend").want("code", "", "Too many codes were sent. Wait 58 minutes, or use another method.")
	if n := b.sentCount(store.KindSMS); n != sentPerHour {
		t.Errorf("%d codes in an hour, want %d", n, sentPerHour)
	}
	w.post("/login/code", "code", b.sent(store.KindSMS)).want("site", "signed_in") // the last one still counts
}

// A sent code ends: by time, and by wrong tries.
func TestSentCodeEnds(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodEmail)
	w := e.signIn()
	b.advance(sentLife)
	w.post("/login/code", "code", b.sent(store.KindMail)).want("code", "", "That code has expired.", "Send a code")
	w.post("/login/resend").want("code", "", "A new code was sent.")
	code := b.sent(store.KindMail)
	for range sentTries {
		w.post("/login/code", "code", wrong(code)).want("code", "", "That code is not right.")
	}
	w.post("/login/code", "code", code).want("code", "", "Too many tries. Have a new code sent.")
	if n := b.sessions("ben"); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// The gateway is down: the page says so and other ways are open.
func TestUndelivered(t *testing.T) {
	down, handed := true, ""
	b := newBench(t, func(c *Config) {
		c.SMS = func(_ context.Context, _, text string) error {
			if down {
				return errors.New("no carrier")
			}
			handed = text
			return nil
		}
	})
	e := b.enrol("keys", methodTOTP, methodSMS)
	w := e.signIn().want("code", "", "We could not send the code. Try again, or use another method.", "Send a code")
	w.post("/login/resend").want("code", "", "We could not send the code.")
	down = false
	w.post("/login/resend").want("code", "", "We sent a code to "+masked)
	code := sentHook.FindStringSubmatch(handed)
	if code == nil {
		t.Fatalf("the gateway got %q, want a code", handed)
	}
	if m := b.outbox()[0]; m.State != store.MailSent || m.Body != "" {
		t.Errorf("what was handed over stands as %s with %q in the outbox, want sent and empty", m.State, m.Body)
	}
	w.post("/login/code", "code", code[2]).want("site", "signed_in")
}

// A code is for one login: another browser can not use it.
func TestSentCodeOfOneLogin(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodSMS)
	one := e.signIn()
	code := b.sent(store.KindSMS)
	e.signIn().post("/login/code", "code", code).want("code", "", "That code has expired.")
	one.post("/login/code", "code", code).want("site", "signed_in")
}

// X6: the code of one site does not open another.
func TestX6OneSecretOneSite(t *testing.T) {
	b := newBench(t)
	var all []enrolled
	for _, p := range profiles {
		all = append(all, b.enrol(p.Name, methodTOTP))
	}
	for _, here := range all {
		w := here.signIn()
		for _, there := range all {
			if code := there.code(0); there.site != here.site && !slices.Contains([]string{here.code(-1), here.code(0), here.code(1)}, code) {
				w.post("/login/code", "code", code).want("code", "", "That code is not right.")
			}
		}
		w.post("/login/code", "code", here.code(0)).want("site", "signed_in")
		for _, there := range all {
			if there.site != here.site {
				w.leadsTo("/app/"+there.site, "/app/"+there.site+"/login")
			}
		}
	}
}
