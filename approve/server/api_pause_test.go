package server

// Pauses that devices ask for, and the list of what they decided.

import (
	"net/http"
	"testing"
	"time"

	"nod/approve/protocol"
)

// pause asks for quiet until some time from now.
func (p *phone) pause(d time.Duration) protocol.PauseAnswer {
	p.b.t.Helper()
	var answer protocol.PauseAnswer
	status, e := p.call(http.MethodPost, protocol.PathPause, protocol.PauseRequest{Until: p.b.now().Add(d)}, &answer)
	if status != http.StatusOK || !answer.Time.Equal(p.b.now()) {
		p.b.t.Errorf("pause: %d %+v %+v", status, e, answer)
	}
	return answer
}

func TestAuthPause(t *testing.T) {
	b := newBench(t)
	one, two, c := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two"), b.asker("Deploy", "")
	wantPause := func(got protocol.PauseAnswer, left time.Duration, why string) {
		t.Helper()
		if got.Why != why || (got.Until == nil) != (left == 0) || got.Until != nil && got.Until.Sub(b.now()) != left {
			t.Errorf("pause = %+v, want %v for %q", got, left, why)
		}
	}
	wantPause(one.pause(-time.Second), 0, "")
	wantPause(one.pause(20*time.Minute), 20*time.Minute, "device")
	if why := b.two("ana").PauseWhy; why != pausedByDevice {
		t.Errorf("why = %q", why)
	}
	if status, e := c.call(http.MethodPost, "/v1/auth", object{"user": "ana"}, nil); status != 409 || e.Code != codePaused || e.RetryAfter != 1200 {
		t.Errorf("app: %d %+v", status, e)
	}
	b.browser().signIn("ana", "ana-demo-pass").want("wait", refusalPaused)
	var device protocol.DeviceAnswer
	if two.call(http.MethodGet, "/v1/device", nil, &device); device.PausedUntil == nil || device.PausedWhy != "device" {
		t.Errorf("the other device sees %+v", device)
	}
	wantPause(two.pause(8*time.Hour), 8*time.Hour, "device")
	wantPause(two.pause(time.Minute), time.Minute, "device") // its own may be made shorter
	wantPause(two.pause(0), 0, "")
	c.start(nil)
	b.wantAudit(auditPolicyPaused, 3)
	b.wantAudit(auditPolicyResumed, 1)

	one.decide(one.only(), protocol.ActDeny, "", protocol.ReasonNotMe)
	wantPause(one.pause(0), pauseLife, "report") // a report's pause stays
	wantPause(one.pause(time.Minute), pauseLife, "report")
	wantPause(one.pause(time.Hour), time.Hour, "device")
	b.advance(time.Hour)
	wantPause(one.pause(0), 0, "")

	for name, until := range map[string]any{"none": nil, "far": b.now().Add(32 * 24 * time.Hour), "not a time": "soon"} {
		if status, e := one.call(http.MethodPost, protocol.PathPause, object{"until": until}, nil); status != 400 || e.Code != protocol.CodeBadRequest {
			t.Errorf("%s: %d %+v", name, status, e)
		}
	}
	stranger := b.phone("stranger")
	if status, e := stranger.call(http.MethodPost, protocol.PathPause, object{"until": b.now()}, nil); status != 401 {
		t.Errorf("a stranger: %d %+v", status, e)
	}
}

func TestAuthActivity(t *testing.T) {
	b := newBench(t)
	one, two, ben, c := b.paired("ana@demo.test", "one"), b.paired("ana@demo.test", "two"), b.paired("ben@demo.test", "ben's"), b.asker("Deploy", "")
	list := func(p *phone) []protocol.Past {
		t.Helper()
		var answer protocol.ActivityAnswer
		if status, e := p.call(http.MethodGet, protocol.PathActivity, nil, &answer); status != http.StatusOK || answer.Decisions == nil {
			t.Fatalf("activity: %d %+v", status, e)
		}
		return answer.Decisions
	}
	started := c.start(object{"action": "deploy", "message": "order 7"})
	one.decide(one.only(), protocol.ActApprove, started.Number, "")
	b.advance(time.Second)
	b.browser().signIn("ana", "ana-demo-pass").want("wait", "waiting")
	two.decide(two.only(), protocol.ActDeny, "", protocol.ReasonCancelled)
	b.advance(time.Second)
	c.start(nil) // nobody has decided that one
	got := list(one)
	if len(got) != 2 {
		t.Fatalf("decisions = %+v", got)
	}
	if d := got[1]; d.ID != started.ID || !d.This || d.Device != "one" || d.State != "accepted" || d.App != "Deploy" || d.Action != "deploy" || d.Message != "order 7" || d.IP != "192.0.2.10" {
		t.Errorf("first = %+v", d)
	}
	if d := got[0]; d.This || d.Device != "two" || d.State != "denied" || d.App != "RMS" || d.Action != "sign in" || !d.At.Equal(b.now().Add(-time.Second)) {
		t.Errorf("second = %+v", d)
	}
	if got := list(ben); len(got) != 0 {
		t.Errorf("ben sees %+v", got)
	}
}
