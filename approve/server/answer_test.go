package server

// Decisions: T15 to T17, and what is refused.

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// waitingLogin is a person at the wait page and the request on their phone.
func (b *bench) waitingLogin(p *phone, user string) (*browser, protocol.Pending) {
	b.t.Helper()
	w := b.browser().signIn(user, user+"-demo-pass").want("wait", "waiting")
	all := p.poll("").Requests
	if len(all) == 0 {
		b.t.Fatal("no request came")
	}
	return w, all[len(all)-1]
}

func TestWrongNumber(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, r := b.waitingLogin(p, "ana")
	right, wrong := w.number(), "00"
	if right == wrong {
		wrong = "01"
	}
	if _, status, e := p.decide(r, protocol.ActApprove, "", ""); status != http.StatusUnprocessableEntity || e.Code != protocol.CodeNumberNeeded {
		t.Errorf("no number: %d %s", status, e.Code)
	}
	w.get("/login/wait").want("wait", "waiting")
	if _, status, e := p.decide(r, protocol.ActApprove, wrong, ""); status != http.StatusUnprocessableEntity || e.Code != protocol.CodeNumberMismatch {
		t.Errorf("wrong number: %d %s", status, e.Code)
	}
	if _, status, e := p.decide(r, protocol.ActApprove, right, ""); status != http.StatusConflict || e.Decision != store.Mismatch {
		t.Errorf("right number after it: %d %+v", status, e)
	}
	w.get("/login/wait").want("wait", store.Mismatch, "The number did not match. Start again.")
	w.post("/login/again").want("wait", store.Mismatch)
	w.post("/login/instead").want("wait", store.Mismatch)
	if b.sessions("ana") != 0 {
		t.Error("a session was made")
	}
}

func TestDenyAndReport(t *testing.T) {
	b := newBench(t)
	p := b.paired("ben@demo.test", "phone-ben")
	w, r := b.waitingLogin(p, "ben")
	if answer, status, e := p.decide(r, protocol.ActDeny, "", protocol.ReasonCancelled); status != http.StatusOK || answer.State != store.Denied {
		t.Fatalf("deny: %d %+v", status, e)
	}
	w.get("/login/wait").want("wait", store.Denied, "Sign-in was denied on phone-ben.")
	w.get("/login/code").want("wait", store.Denied) // no other way for this login

	b.advance(time.Minute)
	w, r = b.waitingLogin(p, "ben")
	answer, status, e := p.decide(r, protocol.ActDeny, "", protocol.ReasonNotMe)
	if status != http.StatusOK || answer.State != store.Reported || !strings.HasPrefix(answer.Ticket, "A-00") {
		t.Fatalf("report: %d %+v %+v", status, answer, e)
	}
	w.get("/login/wait").want("wait", store.Reported, "It was reported. Push is paused.")
	told := map[string]bool{}
	for _, m := range b.outbox() {
		if strings.Contains(m.Subject, answer.Ticket) {
			told[m.To] = true
		}
	}
	if !told["ben@demo.test"] || !told["ana@demo.test"] || len(told) != 2 {
		t.Errorf("mailed %v, want the person and the administrator", told)
	}
	b.advance(time.Minute)
	b.browser().signIn("ben", "ben-demo-pass").want("wait", refusalPaused, "Requests are paused until 21:21. Use a code.")
	b.advance(19 * time.Minute)
	b.browser().signIn("ben", "ben-demo-pass").want("wait", "waiting")
}

// T16: all devices are asked; the first final verdict wins.
func TestSeveralDevices(t *testing.T) {
	b := newBench(t)
	one, two, three := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two"), b.paired("ana@demo.test", "three")
	w, r1 := b.waitingLogin(one, "ana")
	w.want("wait", "waiting", "Sent to ")
	r2, r3 := two.only(), three.only()
	if r1.ID != r2.ID || r2.ID != r3.ID || r1.Challenge == r2.Challenge {
		t.Error("the devices were not asked the same thing, each for itself")
	}
	if _, status, e := two.decide(r2, protocol.ActDeny, "", protocol.ReasonCancelled); status != http.StatusOK {
		t.Fatalf("deny: %d %+v", status, e)
	}
	_, status, e := three.decide(r3, protocol.ActApprove, w.number(), "")
	if status != http.StatusConflict || e.Code != protocol.CodeAnswered || e.Device != "two" || e.Decision != store.Denied || e.At == nil {
		t.Errorf("later answer: %d %+v", status, e)
	}
	ended := one.poll("").Ended
	if len(ended) != 1 || ended[0].State != store.Denied || ended[0].Device != "two" {
		t.Errorf("others see %+v", ended)
	}
	b.advance(endedShown)
	if ended := one.poll("").Ended; len(ended) != 0 {
		t.Errorf("after five minutes others see %+v", ended)
	}
}

// race has all phones answer their request at once, accepting and denying in turn.
func race(phones []*phone, number string) (results []int, states []string) {
	var asked []protocol.Pending
	for _, p := range phones {
		asked = append(asked, p.only())
	}
	results, states = make([]int, len(phones)), make([]string, len(phones))
	var wg sync.WaitGroup
	for i, p := range phones {
		wg.Go(func() {
			act, typed, reason := protocol.ActApprove, number, ""
			if i%2 == 1 {
				act, typed, reason = protocol.ActDeny, "", protocol.ReasonCancelled
			}
			answer, status, e := p.decide(asked[i], act, typed, reason)
			results[i], states[i] = status, answer.State+e.Decision
		})
	}
	wg.Wait()
	return results, states
}

// T16: many answers at once, one verdict, one session.
func TestFirstVerdictWins(t *testing.T) {
	b := newBench(t)
	const n = 6
	var phones []*phone
	for i := range n {
		phones = append(phones, b.paired("ana@demo.test", "phone-"+string(rune('a'+i))))
	}
	w := b.browser().signIn("ana", "ana-demo-pass")
	number := w.number()
	results, states := race(phones, number)
	won := 0
	for i, status := range results {
		switch status {
		case http.StatusOK:
			won++
		case http.StatusConflict:
		default:
			t.Errorf("answer %d: status %d", i, status)
		}
		if states[i] != states[0] {
			t.Errorf("devices were told %v", states)
		}
	}
	if won != 1 {
		t.Errorf("%d answers won, want 1", won)
	}
	b.wantAudit(auditRequestAnswered, 1)
	w.get("/login/wait")
	want := 0
	if states[0] == store.Accepted {
		want = 1
	}
	if got := b.sessions("ana"); got != want {
		t.Errorf("%d sessions, want %d", got, want)
	}
}

// T17: ignoring gives no verdict.
func TestIgnore(t *testing.T) {
	b := newBench(t)
	one, two := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two")
	w, r := b.waitingLogin(one, "ana")
	if answer, status, e := one.decide(r, protocol.ActIgnore, "", ""); status != http.StatusOK || answer.State != "ignored" {
		t.Fatalf("ignore: %d %+v", status, e)
	}
	if !one.only().Ignored || two.only().Ignored {
		t.Error("ignored on the wrong device")
	}
	w.get("/login/wait").want("wait", "waiting")
	two.decide(two.only(), protocol.ActApprove, w.number(), "")
	w.get("/login/wait").want("site", "signed_in")

	b.advance(time.Second)
	w, r = b.waitingLogin(one, "ana")
	one.decide(r, protocol.ActIgnore, "", "")
	two.decide(two.only(), protocol.ActIgnore, "", "")
	w.get("/login/wait").want("wait", "waiting")
	b.advance(2 * time.Minute)
	w.get("/login/wait").want("wait", store.Expired, "No device answered.", "Send again", "Enter a code")
}

// signed is an approval by key, with a change made before it is signed.
func (p *phone) signed(r protocol.Pending, number string, key signer, change func(*protocol.Decision)) string {
	p.b.t.Helper()
	d := p.decision(r, protocol.ActApprove, number, "")
	d.Issuer = protocol.Thumbprint(key.Public())
	change(&d)
	jws, err := d.Sign(key)
	if err != nil {
		p.b.t.Fatal(err)
	}
	return jws
}

// Forged and misplaced decisions change nothing and are written down.
func TestForgedDecisions(t *testing.T) {
	b := newBench(t)
	p, other, ben := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two"), b.paired("ben@demo.test", "ben")
	w, old := b.waitingLogin(p, "ana")
	oldApproval := p.signed(old, w.number(), p.approval, func(*protocol.Decision) {})
	w.post("/login/cancel")
	b.advance(time.Minute)
	w, r := b.waitingLogin(p, "ana")
	number := w.number()
	sign := func(key signer, change func(*protocol.Decision)) string { return p.signed(r, number, key, change) }
	none := func(*protocol.Decision) {}
	good := sign(p.approval, none)
	tests := []struct {
		name, jws string
		status    int
		code      string
	}{
		{"approved with the transport key", sign(p.transport, none), 403, protocol.CodeWrongKey},
		{"a stranger's key", sign(newSigner(), none), 403, protocol.CodeWrongKey},
		{"another device's key", sign(other.approval, none), 403, protocol.CodeWrongKey},
		{"a stranger in this device's name", sign(newSigner(), func(d *protocol.Decision) { d.Issuer = protocol.Thumbprint(p.approval.Public()) }), 401, protocol.CodeBadSignature},
		{"for another server", sign(p.approval, func(d *protocol.Decision) { d.Audience = "https://other.test" }), 401, protocol.CodeBadSignature},
		{"for another challenge", sign(p.approval, func(d *protocol.Decision) { d.ChallengeHash = protocol.Hash("x") }), 401, protocol.CodeBadSignature},
		{"of yesterday", sign(p.approval, func(d *protocol.Decision) { d.IssuedAt -= 86400; d.Expires -= 86400 }), 400, protocol.CodeClockSkew},
		{"of another request", oldApproval, 401, protocol.CodeBadSignature},
		{"changed", good[:len(good)-8] + base64.RawURLEncoding.EncodeToString([]byte("forged")), 401, protocol.CodeBadSignature},
		{"no act", sign(p.approval, func(d *protocol.Decision) { d.Act = "" }), 401, protocol.CodeBadSignature},
		{"nothing", "", 401, protocol.CodeBadSignature},
	}
	for i, test := range tests {
		_, status, e := p.sendDecision(r.ID, test.jws)
		if status != test.status || e.Code != test.code {
			t.Errorf("%s: %d %s, want %d %s", test.name, status, e.Code, test.status, test.code)
		}
		b.wantAudit(auditAnswerRefused, i+1)
	}
	if _, status, _ := ben.sendDecision(r.ID, good); status != http.StatusNotFound {
		t.Errorf("ben answers ana's request: %d, want 404", status)
	}
	w.get("/login/wait").want("wait", "waiting")
	if _, status, e := p.sendDecision(r.ID, good); status != http.StatusOK {
		t.Errorf("the good one: %d %+v", status, e)
	}
	if _, status, e := p.sendDecision(r.ID, good); status != http.StatusConflict || e.Code != protocol.CodeAnswered {
		t.Errorf("the good one again: %d %s", status, e.Code)
	}
	b.wantAudit(auditAnswerRefused, len(tests)+1)
}

// An answer that comes late is never half accepted.
func TestLateAnswer(t *testing.T) {
	b := newBench(t)
	p := b.paired("ana@demo.test", "one")
	w, r := b.waitingLogin(p, "ana")
	number := w.number()
	b.advance(2*time.Minute - time.Millisecond)
	w.get("/login/wait").want("wait", "waiting", "0:01")
	b.advance(time.Millisecond)
	if _, status, e := p.decide(r, protocol.ActApprove, number, ""); status != http.StatusGone || e.Code != protocol.CodeExpired {
		t.Errorf("late: %d %s, want 410 expired", status, e.Code)
	}
	w.get("/login/wait").want("wait", store.Expired)
	if ended := p.poll("").Ended; len(ended) != 1 || ended[0].State != store.Expired {
		t.Errorf("device sees %+v", ended)
	}
	b.wantAudit(auditLoginExpired, 1)
}

// A device that was removed between question and answer has no say.
func TestRemovedDeviceAnswer(t *testing.T) {
	b := newBench(t)
	one, two := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two")
	w, _ := b.waitingLogin(one, "ana")
	r := two.only()
	two.call(http.MethodDelete, "/v1/device", nil, nil)
	if _, status, e := two.decide(r, protocol.ActApprove, w.number(), ""); status != http.StatusForbidden || e.Code != protocol.CodeDeviceRevoked {
		t.Errorf("removed device: %d %s", status, e.Code)
	}
	w.get("/login/wait").want("wait", "waiting")
}
