package server

// The admin API and the command line: the same rules as the pages.

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// call calls the admin API.
func (b *bench) call(token, method, path, body string) (status int, answer string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, testOrigin+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got, err := b.Client().Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return got.StatusCode, string(text)
}

func TestAdminAPI(t *testing.T) {
	b := newBench(t)
	robot, err1 := b.AddApp(t.Context(), "Robot", profileAdmin, "")
	plain, err2 := b.AddApp(t.Context(), "Plain", "rms", "")
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	calls := [][3]string{
		{"GET", "/v1/admin/policy/rms", ""},
		{"PUT", "/v1/admin/policy/rms", `{"methods":["totp"],"recovery":"once"}`},
		{"GET", "/v1/admin/users", ""},
		{"POST", "/v1/admin/users/u-ben/reset", `{"profile":"rms","reason":"a","checked":"b"}`},
		{"GET", "/v1/admin/audit", ""},
	}
	for token, want := range map[string]int{"": 401, "x": 401, robot.ID + ".x": 401, plain.ID + "." + robot.Secret: 401, plain.Token: 403} {
		for _, call := range calls {
			if status, answer := b.call(token, call[0], call[1], call[2]); status != want || !strings.Contains(answer, `"error"`) {
				t.Errorf("%s %s as %q: %d %s, want %d", call[0], call[1], token, status, answer, want)
			}
		}
	}
	b.wantAudit(auditPolicyChanged, 0)

	status, answer := b.call(robot.Token, "GET", "/v1/admin/policy/rms", "")
	var policy Policy
	if err := json.Unmarshal([]byte(answer), &policy); err != nil || status != http.StatusOK || policy.RequestTTL != 120 {
		t.Errorf("policy: %d %s, %v", status, answer, err)
	}
	policy.Required, policy.RequestTTL = true, 45
	body, _ := json.Marshal(policy)
	if status, answer = b.call(robot.Token, "PUT", "/v1/admin/policy/rms", string(body)); status != http.StatusOK || b.policyAt("rms").RequestTTL != 45 {
		t.Errorf("put: %d %s", status, answer)
	}
	b.wantAudit(auditPolicyChanged, 1)
	for _, test := range []struct {
		path, body string
		status     int
		field      string
	}{
		{"/v1/admin/policy/rms", `{"methods":["totp"],"recovery":"once","period":7}`, 422, "period"},
		{"/v1/admin/policy/rms", `{"methods":[],"recovery":"once"}`, 422, "methods"},
		{"/v1/admin/policy/rms", `{"methods":["totp"],"recovery":"once","colour":"red"}`, 400, ""},
		{"/v1/admin/policy/rms", `{"methods":["totp"],"recovery":"once"} {}`, 400, ""},
		{"/v1/admin/policy/rms", `x`, 400, ""},
		{"/v1/admin/policy/none", `{}`, 404, ""},
	} {
		status, answer := b.call(robot.Token, "PUT", test.path, test.body)
		var e protocol.ErrorAnswer
		if err := json.Unmarshal([]byte(answer), &e); err != nil || status != test.status || e.Error.Field != test.field || e.Error.Message == "" {
			t.Errorf("PUT %s %s: %d %s, %v, want %d %s", test.path, test.body, status, answer, err, test.status, test.field)
		}
	}
	if got := b.policyAt("rms"); got.RequestTTL != 45 {
		t.Errorf("policy = %+v", got)
	}
}

func TestAdminAPIUsers(t *testing.T) {
	b := newBench(t)
	robot, err := b.AddApp(t.Context(), "Robot", profileAdmin, "")
	if err != nil {
		t.Fatal(err)
	}
	p := b.paired("ben@demo.test", "lost")
	status, answer := b.call(robot.Token, "GET", "/v1/admin/users", "")
	var users []Account
	if err := json.Unmarshal([]byte(answer), &users); err != nil || status != http.StatusOK || len(users) != 3 {
		t.Fatalf("users: %d %s, %v", status, answer, err)
	}
	ben := users[1]
	if ben.Email != "ben@demo.test" || len(ben.TwoFactor) != 1 || !ben.TwoFactor[0].On || ben.TwoFactor[0].Methods[0] != methodCompanion {
		t.Errorf("ben = %+v", ben)
	}
	if strings.Contains(answer, "argon2") {
		t.Error("the answer holds password hashes")
	}
	path := "/v1/admin/users/" + ben.ID + "/reset"
	for body, field := range map[string]string{
		`{"profile":"rms","reason":"lost"}`: "checked", `{"profile":"rms","checked":"passport"}`: "reason", `{"reason":"lost","checked":"passport"}`: "profile",
	} {
		if status, answer := b.call(robot.Token, "POST", path, body); status != http.StatusUnprocessableEntity || !strings.Contains(answer, `"field":"`+field+`"`) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	if status, _ := b.call(robot.Token, "POST", "/v1/admin/users/u-none/reset", `{"profile":"rms","reason":"a","checked":"b"}`); status != http.StatusNotFound {
		t.Errorf("unknown person: %d, want 404", status)
	}
	if status, answer := b.call(robot.Token, "POST", path, `{"profile":"rms","reason":"lost","checked":"passport"}`); status != http.StatusNoContent {
		t.Errorf("reset: %d %s", status, answer)
	}
	if status, e := p.call(http.MethodGet, protocol.PathRequests, nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeDeviceRevoked {
		t.Errorf("device after the reset: %d %s", status, e.Code)
	}
	status, answer = b.call(robot.Token, "GET", "/v1/admin/audit?type=policy.two_step_reset", "")
	if lines := strings.Split(strings.TrimSpace(answer), "\n"); status != http.StatusOK || len(lines) != 1 || !strings.Contains(lines[0], `"actor":"app `+robot.ID+`"`) {
		t.Errorf("audit: %d %s", status, answer)
	}
}

// The command line goes by the same rules, as "command line".
func TestCommandLine(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.paired("ben@demo.test", "lost")
	policy := b.policyAt("keys")
	policy.Required = true
	for name, do := range map[string]func() error{
		"policy": func() error { return b.SetPolicyOf(ctx, "keys", policy) },
		"reset":  func() error { return b.ResetTwoStep(ctx, "rms", "ben", "lost", "passport") },
		"unlock": func() error { return b.UnlockUser(ctx, "cleo@demo.test") },
		"admin":  func() error { return b.SetAdmin(ctx, "cleo", true) },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, do := range map[string]func() error{
		"site":     func() error { return b.SetPolicyOf(ctx, "none", policy) },
		"value":    func() error { return b.SetPolicyOf(ctx, "keys", Policy{}) },
		"unasked":  func() error { return b.ResetTwoStep(ctx, "rms", "ben", "lost", " ") },
		"nobody":   func() error { return b.CloseUser(ctx, "nobody") },
		"password": func() error { _, err := b.InviteAgain(ctx, "ben", false); return err },
		"app":      func() error { _, err := b.RotateApp(ctx, "app-none", false); return err },
	} {
		if err := do(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	entries, err := b.Audit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]string{}
	for _, e := range entries {
		by[e.Type] = e.Actor
	}
	for _, kind := range []string{auditPolicyChanged, auditTwoStepReset, auditUserUnlocked, auditUserAdmin} {
		if by[kind] != commandLine {
			t.Errorf("%s was done by %q, want %q", kind, by[kind], commandLine)
		}
	}
	all, err := b.Policies(ctx)
	if err != nil || len(all) != len(profiles) || !all[4].Policy.Required || all[4].Profile != "keys" {
		t.Errorf("policies = %+v, %v", all, err)
	}
	messages, err := b.Outbox(ctx, 2)
	if err != nil || len(messages) != 2 || messages[0].Kind != store.KindMail {
		t.Errorf("outbox = %+v, %v", messages, err)
	}
}
