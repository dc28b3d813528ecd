package server

import (
	"net/http"
	"strings"
	"testing"

	"nod/approve/protocol"
)

// T19, T20: an administrator resets the second step of one who lost the device.
func TestResetTwoStep(t *testing.T) {
	b := newBench(t)
	p := b.paired("ben@demo.test", "lost")
	path := "/company/users/" + b.user("ben").ID + "/reset"
	w := b.browser().signIn("ana", "ana-demo-pass").want("site", "signed_in", "Company settings")
	w.get("/company/users").want("people", "", "ben@demo.test", "Companion app (1 device)", "Reset two-factor")
	w.post(path, "checked", "saw the passport").want("person", "", "Say why.", `value="saw the passport"`)
	w.post(path, "reason", "lost phone").want("person", "", "Say how you checked who this is.", `value="lost phone"`)
	if w.status != http.StatusUnprocessableEntity || !b.two("ben").On {
		t.Errorf("half a form: %d, 2-step on %v", w.status, b.two("ben").On)
	}
	w.post("/company/users/"+b.user("ana").ID+"/reset", "reason", "a", "checked", "b").want("person", "", "Another administrator has to reset yours.")
	if w.status != http.StatusForbidden {
		t.Errorf("reset of one's own: %d, want 403", w.status)
	}
	b.advance(freshLife)
	w.get("/company/users?q=b").want("confirm", "", `value="/company/users?q=b"`)
	w.post("/account/confirm", "do", doCompany, "id", "/company/users?q=b", "password", "ana-demo-pass").want("people", "", "ben@demo.test")
	w.post(path, "reason", "lost phone", "checked", "saw the passport").want("person", "", "Two-factor was reset.")
	if status, e := p.call(http.MethodGet, "/v1/requests", nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeDeviceRevoked {
		t.Errorf("device after the reset: %d %s", status, e.Code)
	}
	if m := b.outbox()[0]; m.To != "ben@demo.test" || !strings.Contains(m.Subject, "reset") {
		t.Errorf("mail = %+v", m)
	}
	b.wantAudit(auditTwoStepReset, 1)
	ben := b.browser().signIn("ben", "ben-demo-pass").want("site", "signed_in", "2FA was reset by an administrator on 22 Nov 2026")
	ben.get("/company/users").want("error", "", "This page is for administrators.")
	b.paired("ben@demo.test", "new")
	again := b.browser().signIn("ben", "ben-demo-pass")
	newest := b.two("ben")
	if again.want("wait", "waiting"); newest.ResetAt != 0 {
		t.Error("the note of the reset stays after the new setup")
	}
}
