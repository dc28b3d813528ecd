package server

// Account settings: who one is, address, password, recent activity.

import (
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func TestAccountZone(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ana", "ana-demo-pass").get("/account").want("account", "", `value="Ana"`, "ana@demo.test", "confirmed", "administrator")
	w.post("/account", "name", "", "zone", "Europe/Nowhere", "language", "en-US").want("account", "",
		"Write your name.", "There is no such time zone. Write it like Europe/Vilnius.", `value="Europe/Nowhere"`).wantStatus(http.StatusUnprocessableEntity)
	for _, bad := range []string{"Local", "../../etc/passwd", "/etc/localtime"} {
		w.post("/account", "name", "Ana", "zone", bad).want("account", "", "There is no such time zone.")
	}
	w.post("/account", "name", "Ana B.", "zone", "Europe/Vilnius", "language", "en-US").want("account", "", "Saved.", `value="Ana B."`, `value="en-US" selected`)
	if u := b.user("ana"); u.Name != "Ana B." || u.Zone != "Europe/Vilnius" || u.Language != "en-US" {
		t.Errorf("user = %+v", u)
	}
	w.get("/account/activity").want("activity", "", "Nov 22, 2026 11:00 PM EET")
	b.wantAudit(auditAccountChanged, 1)
}

func TestDateFor(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 30, 0, 0, time.UTC).UnixMilli()
	tests := []struct{ zone, language, want string }{
		{"", "", "1 Jul 2026 12:30 UTC"},
		{"Europe/Vilnius", "en-GB", "1 Jul 2026 15:30 EEST"},
		{"America/New_York", "en-US", "Jul 1, 2026 8:30 AM EDT"},
		{"Asia/Tokyo", "en-SE", "2026-07-01 21:30 JST"},
		{"Nowhere/Land", "xx", "1 Jul 2026 12:30 UTC"},
	}
	for _, test := range tests {
		if got := dateFor(store.User{Zone: test.zone, Language: test.language}, at); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.zone, test.language, got, test.want)
		}
	}
	for _, name := range zones {
		if place := placeOf(store.User{Zone: name}); place.String() != name {
			t.Errorf("the zone %s is offered and not known", name)
		}
	}
}

// The new address counts after its code; the old one is told.
func TestNewAddress(t *testing.T) {
	b := newBench(t)
	e := b.enrol("keys", methodEmail, methodTOTP)
	w := e.signIn()
	w.post("/login/code", "code", e.code(0)).want("site", "signed_in").get("/account")
	change := func(address, password string) *browser {
		return w.post("/account/email", "email", address, "password", password)
	}
	change("not an address", "ben-demo-pass").want("account", "", "That is not an e-mail address.").wantStatus(http.StatusUnprocessableEntity)
	change("ben@demo.test", "ben-demo-pass").want("account", "", "That is your address already.")
	change("ben.new@demo.test", "wrong").want("account", "", "Wrong password.", `value="ben.new@demo.test"`).wantStatus(http.StatusForbidden)
	change("Ben.New@demo.test", "ben-demo-pass").want("account", "", "We sent a code to <strong>ben.new@demo.test</strong>")
	if m := b.outbox()[0]; m.To != "ben.new@demo.test" {
		t.Errorf("the code went to %s", m.To)
	}
	code := b.confirmation(store.KindMail)
	w.post("/account/email/confirm", "code", wrong(code)).want("account", "", "That code is not right.")
	if b.user("ben").Email != "ben@demo.test" {
		t.Error("the address changed without its code")
	}
	w.post("/account/email/confirm", "code", code).want("account", "", "Your new e-mail address counts from now on.", "ben.new@demo.test")
	if u := b.user("ben"); u.Email != "ben.new@demo.test" || u.ConfirmedAt != b.now().UnixMilli() {
		t.Errorf("user = %+v", u)
	}
	if m := b.outbox()[0]; m.To != "ben@demo.test" || !strings.Contains(m.Body, "is now ben.new@demo.test") {
		t.Errorf("mail = %+v", m)
	}
	for _, m := range b.factorsOf("ben", "keys").Methods {
		if m.Kind == methodEmail && m.Address != "ben.new@demo.test" {
			t.Errorf("codes go to %s", m.Address)
		}
	}
	b.wantAudit(auditAddressChanged, 1)
	b.browser().signInAt("rms", "ben").want("site", "signed_in") // by user name, as before
	b.browser().signIn("ben@demo.test", "ben-demo-pass").want("login", "wrong_password")
}

func TestNewAddressTaken(t *testing.T) {
	b := newBench(t)
	w := b.browser().signIn("ben", "ben-demo-pass").get("/account")
	w.post("/account/email", "email", "ana@demo.test", "password", "ben-demo-pass").want("account", "", "We sent a code to <strong>ana@demo.test</strong>")
	w.post("/account/email/cancel").want("account", "").wantNo("We sent a code")
	b.advance(sentSpacing)
	w.post("/account/email", "email", "ana@demo.test", "password", "ben-demo-pass")
	w.post("/account/email/confirm", "code", b.confirmation(store.KindMail)).want("account", "", "That address belongs to another account.").wantStatus(http.StatusConflict)
	if b.user("ben").Email != "ben@demo.test" || b.user("ana").Email != "ana@demo.test" {
		t.Error("an address changed hands")
	}
}

// An address that was never proven is proven by a code.
func TestConfirmAddress(t *testing.T) {
	b := newBench(t)
	u := b.user("ben")
	u.ConfirmedAt = 0
	if err := b.store.Update(t.Context(), func(tx *store.Tx) error { return tx.SetUser(u) }); err != nil {
		t.Fatal(err)
	}
	w := b.browser().signIn("ben", "ben-demo-pass").get("/account").want("account", "", "not confirmed", "Confirm this address")
	w.post("/account/email", "email", "ben@demo.test").want("account", "", "We sent a code to")
	w.post("/account/email/confirm", "code", b.confirmation(store.KindMail)).want("account", "").wantNo("not confirmed")
	b.wantAudit(auditAddressConfirmed, 1)
}

func TestChangePassword(t *testing.T) {
	b := newBench(t)
	other, waiting := b.browser().signIn("ben", "ben-demo-pass"), b.paired("ben@demo.test", "phone")
	login := b.browser().signIn("ben", "ben-demo-pass").want("wait", "waiting")
	w := b.browser()
	b.advance(time.Second)
	w.signIn("ben", "ben-demo-pass").want("wait", "waiting").post("/login/instead").post("/login/code", "code", waiting.code(b.now())).want("site", "signed_in").get("/account")
	change := func(old, password, again string) *browser {
		return w.post("/account/password", "password", old, "new", password, "again", again)
	}
	const good = "a quiet river at dawn"
	tests := []struct{ old, password, again, want string }{
		{"ben-demo-pass", "short", "short", "Use at least 8 characters."},
		{"ben-demo-pass", "password1", "password1", "This is one of the first passwords people try."},
		{"ben-demo-pass", "ben@demo.test", "ben@demo.test", "This is your name or address."},
		{"ben-demo-pass", "ben-demo-pass", "ben-demo-pass", "This is the password you have now."},
		{"ben-demo-pass", good, good + "x", "The two passwords are not the same."},
		{"wrong", good, good, "Wrong password."},
	}
	for _, test := range tests {
		change(test.old, test.password, test.again).want("account", "", test.want).wantNo(good)
	}
	b.browser().signIn("ben", good).want("login", "wrong_password")
	change("ben-demo-pass", good, good).want("account", "", "Your password was changed. Every other browser is signed out.")
	if m := b.outbox()[0]; m.To != "ben@demo.test" || !strings.Contains(m.Body, "password of your account was changed") {
		t.Errorf("mail = %+v", m)
	}
	other.get("/account").want("login", "")
	login.get("/login/wait").want("login", store.Expired)
	w.get("/account").want("account", "")
	b.browser().signIn("ben", "ben-demo-pass").want("login", "wrong_password")
	b.advance(time.Second)
	b.browser().signIn("ben", good).want("wait", "waiting")
	b.wantAudit(auditPasswordChanged, 1)
}

// Sign-ins, answers and changes, with filters and as a file.
func TestActivity(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "ana-phone")
	b.browser().signIn("ana", "wrong")
	w := b.browser().signIn("ana", "ana-demo-pass")
	p.decide(p.only(), protocol.ActIgnore, "", "")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in").get("/account/security").want("security", "", `href="/account/activity"`)
	w.get("/account/activity").want("activity", "", "Signed in", "Wrong password", "Accepted", "Ignored", "ana-phone", "Device added",
		"127.0.0.1", "place unknown", "Firefox 145 on Linux", "RMS", "22 Nov 2026 21:00 UTC")
	for kind, has := range map[string][2]string{
		kindSignIn: {"Wrong password", "Ignored"}, kindAnswer: {"Ignored", "Wrong password"}, kindChange: {"Device added", "Ignored"},
	} {
		w.get("/account/activity?kind="+kind).want("activity", "", has[0]).wantNo(has[1])
	}
	w.get("/account/activity.csv?kind=" + kindAnswer)
	rows, err := csv.NewReader(strings.NewReader(w.body)).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][0] != "2026-11-22T21:00:00Z" || rows[1][2] != "Accepted" || rows[1][3] != "ana-phone" || rows[1][6] != "unknown" {
		t.Errorf("file = %q, %v", rows, err)
	}
	if got := w.header.Get("Content-Disposition"); got != `attachment; filename="activity.csv"` {
		t.Errorf("disposition %q", got)
	}
	b.browser().signIn("ben", "ben-demo-pass").get("/account/activity").want("activity", "").wantNo("Ignored", "ana-phone")
}

func TestPlainCell(t *testing.T) {
	for text, want := range map[string]string{"": "", "ana": "ana", "=1+1": "'=1+1", "+370": "'+370", "-x": "'-x", "@sum": "'@sum", "a=b": "a=b"} {
		if got := plainCell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

var reportHook = regexp.MustCompile(`/account/activity/(\d+)/report`)

// This wasn't me: administrators are told, other browsers signed out, once.
func TestThisWasNotMe(t *testing.T) {
	b := newBench(t)
	thief := b.browser().signIn("ben", "ben-demo-pass")
	w := b.browser().signIn("ben", "ben-demo-pass").get("/account/activity").want("activity", "", "This wasn't me")
	path := reportHook.FindString(w.body)
	ana := b.browser().signIn("ana", "ana-demo-pass").get("/account/activity")
	ana.post(path).wantStatus(http.StatusNotFound)
	before := len(b.outbox())
	w.post(path).want("activity", "", "It was reported to your administrators", "Change your password now")
	told := map[string]bool{}
	for _, m := range b.outbox()[:len(b.outbox())-before] {
		told[m.To] = true
	}
	if len(told) != 2 || !told["ana@demo.test"] || !told["ben@demo.test"] {
		t.Errorf("told: %v", told)
	}
	thief.get("/account").want("login", "")
	w.get("/account/activity").want("activity", "", "Reported: Signed in")
	after := len(b.outbox())
	w.post(path)
	if len(b.outbox()) != after {
		t.Error("a second report sent mail again")
	}
	w.post("/account/activity/x/report").wantStatus(http.StatusNotFound)
	b.wantAudit(auditActivityReported, 1)
}
