package server

// Recovery codes and the choice of ways at sign-in: M11, S15, S16, S18, S22, X7.

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// M11, S15, S18: the code signs in once and resets the second factor.
func TestM11RecoveryResets(t *testing.T) {
	for site, texts := range map[string][2]string{
		"rmscloud": {"Don&#39;t know the code", "Backup code"},
		"keys":     {"Log in with a recovery code", "Recovery code"},
	} {
		t.Run(site, func(t *testing.T) {
			b := newBench(t)
			e := b.enrol(site, methodTOTP)
			if len(e.recovery) != 1 {
				t.Fatalf("%d recovery codes, want 1", len(e.recovery))
			}
			w := e.signIn().want("code", "", `<a href="/login/recovery">`+texts[0]+"</a>")
			w.get("/login/recovery").want("recover", "", `<label for="code">`+texts[1]+"</label>", "resets your two-factor settings")
			w.post("/login/recovery", "code", "AAAAA-AAAAA").want("recover", "", "That "+strings.ToLower(texts[1])+" is not valid.")
			typed := strings.ToLower(strings.ReplaceAll(e.recovery[0], "-", " "))
			w.post("/login/recovery", "code", typed).want("site", "signed_in", "Your two-factor settings were reset. Set them up again.")
			if f := b.factorsOf("ben", site); f.On || f.any() || f.RecoveryLeft != 0 {
				t.Errorf("factors after the reset = %+v", f)
			}
			if m := b.outbox()[0]; m.To != "ben@demo.test" || !strings.Contains(m.Body, "reset") {
				t.Errorf("mail = %+v", m)
			}
			b.wantAudit(auditRecoveryUsed, 1)
			b.wantAudit(auditTwoStepReset, 1)
			e.signIn().want("site", "signed_in")
			again := b.enrol(site, methodTOTP) // S18: a new code comes with it
			w = again.signIn()
			w.post("/login/recovery", "code", e.recovery[0]).want("recover", "", "That "+strings.ToLower(texts[1])+" is not valid.")
			w.post("/login/code", "code", again.code(0)).want("site", "signed_in")
			if strings.Contains(w.body, "were reset") {
				t.Error("the note of the reset stays after a new setup")
			}
		})
	}
}

// M11 with M18: where everyone needs a second factor, the setup comes first.
func TestM11RecoveryWhereRequired(t *testing.T) {
	b := newBench(t)
	e := b.enrol("rmscloud", methodTOTP)
	b.setPolicyOf("rmscloud", func(p *Policy) { p.Required = true })
	w := e.signIn()
	w.post("/login/recovery", "code", e.recovery[0])
	if w.at != "/setup" {
		t.Errorf("at %s, want /setup", w.at)
	}
	for _, path := range []string{"/app", "/app/rmscloud", "/account", "/account/security"} {
		w.leadsTo(path, "/setup")
	}
}

// S16 with one use each: the second factor stays, and the page counts.
func TestS16RecoveryOnce(t *testing.T) {
	for _, site := range []string{"rms", "oneglobal", "helpdesk"} {
		t.Run(site, func(t *testing.T) {
			b := newBench(t)
			e := b.enrol(site, methodTOTP)
			for i, left := range []string{"9 of 10 codes left.", "8 of 10 codes left."} {
				w := e.signIn().want("code", "", "Use a recovery code")
				w.post("/login/recovery", "code", e.recovery[i]).want("site", "signed_in", left)
				e.signIn().post("/login/recovery", "code", e.recovery[i]).want("recover", "", "That recovery code is not valid.", left)
			}
			if f := b.factorsOf("ben", site); !f.On || !f.has(methodTOTP) {
				t.Errorf("factors = %+v", f)
			}
		})
	}
}

func TestRecoveryLimit(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodTOTP)
	w := e.signIn()
	for range 10 {
		w.post("/login/recovery", "code", "x").want("recover", "", "That recovery code is not valid.")
	}
	w.post("/login/recovery", "code", e.recovery[0]).want("recover", "", "Too many tries. Wait 15 minutes.")
	if w.status != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", w.status)
	}
	e.signIn().post("/login/code", "code", e.code(0)).want("site", "signed_in")
	b.advance(15 * time.Minute)
	e.signIn().post("/login/recovery", "code", e.recovery[0]).want("site", "signed_in")
}

// S22: all ways at once, last used first; changing ends what ran before.
func TestS22Choose(t *testing.T) {
	b := newBench(t)
	b.advance(time.Minute)
	phone := b.paired("ben@demo.test", "phone-ben")
	e := b.enrol("rms", methodTOTP, methodEmail, methodSMS)
	order := func(w *browser) (kinds []string) {
		for part := range strings.SplitSeq(w.get("/login/choose").want("choose", "").body, `name="method" value="`) {
			if kind, _, ok := strings.Cut(part, `"`); ok && !strings.Contains(kind, "<") {
				kinds = append(kinds, kind)
			}
		}
		return kinds
	}
	w := e.signIn().want("code", "", "We sent a code to "+masked)
	sms := b.sent(store.KindSMS)
	w.get("/login/choose").want("choose", "", "SMS to "+masked, "E-mail to b***@demo.test", "Authenticator code", "Companion app", "Recovery code", "10 of 10 codes left.")
	w.post("/login/choose", "method", methodCompanion).want("wait", "waiting")
	r := phone.only()
	w.post("/login/choose", "method", methodCompanion).want("wait", "waiting") // it goes on, with no second request
	if phone.only().ID != r.ID {
		t.Error("a second request was sent")
	}
	w.post("/login/choose", "method", methodEmail).want("code", "", "We sent a code to b***@demo.test")
	if n := len(phone.poll("").Requests); n != 0 {
		t.Errorf("%d requests wait after the method was changed", n)
	}
	w.post("/login/choose", "method", methodSMS).want("code", "", "There is no code yet")
	w.post("/login/code", "code", sms).want("code", "", "That code has expired.")
	w.post("/login/choose", "method", methodTOTP).want("code", "", "Open your authenticator app")
	w.post("/login/code", "code", b.sent(store.KindMail)).want("code", "", "That code is not right.")
	w.post("/login/code", "code", e.code(0)).want("site", "signed_in")

	b.advance(time.Minute)
	w = e.signIn()
	if got := order(w); len(got) != 5 || got[0] != methodTOTP || got[4] != methodRecovery {
		t.Errorf("order = %v, want totp, ..., recovery", got)
	}
	w.post("/login/choose", "method", methodCompanion)
	phone.decide(phone.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/choose").want("site", "signed_in")
	b.advance(time.Minute)
	w = e.signIn()
	if got := order(w); len(got) != 5 || got[0] != methodCompanion || got[1] != methodTOTP || got[4] != methodRecovery {
		t.Errorf("order = %v, want companion, totp, ..., recovery", got)
	}
	w.post("/login/choose", "method", methodRecovery).want("recover", "")
	w.get("/login/code").want("choose", "") // no code is live
	w.post("/login/choose", "method", "nothing").want("choose", "")
}

// Nothing is left: the page says where to turn to. With a recovery code it
// offers that.
func TestS22NothingLeft(t *testing.T) {
	eachSite(t, func(t *testing.T, p profile) {
		b := newBench(t)
		e := b.enrol(p.Name, methodTOTP)
		user := b.user("ben").ID
		drop := func(what func(*store.Tx, string, string) error) {
			if err := b.store.Update(t.Context(), func(tx *store.Tx) error { return what(tx, user, p.Name) }); err != nil {
				t.Fatal(err)
			}
		}
		drop((*store.Tx).DropMethods)
		w := e.signIn().want("choose", refusalNone, "Contact support: ", p.Words.Recovery, "Cancel")
		w.leadsTo("/account", "/login/choose")
		drop((*store.Tx).DropRecovery)
		w = e.signIn().want("choose", refusalNone, "Contact support: ")
		if strings.Contains(w.body, `name="method"`) {
			t.Errorf("there is a way:\n%s", w.body)
		}
		if n := b.sessions("ben"); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
}

// X7, G11: every page of the second factor has another way, a way back and the
// support text.
func TestX7NoDeadEnds(t *testing.T) {
	eachSite(t, func(t *testing.T, p profile) {
		b := newBench(t)
		kinds := slices.DeleteFunc(slices.Clone(p.Policy.Methods), func(kind string) bool { return kind == methodCompanion })
		e := b.enrol(p.Name, kinds...)
		for _, kind := range kinds {
			e.signIn().post("/login/choose", "method", kind).
				want("code", "", p.Policy.SupportText, "Use another method", "Cancel", `href="/login/recovery"`).
				post("/login/code", "code", "x").
				want("code", "", p.Policy.SupportText, "Use another method", "Cancel", `href="/login/recovery"`)
		}
		w := e.signIn()
		w.get("/login/choose").want("choose", "", p.Policy.SupportText, "Cancel")
		w.get("/login/recovery").want("recover", "", p.Policy.SupportText, "Use another method", "Cancel")
		w.post("/login/recovery", "code", "x").want("recover", "", p.Policy.SupportText, "Use another method", "Cancel")
		w.post("/login/cancel").want("login", store.Cancelled, "The sign-in was cancelled.", p.App)
		if w.at != "/app/"+p.Name+"/login?ended=cancelled" {
			t.Errorf("at %s", w.at)
		}
		b.wantNoLogin(w)
	})
}

// wantNoLogin checks that the browser's login is gone.
func (b *bench) wantNoLogin(w *browser) {
	b.t.Helper()
	if w.get("/login/choose").want("login", store.Expired); b.sessions("ben") != 0 {
		b.t.Error("there is a session")
	}
}
