package privacyidea

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/envelope"
	"nod/vault"
)

// bench is a server with one challenge, and the request that it is here.
type bench struct {
	*server
	d approve.Device
	n *driver
	a *ask
	r approve.Request
}

func newBench(t *testing.T, change func(*ask)) *bench {
	t.Helper()
	b := &bench{server: newServer(t)}
	return b.with(change)
}

func (b *bench) with(change func(*ask)) *bench {
	b.Helper()
	b.d, b.n, b.a = b.paired(), b.driver(), b.Ask(change)
	got := poll(b.T, b.n, b.d)
	if len(got.Requests) != 1 {
		b.Fatalf("batch %+v", got)
	}
	b.r = got.Requests[0]
	return b
}

// answer sends a decision with the key that it needs.
func (b *bench) answer(act approve.Act, number string) (approve.Outcome, error) {
	var key vault.Signer
	if act == approve.Accept {
		key = testKey{}
	}
	return b.n.Answer(b.Context(), b.d, b.r, approve.Decision{Act: act, Number: number}, key)
}

// TestAnswer: each decision reaches a server that checks its signature, with no more
// and no less than the server understands.
func TestAnswer(t *testing.T) {
	caps := func(c string) func(*ask) { return func(a *ask) { a.Capabilities = c } }
	choices := func(a *ask) { a.Choices, a.Capabilities = "07,42,99", `{"decline_reason":true}` }
	for name, test := range map[string]struct {
		change func(*ask)
		act    approve.Act
		number string
		state  approve.State
		sent   map[string]string
	}{
		"accept":                  {nil, approve.Accept, "", approve.Accepted, nil},
		"accept, number given":    {nil, approve.Accept, "07", approve.Accepted, nil},
		"accept a choice":         {choices, approve.Accept, "07", approve.Accepted, map[string]string{"presence_answer": "07"}},
		"deny":                    {nil, approve.Deny, "", approve.Denied, map[string]string{"decline": "1"}},
		"report":                  {nil, approve.Report, "", approve.Reported, map[string]string{"decline": "1"}},
		"deny with a reason":      {choices, approve.Deny, "07", approve.Denied, map[string]string{"decline": "1", "decline_reason": "cancelled"}},
		"report with a reason":    {choices, approve.Report, "", approve.Reported, map[string]string{"decline": "1", "decline_reason": "unknown_trigger"}},
		"reasons not understood":  {caps(`{"decline_reason":false}`), approve.Deny, "", approve.Denied, map[string]string{"decline": "1"}},
		"this one not understood": {caps(`{"decline_reason":{"values":["cancelled"]}}`), approve.Report, "", approve.Reported, map[string]string{"decline": "1"}},
		"this one understood":     {caps(`{"decline_reason":{"values":["cancelled"]}}`), approve.Deny, "", approve.Denied, map[string]string{"decline": "1", "decline_reason": "cancelled"}},
	} {
		b := newBench(t, test.change)
		out, err := b.answer(test.act, test.number)
		if err != nil || out.State != test.state || out.AnsweredBy != "ana-laptop" || out.At.IsZero() || out.Code != "" {
			t.Errorf("%s: %+v, %v", name, out, err)
			continue
		}
		sent := maps.Clone(b.Answers()[0])
		if sent["nonce"] != b.a.Nonce || sent["serial"] != testSerial {
			t.Errorf("%s: sent %v", name, sent)
		}
		for _, n := range []string{"nonce", "serial", "signature"} {
			delete(sent, n)
		}
		if !maps.Equal(sent, test.sent) {
			t.Errorf("%s: sent %v, want %v", name, sent, test.sent)
		}
		// It is over, and nothing is sent a second time.
		if _, err := b.answer(test.act, test.number); !errors.Is(err, approve.ErrNoRequest) || b.Called("POST") != 1 {
			t.Errorf("%s again: %v", name, err)
		}
		b.a.Answered = false // and a server that still lists it is not believed
		if got := poll(t, b.n, b.d); len(got.Requests) != 0 || got.Dropped != 0 {
			t.Errorf("%s is shown again: %+v", name, got)
		}
	}
}

// TestCode: what is to be typed at the sign-in page comes with an accept alone.
func TestCode(t *testing.T) {
	b := newBench(t, nil)
	b.Code = "03"
	out, err := b.answer(approve.Accept, "")
	if err != nil || out.Code != "03" || out.Message != "Type this code" {
		t.Errorf("outcome %+v, %v", out, err)
	}
	b = newBench(t, nil)
	b.Code = "03"
	if out, err := b.answer(approve.Deny, ""); err != nil || out.Code != "" || out.Message != "" {
		t.Errorf("outcome %+v, %v", out, err)
	}
	r := envelope.Read(approve.Answer{Status: 200, Body: []byte(`{"result":{"status":true,"value":true},"detail":{"display_code":7,"message":["x"]}}`)})
	if r.Text("display_code") != "7" || r.Text("message") != "" || r.Text("other") != "" {
		t.Errorf("detail %v", r.Detail)
	}
}

// TestWrongChoice: one choice is sent, and no second one, whatever the server takes.
func TestWrongChoice(t *testing.T) {
	b := newBench(t, func(a *ask) { a.Choices = "07,42,99" })
	out, err := b.answer(approve.Accept, "42")
	if !errors.Is(err, approve.ErrNumber) || out.State != approve.Mismatch || b.Called("GET") != 2 {
		t.Errorf("wrong: %+v, %v after %v", out, err, b.Calls())
	}
	for _, number := range []string{"42", "07"} {
		if _, err := b.answer(approve.Accept, number); !errors.Is(err, approve.ErrNumber) {
			t.Errorf("%s: %v", number, err)
		}
	}
	if _, err := b.answer(approve.Deny, ""); !errors.Is(err, approve.ErrNumber) {
		t.Errorf("deny: %v", err)
	}
	if b.Called("POST") != 1 || b.a.Answered {
		t.Errorf("calls %v", b.Calls())
	}
	if got := poll(t, b.n, b.d); len(got.Requests) != 0 || got.Dropped != 0 {
		t.Errorf("it is shown again: %+v", got)
	}
}

// TestLostAnswer: an answer whose receipt was lost can be sent again, a choice only
// the same one.
func TestLostAnswer(t *testing.T) {
	b := newBench(t, func(a *ask) { a.Choices = "07,42,99" })
	b.Lie = func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	if _, err := b.answer(approve.Accept, "07"); !errors.Is(err, approve.ErrUnreachable) {
		t.Errorf("lost: %v", err)
	}
	b.Lie = nil
	if _, err := b.answer(approve.Accept, "42"); !errors.Is(err, approve.ErrNumber) || b.Called("POST") != 1 {
		t.Errorf("another: %v", err)
	}
	if out, err := b.answer(approve.Accept, "07"); err != nil || out.State != approve.Accepted {
		t.Errorf("again: %+v, %v", out, err)
	}
}

// TestNo: why a server says no, it does not say.
func TestNo(t *testing.T) {
	b := newBench(t, nil)
	b.a.Answered = true // elsewhere
	if _, err := b.answer(approve.Accept, ""); !errors.Is(err, approve.ErrNoRequest) {
		t.Errorf("gone: %v", err)
	}
	b = newBench(t, func(a *ask) { a.Choices = "07,42" })
	b.a.Answered = true
	if _, err := b.answer(approve.Accept, "42"); !errors.Is(err, approve.ErrNoRequest) {
		t.Errorf("gone, with a choice: %v", err)
	}
	b = newBench(t, nil)
	b.Device = &b.Key.PublicKey // the server has another key of this device
	b.Lie = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			b.Send(w, b.Listed(), nil)
		}
		return r.Method == http.MethodGet
	}
	for range 2 { // it was no choice, and may be tried again
		if _, err := b.answer(approve.Accept, ""); !errors.Is(err, approve.ErrRefused) || !strings.Contains(err.Error(), "did not take") {
			t.Errorf("still listed: %v", err)
		}
	}
	b = newBench(t, nil)
	b.Device = nil // the token is deleted
	if _, err := b.answer(approve.Accept, ""); !errors.Is(err, approve.ErrRefused) || errors.Is(err, approve.ErrRevoked) {
		t.Errorf("no token: %v", err)
	}
	b = newBench(t, func(a *ask) { a.Choices = "07,42" })
	b.Lie = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusBadGateway)
		}
		return r.Method == http.MethodGet
	}
	if _, err := b.answer(approve.Accept, "42"); !errors.Is(err, approve.ErrUnreachable) {
		t.Errorf("no poll: %v", err)
	}
	if _, err := b.answer(approve.Accept, "07"); !errors.Is(err, approve.ErrNumber) || b.Called("POST") != 1 {
		t.Errorf("after a choice that was refused: %v", err)
	}
}

// TestLate: after two minutes a no means that it has expired.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil)
		time.Sleep(life)
		if _, err := b.answer(approve.Accept, ""); !errors.Is(err, approve.ErrExpired) {
			t.Errorf("error = %v", err)
		}
	})
}

// TestNothingSent: what must not be signed is not, and ignoring is local.
func TestNothingSent(t *testing.T) {
	for name, test := range map[string]struct {
		act    approve.Act
		number string
		key    vault.Signer
		change func(*bench)
		want   error
	}{
		"accept without key": {act: approve.Accept},
		"no act":             {act: "nod", key: testKey{}},
		"another choice":     {approve.Accept, "11", testKey{}, nil, approve.ErrNumberNeeded},
		"no choice":          {approve.Accept, "", testKey{}, nil, approve.ErrNumberNeeded},
		"a hostile choice":   {approve.Accept, "07|x", testKey{}, nil, approve.ErrNumberNeeded},
		"accept, unchecked":  {approve.Accept, "07", testKey{}, unchecked, approve.ErrNotOffered},
		"deny, unchecked":    {approve.Deny, "", nil, unchecked, approve.ErrNotOffered},
		"report, unchecked":  {approve.Report, "", nil, unchecked, approve.ErrNotOffered},
		"another id":         {approve.Deny, "", nil, func(b *bench) { b.r.ID = "AAAAAAAAAAAAAAAAAAAAAAAA" }, errChallenge},
		"no challenge":       {approve.Deny, "", nil, func(b *bench) { b.r.Challenge = nil }, errChallenge},
		"altered challenge": {approve.Deny, "", nil, func(b *bench) {
			b.r.Challenge = []byte(strings.Replace(string(b.r.Challenge), "confirm", "decline", 1))
		}, errChallenge},
		"altered choices": {approve.Accept, "08", testKey{}, func(b *bench) {
			b.r.Challenge = []byte(strings.Replace(string(b.r.Challenge), "07,42", "08,42", 1))
		}, errChallenge},
		"another pairing": {approve.Deny, "", nil, func(b *bench) { b.d.RemoteID = "PIPU99" }, errChallenge},
	} {
		b := newBench(t, func(a *ask) { a.Choices = "07,42" })
		if test.change != nil {
			test.change(b)
		}
		_, err := b.n.Answer(t.Context(), b.d, b.r, approve.Decision{Act: test.act, Number: test.number}, test.key)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || b.Called("POST") != 0 {
			t.Errorf("%s: %v after %v, want %v", name, err, b.Calls(), test.want)
		}
	}
	b := newBench(t, nil)
	unchecked(b)
	if out, err := b.answer(approve.Ignore, ""); err != nil || out.State != approve.Ignored || b.Called("POST") != 0 {
		t.Errorf("ignore: %+v, %v", out, err)
	}
}

// unchecked makes a pairing one whose certificates are not checked.
func unchecked(b *bench) {
	b.d.Memory = approve.Trust{Unchecked: true}.Remember(b.d.Memory)
}

// TestAddressOfAnswer: an answer goes to the link's address, also where the challenge
// names another one of the same server.
func TestAddressOfAnswer(t *testing.T) {
	b := newBench(t, func(a *ask) { a.URL = testOrigin + "/elsewhere" })
	if _, err := b.answer(approve.Deny, ""); err != nil || !slices.Equal(b.Calls(), []string{"GET /ttype/push", "POST /ttype/push"}) {
		t.Errorf("%v after %v", err, b.Calls())
	}
}

// TestManySeen: what is remembered has a limit and an end.
func TestManySeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m memory
		meet := func(i int, text string) bool {
			_, same := m.meet("d", challenge{nonce: time.Duration(i).String(), raw: []byte(text)})
			return same
		}
		for i := range maxSeen + 5 {
			time.Sleep(time.Second)
			meet(i, "a")
		}
		if len(m.seen) != maxSeen || meet(maxSeen, "b") || !meet(0, "b") {
			t.Errorf("%d are remembered", len(m.seen))
		}
		time.Sleep(keepSeen)
		if !meet(maxSeen+9, "c") || !meet(maxSeen, "c") || len(m.seen) != 2 {
			t.Errorf("%d are remembered a day later", len(m.seen))
		}
	})
}
