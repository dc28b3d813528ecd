package server

// People who set a second factor up, for the tests of the setup's rows.

import (
	"encoding/base32"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
	"nod/vault/otp"
)

const setupPhone = "+37060000012"

// wantOff checks that nothing has been set up.
func (b *bench) wantOff(name, site string) {
	b.t.Helper()
	if f := b.factorsOf(name, site); f.On || f.any() || f.RecoveryCount > 0 {
		b.t.Errorf("%s at %s: on %v, %d methods, %d recovery codes; want nothing", name, site, f.On, len(f.Methods), f.RecoveryCount)
	}
}

// app is an authenticator app that has read a QR image.
type app struct {
	b   *bench
	key otp.Key
}

// scan reads the QR image of the step that is shown, and checks that the key on
// the page is the same.
func (w *browser) scan() app {
	w.b.t.Helper()
	path := regexp.MustCompile(`<img class="qr" src="([^"]+)"`).FindStringSubmatch(w.body)
	if path == nil {
		w.b.t.Fatalf("no QR image at %s:\n%s", w.at, w.body)
	}
	key, err := otp.ParseURI(w.readPicture(path[1]))
	if err != nil {
		w.b.t.Fatal(err)
	}
	groups := regexp.MustCompile(`id="key">([^<]*)<`).FindStringSubmatch(w.body)
	if groups == nil || !regexp.MustCompile(`^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$`).MatchString(groups[1]) {
		w.b.t.Fatalf("key on the page: %q, want eight groups of four", groups)
	}
	typed, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(groups[1], " ", ""))
	if err != nil || string(typed) != string(key.Secret) {
		w.b.t.Errorf("the typed key %q is not that of the image, %v", groups[1], err)
	}
	return app{w.b, key}
}

// code is what the app shows some time steps away.
func (a app) code(steps int) string {
	a.b.t.Helper()
	code, err := a.key.Code(a.b.now().Add(time.Duration(steps*a.key.Period) * time.Second))
	if err != nil {
		a.b.t.Fatal(err)
	}
	return code
}

// next lets time pass until the app shows another code.
func (a app) next() { a.b.advance(time.Duration(a.key.Period) * time.Second) }

var setupSent = regexp.MustCompile(`Your code to confirm this \w+ for .+ is (\d{6})\.`)

// confirmation is the code in the newest message of a kind that confirms a number
// or an address.
func (b *bench) confirmation(kind string) string {
	b.t.Helper()
	for _, m := range b.outbox() {
		if found := setupSent.FindStringSubmatch(m.Body); m.Kind == kind && found != nil {
			return found[1]
		}
	}
	b.t.Fatalf("no confirmation by %s: %+v", kind, b.outbox())
	return ""
}

// begin chooses in the setting under Security and types the password.
func (w *browser) begin(user, choice string) *browser {
	w.b.t.Helper()
	w.get("/account/security").want("security", "").post("/account/security", "two_step", choice).want("confirm", "")
	id := regexp.MustCompile(`name="id" value="([^"]*)"`).FindStringSubmatch(w.body)[1]
	do := regexp.MustCompile(`name="do" value="([^"]*)"`).FindStringSubmatch(w.body)[1]
	return w.post("/account/confirm", "do", do, "id", id, "password", user+"-demo-pass")
}

// passGates types password and code as long as they are asked for.
func (w *browser) passGates(user, code string) *browser {
	w.b.t.Helper()
	for range 2 {
		fields := func(last, value string) []string {
			id := regexp.MustCompile(`name="id" value="([^"]*)"`).FindStringSubmatch(w.body)[1]
			do := regexp.MustCompile(`name="do" value="([^"]*)"`).FindStringSubmatch(w.body)[1]
			return []string{"do", do, "id", id, last, value}
		}
		switch page := stateHook.FindStringSubmatch(w.body); {
		case page == nil:
			w.b.t.Fatalf("no page at %s:\n%s", w.at, w.body)
		case page[1] == "confirm":
			w.post("/account/confirm", fields("password", user+"-demo-pass")...)
		case page[1] == "factor":
			w.post("/account/factor", fields("code", code)...)
		}
	}
	return w
}

var codesHook = regexp.MustCompile(`(?s)<pre class="codes" id="codes">([^<]+)</pre>`)

// codes are the recovery codes on the page.
func (w *browser) codes() []string {
	w.b.t.Helper()
	found := codesHook.FindStringSubmatch(w.body)
	if found == nil {
		w.b.t.Fatalf("no codes at %s:\n%s", w.at, w.body)
	}
	return strings.Fields(found[1])
}

// wantStatus checks the status of the last answer.
func (w *browser) wantStatus(want int) *browser {
	w.b.t.Helper()
	if w.status != want {
		w.b.t.Errorf("status at %s is %d, want %d", w.at, w.status, want)
	}
	return w
}

// wantNo checks that the page holds none of the texts.
func (w *browser) wantNo(texts ...string) *browser {
	w.b.t.Helper()
	for _, text := range texts {
		if strings.Contains(w.body, text) {
			w.b.t.Errorf("the page at %s holds %q", w.at, text)
		}
	}
	return w
}

// cloud sets Two-Factor Authentication up at rmscloud and returns the app and the
// backup code.
func (b *bench) cloud(user string) (w *browser, a app, backup string) {
	b.t.Helper()
	const path = "/account/security/totp/new"
	w = b.browser().signInAt("rmscloud", user).want("site", "signed_in")
	w.begin(user, "on").want("step", stepIntro).post(path, "do", "next").want("step", stepScan)
	a = w.scan()
	w.post(path, "do", "next").want("step", stepCode).post(path, "do", "next", "code", a.code(0)).want("step", stepRecovery)
	backup = w.codes()[0]
	w.post(path, "do", "done", "saved", "yes").want("security", "", "Two-Factor Authentication is on.")
	return w, a, backup
}

// keysApp sets an authenticator app up at keys, with the e-mail address.
func (b *bench) keysApp(user string) (w *browser, a app, codes []string) {
	b.t.Helper()
	const path = "/account/security/totp/new"
	w = b.browser().signInAt("keys", user)
	w.begin(user, "on").want("setup", "").get(path).want("step", stepScanCode)
	a = w.scan()
	w.post(path, "do", "next", "code", a.code(0)).want("step", stepAddress)
	w.post(path, "do", "send").want("step", stepAddress)
	w.post(path, "do", "next", "code", b.confirmation(store.KindMail)).want("step", stepRecovery)
	codes = w.codes()
	w.post(path, "do", "done", "saved", "yes").want("done", "")
	return w, a, codes
}

// What a page needs is on it, and nothing that the content policy forbids.
func TestSetupPagesAreStrict(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("helpdesk", "cleo").want("step", stepScanCode)
	if strings.Contains(w.body, "style=") || strings.Contains(w.body, "<script>") || strings.Contains(w.body, "onclick") {
		t.Error("the page needs more than the policy allows")
	}
	w.post("/setup/totp", "csrf", "x", "code", "1").wantStatus(http.StatusForbidden)
}
