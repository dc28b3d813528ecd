package server

// What holds for all pages: forms, cookies, headers, sizes.

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nod/approve/protocol"
)

// A form without the page's own token does nothing.
func TestForeignForms(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, r := b.waitingLogin(p, "ana")
	other := b.browser().get("/app/rms/login")
	foreign := csrfField.FindStringSubmatch(other.body)[1]
	for _, token := range []string{"", "x", foreign} {
		w.get("/login/wait").post("/login/cancel", "csrf", token).want("error", "", "This form is out of date.")
		if w.status != http.StatusForbidden {
			t.Errorf("token %q: %d, want 403", token, w.status)
		}
	}
	w.get("/login/wait").want("wait", "waiting")
	p.decide(r, protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in")
	for _, path := range []string{
		"/logout", "/account/security", "/account/confirm", "/account/security/device/new", "/account/security/device/code",
		"/account/security/device/confirm", "/account/security/device/" + p.pair.DeviceID + "/remove", "/app/rms/login",
	} {
		if w.post(path, "csrf", foreign); w.status != http.StatusForbidden {
			t.Errorf("POST %s: %d, want 403", path, w.status)
		}
	}
}

// One cookie, closed to scripts, and a new one at each step up.
func TestCookie(t *testing.T) {
	for _, origin := range []string{testOrigin, "https://rms.demo.test"} {
		b := newBench(t, func(c *Config) { c.Origin = origin })
		w := b.browser().get("/app/rms/login")
		cookies := (&http.Response{Header: w.header}).Cookies()
		if len(cookies) != 1 {
			t.Fatalf("%d cookies, want 1", len(cookies))
		}
		c := cookies[0]
		if c.Name != "nod_s" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != strings.HasPrefix(origin, "https:") || c.Path != "/" {
			t.Errorf("%s: cookie = %+v", origin, c)
		}
	}
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w := b.browser().get("/app/rms/login")
	value := func() string {
		all := w.client.Jar.Cookies(mustURL(testOrigin))
		if len(all) != 1 {
			t.Fatalf("%d cookies, want 1", len(all))
		}
		return all[0].Value
	}
	seen := map[string]bool{value(): true}
	w.signIn("ana", "ana-demo-pass")
	seen[value()] = true
	p.decide(p.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait")
	seen[value()] = true
	w.post("/logout")
	seen[value()] = true
	if len(seen) != 4 {
		t.Errorf("%d different cookies in four steps, want 4", len(seen))
	}
}

func TestHeaders(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/", "/app/rms/login", "/v1/meta", "/nothing"} {
		w := b.browser().get(path)
		if !strings.HasPrefix(w.header.Get("Content-Security-Policy"), "default-src 'self';") ||
			w.header.Get("X-Content-Type-Options") != "nosniff" || w.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers = %v", path, w.header)
		}
		if strings.Contains(w.body, "style=") || strings.Contains(w.body, "<script>") || strings.Contains(w.body, "onclick") {
			t.Errorf("%s needs more than the policy allows", path)
		}
	}
	if w := b.browser().get("/nothing"); w.status != http.StatusNotFound {
		t.Errorf("missing page: %d", w.status)
	}
	if w := b.browser().get("/app/nothing/login"); w.status != http.StatusNotFound {
		t.Errorf("missing site: %d", w.status)
	}
}

func TestStaticSizes(t *testing.T) {
	for name, most := range map[string]int{"static/style.css": 12 << 10, "static/wait.js": 6 << 10} {
		content, err := static.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(content) > most {
			t.Errorf("%s has %d bytes, want at most %d", name, len(content), most)
		}
	}
}

// A device's own texts can not break out of the page.
func TestHostileNames(t *testing.T) {
	b := newBench(t)
	w := b.browser().setUp("ana")
	w.post("/account/security/device/code")
	p := b.phone(`<script>alert(1)</script>`)
	p.register("", w.shown("code"))
	w.get("/account/security/device/new").want("device", "pending", "&lt;script&gt;alert(1)")
	if strings.Contains(w.body, "<script>alert") {
		t.Error("the name is in the page as it came")
	}
}

// T18 on the pages: removal asks for a fresh password and keeps the last device.
func TestRemoveDevice(t *testing.T) {
	b := newBench(t)
	one, two := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two")
	w := b.browser().signIn("ana", "ana-demo-pass")
	one.decide(one.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait")
	b.advance(freshLife)
	remove := "/account/security/device/" + two.pair.DeviceID + "/remove"
	w.get(remove).want("remove", "", "<strong>two</strong>")
	w.post(remove).want("confirm", "", "to remove a device")
	w.post("/account/confirm", "do", "remove", "id", two.pair.DeviceID, "password", "ana-demo-pass").want("factor", "", "Type a code to remove a device.")
	w.post("/account/factor", "do", "remove", "id", two.pair.DeviceID, "code", one.code(b.now())).want("remove", "")
	w.post(remove).want("security", "", "The device was removed.")
	if status, e := two.call(http.MethodGet, "/v1/requests", nil, nil); status != http.StatusForbidden || e.Code != protocol.CodeDeviceRevoked {
		t.Errorf("removed device: %d %s", status, e.Code)
	}
	last := "/account/security/device/" + one.pair.DeviceID + "/remove"
	w.get(last).want("remove", "", "Switch 2-step verification off first")
	if w.post(last).want("remove", ""); w.status != http.StatusConflict {
		t.Errorf("remove last: %d, want 409", w.status)
	}
	w.post("/account/security", "two_step", "").post("/account/confirm", "do", "off", "password", "ana-demo-pass")
	w.post(last).want("security", "", "The device was removed.", "None yet.")

	ben := b.browser().signIn("ben", "ben-demo-pass")
	if ben.get(last); ben.status != http.StatusNotFound {
		t.Errorf("ben sees ana's device: %d", ben.status)
	}
}

// The dev pages are for a demo, and for this machine.
func TestDevPages(t *testing.T) {
	b := newBench(t)
	w := b.browser()
	if w.get("/dev/outbox").want("outbox", ""); w.status != http.StatusOK {
		t.Errorf("outbox: %d", w.status)
	}
	if w.post("/dev/clock", "advance", "2m"); w.status != http.StatusOK || !strings.Contains(w.body, "21:02:00Z") {
		t.Errorf("advance: %d %s", w.status, w.body)
	}
	if w.post("/dev/clock", "set", "2026-11-23T08:00:00Z"); !strings.Contains(w.body, "2026-11-23T08:00:00Z") {
		t.Errorf("set: %s", w.body)
	}
	w.post("/dev/clock", "freeze", "true")
	b.advance(1)
	if w.get("/dev/clock"); !strings.Contains(w.body, `"frozen":true`) || !strings.Contains(w.body, "08:00:00Z") {
		t.Errorf("freeze: %s", w.body)
	}
	if w.post("/dev/clock", "advance", "soon"); w.status != http.StatusBadRequest {
		t.Errorf("bad time: %d", w.status)
	}
	production := newBench(t, func(c *Config) { c.Demo = false })
	requests := map[string]*http.Request{
		"another machine": httptest.NewRequest(http.MethodGet, "/dev/clock", nil),
		"another name":    httptest.NewRequest(http.MethodGet, "http://evil.test/dev/clock", nil),
		"another site":    httptest.NewRequest(http.MethodPost, "http://127.0.0.1/dev/clock", nil),
	}
	requests["another name"].RemoteAddr = "127.0.0.1:9"
	requests["another site"].RemoteAddr = "127.0.0.1:9"
	requests["another site"].Header.Set("Sec-Fetch-Site", "cross-site")
	for name, r := range requests {
		answer := httptest.NewRecorder()
		if b.ServeHTTP(answer, r); answer.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", name, answer.Code)
		}
	}
	if w := production.browser().get("/dev/outbox"); w.status != http.StatusNotFound {
		t.Errorf("without demo: %d, want 404", w.status)
	}
}

// The same over a real connection with TLS.
func TestOverTLS(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Origin = "https://rms.demo.test" })
	real := httptest.NewTLSServer(b.Server)
	defer real.Close()
	client := real.Client()
	client.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS13
	answer, err := client.Get(real.URL + "/app/rms/login")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("status %d, headers %v", answer.StatusCode, answer.Header)
	}
}
