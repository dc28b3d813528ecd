package server

// Setting up an authenticator app during sign-in and after: G4 to G10, H1 to H12,
// M3 to M13, M18 to M20.

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// G4, G5: the password leads to the QR image, and to nothing else.
func TestG5NothingElse(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("oneglobal", "cleo").want("step", stepScanCode, "Your company requires two-factor authentication", "support@demo.test")
	if w.at != "/setup/totp" {
		t.Errorf("at %s, want /setup/totp", w.at)
	}
	for _, path := range []string{"/account", "/account/security", "/account/activity", "/account/security/totp/new", "/app/oneglobal", "/app", "/", "/nothing", "/company"} {
		w.leadsTo(path, "/setup")
	}
	w.get("/account").want("step", stepScanCode)
	if w.at != "/setup/totp" {
		t.Errorf("any address leads to %s, want /setup/totp", w.at)
	}
	if n := b.auditCount(auditSignedIn); n != 0 {
		t.Errorf("%d sign-ins before the setup is done", n)
	}
	b.wantOff("cleo", "oneglobal")
}

// G6, G7: any app reads the image; the field is made for codes.
func TestG6Scan(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("oneglobal", "cleo")
	key := w.scan().key
	if key.Issuer != "1Global demo" || key.Name != "cleo@demo.test" || key.Period != 30 || key.Digits != 6 || len(key.Secret) != secretSize {
		t.Errorf("key = %s %s, period %d, digits %d, %d bytes", key.Issuer, key.Name, key.Period, key.Digits, len(key.Secret))
	}
	w.want("step", stepScanCode, `autocomplete="one-time-code"`, "Verification code", "Device name", "Save", "nod, Microsoft Authenticator or Google Authenticator")
}

func TestG8DeviceName(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("oneglobal", "cleo")
	a := w.scan()
	save := func(name string) *browser {
		return w.post("/setup/totp", "do", "next", "code", a.code(0), "name", name)
	}
	save("").want("step", stepScanCode, "Give this device a name.").wantStatus(http.StatusUnprocessableEntity)
	save(" \t ").want("step", stepScanCode, "Give this device a name.")
	save(strings.Repeat("n", 41)).want("step", stepScanCode, "Use at most 40 characters.")
	b.wantOff("cleo", "oneglobal")
	save("cleo-laptop").want("site", "signed_in", "Two-factor authentication is set up.")
	if f := b.factorsOf("cleo", "oneglobal"); !f.On || len(f.Methods) != 1 || f.Methods[0].Name != "cleo-laptop" {
		t.Errorf("on %v, methods %+v", f.On, f.Methods)
	}
	a.next()
	w.get("/account/security/totp/new").passGates("cleo", a.code(0)).want("step", stepScanCode)
	second := w.scan()
	const path = "/account/security/totp/new"
	w.post(path, "do", "next", "code", second.code(0), "name", "CLEO-laptop").want("step", stepScanCode, "You already have a device with this name.", `value="CLEO-laptop"`)
	w.post(path, "do", "next", "code", second.code(0), "name", strings.Repeat("ä", 40)).want("security", "")
	if n := len(b.factorsOf("cleo", "oneglobal").Methods); n != 2 {
		t.Errorf("%d apps, want 2", n)
	}
}

// G9: Save finishes, and nothing before it.
func TestG9ReloadBeforeSave(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("oneglobal", "cleo")
	a := w.scan()
	for range 2 {
		if again := w.get("/setup/totp").scan(); string(again.key.Secret) != string(a.key.Secret) {
			t.Error("a reload shows another secret")
		}
	}
	b.wantOff("cleo", "oneglobal")
	other := b.browser().signInAt("oneglobal", "cleo") // the code is worth nothing yet
	if other.want("step", stepScanCode); string(other.scan().key.Secret) != string(a.key.Secret) {
		t.Error("a second browser shows another secret")
	}
	w.post("/setup/totp", "do", "next", "code", a.code(0), "name", "cleo-laptop").want("site", "signed_in")
	// The code that was shown in the setup is used (RFC 6238, 5.2).
	login := b.browser().signInAt("oneglobal", "cleo").want("code", "")
	login.post("/login/code", "code", a.code(0)).want("code", "", "That code was already used.")
	a.next()
	login.post("/login/code", "code", a.code(0)).want("site", "signed_in")
}

func TestG10WrongCode(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("oneglobal", "cleo")
	a := w.scan()
	enter := func(code string) *browser {
		return w.post("/setup/totp", "do", "next", "code", code, "name", "cleo-laptop")
	}
	bad := wrong(a.code(0))
	enter(bad).want("step", stepScanCode, "That code is not right. Try again.", `value="cleo-laptop"`).wantNo(bad, "Check the clock")
	enter(bad).want("step", stepScanCode, "Check the clock on your device; server time is 21:00:00.").wantStatus(http.StatusUnprocessableEntity)
	enter(bad).want("step", stepScanCode, "That code is not right.")
	enter(a.code(0)).want("site", "signed_in")

	w = b.browser().signInAt("oneglobal", "ben")
	a = w.scan()
	bad = wrong(a.code(0))
	for range firstProfile().Policy.filled(time.Minute).CodeTries {
		enter(bad).want("step", stepScanCode, "That code is not right. Try again.")
	}
	enter(a.code(0)).want("step", stepScanCode, "Too many tries. Wait 15 minutes.").wantStatus(http.StatusTooManyRequests)
	b.advance(15*time.Minute + time.Second)
	enter(a.code(0)).want("site", "signed_in")
}

// H1, H2, H5, H7: what the page in the middle shows, for half an hour.
func TestH5Page(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("helpdesk", "ben").want("step", stepScanCode,
		"Why?", "something you know", "something you have", "something you are", "period 60 s, 6 digits", "Verify", "help desk")
	apps := strings.Index(w.body, "nod (a terminal is enough)")
	if phone := strings.Index(w.body, "Google Authenticator"); apps < 0 || phone < apps {
		t.Error("nod is not the first app of the list")
	}
	first := w.scan()
	tab := b.browser() // a second tab has the same cookie
	tab.client.Jar = w.client.Jar
	for range 2 {
		b.advance(14 * time.Minute)
		for _, page := range []*browser{w, tab} {
			if got := page.get("/setup/totp").scan(); got.key.URI() != first.key.URI() {
				t.Error("a reload shows another link")
			}
			page.wantNo("We made a new QR code")
		}
	}
	b.advance(2 * time.Minute)
	w.get("/setup/totp").want("step", stepScanCode, "We made a new QR code, scan again.")
	second := w.scan()
	if second.key.URI() == first.key.URI() {
		t.Error("the same link after 30 minutes")
	}
	w.post("/setup/totp", "do", "next", "code", first.code(0)).want("step", stepScanCode, "That code is not right.")
	w.post("/setup/totp", "do", "next", "code", second.code(0)).want("site", "signed_in", "Two-factor authentication is set up.")
}

// H5: a form that comes too late is answered with the new image.
func TestH5LateForm(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("helpdesk", "ben")
	a := w.scan()
	b.advance(setupLife)
	w.post("/setup/totp", "do", "next", "code", a.code(0)).want("step", stepScanCode, "We made a new QR code, scan again.")
	b.wantOff("ben", "helpdesk")
}

// H9: the period is that of the link; the company can set 30 s.
func TestH9Period(t *testing.T) {
	for _, period := range []int{60, 30} {
		b := newBench(t)
		b.setPolicyOf("helpdesk", func(p *Policy) { p.Period = period })
		w := b.browser().signInAt("helpdesk", "ben")
		a := w.scan()
		if a.key.Period != period {
			t.Fatalf("period is %d, want %d", a.key.Period, period)
		}
		w.post("/setup/totp", "do", "next", "code", a.code(0)).want("site", "signed_in")
		start := b.now()
		now := a.code(0)
		b.advance(time.Duration(period-1) * time.Second)
		if a.code(0) != now {
			t.Errorf("period %d: the code changes before its time", period)
		}
		b.advance(time.Second)
		if a.code(0) == now {
			t.Errorf("period %d: the code stays beyond %v", period, b.now().Sub(start))
		}
		b.setPolicyOf("helpdesk", func(p *Policy) { p.Period = 90 - period }) // holds for new apps only
		b.browser().signInAt("helpdesk", "ben").post("/login/code", "code", a.code(0)).want("site", "signed_in")
	}
}

// H11, H12: from now on each sign-in asks for a code.
func TestH12EverySignIn(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("helpdesk", "ben")
	a := w.scan()
	w.post("/setup/totp", "do", "next", "code", a.code(0)).want("site", "signed_in")
	for range 2 {
		a.next()
		w.post("/logout")
		w.signInAt("helpdesk", "ben").want("code", "").post("/login/code", "code", a.code(0)).want("site", "signed_in")
	}
}

// M1, M3-M5, M7: the wizard can be left at each step, and goes back.
func TestM4Cancel(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/totp/new"
	w := b.browser().signInAt("rmscloud", "ana")
	a := app{}
	to := []func(){
		func() {
			w.begin("ana", "on").want("step", stepIntro, "nod, Google Authenticator, Microsoft Authenticator, Duo Mobile or Authy")
		},
		func() {
			w.post(path, "do", "next").want("step", stepScan, "setup key", "Next", "Back", "Cancel", "when the account shows in your app")
			a = w.scan()
		},
		func() { w.post(path, "do", "next").want("step", stepCode, "Verification code") },
		func() { w.post(path, "do", "next", "code", a.code(0)).want("step", stepRecovery, "Backup code") },
	}
	for steps := 1; steps <= len(to); steps++ {
		for _, step := range to[:steps] {
			step()
		}
		b.wantOff("ana", "rmscloud")
		w.post(path, "do", "cancel").want("security", "").wantNo("Setup not finished")
		b.wantOff("ana", "rmscloud")
	}
	for _, step := range to[:3] {
		step()
	}
	w.post(path, "do", "back").want("step", stepScan)
	if again := w.scan(); string(again.key.Secret) != string(a.key.Secret) {
		t.Error("Back shows another secret")
	}
	w.post(path, "do", "next").post(path, "do", "next", "code", wrong(a.code(0))).want("step", stepCode, "That code is not right. Try again.")
	b.browser().signInAt("rmscloud", "ana").want("site", "signed_in")
}

// M8, M9: the code is shown until Done, and never again.
func TestM8BackupCode(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/totp/new"
	w := b.browser().signInAt("rmscloud", "ana").begin("ana", "on").post(path, "do", "next")
	a := w.scan()
	w.post(path, "do", "next").post(path, "do", "next", "code", a.code(0)).want("step", stepRecovery, "The backup code has been saved", "Copy", "Download")
	codes := w.codes()
	if len(codes) != 1 {
		t.Fatalf("%d codes, want 1", len(codes))
	}
	if w.get(path); w.codes()[0] != codes[0] {
		t.Error("a reload before Done shows another code")
	}
	w.post(path, "do", "download")
	if name := w.header.Get("Content-Disposition"); name != `attachment; filename="backup-code.txt"` || !strings.Contains(w.body, codes[0]) {
		t.Errorf("download %q:\n%s", name, w.body)
	}
	w.get(path).post(path, "do", "done").want("step", stepRecovery, "Tick the box first.").wantStatus(http.StatusUnprocessableEntity)
	b.wantOff("ana", "rmscloud")
	w.post(path, "do", "done", "saved", "yes").want("security", "", "Two-Factor Authentication is on.", "1 of 1 left")
	if err := b.store.View(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Setup(b.user("ana").ID, "rmscloud")
		return err
	}); !errors.Is(err, store.ErrNone) {
		t.Errorf("what was pending is still in the store: %v", err)
	}
	a.next()
	for _, page := range []string{"/account/security", "/account/security/recovery", "/account", "/account/activity", "/account/activity.csv", "/dev/outbox"} {
		w.get(page).wantStatus(http.StatusOK).wantNo(codes[0], strings.ReplaceAll(codes[0], "-", ""))
	}
	w.get("/account/security/recovery").want("recovery", "", "Codes are not shown again. Create new ones?")
	w.post(path, "do", "download").wantNo(codes[0])
}

// M12: a new code needs a fresh second factor, and ends the old one.
func TestM12NewBackupCode(t *testing.T) {
	b := newBench(t)
	w, a, old := b.cloud("ana")
	const path = "/account/security/recovery/new"
	b.advance(freshLife)
	w.get("/account/security").want("security", "", "Create a new Backup code")
	w.get(path).want("confirm", "").passGates("ana", wrong(a.code(0))).want("factor", "", "That code is not right.")
	w.post("/account/factor", "do", doAdd, "id", setupRecovery, "code", a.code(0)).want("step", stepRecovery)
	fresh := w.codes()[0]
	w.post(path, "do", "done", "saved", "yes").want("security", "", "the old ones no longer work")
	recover := func(code string) *browser {
		return b.browser().signInAt("rmscloud", "ana").want("code", "").get("/login/recovery").post("/login/recovery", "code", code)
	}
	recover(old).want("recover", "", "That backup code is not valid.")
	recover(fresh).want("site", "signed_in", "Your two-factor settings were reset. Set them up again.")
	b.wantOff("ana", "rmscloud")
	b.wantAudit(auditRecoveryMade, 2)
}

// M13: the old device counts until the new one has shown a code.
func TestM13ChangeDevice(t *testing.T) {
	b := newBench(t)
	w, old, _ := b.cloud("ana")
	const path = "/account/security/totp/new"
	w.get("/account/security").want("security", "", "Change device used for two-factor authentication")
	w.get(path).want("step", stepIntro).post(path, "do", "next").want("step", stepScan)
	fresh := w.scan()
	signIn := func(a app) *browser {
		return b.browser().signInAt("rmscloud", "ana").want("code", "").post("/login/code", "code", a.code(0))
	}
	old.next()
	signIn(fresh).want("code", "", "That code is not right.")
	signIn(old).want("site", "signed_in")
	w.post(path, "do", "next").post(path, "do", "next", "code", fresh.code(0)).want("security", "") // the backup code stays
	old.next()
	signIn(old).want("code", "", "That code is not right.")
	signIn(fresh).want("site", "signed_in")
	if n := len(b.factorsOf("ana", "rmscloud").Methods); n != 1 {
		t.Errorf("%d methods, want 1", n)
	}
}

// M18-M20: who must set up first reaches the wizard by Account settings, and gets
// in at its end with a new cookie.
func TestM18DuringSignIn(t *testing.T) {
	b := newBench(t)
	b.setPolicyOf("rmscloud", func(p *Policy) { p.Required = true })
	w := b.browser().signInAt("rmscloud", "cleo").want("setup", "", "Your company requires two-factor authentication", "Account settings", "Authenticator app", "Sign out", "Ask an administrator")
	w.leadsTo("/app", "/setup")
	w.leadsTo("/app/rmscloud", "/setup")
	w.want("setup", "", `<a class="button" href="/setup/totp">Account settings</a>`).wantNo(`href="/account"`) // no way past it
	before := w.client.Jar.Cookies(mustURL(testOrigin))[0].Value
	w.get("/setup/totp").want("step", stepIntro).post("/setup/totp", "do", "next").want("step", stepScan)
	a := w.scan()
	w.post("/setup/totp", "do", "next").want("step", stepCode)
	// Half way, and started again.
	again := b.browser().signInAt("rmscloud", "cleo").want("setup", "")
	again.get("/app/rmscloud").want("setup", "")
	w.post("/setup/totp", "do", "next", "code", a.code(0)).want("step", stepRecovery).post("/setup/totp", "do", "done", "saved", "yes").
		want("site", "signed_in", "Two-Factor Authentication is on.")
	if now := w.client.Jar.Cookies(mustURL(testOrigin))[0].Value; now == before {
		t.Error("the cookie is that from before the second factor")
	}
	old := b.browser()
	old.client.Jar.SetCookies(mustURL(testOrigin), []*http.Cookie{{Name: cookieName, Value: before}})
	old.get("/account").want("login", "")
	w.get("/setup").want("security", "")
	b.wantAudit(auditSignedIn, 1)
	if b.user("cleo").SignedInAt == 0 {
		t.Error("the sign-in was not noted")
	}
}

// M20: leaving the wizard at any step keeps nothing but the pending secret.
func TestM20HalfWay(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("helpdesk", "cleo")
	a := w.scan()
	w.post("/logout").want("home", "")
	b.wantOff("cleo", "helpdesk")
	w.signInAt("helpdesk", "cleo").want("step", stepScanCode)
	if again := w.scan(); again.key.URI() != a.key.URI() {
		t.Error("another secret after signing in again")
	}
	w.post("/setup/totp", "do", "cancel").want("step", stepScanCode)
	b.wantOff("cleo", "helpdesk")
}
