package server

// Setting up at rms and what holds between sites: T5 to T9, T13, T18, X1 to X5.

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
	"nod/vault/otp"
)

var optionHook = regexp.MustCompile(`<option value="[^"]*"(?: selected)?>([^<]+)</option>`)

// T7: the label of the guide, and the kinds that the company allows.
func TestT7Options(t *testing.T) {
	b := newBench(t)
	options := func(w *browser) (names []string) {
		for _, found := range optionHook.FindAllStringSubmatch(w.body, -1) {
			names = append(names, found[1])
		}
		return names
	}
	w := b.browser().signIn("ana", "ana-demo-pass").get("/account/security").want("security", "", "2-STEP VERIFICATION")
	if got := strings.Join(options(w), ", "); got != "Off, Companion app, Authenticator code, SMS, E-mail" {
		t.Errorf("options: %s", got)
	}
	b.setPolicyOf("rms", func(p *Policy) { p.Methods = []string{methodCompanion, methodTOTP} })
	if got := strings.Join(options(w.get("/account/security")), ", "); got != "Off, Companion app, Authenticator code" {
		t.Errorf("options: %s", got)
	}
	w.post("/account/security", "two_step", methodSMS).want("confirm", "").
		post("/account/confirm", "do", doSetup, "id", methodSMS, "password", "ana-demo-pass").wantStatus(http.StatusNotFound)
	w.get("/account/security/sms/new").wantStatus(http.StatusNotFound)
	if b.two("ana").Setup != "" {
		t.Errorf("setup of %q goes on", b.two("ana").Setup)
	}
}

// T7, T9: each kind is off until its steps are done.
func TestT9Abandoned(t *testing.T) {
	for _, kind := range []string{methodCompanion, methodTOTP, methodSMS, methodEmail} {
		b := newBench(t)
		w := b.browser().signIn("ana", "ana-demo-pass").begin("ana", kind)
		if b.two("ana").On {
			t.Errorf("%s: on after Save", kind)
		}
		w.get("/account/security").want("security", "", "Setup not finished.", `<option value="" selected>Off`)
		w.get("/account/security").want("security", "", "Setup not finished.")
		b.browser().signIn("ana", "ana-demo-pass").want("site", "signed_in")
		w.post("/account/security", "two_step", "").want("security", "").wantNo("Setup not finished")
		b.wantOff("ana", "rms")
	}
}

// The other kinds at rms, one after the other; each choice is asked first.
func TestT7EachKind(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass").begin("ana", methodTOTP).want("step", stepScanCode)
	a := w.scan()
	w.post("/account/security/totp/new", "do", "next", "code", a.code(0)).want("security", "", "2-step verification is on.", `<option value="totp" selected>`)
	const sms, email = "/account/security/sms/new", "/account/security/email/new"
	w.begin("ana", methodSMS).want("step", stepNumber).post(sms, "do", "next", "number", setupPhone).
		post(sms, "do", "next", "code", b.confirmation(store.KindSMS)).want("security", "", `<option value="sms" selected>`)
	w.begin("ana", methodEmail).want("step", stepAddress).post(email, "do", "send").
		post(email, "do", "next", "code", b.confirmation(store.KindMail)).want("security", "", `<option value="email" selected>`)
	w.begin("ana", methodTOTP).want("security", "", "It is asked first from now on.", `<option value="totp" selected>`)
	if n := len(b.factorsOf("ana", "rms").Methods); n != 3 {
		t.Errorf("%d methods, want 3", n)
	}
	a.next()
	b.browser().signIn("ana", "ana-demo-pass").want("code", "").post("/login/code", "code", a.code(0)).want("site", "signed_in")
}

// One more method does not come first by itself.
func TestAddedMethodComesSecond(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w := b.browser().signIn("ana", "ana-demo-pass")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait").get("/account/security").want("security", "", "Add SMS")
	const sms = "/account/security/sms/new"
	w.get(sms).want("step", stepNumber).post(sms, "do", "next", "number", setupPhone).
		post(sms, "do", "next", "code", b.confirmation(store.KindSMS)).want("security", "", `<option value="companion" selected>`)
}

// T18, T19: what to do before nod is deleted, and the ways out.
func TestT18Warning(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w := b.browser().signIn("ana", "ana-demo-pass")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait").get("/account/security").want("security", "", "Before you delete nod or its vault, switch 2-step verification off here or add another device.",
		"a recovery code, another method or an administrator", "support@demo.test")
	w.begin("ana", "").want("security", "").wantNo("Before you delete nod")
}

// A device goes with password and a fresh second factor, and the company is named
// when it has to stay.
func TestRemoveRequiredDevice(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	b.setPolicyOf("rms", func(p *Policy) { p.Required = true })
	w := b.browser().signIn("ana", "ana-demo-pass")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	path := "/account/security/device/" + p.pair.DeviceID + "/remove"
	w.get("/login/wait").get(path).want("remove", "", "Your company requires two-factor. Add another method first.")
	w.post(path).want("remove", "").wantStatus(http.StatusConflict)
}

// X1: period and digits are in every link.
func TestX1Link(t *testing.T) {
	b := newBench(t)
	for site, period := range map[string]string{"oneglobal": "30", "helpdesk": "60"} {
		w := b.browser().signInAt(site, "ben")
		found := regexp.MustCompile(`id="link" href="([^"]+)"`).FindStringSubmatch(w.body)
		if found == nil {
			t.Fatalf("no link at %s:\n%s", site, w.body)
		}
		link := html.UnescapeString(found[1])
		if read := w.readPicture("/setup/totp/qr.png"); read != link {
			t.Errorf("%s: image holds %s, the page %s", site, read, link)
		}
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "otpauth" || u.Query().Get("period") != period || u.Query().Get("digits") != "6" || u.Query().Get("algorithm") != "SHA1" {
			t.Errorf("%s: link %s, %v", site, link, err)
		}
	}
}

// X2: names are those of devices and apps alike.
func TestX2Names(t *testing.T) {
	f := factors{Devices: []store.Device{{Name: "ana-workstation"}}, Methods: []store.Method{{Kind: methodTOTP, Name: "ana-phone"}, {Kind: methodSMS, Name: "SMS"}}}
	tests := []struct{ name, want string }{
		{"", "Give this device a name."},
		{"Ana-Workstation", "You already have a device with this name."},
		{"ana-phone", "You already have a device with this name."},
		{"SMS", ""},
		{"ana-laptop", ""},
	}
	for _, test := range tests {
		if got := nameProblem(f, test.name); got != test.want {
			t.Errorf("%q: %q, want %q", test.name, got, test.want)
		}
	}
}

// X3: each site has its word for the code.
func TestX3Words(t *testing.T) {
	for _, p := range profiles {
		one, many := p.recoveryWord(1), p.recoveryWord(10)
		if one == "" || many != one+"s" || !strings.Contains(p.Words.Saved, strings.ToLower(one)) || !strings.Contains(p.Words.SavedAll, strings.ToLower(many)) {
			t.Errorf("%s: %q, %q, %q, %q", p.Name, one, many, p.Words.Saved, p.Words.SavedAll)
		}
	}
}

// X4: where the companion app is the only way, it is paired during sign-in.
func TestX4PairDuringSignIn(t *testing.T) {
	b := newBench(t)
	b.setPolicyOf("rms", func(p *Policy) { p.Required, p.Methods = true, []string{methodCompanion} })
	w := b.browser().signIn("cleo", "cleo-demo-pass").want("setup", "", "Your company requires two-factor authentication", `<a class="button" href="/setup/device">Account settings</a>`)
	w.get("/setup/device").want("device", "waiting")
	link, err := protocol.ParseLink(w.shown("link"))
	if err != nil {
		t.Fatal(err)
	}
	if read := w.readPicture("/setup/device/qr.png"); read != w.shown("link") {
		t.Errorf("image holds %q", read)
	}
	w.post("/setup/device/code").want("device", "waiting", "Registration code")
	refused := b.phone("stranger")
	if status, e := refused.register("", w.shown("code")); status != http.StatusAccepted {
		t.Fatalf("pair: %d %+v", status, e)
	}
	w.get("/setup/device").want("device", "pending", "stranger").post("/setup/device/confirm", "device", refused.pair.DeviceID, "answer", "no").want("setup", "")
	b.wantOff("cleo", "rms")
	p := b.phone("cleo-phone")
	if status, e := p.register(link.Token, ""); status != http.StatusAccepted {
		t.Fatalf("pair: %d %+v", status, e)
	}
	w.get("/account").want("setup", "")
	w.get("/setup/device").want("device", "pending", "cleo-phone").post("/setup/device/confirm", "device", p.pair.DeviceID, "answer", "yes").
		want("site", "signed_in", "2-step verification is on.")
	if f := b.factorsOf("cleo", "rms"); !f.On || f.Method != methodCompanion {
		t.Errorf("on %v, %s first", f.On, f.Method)
	}
	again := b.browser().signIn("cleo", "cleo-demo-pass")
	p.decide(p.only(), protocol.ActApprove, again.number(), "")
	again.get("/login/wait").want("site", "signed_in")
}

// X4: several ways are offered during sign-in, behind Account settings too.
func TestX4Choose(t *testing.T) {
	b := newBench(t)
	b.setPolicyOf("rms", func(p *Policy) { p.Required = true })
	w := b.browser().signIn("cleo", "cleo-demo-pass").want("setup", "", "Companion app", "Authenticator app", "SMS", "E-mail")
	w.get("/setup/choose").want("setup", "", "Choose a method", `href="/setup/sms"`)
	w.get("/setup/sms").want("step", stepNumber).post("/setup/sms", "do", "next", "number", setupPhone).
		post("/setup/sms", "do", "next", "code", b.confirmation(store.KindSMS)).want("site", "signed_in", "2-step verification is on.")
	w.get("/setup/recovery").want("security", "")
}

// X5: a reset takes what was half set up as well.
func TestX5ResetEndsSetup(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass").begin("ana", methodTOTP)
	a := w.scan()
	if err := b.store.Update(t.Context(), func(tx *store.Tx) error {
		return b.reset(tx, b.user("ana"), firstProfile(), "administrator", "ben@demo.test", "", "")
	}); err != nil {
		t.Fatal(err)
	}
	w.post("/account/security/totp/new", "do", "next", "code", a.code(0)).want("step", stepScanCode)
	if fresh := w.scan(); fresh.key.URI() == a.key.URI() {
		t.Error("the secret from before the reset is still shown")
	}
	b.wantOff("ana", "rms")
}

// X6: a secret belongs to one site.
func TestX6OneSite(t *testing.T) {
	b := newBench(t)
	set := map[string]otp.Key{}
	for _, site := range []string{"oneglobal", "helpdesk"} {
		b.setPolicyOf(site, func(p *Policy) { p.Period = 30 })
		w := b.browser().signInAt(site, "ben")
		a := w.scan()
		set[site] = a.key
		w.post("/setup/totp", "do", "next", "code", a.code(0), "name", "ben-phone").want("site", "signed_in")
	}
	b.advance(30 * time.Second)
	code, err := set["oneglobal"].Code(b.now())
	if err != nil {
		t.Fatal(err)
	}
	b.browser().signInAt("helpdesk", "ben").post("/login/code", "code", code).want("code", "", "That code is not right.")
	b.browser().signInAt("oneglobal", "ben").post("/login/code", "code", code).want("site", "signed_in")
}
