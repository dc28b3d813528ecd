package server

// Signing in, on the pages: T1, T5, T6, T8, T9, T14, T15.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
	"nod/vault/otp"
)

// T14, T15: password, request on the device, number, signed in.
func TestSignInWithDevice(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "ana-workstation")
	w := b.browser().signIn("ana", "ana-demo-pass")
	number := w.number()
	w.want("wait", "waiting", "We sent a request to your devices", "Type this number in nod", "2:00", "ana-workstation", "Enter a code instead", "Cancel")
	r := p.only()
	c, err := protocol.VerifyChallenge(r.Challenge, b.public(), testOrigin, protocol.Thumbprint(p.transport.Public()), b.now())
	if err != nil {
		t.Fatal(err)
	}
	if c.App != "RMS" || c.Account != "ana@demo.test" || c.Browser != "Firefox 145" || c.OS != "Linux" || c.IP != "127.0.0.1" || !c.NumberNeeded || c.Action != "sign in" {
		t.Errorf("challenge = %+v", c)
	}
	answer, status, e := p.decide(r, protocol.ActApprove, number, "")
	if status != http.StatusOK || answer.State != "accepted" || answer.Device != "ana-workstation" {
		t.Fatalf("answer: %d %+v %+v", status, answer, e)
	}
	w.get("/login/wait").want("site", "signed_in", "Signed in to RMS as ana@demo.test")
	if w.at != "/app/rms" {
		t.Errorf("at %s, want /app/rms", w.at)
	}
	b.wantAudit(auditSignedIn, 1)
	b.wantAudit(auditRequestCreated, 1)
}

// T1: the right password alone opens nothing.
func TestPasswordAlone(t *testing.T) {
	b := newBench(t)
	b.paired("ana@demo.test", "one")
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
	for _, path := range []string{"/account", "/account/security", "/account/security/device/new", "/account/security/device/qr.png", "/app/rms", "/account/confirm?do=off"} {
		w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if w.get(path); w.status != http.StatusFound || w.header.Get("Location") != "/login/wait" {
			t.Errorf("GET %s: %d to %s, want 302 to /login/wait", path, w.status, w.header.Get("Location"))
		}
		w.client.CheckRedirect = nil
	}
	w.get("/login/wait").post("/account/confirm", "do", "off", "password", "ana-demo-pass").want("wait", "waiting")
	b.advance(2 * time.Minute)
	w.get("/login/wait").want("wait", store.Expired, "This sign-in request expired.")
	b.wantAudit(auditLoginExpired, 1)
	if b.sessions("ana") != 0 {
		t.Error("there is a session")
	}
	b.advance(loginLife)
	w.get("/login/wait").want("login", store.Expired, "This sign-in request expired.")
}

// The same answer for unknown people, and what was typed stays but the password.
func TestWrongPassword(t *testing.T) {
	b := newBench(t)
	strip := func(w *browser, name string) string {
		return strings.ReplaceAll(csrfField.ReplaceAllString(w.body, ""), name, "NAME")
	}
	known := b.browser().signIn("ana@demo.test", "secret-word").want("login", "wrong_password", "Wrong e-mail or password.", `value="ana@demo.test"`)
	unknown := b.browser().signIn("dora@demo.test", "secret-word").want("login", "wrong_password")
	if strip(known, "ana@demo.test") != strip(unknown, "dora@demo.test") || known.status != unknown.status {
		t.Error("known and unknown people get different answers")
	}
	if strings.Contains(known.body, "secret-word") {
		t.Error("the page holds the password")
	}
}

// T5, T6: the menus use the document's words.
func TestMenus(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("cleo@demo.test", "cleo-demo-pass").want("site", "signed_in", `<a href="/account">Account settings</a>`, "Sign out")
	w.get("/account").want("account", "", `<a href="/account/security">Security</a>`)
	w.get("/account/security").want("security", "", `<label for="two_step">2-STEP VERIFICATION</label>`)
	w.post("/logout").want("home", "", "RMS (Teltonika demo)")
	w.get("/account").want("login", "")
}

// T8, T9: nothing changes before the password, nor before a device is there.
func TestSetupNotFinished(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass").get("/account/security")
	w.post("/account/security", "two_step", "companion").want("confirm", "", "Confirm your password")
	w.post("/account/confirm", "do", "companion").want("confirm", "", "Wrong password.")
	if w.status != http.StatusForbidden || b.two("ana").Setup != "" {
		t.Errorf("save without password: %d, setup %q", w.status, b.two("ana").Setup)
	}
	w.post("/account/confirm", "do", "companion", "password", "ana-demo-pass").want("device", "waiting")
	w.get("/account/security").want("security", "", "Setup not finished", `<option value="" selected>Off`)
	b.browser().signIn("ana", "ana-demo-pass").want("site", "signed_in")
	w.post("/account/security", "two_step", "")
	if w.want("security", ""); strings.Contains(w.body, "Setup not finished") {
		t.Error("the banner stays after Off was saved")
	}
}

// Switched off and on again: the devices are still there.
func TestOffAndOn(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, r := b.waitingLogin(p, "ana")
	p.decide(r, protocol.ActApprove, w.number(), "")
	w.get("/login/wait")
	w.get("/account/security").post("/account/security", "two_step", "").post("/account/confirm", "do", "off", "password", "ana-demo-pass")
	b.browser().signIn("ana", "ana-demo-pass").want("site", "signed_in")
	w.post("/account/security", "two_step", "companion").post("/account/confirm", "do", "companion", "password", "ana-demo-pass").
		want("security", "", `<option value="companion" selected>`)
	b.advance(time.Second)
	b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
}

// fallback is the key of the codes that p got when it paired.
func (p *phone) fallback() otp.Key {
	p.b.t.Helper()
	key, err := otp.ParseURI(p.pair.FallbackURI)
	if err != nil {
		p.b.t.Fatal(err)
	}
	return key
}

func (p *phone) code(at time.Time) string {
	p.b.t.Helper()
	code, err := p.fallback().Code(at)
	if err != nil {
		p.b.t.Fatal(err)
	}
	return code
}

func TestCodeInstead(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	if key := p.fallback(); key.Issuer != "RMS" || key.Name != "ana@demo.test" || len(key.Secret) != 20 || key.Period != 30 {
		t.Errorf("fallback key = %+v", key)
	}
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
	w.post("/login/instead").want("code", "")
	if len(p.poll("").Requests) != 0 {
		t.Error("the request still waits after the method was switched")
	}
	far := p.code(b.now().Add(5 * time.Minute))
	w.post("/login/code", "code", far).want("code", "", "That code is not right. Try again.")
	if strings.Contains(w.body, far) {
		t.Error("the page holds the code")
	}
	w.post("/login/code", "code", far).want("code", "", "Check the clock on your device; server time is 21:00:00.")
	code := p.code(b.now().Add(-30 * time.Second))
	w.post("/login/code", "code", code[:3]+" "+code[3:]).want("site", "signed_in")

	b.advance(time.Second)
	again := b.browser().signIn("ana", "ana-demo-pass").post("/login/instead")
	again.post("/login/code", "code", code).want("code", "", "That code was already used. Wait for the next one.")
	again.post("/login/code", "code", p.code(b.now())).want("site", "signed_in")
	b.wantAudit(auditCodeWrong, 3)
}

func TestCodeLimit(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w := b.browser().signIn("ana", "ana-demo-pass").post("/login/instead")
	for range firstProfile().Policy.filled(time.Minute).CodeTries {
		w.post("/login/code", "code", "x").want("code", "", "That code is not right.")
	}
	w.post("/login/code", "code", p.code(b.now())).want("code", "", "Too many tries. Wait 15 minutes.")
	b.advance(time.Second)
	v, r := b.waitingLogin(p, "ana") // the other method still works
	p.decide(r, protocol.ActApprove, v.number(), "")
	v.get("/login/wait").want("site", "signed_in")
}

// The page with scripts hears of the end by an event.
func TestWaitEvents(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, r := b.waitingLogin(p, "ana")
	w.want("wait", "waiting", `<noscript><meta http-equiv="refresh" content="2"></noscript>`, "/static/wait.js")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	call, _ := http.NewRequestWithContext(ctx, http.MethodGet, testOrigin+"/login/events", nil)
	answer, err := w.client.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	p.decide(r, protocol.ActDeny, "", protocol.ReasonCancelled)
	stream, err := io.ReadAll(answer.Body)
	if err != nil || !strings.HasSuffix(string(stream), "data: denied\n\n") {
		t.Errorf("stream = %q, %v", stream, err)
	}
}

func TestSendAgain(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, first := b.waitingLogin(p, "ana")
	w.post("/login/again").want("wait", "waiting") // no second one while it waits
	if p.only().ID != first.ID {
		t.Error("a second request was sent")
	}
	b.advance(2 * time.Minute)
	w.get("/login/wait").want("wait", store.Expired)
	w.post("/login/again").want("wait", "waiting")
	r := p.only()
	if r.ID == first.ID {
		t.Error("no new request was sent")
	}
	p.decide(r, protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in")
}

// An accepted request signs in once, and not long after.
func TestAcceptedOnce(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, r := b.waitingLogin(p, "ana")
	pending := w.client.Jar.Cookies(mustURL(testOrigin))
	p.decide(r, protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in")
	old := b.browser()
	old.client.Jar.SetCookies(mustURL(testOrigin), pending)
	old.get("/account").want("login", "")
	old.get("/login/wait").want("login", store.Expired)
	if n := b.sessions("ana"); n != 1 {
		t.Errorf("%d sessions, want 1", n)
	}
	b.advance(time.Second)
	w, r = b.waitingLogin(p, "ana")
	p.decide(r, protocol.ActApprove, w.number(), "")
	b.advance(endedShown + time.Second)
	w.get("/login/wait").want("login", store.Expired)
}

func ExamplePeople() {
	for _, p := range People() {
		fmt.Println(p.Email, p.Name, p.Admin)
	}
	// Output:
	// ana@demo.test Ana true
	// ben@demo.test Ben false
	// cleo@demo.test Cleo false
}
