package server

// Setting up at keys: S2 to S11, S16, S18 to S21.

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// S2, S3: the words of the guide.
func TestS2Words(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("keys", "ben").want("site", "signed_in", "Profile Information", `<a href="/account">Manage Profile and Settings</a>`)
	w.get("/account").want("account", "", `<a href="/account/security">Security &amp; services</a>`)
	w.get("/account/security").want("security", "", "Disabled", "Enable")
}

// S4: the password comes first, and nothing changes before.
func TestS4PasswordAgain(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("keys", "ben").get("/account/security")
	w.post("/account/security", "two_step", "on").want("confirm", "")
	for range reauthTries {
		w.post("/account/confirm", "do", doSetup, "id", "on", "password", "x").want("confirm", "", "Wrong password.").wantStatus(http.StatusForbidden)
	}
	w.post("/account/confirm", "do", doSetup, "id", "on", "password", "ben-demo-pass").want("confirm", "", "Too many tries. Wait 15 minutes.").wantStatus(http.StatusTooManyRequests)
	b.wantOff("ben", "keys")
	b.advance(reauthWindow + time.Second)
	w.post("/account/confirm", "do", doSetup, "id", "on", "password", "ben-demo-pass").want("setup", "", "Authenticator app", "SMS", "E-mail")
	if n := strings.Count(w.body, `<li class="card choice">`); n != 3 { // S5
		t.Errorf("%d cards, want 3", n)
	}
	b.wantOff("ben", "keys")
}

// S6, S7, S10, S11: app, e-mail as a backup that can not be skipped, recovery code.
func TestS7EmailBackup(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/totp/new"
	w := b.browser().signInAt("keys", "ben")
	w.begin("ben", "on").get(path).want("step", stepScanCode)
	a := w.scan()
	w.post(path, "do", "next", "code", a.code(0)).want("step", stepAddress, `value="ben@demo.test" readonly`)
	w.post(path, "do", "next").want("step", stepAddress, "That code has expired.") // none was sent
	w.post(path, "do", "done", "saved", "yes").want("step", stepAddress)
	w.post(path, "do", "send").want("step", stepAddress, "We sent a code to ben@demo.test")
	code := b.confirmation(store.KindMail)
	w.post(path, "do", "next", "code", wrong(code)).want("step", stepAddress, "That code is not right.")
	b.wantOff("ben", "keys")
	b.browser().signInAt("keys", "ben").want("site", "signed_in") // not active yet
	w.get(path).post(path, "do", "next", "code", code).want("step", stepRecovery, "shown once", "Copy", "Download", "Print", "The recovery code has been saved")
	codes := w.codes()
	w.post(path, "do", "done").want("step", stepRecovery, "Tick the box first.").wantStatus(http.StatusUnprocessableEntity)
	b.wantOff("ben", "keys")
	w.post(path, "do", "done", "saved", "yes").want("done", "", "You have registered a two-factor authentication method. Well done.")
	f := b.factorsOf("ben", "keys")
	if !f.On || f.Method != methodTOTP || !f.has(methodTOTP) || !f.has(methodEmail) || f.RecoveryLeft != 1 || len(codes) != 1 {
		t.Errorf("on %v, %s first, methods %+v, %d of %d codes", f.On, f.Method, f.Methods, f.RecoveryLeft, len(codes))
	}
	w.get("/account/security").want("security", "", "Enabled", "Disable", "b***@demo.test").wantNo(codes[0])
	b.wantAudit(auditMethodAdded, 2)
}

// S8: a telephone number, proven by a code.
func TestS8SMS(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/sms/new"
	w := b.browser().signInAt("keys", "ben")
	w.begin("ben", "on").get(path).want("step", stepNumber, "Mobile number", "Send SMS")
	for _, bad := range []string{"", "060000012", "+", "+37", "+0123456789", "+3706000001234567", "+37O60000012", "00370600000"} {
		w.post(path, "do", "next", "number", bad).want("step", stepNumber, "Start with + and the country code.").wantStatus(http.StatusUnprocessableEntity)
	}
	w.post(path, "do", "next", "number", "+370 600-00012").want("step", stepSent, "+370 *** **12", "Register").wantNo(setupPhone)
	first := b.confirmation(store.KindSMS)
	w.post(path, "do", "send").want("step", stepSent, "Wait 30 seconds").wantStatus(http.StatusTooManyRequests)
	b.advance(sentSpacing)
	w.post(path, "do", "send").want("step", stepSent)
	second := b.confirmation(store.KindSMS)
	if first != second { // one in a million
		w.post(path, "do", "next", "code", first).want("step", stepSent, "That code was replaced by a newer one.")
	}
	w.post(path, "do", "next", "code", wrong(second)).want("step", stepSent, "That code is not right.")
	w.post(path, "do", "next", "code", second).want("step", stepRecovery).post(path, "do", "done", "saved", "yes").want("done", "")
	w.get("/account/security").want("security", "", "+370 *** **12").wantNo(setupPhone)
	if f := b.factorsOf("ben", "keys"); f.Methods[0].Address != setupPhone || f.Method != methodSMS {
		t.Errorf("methods %+v, %s first", f.Methods, f.Method)
	}
}

// S8: a code lives ten minutes and takes five tries.
func TestS8CodeLife(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/sms/new"
	w := b.browser().signInAt("keys", "ben")
	w.begin("ben", "on").get(path).post(path, "do", "next", "number", setupPhone).want("step", stepSent)
	code := b.confirmation(store.KindSMS)
	b.advance(sentLife)
	w.get(path).passGates("ben", "").post(path, "do", "next", "code", code).want("step", stepSent, "That code has expired.")
	w.post(path, "do", "send").want("step", stepSent)
	code = b.confirmation(store.KindSMS)
	for range sentTries {
		w.post(path, "do", "next", "code", wrong(code)).want("step", stepSent, "That code is not right.")
	}
	w.post(path, "do", "next", "code", code).want("step", stepSent, "Too many tries. Have a new code sent.").wantStatus(http.StatusTooManyRequests)
	b.wantOff("ben", "keys")
}

// A code that proved one number says nothing about another.
func TestS8OtherNumber(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/sms/new"
	w := b.browser().signInAt("keys", "ben")
	w.begin("ben", "on").get(path).post(path, "do", "next", "number", setupPhone).want("step", stepSent)
	code := b.confirmation(store.KindSMS)
	w.post(path, "do", "back").want("step", stepNumber, `value="`+setupPhone+`"`)
	w.post(path, "do", "next", "number", "+37060000099").want("step", stepNumber, "Wait 30 seconds")
	b.advance(sentSpacing)
	w.post(path, "do", "next", "number", "+37060000099").want("step", stepSent, "+370 *** **99")
	if b.confirmation(store.KindSMS) != code {
		w.post(path, "do", "next", "code", code).want("step", stepSent).wantNo("Recovery code")
	}
	w.post(path, "do", "cancel").want("security", "")
	b.wantOff("ben", "keys")
}

// S8: the gateway is down; nothing is lost and there is another way.
func TestS8GatewayDown(t *testing.T) {
	down := true
	b := newBench(t, func(c *Config) {
		c.SMS = func(context.Context, string, string) error {
			if down {
				return errors.New("no connection")
			}
			return nil
		}
	})
	const path = "/account/security/sms/new"
	w := b.browser().signInAt("keys", "ben")
	w.begin("ben", "on").get(path).post(path, "do", "next", "number", setupPhone).
		want("step", stepNumber, "We could not send the text. Try again or use e-mail.", `value="`+setupPhone+`"`).wantStatus(http.StatusBadGateway)
	down = false
	w.post(path, "do", "next", "number", setupPhone).want("step", stepSent)
}

// S9: the profile's address, which can not be typed over.
func TestS9Email(t *testing.T) {
	b := newBench(t)
	const path = "/account/security/email/new"
	w := b.browser().signInAt("keys", "cleo")
	w.begin("cleo", "on").get(path).want("step", stepAddress, `value="cleo@demo.test" readonly`)
	w.post(path, "do", "send", "address", "other@demo.test", "number", "other@demo.test").want("step", stepAddress)
	if m := b.outbox()[0]; m.To != "cleo@demo.test" {
		t.Errorf("the code went to %s", m.To)
	}
	w.post(path, "do", "next", "code", b.confirmation(store.KindMail)).want("step", stepRecovery).post(path, "do", "done", "saved", "yes").want("done", "")
	if f := b.factorsOf("cleo", "keys"); f.Method != methodEmail || f.Methods[0].Address != "cleo@demo.test" {
		t.Errorf("methods %+v, %s first", f.Methods, f.Method)
	}
}

// S16: one code or several, and how many are left.
func TestS16Counts(t *testing.T) {
	for _, count := range []int{1, 10} {
		b := newBench(t)
		b.setPolicyOf("keys", func(p *Policy) { p.RecoveryCount, p.Recovery = count, recoveryOnce })
		w, _, codes := b.keysApp("ben")
		if len(codes) != count {
			t.Fatalf("%d codes, want %d", len(codes), count)
		}
		seen := map[string]bool{}
		for _, code := range codes {
			seen[code] = true
		}
		if len(seen) != count {
			t.Errorf("%d different codes, want %d", len(seen), count)
		}
		for i := range min(count, 2) {
			b.browser().signInAt("keys", "ben").get("/login/recovery").post("/login/recovery", "code", codes[i]).want("site", "signed_in")
		}
		want := "0 of 1 left"
		if count == 10 {
			want = "8 of 10 left"
		}
		w.get("/account/security").want("security", "", want)
	}
}

// S18: a recovery code that resets leaves the profile disabled, with a note.
func TestS18Reset(t *testing.T) {
	b := newBench(t)
	_, _, codes := b.keysApp("ben")
	w := b.browser().signInAt("keys", "ben").get("/login/recovery").post("/login/recovery", "code", codes[0]).want("site", "signed_in")
	w.get("/account/security").want("security", "", "Disabled", "Your two-factor settings were reset. Set them up again.")
	b.wantOff("ben", "keys")
}

// S19, S20: a method is removed with a fresh second factor; the last one and the
// backup stay.
func TestS19Remove(t *testing.T) {
	b := newBench(t)
	w, a, _ := b.keysApp("ben")
	const sms = "/account/security/sms/new"
	w.get(sms).post(sms, "do", "next", "number", setupPhone).post(sms, "do", "next", "code", b.confirmation(store.KindSMS)).
		want("step", stepRecovery).post(sms, "do", "done", "saved", "yes").want("done", "")
	f := b.factorsOf("ben", "keys")
	if f.Method != methodTOTP {
		t.Errorf("%s is asked first after SMS was added, want the app", f.Method)
	}
	ids := map[string]string{}
	for _, m := range f.Methods {
		ids[m.Kind] = "/account/security/method/" + m.ID
	}
	w.get("/account/security").want("security", "", "E-mail stays as backup.", "Remove SMS to +370 *** **12").wantNo(ids[methodEmail] + "/remove")
	w.get(ids[methodEmail]+"/remove").want("method", "email_is_backup", "E-mail stays as backup.")
	w.post(ids[methodEmail]+"/remove").want("method", "email_is_backup").wantStatus(http.StatusConflict)
	if status := w.delete(ids[methodEmail]); status != http.StatusConflict {
		t.Errorf("DELETE of the e-mail: %d, want 409", status)
	}
	b.advance(freshLife)
	w.get(ids[methodSMS]+"/remove").want("method", "", "Remove", "Keep it")
	if status := w.delete(ids[methodSMS]); status != http.StatusForbidden {
		t.Errorf("DELETE without a fresh second factor: %d, want 403", status)
	}
	w.post(ids[methodSMS]+"/remove").want("confirm", "").passGates("ben", a.code(0)).want("method", "", "Remove")
	w.post(ids[methodSMS]+"/remove").want("security", "", "The method was removed.").wantNo("+370 *** **12")
	b.browser().signInAt("keys", "ben").want("code", "").get("/login/choose").want("choose", "").wantNo("SMS to")
	b.wantAudit(auditMethodRemoved, 1)
	if m := b.outbox()[0]; m.To != "ben@demo.test" || !strings.Contains(m.Body, "can no longer be used") {
		t.Errorf("mail = %+v", m)
	}
}

// S19: the last method stays as long as it is asked for.
func TestS19LastMethod(t *testing.T) {
	b := newBench(t)
	w := b.browser().signInAt("helpdesk", "ben")
	a := w.scan()
	w.post("/setup/totp", "do", "next", "code", a.code(0)).want("site", "signed_in")
	path := "/account/security/method/" + b.factorsOf("ben", "helpdesk").Methods[0].ID + "/remove"
	w.get(path).want("method", "last_method", "Your company requires two-factor. Add another method first.")
	w.post(path).want("method", "last_method").wantStatus(http.StatusConflict)
	if !b.factorsOf("ben", "helpdesk").any() {
		t.Error("the last method is gone")
	}
	b.setPolicyOf("helpdesk", func(p *Policy) { p.Required = false })
	w.post(path).want("method", "last_method", "is on, and this is the last method.").wantStatus(http.StatusConflict)
	w.post("/account/confirm", "do", doOff, "password", "ben-demo-pass").want("security", "", "Your methods are kept.")
	w.post(path).want("security", "", "The method was removed.")
}

// S21: Off is not asked for; On again asks no new scan.
func TestS21OffAndOn(t *testing.T) {
	b := newBench(t)
	w, a, _ := b.keysApp("ben")
	w.begin("ben", "").want("security", "", "Disabled", "Your methods are kept.", "Authenticator app")
	b.browser().signInAt("keys", "ben").want("site", "signed_in")
	w.begin("ben", "on").want("security", "", "Enabled", "Disable")
	a.next()
	b.browser().signInAt("keys", "ben").want("code", "").post("/login/code", "code", a.code(0)).want("site", "signed_in")
}

// Off is not possible while the company requires it.
func TestOffWhileRequired(t *testing.T) {
	b := newBench(t)
	w, _, _ := b.keysApp("ben")
	b.setPolicyOf("keys", func(p *Policy) { p.Required = true })
	w.begin("ben", "").want("error", "", "Your company requires two-factor authentication.").wantStatus(http.StatusConflict)
	if !b.factorsOf("ben", "keys").On {
		t.Error("it was switched off")
	}
}

// delete sends a DELETE with the token of the page shown, and returns the status.
func (w *browser) delete(path string) int {
	w.b.t.Helper()
	page := w.body
	r, _ := http.NewRequestWithContext(w.b.t.Context(), http.MethodDelete, testOrigin+path, nil)
	r.Header.Set("X-CSRF-Token", csrfField.FindStringSubmatch(page)[1])
	w.do(r)
	w.body = page
	return w.status
}

// A DELETE without the page's token does nothing.
func TestForeignDelete(t *testing.T) {
	b := newBench(t)
	w, _, _ := b.keysApp("ben")
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodDelete, testOrigin+"/account/security/method/"+b.factorsOf("ben", "keys").Methods[0].ID, nil)
	w.do(r).wantStatus(http.StatusForbidden)
	if n := len(b.factorsOf("ben", "keys").Methods); n != 2 {
		t.Errorf("%d methods, want 2", n)
	}
}

func FuzzPhoneNumber(f *testing.F) {
	f.Add("+370 600-00012")
	f.Add("0037060000012")
	f.Fuzz(func(t *testing.T, text string) {
		number, problem := phoneNumber(text)
		if problem != "" {
			return
		}
		again, problem := phoneNumber(number)
		if again != number || problem != "" || !strings.HasPrefix(number, "+") || len(number) < 8 || len(number) > 16 {
			t.Errorf("%q gives %q, then %q %q", text, number, again, problem)
		}
	})
}
