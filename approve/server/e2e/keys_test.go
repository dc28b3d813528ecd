package e2e

// SALTO KS (rows S1 to S24): authenticator app, SMS, e-mail and recovery codes.

import (
	"strings"
	"testing"
	"time"
)

const benPhone = "+37060000012"

// startKeys switches the setting on and types the password.
func (p *person) startKeys() *person {
	p.t.Helper()
	return p.open("/account/security").press("Enable").confirmed()
}

// finishRecovery reads the recovery code, says that it is saved and goes on.
func (p *person) finishRecovery() string {
	p.t.Helper()
	codes := p.part("codes")
	p.touch("The recovery code has been saved").press("Done")
	return codes
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	ben, c := w.person(t), w.companion(t)
	ben.signIn("keys", "ben").wantAt("/app/keys")
	row(t, "S2", func(t *testing.T) {
		ben.in(t).touch("ben@demo.test").see("Profile Information").press("Manage Profile and Settings").wantAt("/account")
	})
	row(t, "S3", func(t *testing.T) { ben.in(t).press("Security & services").see("Disabled") })
	row(t, "S4", func(t *testing.T) {
		p := ben.in(t).press("Enable").see("Confirm your password")
		p.fill("Password", "wrong").press("Confirm").see("Wrong password.")
	})
	row(t, "S5", func(t *testing.T) {
		ben.in(t).confirmed().see("Authenticator app", "SMS", "E-mail")
	})
	row(t, "S6", func(t *testing.T) {
		p := ben.in(t).press("Authenticator app")
		c.t = t
		c.addPicture(p.picture())
		typed := w.companion(t)
		typed.t = t
		if _, errs, status := typed.call(p.key()+"\n", "add", "--secret-stdin", "--issuer", "Keys", "--account", "ben"); status != 0 {
			t.Fatalf("typed key: exit status %d\n%s", status, errs)
		}
		p.typeCode(typed, "keys", "Next")
	})
	row(t, "S7", func(t *testing.T) {
		p := ben.in(t).see("ben@demo.test")
		w.person(t).signIn("keys", "ben").wantAt("/app/keys") // not active yet
		p.confirmAddress("ben@demo.test")
	})
	first := ""
	row(t, "S10", func(t *testing.T) {
		p := ben.in(t).see("Recovery code")
		for _, way := range []string{"Copy", "Download", "Print"} {
			p.need(way)
		}
		first = p.finishRecovery()
		if len(first) < 10 {
			t.Errorf("recovery code %q", first)
		}
	})
	row(t, "S11", func(t *testing.T) {
		ben.in(t).see("You have registered a two-factor authentication method.")
	})
	row(t, "S12", func(t *testing.T) {
		c.t = t
		w.person(t).signIn("keys", "ben").typeCode(c, "keys", "Sign in").wantAt("/app/keys")
	})
	row(t, "S17", func(t *testing.T) {
		p := w.person(t).signIn("keys", "ben")
		c.t = t
		p.fill("Verification code", wrongOf(c.code("keys"))).press("Sign in").see("That code is not right. Try again.")
		p.typeCode(c, "keys", "Sign in").wantAt("/app/keys")
	})
	row(t, "S8", func(t *testing.T) {
		p := ben.in(t).open("/account/security").press("Add SMS")
		c.t = t
		p.passGates(c, "keys")
		p.fill("Mobile number", "060000012").press("Send SMS").see("Start with + and the country code.")
		p.fill("Mobile number", benPhone).press("Send SMS")
		code := w.in(t).sentCode(benPhone)
		p.fill("Verification code", wrongOf(code)).press("Register").see("That code is not right.")
		p.fill("Verification code", code).press("Register")
		first = p.finishRecovery()
		p.open("/account/security").see("+370 *** **12").miss(benPhone)
	})
	row(t, "S1", func(t *testing.T) {
		ben.in(t).open("/account/security").see("Authenticator", "SMS", "b***@demo.test")
	})
	row(t, "S22", func(t *testing.T) {
		p := w.person(t).signIn("keys", "ben").press("Use another method").wantAt("/login/choose")
		p.see("Authenticator code", "SMS to +370 *** **12", "E-mail to b***@demo.test", "Recovery code")
		p.press("SMS to +370 *** **12")
		old := w.in(t).sentCode(benPhone)
		p.press("Use another method").press("E-mail to b***@demo.test")
		p.fill("Verification code", old).press("Sign in").miss("Signed in to")
		p.fill("Verification code", w.in(t).sentCode("ben@demo.test")).press("Sign in").wantAt("/app/keys")
	})
	row(t, "S13", func(t *testing.T) {
		w.in(t).advance(time.Minute)
		p := w.person(t).signIn("keys", "ben")
		p.press("Use another method").press("Authenticator code").see("Open your authenticator app")
		p.press("Use another method").press("SMS to +370 *** **12").see("We sent a code to +370 *** **12")
		p.press("Use another method").press("E-mail to b***@demo.test").see("to b***@demo.test")
	})
	row(t, "S14", func(t *testing.T) {
		w.in(t).advance(time.Hour)
		p := w.person(t).signIn("keys", "ben").press("Use another method").press("SMS to +370 *** **12")
		old := w.in(t).sentCode(benPhone)
		p.press("Resend").see("30 seconds")
		w.in(t).advance(31 * time.Second)
		p.press("Resend")
		p.fill("Verification code", old).press("Sign in").see("That code was replaced by a newer one.")
		p.fill("Verification code", w.in(t).sentCode(benPhone)).press("Sign in").wantAt("/app/keys")
	})
	row(t, "S9", func(t *testing.T) {
		cleo := w.person(t)
		cleo.signIn("keys", "cleo")
		cleo.startKeys().press("E-mail")
		cleo.confirmAddress("cleo@demo.test")
		cleo.finishRecovery()
		cleo.see("You have registered a two-factor authentication method.")
		w.in(t).advance(time.Minute)
		again := w.person(t).signIn("keys", "cleo")
		again.fill("Verification code", w.in(t).sentCode("cleo@demo.test")).press("Sign in").wantAt("/app/keys")
	})
	row(t, "S20", func(t *testing.T) {
		ben.in(t).open("/account/security").see("E-mail stays as backup.")
	})
	row(t, "S19", func(t *testing.T) {
		p := ben.in(t).open("/account/security").press("Remove SMS to +370 *** **12")
		c.t = t
		p.press("Remove").passGates(c, "keys")
		p.press("Remove").see("The method was removed.")
		p.open("/account/security").miss("+370 *** **12")
		q := w.person(t).signIn("keys", "ben").press("Use another method")
		q.miss("SMS to")
	})
	row(t, "S21", func(t *testing.T) {
		p := ben.in(t).open("/account/security").press("Disable").confirmed()
		c.t = t
		p.passGates(c, "keys")
		p.open("/account/security").see("Disabled")
		w.person(t).signIn("keys", "ben").wantAt("/app/keys")
		p.press("Enable").confirmed()
		p.passGates(c, "keys")
		p.open("/account/security").see("Enabled")
		w.person(t).signIn("keys", "ben").press("Use another method").press("Authenticator code").typeCode(c, "keys", "Sign in").wantAt("/app/keys")
	})
	row(t, "S15", func(t *testing.T) {
		p := w.person(t).signIn("keys", "ben").press("Log in with a recovery code")
		p.fill("Recovery code", "AAAAA-AAAAA").press("Sign in").see("That recovery code is not valid.")
		p.fill("Recovery code", first).press("Sign in").wantAt("/app/keys")
		p.see("Your two-factor settings were reset. Set them up again.")
	})
	row(t, "S18", func(t *testing.T) {
		p := w.person(t).signIn("keys", "ben").wantAt("/app/keys").see("Your two-factor settings were reset.")
		p.open("/account/security").see("Disabled")
		p.startKeys().press("E-mail")
		w.in(t).advance(time.Minute)
		p.confirmAddress("ben@demo.test")
		if again := p.finishRecovery(); again == first {
			t.Error("the recovery code is the one before")
		}
	})
	row(t, "S16", func(t *testing.T) {
		admin := w.person(t).signIn("keys", "ana")
		admin.startKeys().press("E-mail")
		admin.confirmAddress("ana@demo.test")
		admin.finishRecovery()
		admin.open("/company").confirmed().open("/company").choose("A recovery code", "Signs in once; two-factor stays on").fill("Codes that a person gets", "10").press("OK").see("The settings were saved.")
		admin.open("/account/security").press("Create new Recovery codes").confirmed()
		if strings.Contains(admin.text(), "Verification code") {
			w.in(t).advance(time.Minute)
			if admin.has("Send a code") {
				admin.press("Send a code")
			}
			admin.fill("Verification code", w.in(t).sentCode("ana@demo.test")).press("Continue")
		}
		codes := strings.Fields(admin.part("codes"))
		if len(codes) != 10 {
			t.Fatalf("%d codes, want 10: %v", len(codes), codes)
		}
		admin.touch("The recovery codes have been saved").press("Done")
		for i, code := range codes[:2] {
			p := w.person(t).signIn("keys", "ana").press("Log in with a recovery code")
			p.fill("Recovery code", code).press("Sign in").wantAt("/app/keys").see([]string{"9 of 10", "8 of 10"}[i])
		}
	})
	row(t, "S24", func(t *testing.T) {
		if all := ben.in(t).cookies(); len(all) != 1 || all[0].Name != "nod_s" {
			t.Errorf("cookies = %+v", all)
		}
	})
	row(t, "S23", func(t *testing.T) {
		p := ben.in(t)
		for _, path := range []string{"/", "/app/keys", "/account", "/account/security", "/account/activity", "/app/rms/login"} {
			if !p.open(path).narrow() {
				t.Errorf("%s is wider than 360 px", path)
			}
		}
		w.in(t).advance(time.Minute)
		plain := w.person(t).scripts(false)
		plain.signIn("keys", "cleo").see("to c***@demo.test")
		plain.fill("Verification code", w.in(t).sentCode("cleo@demo.test")).press("Sign in").wantAt("/app/keys")
	})
}

// confirmAddress has a code sent to the address of the profile and types it.
func (p *person) confirmAddress(address string) {
	p.t.Helper()
	p.w.in(p.t).advance(time.Minute)
	if p.has("Send code") {
		p.press("Send code")
	}
	p.fill("Verification code", p.w.in(p.t).sentCode(address)).press("Next")
}
