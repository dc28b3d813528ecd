package server

// /company: who may see and change what holds at a site (M14 to M17, S16).

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// admin is ana's browser, signed in to the first site with a second factor.
func (b *bench) admin() *browser {
	b.t.Helper()
	p := b.paired("ana@demo.test", "ana-phone")
	w := b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	return w.get("/login/wait").want("site", "signed_in")
}

// policyAt reads what holds at a site.
func (b *bench) policyAt(name string) (policy Policy) {
	b.t.Helper()
	p, ok := profileNamed(name)
	if !ok {
		b.t.Fatalf("no site %q", name)
	}
	if err := b.store.View(b.t.Context(), func(tx *store.Tx) (err error) {
		policy, err = b.policy(tx, p)
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return policy
}

// policyPost are the fields of the form as they hold, with some changed.
func (b *bench) policyPost(changed ...string) []string {
	form := policyForm(b.policyAt("rms"), time.UTC)
	for i := 0; i < len(changed); i += 2 {
		form.Set(changed[i], changed[i+1])
	}
	var fields []string
	for name, values := range form { // one method is enough for a test
		fields = append(fields, name, values[0])
	}
	return fields
}

// M14, M15: administrators only, and only with a second factor of their own.
func TestM14AdminWithFactor(t *testing.T) {
	b := newBench(t)
	ben := b.browser().signIn("ben", "ben-demo-pass").want("site", "signed_in")
	if strings.Contains(ben.body, "Company settings") {
		t.Error("ben sees Company settings")
	}
	for _, path := range []string{"/company", "/company/notify", "/company/users", "/company/users/u-ana", "/company/audit", "/company/audit.ndjson", "/company/apps"} {
		if ben.get(path).want("error", "", "This page is for administrators."); ben.status != http.StatusForbidden {
			t.Errorf("GET %s: %d, want 403", path, ben.status)
		}
	}
	for _, path := range []string{
		"/company", "/company/notify", "/company/users", "/company/audit/verify", "/company/apps", "/company/apps/x/rotate", "/company/apps/x/close",
		"/company/users/u-ana/reset", "/company/users/u-ana/unlock", "/company/users/u-ana/close", "/company/users/u-ana/reopen", "/company/users/u-ben/admin", "/company/users/u-ana/invite",
	} {
		if ben.get("/account").post(path, b.policyPost("required", "required", "admin", "yes")...); ben.status != http.StatusForbidden || !strings.Contains(ben.body, "for administrators") {
			t.Errorf("POST %s: %d, want 403:\n%s", path, ben.status, ben.body)
		}
	}
	if out := b.browser().get("/company"); out.at != "/app/rms/login" {
		t.Errorf("a stranger is at %s", out.at)
	}

	ana := b.browser().signIn("ana", "ana-demo-pass").want("site", "signed_in", "Company settings")
	ana.get("/company").want("company", "", "Two-Factor Authentication at Login", firstOwn)
	ana.post("/company", b.policyPost("required", "required", "support_text", "Ring 123")...).want("company", "", firstOwn, "Ring 123", `value="required" selected`)
	if ana.status != http.StatusConflict || b.policyAt("rms").Required {
		t.Errorf("without a second factor: %d, required %v", ana.status, b.policyAt("rms").Required)
	}
	b.wantAudit(auditPolicyChanged, 0)
}

// M16: Required and OK; the audit log has old, new and who.
func TestM16Required(t *testing.T) {
	b := newBench(t)
	old := b.policyAt("rms")
	w := b.admin().get("/company").want("company", "", "Optional", "Required", "OK")
	w.post("/company", b.policyPost("required", "required", "required_from", "2027-03-02T09:00", "request_ttl", "60")...)
	got := b.policyAt("rms")
	if !got.Required || !got.RequiredFrom.Equal(time.Date(2027, 3, 2, 9, 0, 0, 0, time.UTC)) || got.RequestTTL != 60 {
		t.Errorf("policy = %+v", got)
	}
	entries, err := b.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var last AuditEntry
	for _, e := range entries {
		if e.Type == auditPolicyChanged {
			last = e
		}
	}
	before, _ := json.Marshal(old)
	after, _ := json.Marshal(got)
	if last.Actor != "ana@demo.test" || last.Subject != "rms" || last.IP == "" || last.Detail != "old "+string(before)+" new "+string(after) {
		t.Errorf("audit entry = %+v", last)
	}
	w.get("/company/audit").want("audit", "", `request_ttl: 60, was 120; required: true, was false; required_from: &#34;2027-03-02T09:00:00Z&#34;, was nothing`)
	w.get("/company").post("/company", b.policyPost()...).want("company", "", "The settings were saved.")
	b.wantAudit(auditPolicyChanged, 1) // the same again is no change
	w.post("/company", b.policyPost("required", "optional")...).want("company", "", "The settings were saved.")
	if got := b.policyAt("rms"); got.Required || !got.RequiredFrom.IsZero() {
		t.Errorf("optional again: %+v", got)
	}
	b.wantAudit(auditPolicyChanged, 2)
}

// M17: exactly those without a second factor are told, when Send is pressed.
func TestM17Notify(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		want         []string
	}{{"send", "yes", []string{"cleo@demo.test"}}, {"do not send", "no", nil}} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			w := b.admin()
			b.paired("ben@demo.test", "ben-phone")
			link, err := b.AddUser(t.Context(), "gone@demo.test", "Gone", false)
			if err != nil || link == "" {
				t.Fatal(link, err)
			}
			if err := b.CloseUser(t.Context(), "gone@demo.test"); err != nil {
				t.Fatal(err)
			}
			before := len(b.outbox())
			w.get("/company").post("/company", b.policyPost("required", "required")...)
			w.want("notify", "", "Send a notification e-mail to the 1 user who has not enabled it?", "cleo@demo.test", "Send", "Do not send")
			if got := len(b.outbox()); got != before {
				t.Errorf("%d mails before the answer, want %d", got, before)
			}
			w.post("/company/notify", "send", test.answer).want("company", "", "The settings were saved")
			var told []string
			for _, m := range b.outbox()[:len(b.outbox())-before] {
				told = append(told, m.To)
				if !strings.Contains(m.Subject, "required at RMS") || !strings.Contains(m.Body, testOrigin+"/app/rms/login") {
					t.Errorf("mail = %+v", m)
				}
			}
			if strings.Join(told, " ") != strings.Join(test.want, " ") {
				t.Errorf("told %q, want %q", told, test.want)
			}
			// Neither sending the form again nor the page tells anyone twice.
			w.post("/company/notify", "send", "yes")
			w.get("/company/notify").want("company", "")
			if got, want := len(b.outbox()), before+len(test.want); got != want {
				t.Errorf("%d mails after a second answer, want %d", got, want)
			}
			b.wantAudit(auditPolicyNotified, len(test.want))
		})
	}
}

func TestM17Many(t *testing.T) {
	b := newBench(t)
	w := b.admin().get("/company")
	w.post("/company", b.policyPost("required", "required", "required_from", "2026-12-24T00:00")...)
	w.want("notify", "", "Send a notification e-mail to the 2 users who have not enabled it?")
	w.post("/company/notify", "send", "yes")
	if m := b.outbox()[0]; !strings.Contains(m.Body, "from 24 December 2026 00:00 UTC on") {
		t.Errorf("mail = %+v", m)
	}
	// From Required to Required nobody is asked.
	w.get("/company").post("/company", b.policyPost("request_ttl", "45")...).want("company", "", "The settings were saved.")
}

// S16: the company decides how many recovery codes a person gets.
func TestS16RecoveryCount(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	for _, count := range []string{"1", "10"} {
		w.get("/company").post("/company", b.policyPost("recovery_count", count)...).want("company", "", "The settings were saved.")
		var codes []string
		b.update(func(tx *store.Tx) (err error) {
			codes, err = b.recoveryCodes(tx, firstProfile())
			return err
		})
		if got := len(codes); got != map[string]int{"1": 1, "10": 10}[count] {
			t.Errorf("policy %s gives %d codes", count, got)
		}
	}
}

// The settings of another site can be read, not changed, from here.
func TestPolicyOtherSite(t *testing.T) {
	b := newBench(t)
	w := b.admin().get("/company?site=helpdesk").want("company", "", "You are signed in to RMS (Teltonika demo).", "/app/helpdesk/login", "disabled")
	w.get("/company?site=none").want("error", "", "There is no such site.")
	w.get("/company").post("/company?site=helpdesk", b.policyPost("site", "helpdesk", "request_ttl", "33")...)
	if got := b.policyAt("helpdesk").RequestTTL; got == 33 {
		t.Error("the settings of another site were changed")
	}
}

// Forms from elsewhere change nothing.
func TestCompanyCSRF(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	for _, path := range []string{
		"/company", "/company/notify", "/company/users", "/company/users/u-ben/close", "/company/users/u-ben/admin", "/company/users/u-ben/reset",
		"/company/apps", "/company/audit/verify",
	} {
		w.body = "" // no token
		w.post(path, "admin", "yes", "reason", "a", "checked", "b", "password", "ana-demo-pass").want("error", "", "out of date")
		if w.status != http.StatusForbidden {
			t.Errorf("%s: %d, want 403", path, w.status)
		}
	}
	if ben := b.user("ben"); ben.Admin || ben.ClosedAt != 0 {
		t.Errorf("ben = %+v", ben)
	}
}

func TestCompanyPath(t *testing.T) {
	for path, want := range map[string]string{
		"": "/company", "/company": "/company", "/company?site=keys": "/company?site=keys", "/company/users": "/company/users",
		"/companyx": "/company", "//evil.test": "/company", "https://evil.test/company": "/company", "/company@evil.test": "/company",
	} {
		if got := companyPath(path); got != want {
			t.Errorf("companyPath(%q) = %q, want %q", path, got, want)
		}
	}
}

// Simulated devices pair in a demo, and elsewhere only where the company says so.
func TestAllowSimulated(t *testing.T) {
	for _, test := range []struct {
		demo, allow bool
		want        int
	}{{true, false, http.StatusAccepted}, {false, false, http.StatusForbidden}, {false, true, http.StatusAccepted}} {
		b := newBench(t, func(c *Config) { c.Demo = test.demo })
		if _, err := b.AddUser(t.Context(), "dora@demo.test", "Dora", false); err != nil {
			t.Fatal(err)
		}
		policy := b.policyAt("rms")
		policy.AllowSim = test.allow
		if err := b.SetPolicyOf(t.Context(), "rms", policy); err != nil {
			t.Fatal(err)
		}
		code, err := b.RegistrationCode(t.Context(), "dora@demo.test")
		if err != nil {
			t.Fatal(err)
		}
		p := b.phone("robot")
		message := p.pairRequest("", code)
		message.Simulated = true
		if status, e := p.call(http.MethodPost, protocol.PathPair, message, nil); status != test.want {
			t.Errorf("demo %v, allowed %v: %d %s, want %d", test.demo, test.allow, status, e.Code, test.want)
		}
	}
}
