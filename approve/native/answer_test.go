package native

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve"
	"nod/approve/protocol"
	"nod/vault"
)

// poll returns the one request that waits.
func poll(t *testing.T, n approve.Driver, d approve.Device) approve.Request {
	t.Helper()
	b, err := n.Poll(t.Context(), d, 0)
	if err != nil || len(b.Requests) != 1 {
		t.Fatalf("batch = %+v, %v", b, err)
	}
	return b.Requests[0]
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		dec         approve.Decision
		act, reason string
		state       approve.State
	}{
		{approve.Decision{Act: approve.Accept, Number: "07"}, protocol.ActApprove, "", approve.Accepted},
		{approve.Decision{Act: approve.Deny, Reason: "cancelled"}, protocol.ActDeny, protocol.ReasonCancelled, approve.Denied},
		{approve.Decision{Act: approve.Report, Reason: "not_me"}, protocol.ActDeny, protocol.ReasonNotMe, approve.Reported},
		{approve.Decision{Act: approve.Ignore}, protocol.ActIgnore, "", approve.Ignored},
	} {
		t.Run(string(c.dec.Act), func(t *testing.T) {
			s := newServer(t) // it checks that each act has the key that it needs
			d, approval := s.device()
			n := New(s.client())
			s.ask("r-7Q2M", s.key, nil)
			r := poll(t, n, d)
			var key vault.Signer
			if c.dec.Act == approve.Accept {
				key = approval
			}
			out, err := n.Answer(t.Context(), d, r, c.dec, key)
			if err != nil || out.State != c.state || out.AnsweredBy != "ana-laptop" || out.Ticket != "T-1" {
				t.Fatalf("outcome = %+v, %v", out, err)
			}
			got := s.decisions[0]
			if got.Act != c.act || got.Reason != c.reason || got.Number != c.dec.Number {
				t.Errorf("decision = %+v", got)
			}
			if got.Expires-got.IssuedAt > 60 {
				t.Errorf("the decision lives %d s", got.Expires-got.IssuedAt)
			}
		})
	}
}

func TestAnswerNeedsKey(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	n := New(s.client())
	s.ask("r-1", s.key, nil)
	r := poll(t, n, d)
	if _, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Accept, Number: "07"}, nil); err == nil {
		t.Error("accepted without the approval key")
	}
	if _, err := n.Answer(t.Context(), d, r, approve.Decision{Act: "yes"}, nil); err == nil {
		t.Error("an unknown act was sent")
	}
	if got := s.called("POST"); got != 0 {
		t.Errorf("%d answers reached the server", got)
	}
}

// TestErrors: each error of the server's, as callers know it.
func TestErrors(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Second)
	for _, c := range []struct {
		status int
		body   protocol.Error
		want   error
		text   string
	}{
		{409, protocol.Error{Code: protocol.CodeAnswered, Decision: "accepted", Device: "phone\x1b[1m-ana", At: &at}, nil, "already answered on phone-ana (accepted)"},
		{409, protocol.Error{Code: protocol.CodeAnswered}, nil, "already answered (cancelled)"},
		{410, protocol.Error{Code: protocol.CodeExpired}, approve.ErrExpired, ""},
		{422, protocol.Error{Code: protocol.CodeNumberMismatch}, approve.ErrNumber, ""},
		{422, protocol.Error{Code: protocol.CodeNumberNeeded}, approve.ErrNumberNeeded, ""},
		{403, protocol.Error{Code: protocol.CodeDeviceRevoked}, approve.ErrRevoked, ""},
		{403, protocol.Error{Code: protocol.CodeWrongKey, Message: "Not the approval key."}, approve.ErrRefused, "the server refused: not the approval key"},
		{404, protocol.Error{Code: protocol.CodeNotFound}, approve.ErrNoRequest, ""},
		{401, protocol.Error{Code: protocol.CodeBadSignature, Message: "Bad\x1b[2J signature."}, approve.ErrRefused, "the server refused: bad signature"},
		{401, protocol.Error{}, approve.ErrRefused, "status 401"},
		{429, protocol.Error{Code: protocol.CodeTooMany, RetryAfter: 540, Message: "Too many tries."}, nil, "too many tries. Wait 9 minutes"},
		{429, protocol.Error{Code: protocol.CodeSlowDown, RetryAfter: -5}, nil, "too many tries"},
		{500, protocol.Error{Code: protocol.CodeInternal}, approve.ErrUnreachable, "status 500"},
		{503, protocol.Error{}, approve.ErrUnreachable, "status 503"},
	} {
		t.Run(fmt.Sprintf("%d %s", c.status, c.body.Code), func(t *testing.T) {
			s := newServer(t)
			d, approval := s.device()
			n := New(s.client())
			s.ask("r-1", s.key, nil)
			r := poll(t, n, d)
			s.lie = func(w http.ResponseWriter, _ *http.Request) bool {
				s.fail(w, c.status, c.body)
				return true
			}
			out, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Accept, Number: "07"}, approval)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error = %v, want %v with %q", err, c.want, c.text)
			}
			if strings.ContainsAny(fmt.Sprint(err), "\x1b\n") {
				t.Errorf("error = %q", err)
			}
			wantState := approve.State("")
			if c.want == approve.ErrNumber {
				wantState = approve.Mismatch
			}
			if out.State != wantState {
				t.Errorf("outcome = %+v", out)
			}
			if c.status == 401 && errors.Is(err, approve.ErrRevoked) {
				t.Error("a refused signature is taken for a revoked device")
			}
			if c.status == 429 {
				limited, ok := errors.AsType[*approve.LimitedError](err)
				if !ok || limited.RetryAfter != time.Duration(max(c.body.RetryAfter, 0))*time.Second {
					t.Errorf("error = %#v", err)
				}
			}
			if got := s.called("POST"); got != 1 {
				t.Errorf("the answer was sent %d times", got)
			}
		})
	}
}

func TestAnsweredAt(t *testing.T) {
	s := newServer(t)
	d, _ := s.device()
	d.Clock.Set(time.Now().Add(time.Hour), 0)
	s.offset = time.Hour
	n := New(s.client())
	s.ask("r-1", s.key, nil)
	r := poll(t, n, d)
	at := s.now()
	s.lie = func(w http.ResponseWriter, _ *http.Request) bool {
		s.fail(w, 409, protocol.Error{Code: protocol.CodeAnswered, Decision: "denied", Device: "phone-ana", At: &at})
		return true
	}
	_, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Deny}, nil)
	answered, ok := errors.AsType[*approve.AnsweredError](err)
	if !ok || answered.State != approve.Denied {
		t.Fatalf("error = %v", err)
	}
	if off := at.Sub(answered.At); off < 59*time.Minute || off > 61*time.Minute {
		t.Errorf("answered at %v, the server's clock says %v", answered.At, at)
	}
}

// TestUnknownState: an answer in words of a later version is not called a success.
func TestUnknownState(t *testing.T) {
	s := newServer(t)
	d, approval := s.device()
	n := New(s.client())
	s.ask("r-1", s.key, nil)
	r := poll(t, n, d)
	s.lie = func(w http.ResponseWriter, _ *http.Request) bool {
		s.send(w, 200, protocol.AnswerAnswer{State: "perhaps", Time: s.now()})
		return true
	}
	if out, err := n.Answer(t.Context(), d, r, approve.Decision{Act: approve.Accept, Number: "07"}, approval); err == nil {
		t.Errorf("outcome = %+v", out)
	}
}
