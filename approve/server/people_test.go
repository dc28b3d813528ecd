package server

// /company/users: what administrators see of people and do for them.

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// The table has a row for each person, a page at a time, and can be searched.
func TestPeopleTable(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	b.paired("ben@demo.test", "one")
	b.paired("ben@demo.test", "two")
	w.get("/company/users").want("people", "", "1 to 3 of 3", "Administrator", "Companion app (2 devices)", "22 Nov 2026 21:00 UTC", "Never", "Reset two-factor", "Unlock", "Close account", "Invite someone")
	b.update(func(tx *store.Tx) error {
		for i := range peoplePerPage {
			if _, err := tx.AddUser(store.User{ID: fmt.Sprintf("u-x%02d", i), Email: fmt.Sprintf("x%02d@demo.test", i), Login: fmt.Sprintf("x%02d", i), Name: "100% _X_"}); err != nil {
				return err
			}
		}
		return nil
	})
	w.get("/company/users").want("people", "", "1 to 50 of 53", "page=2", "invited")
	w.get("/company/users?page=2").want("people", "", "51 to 53 of 53", "x49@demo.test", "page=1")
	w.get("/company/users?q=%25+_x_").want("people", "", "1 to 50 of 50")
	w.get("/company/users?q=BEN@").want("people", "", "1 to 1 of 1", "ben@demo.test")
	w.get("/company/users?q=nobody").want("people", "", "Nobody has that name or e-mail.")
	w.get("/company/users/u-none").want("error", "", "There is no such person.")
}

// Closing an account ends everything at once: sessions, sign-ins, requests.
func TestCloseAccount(t *testing.T) {
	b := newBench(t)
	p := b.paired("ben@demo.test", "one")
	open := b.browser().signIn("ben", "ben-demo-pass").want("wait", "waiting")
	p.decide(p.only(), protocol.ActApprove, open.number(), "")
	open.get("/login/wait").want("site", "signed_in")
	b.advance(time.Second)
	waiting, _ := b.waitingLogin(p, "ben")
	code, err := b.RegistrationCode(t.Context(), "ben@demo.test")
	if err != nil {
		t.Fatal(err)
	}

	w := b.admin().get("/company/users/u-ben").want("person", "", "Close account", "Make administrator")
	w.post("/company/users/u-ben/close").want("person", "", "The account was closed.", "Reopen account", "closed")
	open.get("/account").want("login", "")
	if waiting.get("/login/wait"); waiting.at == "/login/wait" {
		t.Errorf("the sign-in that waited is still at %s", waiting.at)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if status, e := p.call(method, protocol.PathDevice, nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeAccountClosed {
			t.Errorf("%s of the device: %d %s", method, status, e.Code)
		}
	}
	if status, e := p.call(http.MethodGet, protocol.PathRequests, nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeAccountClosed {
		t.Errorf("requests of the device: %d %s", status, e.Code)
	}
	if status, _ := b.phone("two").register("", code); status == http.StatusAccepted {
		t.Error("a registration code from before pairs")
	}
	b.wantAudit(auditUserClosed, 1)
	b.wantAudit(auditLoginCancelled, 1)
	if m := b.outbox()[0]; m.To != "ben@demo.test" || !strings.Contains(m.Subject, "closed") {
		t.Errorf("mail = %+v", m)
	}

	w.post("/company/users/u-ben/reopen").want("person", "", "The account is open again.", "Close account")
	p.poll("") // the device works as before
	b.wantAudit(auditUserReopened, 1)
}

// A poll that waits ends when the account is closed.
func TestClosePoll(t *testing.T) {
	b := newBench(t)
	p := b.paired("ben@demo.test", "one")
	cursor := p.poll("").Cursor
	status := make(chan int, 1)
	r := p.request(http.MethodGet, protocol.PathRequests+"?wait=25&after="+cursor, nil)
	go func() {
		answer, err := p.client.Do(r)
		if err != nil {
			status <- 0
			return
		}
		answer.Body.Close()
		status <- answer.StatusCode
	}()
	if err := b.CloseUser(t.Context(), "ben"); err != nil {
		t.Fatal(err)
	}
	if got := <-status; got != http.StatusForbidden {
		t.Errorf("poll ends with %d, want 403", got)
	}
}

// There is always an administrator who can sign in.
func TestLastAdministrator(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	const last = "This is the last administrator."
	w.get("/company/users/u-ana").want("person", "", "Another administrator has to reset yours")
	w.post("/company/users/u-ana/admin", "admin", "no").want("person", "", last)
	if w.status != http.StatusConflict || !b.user("ana").Admin {
		t.Errorf("last administrator: %d, %v", w.status, b.user("ana").Admin)
	}
	w.post("/company/users/u-ana/close").want("person", "", "Another administrator has to close yours.")
	if w.status != http.StatusForbidden || b.user("ana").ClosedAt != 0 {
		t.Errorf("close oneself: %d", w.status)
	}
	for name, do := range map[string]func() error{
		"close": func() error { return b.CloseUser(t.Context(), "ana@demo.test") },
		"role":  func() error { return b.SetAdmin(t.Context(), "ana", false) },
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), last) {
			t.Errorf("command line, %s: %v", name, err)
		}
	}
	// One who was invited and has no password yet leads nobody.
	w.get("/company/users").post("/company/users", "email", "dora@demo.test", "name", "Dora", "role", "administrator").want("people", "", "The invitation was sent.")
	w.post("/company/users/u-ana/admin", "admin", "no").want("person", "", last)

	w.post("/company/users/u-ben/admin", "admin", "yes").want("person", "", "The role was changed.", "Remove administrator")
	b.wantAudit(auditUserAdmin, 1)
	ben := b.browser().signIn("ben", "ben-demo-pass").get("/company/users/u-ana").want("person", "", "Ana")
	w.get("/company/users/u-ana").post("/company/users/u-ana/admin", "admin", "no").want("account", "")
	w.get("/company").want("error", "", "This page is for administrators.")
	ben.post("/company/users/u-ben/admin", "admin", "no").want("person", "", last)
	ben.post("/company/users/u-ana/close").want("person", "", "The account was closed.")
}

// Unlock forgets the wrong tries of passwords and codes.
func TestUnlock(t *testing.T) {
	b := newBench(t)
	b.paired("cleo@demo.test", "one")
	locked := b.browser()
	for range passwordTries {
		locked.signIn("cleo", "wrong").want("login", "wrong_password")
	}
	locked.signIn("cleo", "cleo-demo-pass").want("login", refusalLimited)
	byMail := b.browser()
	for range passwordTries {
		byMail.signIn("cleo@demo.test", "wrong").want("login", "wrong_password")
	}
	w := b.admin().get("/company/users/u-cleo").want("person", "", "20 tries of passwords and codes are counted.")
	w.post("/company/users/u-cleo/unlock").want("person", "", "The wrong tries were forgotten.", "No wrong passwords or codes are counted.")
	b.wantAudit(auditUserUnlocked, 1)
	locked.signIn("cleo", "cleo-demo-pass").want("wait", "waiting")
	locked.post("/login/instead").want("code", "")
	tries := b.policyAt("rms").CodeTries
	for range tries {
		locked.post("/login/code", "code", "000000")
	}
	if locked.post("/login/code", "code", "000000"); locked.status != http.StatusTooManyRequests {
		t.Fatalf("after %d wrong codes: %d, want 429", tries, locked.status)
	}
	w.get("/company/users/u-cleo").post("/company/users/u-cleo/unlock").want("person", "")
	if locked.post("/login/code", "code", "000000"); locked.status != http.StatusUnprocessableEntity {
		t.Errorf("after unlocking: %d, want 422", locked.status)
	}
	// The tries of others stay counted.
	other := b.browser()
	for range passwordTries {
		other.signIn("ben", "wrong")
	}
	w.get("/company/users/u-cleo").post("/company/users/u-cleo/unlock")
	other.signIn("ben", "ben-demo-pass").want("login", refusalLimited)
}
