package server

// Codes in place of answers, and polls of apps.

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve/protocol"
)

// A code counts while a request waits and some time after; each once.
func TestAuthCode(t *testing.T) {
	b := newBench(t)
	c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
	enter := func(id, code string) (answer authAnswer, status int, e protocol.Error) {
		t.Helper()
		status, e = c.call(http.MethodPost, "/v1/auth/"+id+"/code", object{"code": code}, &answer)
		return answer, status, e
	}
	started := c.start(nil)
	code := p.code(b.now())
	if _, status, e := enter(started.ID, "x"); status != 422 || e.Code != protocol.CodeBadCode || e.Left == nil || *e.Left != 9 {
		t.Errorf("wrong code: %d %+v", status, e)
	}
	answer, status, e := enter(started.ID, code[:3]+" "+code[3:])
	if status != 200 || answer.State != "accepted" || answer.Method != "code" || answer.Device != "one" {
		t.Fatalf("right code: %d %+v %+v", status, answer, e)
	}
	if ended := p.poll("").Ended; len(ended) != 1 || ended[0].State != "cancelled" {
		t.Errorf("the device is told %+v, want cancelled", ended)
	}
	if _, status, e := enter(started.ID, code); status != 409 || e.Code != protocol.CodeAnswered || e.Decision != "accepted" {
		t.Errorf("code for an accepted request: %d %+v", status, e)
	}
	if status, e := c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil); status != 409 || e.Code != protocol.CodeAnswered {
		t.Errorf("cancel an accepted request: %d %+v", status, e)
	}
	b.advance(time.Second)
	again := c.start(nil)
	if _, status, e := enter(again.ID, code); status != 409 || e.Code != protocol.CodeUsed {
		t.Errorf("used code: %d %+v", status, e)
	}
	b.advance(3 * time.Minute) // it has expired, and the person goes to type a code
	if s := c.stands(again.ID); s.State != "expired" {
		t.Errorf("stands %+v", s)
	}
	if answer, status, e := enter(again.ID, p.code(b.now())); status != 200 || answer.State != "accepted" {
		t.Errorf("code after the end: %d %+v %+v", status, answer, e)
	}
	late := c.start(nil)
	b.advance(codeLife)
	if _, status, e := enter(late.ID, p.code(b.now())); status != 410 || e.Code != protocol.CodeExpired {
		t.Errorf("late code: %d %+v", status, e)
	}
	denied := c.start(nil)
	p.decide(p.only(), protocol.ActDeny, "", protocol.ReasonCancelled)
	if _, status, e := enter(denied.ID, p.code(b.now())); status != 409 || e.Decision != "denied" {
		t.Errorf("code for a denied request: %d %+v", status, e)
	}
	b.advance(time.Second)
	last := c.start(nil)
	for range 10 {
		enter(last.ID, "000000x")
	}
	if _, status, e := enter(last.ID, p.code(b.now())); status != 429 || e.Code != protocol.CodeTooMany || e.RetryAfter != 900 {
		t.Errorf("after ten wrong codes: %d %+v", status, e)
	}
}

// A request that goes to no device works while requests are paused, and is not
// counted with those that nobody answered.
func TestAuthSilent(t *testing.T) {
	b := newBench(t)
	c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
	silent := object{"push": false}
	var last authStarted
	for range silentMost {
		last = c.start(silent)
		if last.Number != "" {
			t.Errorf("a silent request has the number %q", last.Number)
		}
	}
	if status, e := c.call(http.MethodPost, "/v1/auth", object{"user": "ana", "push": false}, nil); status != 429 || e.Code != protocol.CodeTooMany {
		t.Errorf("one more: %d %+v", status, e)
	}
	if seen := p.poll("").Requests; len(seen) != 0 {
		t.Errorf("the device sees %+v", seen)
	}
	b.advance(3 * time.Minute)
	if s := c.stands(last.ID); s.State != "expired" {
		t.Errorf("stands %+v", s)
	}
	if two := b.two("ana"); two.PauseTill != 0 {
		t.Errorf("silent requests paused push: %+v", two)
	}
	var answer authAnswer
	if status, e := c.call(http.MethodPost, "/v1/auth/"+last.ID+"/code", object{"code": p.code(b.now())}, &answer); status != 200 || answer.State != "accepted" {
		t.Errorf("code: %d %+v %+v", status, answer, e)
	}
	c.start(nil) // not held up by the silent ones

	ben := b.paired("ben@demo.test", "ben's")
	open := c.start(object{"user": "ben", "push": false})
	if err := b.CloseUser(t.Context(), "ben"); err != nil {
		t.Fatal(err)
	}
	if status, e := c.call(http.MethodPost, "/v1/auth/"+open.ID+"/code", object{"code": ben.code(b.now())}, nil); status != 404 || e.Code != codeUnknownUser {
		t.Errorf("code of a closed account: %d %+v", status, e)
	}
}

func TestAuthSlowDown(t *testing.T) {
	b := newBench(t)
	c := b.asker("Deploy", "")
	b.paired("ana@demo.test", "one")
	started := c.start(nil)
	c.stands(started.ID)
	for _, query := range []string{"", "?wait=0", "?wait=4", "?wait=x"} {
		if status, e := c.call(http.MethodGet, "/v1/auth/"+started.ID+query, nil, nil); status != 429 || e.Code != protocol.CodeSlowDown || e.RetryAfter != 5 {
			t.Errorf("second question %q: %d %+v", query, status, e)
		}
	}
	b.advance(authInterval)
	c.stands(started.ID)
	if status, _ := c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil); status != http.StatusNoContent {
		t.Fatalf("cancel: %d", status)
	}
	for range 3 { // an end is told as often as one likes
		c.stands(started.ID)
	}
}

// stateLater asks with a wait in the background.
func (c *asker) stateLater(id string) <-chan authAnswer {
	done := make(chan authAnswer, 1)
	go func() {
		var answer authAnswer
		c.call(http.MethodGet, "/v1/auth/"+id+"?wait=25", nil, &answer)
		done <- answer
	}()
	return done
}

func TestAuthLongPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, realTime)
		c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
		started := c.start(object{"ttl": 30})
		begin := time.Now()
		if got := <-c.stateLater(started.ID); got.State != "pending" || time.Since(begin) != maxWait {
			t.Errorf("quiet: %+v after %v", got, time.Since(begin))
		}
		if got := <-c.stateLater(started.ID); got.State != "expired" || time.Since(begin) < 30*time.Second || time.Since(begin) > 31*time.Second {
			t.Errorf("expiry: %+v after %v", got, time.Since(begin))
		}
		again := c.start(nil)
		done := c.stateLater(again.ID)
		time.Sleep(2 * time.Second)
		p.decide(p.only(), protocol.ActApprove, again.Number, "")
		begin = time.Now()
		if got := <-done; got.State != "accepted" || time.Since(begin) != 0 {
			t.Errorf("answer: %+v after %v", got, time.Since(begin))
		}
	})
}

// Two processes of one store could both take the last word; one gets it.
func TestAuthRace(t *testing.T) {
	b := newBench(t)
	c, p := b.asker("Deploy", ""), b.paired("ana@demo.test", "one")
	started := c.start(nil)
	q, code := p.only(), p.code(b.now())
	type result struct {
		who    string
		status int
	}
	results := make(chan result, 3)
	go func() {
		_, status, _ := p.decide(q, protocol.ActDeny, "", protocol.ReasonCancelled)
		results <- result{"denied", status}
	}()
	go func() {
		status, _ := c.call(http.MethodPost, "/v1/auth/"+started.ID+"/code", object{"code": code}, nil)
		results <- result{"accepted", status}
	}()
	go func() {
		status, _ := c.call(http.MethodDelete, "/v1/auth/"+started.ID, nil, nil)
		results <- result{"cancelled", status}
	}()
	won := ""
	for range 3 {
		if r := <-results; r.status < 300 {
			won += r.who
		}
	}
	if got := c.stands(started.ID); got.State != won {
		t.Errorf("%s won, but it stands %+v", won, got)
	}
}
