package server

// Pairing: T7 to T13.

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image/png"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
	"nod/scan"
)

// shown returns the text of the element with that id.
func (w *browser) shown(id string) string {
	w.b.t.Helper()
	found := regexp.MustCompile(`id="` + id + `">([^<]*)<`).FindStringSubmatch(w.body)
	if found == nil {
		w.b.t.Fatalf("no %s on the page:\n%s", id, w.body)
	}
	return strings.ReplaceAll(found[1], "&amp;", "&")
}

// setUp walks to the page for a new device.
func (w *browser) setUp(user string) *browser {
	w.b.t.Helper()
	w.signIn(user, user+"-demo-pass").want("site", "signed_in")
	w.get("/account/security").want("security", "", "2-STEP VERIFICATION", `<option value="" selected>Off`, "Companion app")
	w.post("/account/security", "two_step", "companion").want("confirm", "")
	return w.post("/account/confirm", "do", "companion", "password", user+"-demo-pass").want("device", "waiting", "Scan this with nod")
}

// readQR decodes the image of the page for a new device.
func (w *browser) readQR() string {
	w.b.t.Helper()
	return w.readPicture("/account/security/device/qr.png")
}

// readPicture reads the QR image at path as nod does.
func (w *browser) readPicture(path string) string {
	w.b.t.Helper()
	page := w.body
	content := w.get(path).body
	w.body = page // its forms are still needed
	image, err := png.Decode(strings.NewReader(content))
	if err != nil {
		w.b.t.Fatalf("%s: %v (%d)", path, err, w.status)
	}
	if image.Bounds().Dx() < 300 {
		w.b.t.Errorf("QR image is %d pixels wide, want 300 or more", image.Bounds().Dx())
	}
	read, err := scan.Image(strings.NewReader(content))
	if err != nil || len(read.Texts()) != 1 {
		w.b.t.Fatalf("%s holds %d texts, %v", path, len(read.Texts()), err)
	}
	return read.Texts()[0]
}

// T7-T11, T13: the whole way by QR image.
func TestPairByQR(t *testing.T) {
	b := newBench(t)
	w := b.browser().setUp("ana")
	if b.two("ana").On {
		t.Error("2-step verification is on before a device is there")
	}
	text := w.shown("link")
	if read := w.readQR(); read != text {
		t.Fatalf("QR image holds %q, the page %q", read, text)
	}
	link, err := protocol.ParseLink(text)
	if err != nil || link.Server != testOrigin || link.Fingerprint != protocol.Thumbprint(b.public()) {
		t.Fatalf("link = %+v, %v", link, err)
	}
	if token, _ := base64.RawURLEncoding.DecodeString(link.Token); len(token) != 16 {
		t.Errorf("token has %d bytes, want 16", len(token))
	}
	p := b.phone("ana-workstation")
	if status, e := p.register(link.Token, ""); status != http.StatusAccepted {
		t.Fatalf("pair: %d %+v", status, e)
	}
	words := protocol.Words(b.public(), p.transport.Public(), p.approval.Public(), p.pair.DeviceID)
	if !slices.Equal(p.pair.Words, words) || p.pair.App != "RMS" || p.pair.Account != "ana@demo.test" {
		t.Errorf("answer = %+v", p.pair)
	}
	if status, e := b.phone("other").register(link.Token, ""); status != http.StatusConflict || e.Code != protocol.CodeUsed {
		t.Errorf("second use: %d %s, want 409 used", status, e.Code)
	}
	w.get("/account/security/device/new").want("device", "pending", "ana-workstation", "wants to pair", "Yes, add this device")
	if got := w.shown("words"); got != strings.Join(words, " ") {
		t.Errorf("page shows %q, device %v", got, words)
	}
	w.post("/account/security/device/confirm", "device", p.pair.DeviceID, "answer", "yes").want("security", "", "2-step verification is on", "ana-workstation")
	if b.two("ana").Method != methodCompanion {
		t.Error("2-step verification is not on")
	}
	p.poll("")
	b.wantAudit(auditDevicePaired, 1)
	b.wantAudit(auditPolicyTwoStep, 1)
}

// T10, T11: tokens and codes end after ten minutes; a new code voids the old.
func TestPairingLife(t *testing.T) {
	b := newBench(t)
	w := b.browser().setUp("ana")
	link, _ := protocol.ParseLink(w.shown("link"))
	w.post("/account/security/device/code").want("device", "waiting", "10 minutes left")
	first := w.shown("code")
	if len(first) != 6 {
		t.Errorf("code %q has not 6 digits", first)
	}
	w.post("/account/security/device/code")
	second := w.shown("code")
	if status, e := b.phone("x").register("", first); first != second && (status != http.StatusUnauthorized || e.Code != protocol.CodeBadCode || *e.Left != 4) {
		t.Errorf("voided code: %d %+v", status, e)
	}
	b.advance(6 * time.Minute) // the typed password is not fresh any more, the page stays
	w.get("/account/security/device/new").want("device", "waiting", "4 minutes left")
	b.advance(4 * time.Minute)
	if status, e := b.phone("x").register("", second); status != http.StatusGone || e.Code != protocol.CodeExpired {
		t.Errorf("expired code: %d %+v", status, e)
	}
	if status, e := b.phone("x").register(link.Token, ""); status != http.StatusGone || e.Code != protocol.CodeExpired {
		t.Errorf("expired token: %d %+v", status, e)
	}
	w.get("/account/security/device/new").want("device", "closed", "Make a new code.")
	w.post("/account/security/device/new").want("confirm", "")
}

// T11: five wrong codes of one address in ten minutes, over a restart too.
func TestWrongCodes(t *testing.T) {
	data := t.TempDir()
	b := newBench(t, func(c *Config) { c.Data = data })
	code, _ := b.RegistrationCode(t.Context(), "ana@demo.test")
	for left := 4; left >= 0; left-- {
		if status, e := b.phone("x").register("", otherThan(code)); status != http.StatusUnauthorized || e.Left == nil || *e.Left != left {
			t.Fatalf("wrong code: %d %+v, want %d left", status, e, left)
		}
	}
	b.Close()
	b = newBench(t, func(c *Config) { c.Data = data })
	if status, e := b.phone("x").register("", code); status != http.StatusTooManyRequests || e.Code != protocol.CodeTooMany || e.RetryAfter != 600 {
		t.Errorf("sixth try: %d %+v", status, e)
	}
	b.advance(pairWindow)
	code, _ = b.RegistrationCode(t.Context(), "ana@demo.test")
	if status, e := b.phone("x").register("", code); status != http.StatusAccepted {
		t.Errorf("after the wait: %d %+v", status, e)
	}
}

// T13: "No" is told to the device.
func TestRefusePairing(t *testing.T) {
	b := newBench(t)
	w := b.browser().setUp("ana")
	w.post("/account/security/device/code")
	p := b.phone("evil")
	p.register("", w.shown("code"))
	w.get("/account/security/device/new").want("device", "pending")
	w.post("/account/security/device/confirm", "device", p.pair.DeviceID, "answer", "no").want("security", "", "The device was not added.", "Setup not finished")
	if status, e := p.call(http.MethodGet, "/v1/device", nil, nil); status != http.StatusForbidden || e.Code != protocol.CodePairingRefused {
		t.Errorf("device: %d %s, want 403 pairing_refused", status, e.Code)
	}
	b.wantAudit(auditPairingRefused, 1)
}

func TestPairErrors(t *testing.T) {
	b := newBench(t)
	b.paired("ana@demo.test", "one")
	code, _ := b.RegistrationCode(t.Context(), "ana@demo.test")
	p := b.phone("two")
	tests := []struct {
		name   string
		change func(*protocol.PairRequest)
		status int
		code   string
	}{
		{"token and code", func(r *protocol.PairRequest) { r.Token = "x" }, 400, protocol.CodeBadRequest},
		{"no name", func(r *protocol.PairRequest) { r.Name = "" }, 400, protocol.CodeBadRequest},
		{"no approval key", func(r *protocol.PairRequest) { r.ApprovalKey = "" }, 400, protocol.CodeBadRequest},
		{"one key for both", func(r *protocol.PairRequest) { r.ApprovalKey = r.TransportKey }, 400, protocol.CodeBadRequest},
		{"name taken", func(r *protocol.PairRequest) { r.Name = "One" }, 422, protocol.CodeNameTaken},
		{"no proof", func(r *protocol.PairRequest) { r.Proof = "" }, 422, protocol.CodeBadProof},
		{"proof of another key", func(r *protocol.PairRequest) { r.Proof = b.phone("x").pairRequest("", code).Proof }, 422, protocol.CodeBadProof},
		{"proof for another code", func(r *protocol.PairRequest) { r.Proof = p.pairRequest("", "000000").Proof }, 422, protocol.CodeBadProof},
		{"another transport key", func(r *protocol.PairRequest) { r.TransportKey = b.phone("x").pairRequest("", code).TransportKey }, 401, protocol.CodeBadSignature},
		{"unknown token", func(r *protocol.PairRequest) { r.Code, r.Token = "", "AAAAAAAAAAAAAAAAAAAAAA" }, 401, protocol.CodeBadCode},
		{"no mistake", func(*protocol.PairRequest) {}, 202, ""},
	}
	for _, test := range tests {
		message := p.pairRequest("", code)
		test.change(&message)
		status, e := p.call(http.MethodPost, protocol.PathPair, message, nil)
		if status != test.status || e.Code != test.code {
			t.Errorf("%s: %d %s, want %d %s", test.name, status, e.Code, test.status, test.code)
		}
	}
}

func TestDeviceLimit(t *testing.T) {
	b := newBench(t)
	for i := range maxDevices {
		b.paired("ana@demo.test", "phone-"+strconv.Itoa(i))
	}
	code, _ := b.RegistrationCode(t.Context(), "ana@demo.test")
	if status, e := b.phone("more").register("", code); status != http.StatusTooManyRequests || e.Code != protocol.CodeTooMany {
		t.Errorf("eleventh device: %d %+v", status, e)
	}
}

// No token, code, password or secret is in the database in clear.
func TestNothingInClear(t *testing.T) {
	data := t.TempDir()
	b := newBench(t, func(c *Config) { c.Data = data })
	w := b.browser().setUp("ana")
	link, _ := protocol.ParseLink(w.shown("link"))
	w.post("/account/security/device/code")
	code := w.shown("code")
	var cookie string
	u := mustURL(testOrigin)
	for _, c := range w.client.Jar.Cookies(u) {
		cookie = c.Value
	}
	b.Close()
	for _, file := range []string{"server.db", "server.db-wal"} {
		content, err := readIfThere(data + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{link.Token, code, cookie, "ana-demo-pass"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %q", file, secret)
			}
		}
	}
}

func TestConfirmUnknown(t *testing.T) {
	b := newBench(t)
	if _, err := b.RegistrationCode(t.Context(), "nobody@demo.test"); !errors.Is(err, store.ErrNone) {
		t.Errorf("code for nobody: %v", err)
	}
	ben := b.paired("ben@demo.test", "ben")
	if err := b.Confirm(t.Context(), "ana@demo.test", ben.pair.DeviceID); err == nil {
		t.Error("ana confirmed ben's device")
	}
}
