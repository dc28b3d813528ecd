package server

// One-time links, and the passwords chosen behind them.

import (
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"nod/approve/server/store"
)

// inviteLink is the link of the newest mail to someone.
func (b *bench) inviteLink(to string) string {
	b.t.Helper()
	for _, m := range b.outbox() {
		if m.To == to {
			for _, line := range strings.Split(m.Body, "\n") {
				if path, found := strings.CutPrefix(line, testOrigin+"/invite/"); found {
					return "/invite/" + path
				}
			}
		}
	}
	b.t.Fatalf("no link was mailed to %s", to)
	return ""
}

// An invitation: a link by mail, used once, and a password of one's own.
func TestInvite(t *testing.T) {
	b := newBench(t)
	w := b.admin().get("/company/users")
	w.post("/company/users", "email", "not an address", "name", "Ben Two").want("people", "", "That is not an e-mail address.", `value="not an address"`, `value="Ben Two"`)
	w.post("/company/users", "email", "BEN@demo.test", "name", " ").want("people", "", "Give the person a name.")
	w.post("/company/users", "email", "Ben@demo.test", "name", "Ben").want("people", "", "This address has an account already.")
	w.post("/company/users", "email", "Ben@Other.test", "name", "Other Ben").want("people", "", "The invitation was sent.", "ben@other.test", "invited")
	person := b.user("ben@other.test")
	if person.Login != "ben2" || person.Admin || person.Password != "" || person.ConfirmedAt != 0 {
		t.Errorf("person = %+v", person)
	}
	path := b.inviteLink("ben@other.test")
	b.browser().signIn("ben@other.test", "").want("login", "wrong_password")

	// Another link takes the place of the first.
	w.get("/company/users/"+person.ID).want("person", "", "The link works until 29 Nov 2026 21:00 UTC.").post("/company/users/"+person.ID+"/invite").want("person", "", "The invitation was sent.")
	guest := b.browser()
	if guest.get(path); guest.status != http.StatusNotFound {
		t.Errorf("the first link: %d, want 404", guest.status)
	}
	path = b.inviteLink("ben@other.test")
	guest.get(path).want("invite", "open", "ben@other.test", "New password")
	guest.post(path, "password", "short", "again", "short").want("invite", "open", "Use at least 8 characters.")
	guest.post(path, "password", "Password123!", "again", "Password123!").want("invite", "open", "first passwords people try")
	guest.post(path, "password", "copper lantern", "again", "copper lanterns").want("invite", "open", "The two passwords are not the same.")
	if strings.Contains(guest.body, "copper") {
		t.Error("the page holds the password that was typed")
	}
	guest.post(path, "password", "copper lantern", "again", "copper lantern").want("invite", "done", "You can sign in now.", "/app/rms/login")
	b.wantAudit(auditUserPassword, 1)
	if b.user("ben@other.test").ConfirmedAt == 0 {
		t.Error("the link by mail did not prove the address")
	}
	b.browser().signIn("ben2", "copper lantern").want("site", "signed_in")
	guest.get(path).want("error", "", "This link was already used.")
	if guest.status != http.StatusGone {
		t.Errorf("used link: %d, want 410", guest.status)
	}
	w.get("/company/users").post("/company/users/"+person.ID+"/invite").want("person", "", "This person has chosen a password already.")
	guest.get("/invite/nothing").want("error", "", "There is no such link.")
}

func TestInviteEnds(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	for _, name := range []string{"early", "late", "closed"} {
		w.get("/company/users").post("/company/users", "email", name+"@demo.test", "name", name, "role", "user").want("people", "")
	}
	if err := b.CloseUser(t.Context(), "closed"); err != nil {
		t.Fatal(err)
	}
	guest := b.browser()
	if guest.get(b.inviteLink("closed@demo.test")); guest.status != http.StatusNotFound {
		t.Errorf("link of a closed account: %d, want 404", guest.status)
	}
	b.advance(inviteLife - 1e6)
	guest.get(b.inviteLink("early@demo.test")).want("invite", "open")
	b.advance(1e6)
	guest.get(b.inviteLink("late@demo.test")).want("error", "", "This link has expired.")
	if guest.status != http.StatusGone {
		t.Errorf("late link: %d, want 410", guest.status)
	}
	// Neither may a form that was opened in time.
	late := b.inviteLink("late@demo.test")
	guest.get("/app/rms/login").post(late, "password", "copper lantern", "again", "copper lantern").want("error", "")
	if b.user("late@demo.test").Password != "" {
		t.Error("a late form set a password")
	}
	guest.body = ""
	guest.post(b.inviteLink("early@demo.test"), "password", "copper lantern", "again", "copper lantern").want("error", "", "out of date")
}

// The first administrator's link, as "server init" prints it.
func TestFirstLink(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Demo = false })
	ctx := t.Context()
	if _, err := b.FirstLink(ctx, "dora", "Dora"); err == nil {
		t.Error("took an address that is none")
	}
	old, err := b.FirstLink(ctx, "dora@demo.test", "Dora")
	if err != nil {
		t.Fatal(err)
	}
	link, err := b.FirstLink(ctx, "Dora@demo.test", "Dora") // the first was lost
	if err != nil || link == old || !strings.HasPrefix(link, testOrigin+"/invite/") {
		t.Fatal(link, err)
	}
	if n := len(b.outbox()); n != 0 {
		t.Errorf("%d mails, want none", n)
	}
	path := strings.TrimPrefix(link, testOrigin)
	if got := len(strings.TrimPrefix(path, "/invite/")); got != 22 { // 128 bit
		t.Errorf("the token has %d letters, want 22", got)
	}
	guest := b.browser()
	if guest.get(strings.TrimPrefix(old, testOrigin)); guest.status != http.StatusNotFound {
		t.Errorf("the lost link: %d, want 404", guest.status)
	}
	b.advance(firstLife - 1e6)
	guest.get(path).want("invite", "open").post(path, "password", "copper lantern", "again", "copper lantern").want("invite", "done")
	b.browser().signIn("dora", "copper lantern").want("site", "signed_in").get("/company").want("company", "")
	if _, err := b.FirstLink(ctx, "dora@demo.test", "Dora"); err == nil {
		t.Error("a second link for one who has a password")
	}
	if dora := b.user("dora"); !dora.Admin || dora.ConfirmedAt != 0 {
		t.Errorf("dora = %+v", dora)
	}
	entries, err := b.Audit(ctx)
	if err != nil || entries[0].Actor != commandLine || entries[0].Type != auditUserInvited {
		t.Errorf("audit = %+v, %v", entries, err)
	}
	link, err = b.InviteAgain(ctx, "dora", true) // she does not know it any more
	if err != nil {
		t.Fatal(err)
	}
	guest.client.Jar, _ = cookiejar.New(nil)
	guest.get(strings.TrimPrefix(link, testOrigin)).want("invite", "open")
}

func TestPasswordProblem(t *testing.T) {
	user := store.User{Email: "ana.maria@demo.test", Login: "ana.maria", Name: "Ana Maria"}
	for _, bad := range []string{
		"", "1234567", "ääääää7", strings.Repeat("x", 257), "password", "Password1!", "qwerty123", "12345678", "1234567890", "87654321", "aaaaaaaa", "abcdefgh",
		"ana.maria@demo.test", "Ana.Maria", "Ana Maria 1990", "ana.maria123",
	} {
		if passwordProblem(user, bad) == "" {
			t.Errorf("%q may be chosen", bad)
		}
	}
	for _, good := range []string{"copper lantern", "correct horse", strings.Repeat("xy", 128), "ana likes pears", "        x"} {
		if got := passwordProblem(user, good); got != "" {
			t.Errorf("%q: %s", good, got)
		}
	}
	for _, p := range People() { // the demo's own are no example, but must not be worse than the rule
		if got := passwordProblem(store.User{Email: p.Email, Login: p.Name, Name: p.Name}, p.Password); got != "" {
			t.Errorf("%s: %s", p.Password, got)
		}
	}
}

func FuzzPasswordProblem(f *testing.F) {
	f.Add("ana", "12345678")
	f.Add("", "İİİİİİİİ")
	f.Fuzz(func(t *testing.T, name, password string) {
		user := store.User{Email: name + "@demo.test", Login: name, Name: name}
		if got := passwordProblem(user, password); got == "" && len([]rune(password)) < passwordMin {
			t.Errorf("%q may be chosen", password)
		}
	})
}
