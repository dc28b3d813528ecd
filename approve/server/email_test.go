package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/protocol"
)

// mailbox confirms an address over the API.
type mailbox struct{ p *phone }

func (m mailbox) call(path string, message any) (int, protocol.Error) {
	m.p.b.t.Helper()
	r := m.p.request(http.MethodPost, path, message)
	for _, h := range []string{"Signature", "Signature-Input", "Content-Digest"} {
		r.Header.Del(h) // nobody has a key yet
	}
	return m.p.send(r, nil)
}

func (m mailbox) start() (int, protocol.Error) {
	m.p.b.t.Helper()
	return m.call(protocol.PathEmailStart, protocol.EmailStart{Email: "Dora@demo.test"})
}

func (m mailbox) confirm(code string) (int, protocol.Error) {
	m.p.b.t.Helper()
	return m.call(protocol.PathEmailConfirm, protocol.EmailConfirm{Email: "dora@demo.test", Code: code})
}

// mailed is the newest code.
func (m mailbox) mailed() string { return strings.Fields(m.p.b.outbox()[0].Body)[3][:6] }

// T3: the code of an e-mail address.
func TestEmail(t *testing.T) {
	b := newBench(t)
	m := mailbox{b.phone("new")}
	if status, _ := m.start(); status != http.StatusNoContent || len(b.outbox()) != 1 || b.outbox()[0].To != "dora@demo.test" {
		t.Fatalf("start: %d %v", status, b.outbox())
	}
	first := m.mailed()
	if status, e := m.start(); status != http.StatusTooManyRequests || e.RetryAfter != 30 {
		t.Errorf("resend at once: %d %+v", status, e)
	}
	if status, e := m.confirm(otherThan(first)); status != http.StatusUnprocessableEntity || e.Code != protocol.CodeBadCode || e.Left == nil || *e.Left != 4 {
		t.Errorf("wrong code: %d %+v", status, e)
	}
	b.advance(30 * time.Second)
	if status, e := m.start(); status != http.StatusNoContent {
		t.Errorf("resend: %d %+v", status, e)
	}
	if m.mailed() != first {
		if status, _ := m.confirm(first); status != http.StatusUnprocessableEntity {
			t.Errorf("voided code: %d", status)
		}
	}
	if status, e := m.confirm(m.mailed()); status != http.StatusNoContent {
		t.Errorf("right code: %d %+v", status, e)
	}
	if status, _ := m.confirm(m.mailed()); status != http.StatusUnprocessableEntity {
		t.Errorf("used code: %d", status)
	}
}

func TestEmailLimits(t *testing.T) {
	b := newBench(t)
	m := mailbox{b.phone("new")}
	m.start()
	for range emailTries {
		m.confirm("x")
	}
	if status, e := m.confirm(m.mailed()); status != http.StatusTooManyRequests {
		t.Errorf("right code after %d wrong ones: %d %+v", emailTries, status, e)
	}
	b.advance(time.Minute)
	m.start()
	b.advance(emailLife)
	if status, e := m.confirm(m.mailed()); status != http.StatusUnprocessableEntity || *e.Left != 0 {
		t.Errorf("expired code: %d %+v", status, e)
	}
	for range emailPerHour - 2 {
		b.advance(time.Minute)
		if status, e := m.start(); status != http.StatusNoContent {
			t.Errorf("start: %d %+v", status, e)
		}
	}
	b.advance(time.Minute)
	if status, e := m.start(); status != http.StatusTooManyRequests || e.RetryAfter < 60 {
		t.Errorf("sixth code in an hour: %d %+v", status, e)
	}
	if status, e := m.call(protocol.PathEmailStart, protocol.EmailStart{Email: "no address"}); status != http.StatusBadRequest || e.Field != "email" {
		t.Errorf("bad address: %d %+v", status, e)
	}
}

// otherThan is a code that is not right.
func otherThan(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}
