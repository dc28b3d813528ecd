package server

// The device API: what it refuses, and with which error.

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

func TestMeta(t *testing.T) {
	b := newBench(t)
	var meta protocol.Meta
	r, _ := http.NewRequest(http.MethodGet, testOrigin+protocol.PathMeta, nil)
	status, _ := b.phone("x").send(r, &meta)
	if status != http.StatusOK || !meta.Time.Equal(b.now()) || meta.ServerKey == "" || meta.MaxWait != 25 {
		t.Errorf("meta: %d %+v", status, meta)
	}
}

// Each call, from its worst mistake on, gets the error of the table.
func TestCallErrors(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	stranger := b.phone("stranger")
	get := func(path string) *http.Request { return p.request(http.MethodGet, path, nil) }
	tests := []struct {
		name   string
		r      *http.Request
		status int
		code   string
	}{
		{"no signature", func() *http.Request { r := get("/v1/device"); r.Header.Del("Signature"); return r }(), 401, protocol.CodeBadSignature},
		{"unknown key", stranger.request(http.MethodGet, "/v1/device", nil), 401, protocol.CodeBadSignature},
		{"another query", func() *http.Request { r := get("/v1/requests?wait=0"); r.URL.RawQuery = "wait=1"; return r }(), 401, protocol.CodeBadSignature},
		{"another method", func() *http.Request { r := get("/v1/device"); r.Method = http.MethodDelete; return r }(), 401, protocol.CodeBadSignature},
		{"another body", func() *http.Request {
			r := p.request(http.MethodPatch, "/v1/device", protocol.DevicePatch{Name: "a"})
			r.Body = io.NopCloser(strings.NewReader(`{"name":"b"}`))
			return r
		}(), 401, protocol.CodeBadSignature},
		{"too long", func() *http.Request {
			return p.request(http.MethodPatch, "/v1/device", protocol.DevicePatch{Name: strings.Repeat("a", protocol.MaxBody)})
		}(), 400, protocol.CodeBadRequest},
		{"not JSON", func() *http.Request {
			body := []byte("{")
			r, _ := http.NewRequest(http.MethodPatch, testOrigin+"/v1/device", bytes.NewReader(body))
			if err := protocol.SignRequest(r, body, p.transport, b.now()); err != nil {
				t.Fatal(err)
			}
			return r
		}(), 400, protocol.CodeBadRequest},
		{"no name", p.request(http.MethodPatch, "/v1/device", protocol.DevicePatch{Name: "\x1b\u202e"}), 400, protocol.CodeBadRequest},
		{"no such request", p.request(http.MethodPost, "/v1/requests/r-NONE/answer", protocol.AnswerRequest{Decision: "x"}), 404, protocol.CodeNotFound},
		{"no such call", get("/v1/nothing"), 404, protocol.CodeNotFound},
	}
	for _, test := range tests {
		status, e := p.send(test.r, nil)
		if status != test.status || e.Code != test.code {
			t.Errorf("%s: %d %s, want %d %s", test.name, status, e.Code, test.status, test.code)
		}
	}
}

func TestClockSkew(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	for _, off := range []time.Duration{-3 * time.Minute, 3 * time.Minute} {
		r, _ := http.NewRequest(http.MethodGet, testOrigin+"/v1/device", nil)
		if err := protocol.SignRequest(r, nil, p.transport, b.now().Add(off)); err != nil {
			t.Fatal(err)
		}
		status, e := p.send(r, nil)
		if status != http.StatusBadRequest || e.Code != protocol.CodeClockSkew || !e.ServerTime.Equal(b.now()) {
			t.Errorf("clock %v off: %d %+v", off, status, e)
		}
	}
}

func TestReplayedCall(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	r := p.request(http.MethodGet, "/v1/device", nil)
	if status, e := p.send(r, nil); status != http.StatusOK {
		t.Fatalf("first: %d %+v", status, e)
	}
	again := r.Clone(t.Context())
	if status, e := p.send(again, nil); status != http.StatusUnauthorized || e.Code != protocol.CodeReplayed {
		t.Errorf("second: %d %s, want 401 replayed", status, e.Code)
	}
}

func TestSlowDown(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	err := b.store.Update(t.Context(), func(tx *store.Tx) error {
		for range maxCalls {
			if _, err := tx.UseNonce(protocol.Thumbprint(p.transport.Public()), randomID("", 12), b.millis()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, e := p.call(http.MethodGet, "/v1/requests", nil, nil); status != http.StatusTooManyRequests || e.Code != protocol.CodeSlowDown || e.RetryAfter == 0 {
		t.Errorf("poll: %d %+v, want 429 slow_down", status, e)
	}
	b.advance(time.Minute)
	p.poll("")
}

// The states of a device decide what it may do.
func TestDeviceStates(t *testing.T) {
	b := newBench(t)
	ana := "ana@demo.test"
	pending := b.phone("pending")
	code, _ := b.RegistrationCode(t.Context(), ana)
	if status, e := pending.register("", code); status != http.StatusAccepted {
		t.Fatalf("pair: %d %+v", status, e)
	}
	var device protocol.DeviceAnswer
	if status, _ := pending.call(http.MethodGet, "/v1/device", nil, &device); status != http.StatusOK || device.State != "pending" || device.TwoStep {
		t.Errorf("pending device: %d %+v", status, device)
	}
	if status, e := pending.call(http.MethodGet, "/v1/requests", nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeDevicePending {
		t.Errorf("pending poll: %d %s", status, e.Code)
	}
	if err := b.Confirm(t.Context(), ana, pending.pair.DeviceID); err != nil {
		t.Fatal(err)
	}
	if err := b.Confirm(t.Context(), ana, pending.pair.DeviceID); err == nil {
		t.Error("a device was confirmed twice")
	}
	if status, _ := pending.call(http.MethodGet, "/v1/device", nil, &device); status != http.StatusOK || device.State != "active" || !device.TwoStep || len(device.Devices) != 1 || !device.Devices[0].This {
		t.Errorf("active device: %d %+v", status, device)
	}
	late := b.phone("late")
	code, _ = b.RegistrationCode(t.Context(), ana)
	late.register("", code)
	b.advance(pairingLife)
	if status, e := late.call(http.MethodGet, "/v1/device", nil, nil); status != http.StatusForbidden || e.Code != protocol.CodePairingRefused {
		t.Errorf("device never confirmed: %d %s", status, e.Code)
	}
	if err := b.Confirm(t.Context(), ana, late.pair.DeviceID); err == nil {
		t.Error("a device was confirmed after its time")
	}
}

// T18: the last device is not removed while 2-step verification is on.
func TestLastDevice(t *testing.T) {
	b := newBench(t)
	one, two := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two")
	if status, e := two.call(http.MethodDelete, "/v1/device", nil, nil); status != http.StatusNoContent {
		t.Fatalf("remove one of two: %d %+v", status, e)
	}
	if status, e := two.call(http.MethodGet, "/v1/requests", nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeDeviceRevoked {
		t.Errorf("removed device: %d %s", status, e.Code)
	}
	status, e := one.call(http.MethodDelete, "/v1/device", nil, nil)
	if status != http.StatusConflict || e.Code != protocol.CodeLastMethod || e.Devices != 1 || e.Methods != 0 || e.SecurityURL != testOrigin+"/account/security" {
		t.Errorf("remove last: %d %+v", status, e)
	}
	if status, e := one.call(http.MethodDelete, "/v1/device?force=true", nil, nil); status != http.StatusNoContent {
		t.Errorf("force: %d %+v", status, e)
	}
	b.wantAudit(auditDeviceRemoved, 2)
	b.browser().signIn("ana", "ana-demo-pass").want("choose", refusalNone, "Contact support:", "support@demo.test")

	ben := b.paired("ben@demo.test", "ben")
	w := b.browser().signIn("ben", "ben-demo-pass")
	ben.decide(ben.only(), protocol.ActApprove, w.number(), "")
	w.get("/account/security").post("/account/security", "two_step", "").want("confirm", "").
		post("/account/confirm", "do", "off", "password", "ben-demo-pass").want("security", "")
	if status, e := ben.call(http.MethodDelete, "/v1/device", nil, nil); status != http.StatusNoContent {
		t.Errorf("remove with 2-step off: %d %+v", status, e)
	}
}

func TestRename(t *testing.T) {
	b := newBench(t)
	one := b.paired("ana@demo.test", "one")
	b.paired("ana@demo.test", "two")
	if status, e := one.call(http.MethodPatch, "/v1/device", protocol.DevicePatch{Name: "TWO"}, nil); status != http.StatusUnprocessableEntity || e.Code != protocol.CodeNameTaken || e.Field != "name" {
		t.Errorf("taken name: %d %+v", status, e)
	}
	if status, e := one.call(http.MethodPatch, "/v1/device", protocol.DevicePatch{Name: " a\x1b[31m \u202eb\n c "}, nil); status != http.StatusNoContent {
		t.Fatalf("rename: %d %+v", status, e)
	}
	var device protocol.DeviceAnswer
	one.call(http.MethodGet, "/v1/device", nil, &device)
	if device.Name != "a[31m b c" {
		t.Errorf("name = %q", device.Name)
	}
	b.wantAudit(auditDeviceRenamed, 1)
}
