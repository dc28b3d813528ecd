package server

// The form of a policy: its errors, its zone, and what a fuzzer types into it.

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"nod/approve/server/store"
)

// The time is read and shown in the administrator's zone.
func TestRequiredFromZone(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	ana := b.user("ana")
	ana.Zone = "Europe/Vilnius"
	b.update(func(tx *store.Tx) error { return tx.SetUser(ana) })
	w.get("/company").want("company", "", "Required from (Europe/Vilnius)")
	w.post("/company", b.policyPost("required", "required", "required_from", "2027-07-01 09:00")...)
	if got, want := b.policyAt("rms").RequiredFrom, time.Date(2027, 7, 1, 6, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("required from %v, want %v", got, want)
	}
	w.get("/company").want("company", "", `value="2027-07-01T09:00"`)
}

// Errors stand beside their fields, and what was typed is kept.
func TestPolicyErrors(t *testing.T) {
	b := newBench(t)
	w := b.admin()
	tests := []struct{ field, typed, problem string }{
		{"required", "perhaps", "Choose Optional or Required."},
		{"required_from", "soon", wantTime},
		{"methods", "pigeon", "There is no method"},
		{"number", "sometimes", "Use always, new-place or off."},
		{"request_ttl", "29", "Use 30 to 300."},
		{"request_ttl", "301", "Use 30 to 300."},
		{"request_ttl", "", "Use a whole number."},
		{"request_ttl", "0", "Use 30 to 300."},
		{"period", "14", "Use 15 to 120."},
		{"recovery", "twice", "Use once or reset."},
		{"recovery_count", "21", "Use 1 to 20."},
		{"code_tries", "2", "Use 3 to 100."},
		{"code_pause", "59", "Use 60 to 86400."},
		{"code_pause", "1e3", "Use a whole number."},
		{"support_text", strings.Repeat("x", 501), "Use at most 500 characters."},
		{"support_url", "javascript:alert(1)", "Use an address that begins with https: or mailto:."},
	}
	before := b.policyAt("rms")
	for _, test := range tests {
		fields := b.policyPost("required", "required", "support_text", "Ring 123", test.field, test.typed)
		w.get("/company").post("/company", fields...).want("company", "", "Nothing was changed yet.")
		id := field{Name: test.field}.ID()
		beside := regexp.MustCompile(`id="` + id + `-problem" role="alert">` + regexp.QuoteMeta(test.problem))
		if w.status != http.StatusUnprocessableEntity || !beside.MatchString(w.body) {
			t.Errorf("%s=%q: %d, lacks %q beside its field:\n%s", test.field, test.typed, w.status, test.problem, w.body)
		}
		if test.field != "support_text" && !strings.Contains(w.body, "Ring 123") {
			t.Errorf("%s=%q: the other fields were not kept", test.field, test.typed)
		}
		if number := regexp.MustCompile(`^\d+$`).MatchString(test.typed); number && !strings.Contains(w.body, `value="`+test.typed+`"`) {
			t.Errorf("%s=%q: what was typed was not kept", test.field, test.typed)
		}
	}
	if after := b.policyAt("rms"); after.Required != before.Required || after.SupportText != before.SupportText {
		t.Errorf("policy = %+v, want no change", after)
	}
	none := []string{}
	all := b.policyPost("request_ttl", "5")
	for i := 0; i < len(all); i += 2 {
		if all[i] != "methods" {
			none = append(none, all[i], all[i+1])
		}
	}
	w.get("/company").post("/company", none...).want("company", "", "Allow at least one method.", "Use 30 to 300.")
}

// A form sent with a stale password asks for it, and goes on with what was typed.
func TestStaleForm(t *testing.T) {
	b := newBench(t)
	w := b.admin().get("/company")
	b.advance(freshLife)
	w.post("/company", b.policyPost("support_text", `Ring "123"`)...).want("company_confirm", "", `value="Ring &#34;123&#34;"`)
	if w.status != http.StatusForbidden || strings.Contains(b.policyAt("rms").SupportText, "123") {
		t.Errorf("stale password: %d, %q", w.status, b.policyAt("rms").SupportText)
	}
	fields := hiddenFields(w.body)
	w.post("/company", append(fields, "password", "wrong")...).want("company_confirm", "", "Wrong password.")
	b.wantAudit(auditPasswordWrong, 1)
	w.post("/company", append(fields, "password", "ana-demo-pass")...).want("company", "", "The settings were saved.")
	if got := b.policyAt("rms").SupportText; got != `Ring "123"` {
		t.Errorf("support text = %q", got)
	}
	b.advance(freshLife)
	for range reauthTries {
		w.post("/company", append(fields, "password", "wrong")...).want("company_confirm", "", "Wrong password.")
	}
	w.post("/company", append(fields, "password", "ana-demo-pass")...).want("company_confirm", "", "Too many tries. Wait 15 minutes.")
	if w.status != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", w.status)
	}
}

func FuzzReadPolicy(f *testing.F) {
	f.Add("required", "2026-03-02T09:00", "120", "mailto:a@demo.test")
	f.Add("optional", "02.03.2026", "-1", "https://%zz")
	f.Fuzz(func(t *testing.T, choice, from, number, address string) {
		form := policyForm(Policy{Methods: []string{methodTOTP}, Number: numberAlways, Recovery: recoveryOnce}, time.UTC)
		for name, value := range map[string]string{"required": choice, "required_from": from, "request_ttl": number, "period": number, "recovery_count": number, "code_tries": number, "code_pause": number, "support_url": address} {
			form.Set(name, value)
		}
		p, found := readPolicy(form, time.UTC)
		if err := p.check(); (err == nil) != (len(found) == 0) && err != nil {
			t.Errorf("%v is taken, but %v", form, err)
		}
		if len(found) == 0 {
			again, more := readPolicy(policyForm(p, time.UTC), time.UTC)
			if len(more) > 0 || again.RequestTTL != p.RequestTTL || again.SupportURL != p.SupportURL {
				t.Errorf("%+v comes back as %+v, %v", p, again, more)
			}
		}
	})
}
